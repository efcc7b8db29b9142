#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Two NUMA nodes; memory that comes and goes, and CPUs that do, while every kind of job runs: exact on both nodes, no splat, nothing stuck.
#
# bins: jq timeout
# kmods: slabscan_test
# files: selftests/guest/tools/exact
# mem: 1G
# timeout: 300
# smp: 2,sockets=2
# qemu: -m slots=4,maxmem=4G -object memory-backend-ram,id=n0,size=512M -object memory-backend-ram,id=n1,size=512M -numa node,nodeid=0,cpus=0,memdev=n0 -numa node,nodeid=1,cpus=1,memdev=n1 -chardev socket,id=mon,path=$LOG/mon,server=on,wait=off -mon chardev=mon -serial unix:$LOG/mon
. /slabscan/lib.sh
ctl=/sys/kernel/debug/slabscan_test
plan 9

setup slabscan_test

# ---- two nodes ----
check_equal "two nodes" 2 "$(ls -d /sys/devices/system/node/node[0-9]* | wc -l)"
echo "create n 200 nomerge" >$ctl/ctl
for cpu in 1 2 1 2; do
	taskset $cpu bash -c "echo 'plant n 3000 magic' >$ctl/ctl"
done
taskset 1 bash -c "echo 'free n every=3' >$ctl/ctl"
cat $ctl/sets/n/live >/tmp/live
cat $ctl/sets/n/freed >/tmp/freed
nodes=$(grep -oE 'N[01]=[0-9]+' /sys/kernel/slab/n/slabs | tr '\n' ' ')
diag "slabs by node: $nodes"
check "both nodes hold slabs of the cache" test "$(wc -w <<<"$nodes")" = 2
exact()
{
	local words

	words=$(/files/exact n /tmp/live /tmp/freed "$@") || { echo "$words"; return 1; }
	echo "$words"
	[[ $words == *"missing=0 phantom=0 extra=0"* ]] || [[ $words == *" missing=0 "*" phantom=0 "*" extra=0 "* ]]
}
check "every object of both nodes is judged right" exact 20

# ---- jobs all the time ----
first=$(head -1 /tmp/live)
jobs_loop()
{
	while [ ! -e /tmp/stop ]; do
		jobs_turn "top --cache n" caches leaks "refs $first" "show $first" "trace --cache n --duration 1"
	done
}
touch /tmp/bad /tmp/jobs
jobs_loop &
jobs=$!

# ---- memory ----
# QEMU's monitor. What it prints first would be echoed to it as a command's beginning, were the port not raw by then: an empty line ends that.
exec {port}<>/dev/ttyS3
stty -F /dev/ttyS3 raw -echo
cat <&$port >/tmp/monitor &
reader=$!
monitor()
{
	printf '%s\n' "$1" >&$port
}
prompted()
{
	monitor ""
	grep -q '(qemu)' /tmp/monitor
}
wait_for 20 prompted || bail "QEMU's monitor does not answer"
present()
{
	awk '$1 == "MemTotal:" { print int($2 / 1024) }' /proc/meminfo
}
grown()
{
	[ "$(present)" -gt $(($base + 100)) ]
}
shrunk()
{
	[ "$(present)" -lt $(($base + 50)) ]
}
base=$(present)
[ ! -e /sys/devices/system/memory/auto_online_blocks ] || echo online_movable >/sys/devices/system/memory/auto_online_blocks
added=0
removed=0
for ((round = 0; round < 6; round++)); do
	monitor "object_add memory-backend-ram,id=h$round,size=128M"
	monitor "device_add pc-dimm,id=d$round,memdev=h$round,node=$((round % 2))"
	wait_for 60 grown && added=$((added + 1))
	sleep 1
	monitor "device_del d$round"
	wait_for 60 shrunk && removed=$((removed + 1))
	monitor "object_del h$round"
done
kill $reader
[ $added$removed = 66 ] || diag "the monitor said: $(tr -d '\r' </tmp/monitor | grep -a '[Ee]rror' | tail -5)"
check_equal "128 MiB hot-added 6 times during jobs" 6 $added
check_equal "and removed 6 times" 6 $removed

# ---- blocks of memory and CPUs, switched by hand ----
blocks=0
for state in /sys/devices/system/memory/memory*/state; do
	echo offline >"$state" 2>/dev/null || continue
	blocks=$((blocks + 1))
	sleep 0.2
	echo online >"$state" 2>/dev/null
	[ $blocks -lt 4 ] || break
done
diag "$blocks blocks of memory went offline and came back"
if [ -w /sys/devices/system/cpu/cpu1/online ]; then
	for ((i = 0; i < 10; i++)); do
		echo 0 >/sys/devices/system/cpu/cpu1/online
		sleep 0.2
		echo 1 >/sys/devices/system/cpu/cpu1/online
		sleep 0.2
	done
fi
touch /tmp/stop
wait $jobs
diag "$(wc -l </tmp/jobs) jobs meanwhile, by status: $(sort /tmp/jobs | uniq -c | tr '\n' ',')"
check_equal "no job of these failed" "" "$(head -20 /tmp/bad)"
check "at least 6 of them" test "$(wc -l </tmp/jobs)" -ge 6
check "still exact" exact 5
rmmod slabscan_test
check "and the module goes" rmmod slabscan
