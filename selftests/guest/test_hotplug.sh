#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Two NUMA nodes; memory that comes and goes, and CPUs that do, while every kind of job runs: exact on both nodes, before, meanwhile and afterwards, no
# splat, nothing stuck.
#
# bins: jq timeout
# kmods: slabscan_test
# files: selftests/guest/tools/exact
# mem: 1G
# timeout: 600
# smp: 2,sockets=2
# qemu: -m slots=4,maxmem=4G -object memory-backend-ram,id=n0,size=512M -object memory-backend-ram,id=n1,size=512M -numa node,nodeid=0,cpus=0,memdev=n0 -numa node,nodeid=1,cpus=1,memdev=n1 -chardev socket,id=mon,path=$LOG/mon,server=on,wait=off -mon chardev=mon -serial unix:$LOG/mon
. /slabscan/lib.sh
ctl=/sys/kernel/debug/slabscan_test
plan 23

setup slabscan_test

# ---- two nodes ----
check_equal "two nodes" 2 "$(ls -d /sys/devices/system/node/node[0-9]* | wc -l)"
echo "create n 200 nomerge" >$ctl/ctl
for cpu in 1 2 1 2; do
	taskset $cpu bash -c "echo 'plant n 3000 magic' >$ctl/ctl"
done
taskset 1 bash -c "echo 'free n every=3' >$ctl/ctl"
cat $ctl/sets/n/live >/tmp/live.n
cat $ctl/sets/n/freed >/tmp/freed.n
nodes=$(grep -oE 'N[01]=[0-9]+' /sys/kernel/slab/n/slabs | tr '\n' ' ')
diag "slabs by node: $nodes"
check "both nodes hold slabs of the cache" test "$(wc -w <<<"$nodes")" = 2
# exact SET RUNS
exact()
{
	local words

	# its status tells of objects that are missing or told of twice
	words=$(/files/exact "$1" /tmp/live."$1" /tmp/freed."$1" "$2") || { echo "$words"; return 1; }
	echo "$words"
	[[ $words == *" missing=0 phantom=0 extra=0 "* ]]
}
check "every object of both nodes is judged right" exact n 20

# ---- jobs all the time ----
# As exact, for a second. When a CPU or a block of memory goes, the kernel empties the stores that free objects wait in, the first time there are any: on
# their way to their slabs some tens may be taken for live ones. One that lives is never missed.
exact_turn()
{
	local words phantom extra

	words=$(/files/exact n /tmp/live.n /tmp/freed.n 1000000 1000 2>&1) || { echo "$words" >>/tmp/wrong; return; }
	phantom=${words#* phantom=}
	extra=${words#* extra=}
	[ "${phantom%% *}" -le 200 ] && [ "${extra%% *}" -le 200 ] || echo "$words" >>/tmp/wrong
	echo "$words" >>/tmp/exact
}
# Each kind of job once, then exact. A turn that began and ended in the same phase is noted in /tmp/turns.
first=$(head -1 /tmp/live.n)
jobs_loop()
{
	local phase

	while [ ! -e /tmp/stop ]; do
		phase=$(cat /tmp/phase)
		jobs_turn "top --cache n" "top --all --cpus 2" caches leaks "leaks --cpus 2" "refs $first" "show $first" "trace --cache n --duration 1"
		exact_turn
		[ "$(cat /tmp/phase)" != "$phase" ] || echo "$phase" >>/tmp/turns
	done
}
turned() { grep -qx "$1" /tmp/turns; }
# more LEAST MOST: another round of this phase? At least so many, and until there was such a turn in it; the bound is for a job that hangs.
more()
{
	[ $round -lt "$1" ] || { [ $round -lt "$2" ] && ! turned "$(cat /tmp/phase)"; }
}
touch /tmp/{bad,wrong,jobs,exact,turns}
echo none >/tmp/phase
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
blocks=$(echo /sys/devices/system/memory/memory[0-9]*)
[ ! -e /sys/devices/system/memory/auto_online_blocks ] || echo online_movable >/sys/devices/system/memory/auto_online_blocks
added=0
removed=0
echo memory >/tmp/phase
round=0
while more 6 40; do
	monitor "object_add memory-backend-ram,id=h$round,size=128M"
	monitor "device_add pc-dimm,id=d$round,memdev=h$round,node=$((round % 2))"
	wait_for 60 grown && added=$((added + 1))
	sleep 1
	monitor "device_del d$round"
	wait_for 60 shrunk && removed=$((removed + 1))
	monitor "object_del h$round"
	round=$((round + 1))
	[ $added$removed = $round$round ] || break
done
[ $added$removed = $round$round ] || diag "the monitor said: $(tr -d '\r' </tmp/monitor | grep -a '[Ee]rror' | tail -5)"
check_equal "128 MiB hot-added $round times during jobs" $round $added
check_equal "and removed $round times" $round $removed
check "all jobs had a turn meanwhile" turned memory

# ---- blocks of memory, switched by hand ----
# Of those that were there at boot some can go, or none: that depends on what is in them. That of a DIMM holds nothing but what can move.
monitor "object_add memory-backend-ram,id=hand,size=128M"
monitor "device_add pc-dimm,id=dhand,memdev=hand,node=0"
wait_for 60 grown || diag "no memory came: $(tr -d '\r' </tmp/monitor | grep -a '[Ee]rror' | tail -5)"
sleep 1
dimm=
for block in /sys/devices/system/memory/memory[0-9]*; do
	[[ " $blocks " == *" $block "* ]] || dimm="$dimm $block"
done
read -r hand _ <<<"$dimm"
gone=0
came=0
worst=0
# toggle BLOCK WORD: off, and on again by that word; fails if it can't go or doesn't come
toggle()
{
	local began=${EPOCHREALTIME/./} took

	(echo offline >"$1/state") 2>/dev/null && grep -q offline "$1/state" || return
	took=$((${EPOCHREALTIME/./} - began))
	[ $took -le $worst ] || worst=$took
	gone=$((gone + 1))
	sleep 0.2
	(echo "$2" >"$1/state") 2>/dev/null
	wait_for 20 grep -q online "$1/state" && came=$((came + 1))
}
echo blocks >/tmp/phase
for block in $blocks; do
	toggle "$block" online
	[ $gone -lt 4 ] || break
done
diag "$gone blocks of those at boot went offline"
round=0
while more 3 200; do
	for block in $dimm; do
		toggle "$block" online_movable
	done
	sleep 0.2
	round=$((round + 1))
done
diag "$gone times in all, $((worst / 1000)) ms at most; blocks of the DIMM: $(wc -w <<<"$dimm")"
check "at least once a block of memory went offline" test $gone -ge 1
check_equal "and each time it came back" $gone $came
# the kernel's own work, emulated, on a busy host, is in it
check "no job kept one from going for 20 s" test $worst -lt 20000000
check "all jobs had a turn meanwhile" turned blocks

# ---- CPUs ----
cpu=/sys/devices/system/cpu/cpu1/online
if [ -w $cpu ]; then
	toggled=0
	echo cpus >/tmp/phase
	round=0
	while more 10 400; do
		echo 0 >$cpu
		[ "$(cat $cpu)" = 1 ] || toggled=$((toggled + 1))
		sleep 0.2
		echo 1 >$cpu
		sleep 0.2
		round=$((round + 1))
	done
	check "CPU 1 went $toggled times, and is back" test $toggled -ge 10 -a "$(cat $cpu)" = 1
	check "all jobs had a turn meanwhile" turned cpus
else
	skip "CPU 1 goes and comes back" "it cannot go"
	skip "all jobs had a turn meanwhile" "CPU 1 cannot go"
fi
echo over >/tmp/phase
touch /tmp/stop
wait $jobs
diag "$(wc -l </tmp/jobs) jobs meanwhile, by status: $(sort /tmp/jobs | uniq -c | tr '\n' ',')"
diag "exact, in $(wc -l </tmp/exact) turns: $(awk -F'[= ]' '{ runs += $2; missing += $8; phantom += $10 }
	END { print runs " lists, " missing " missing, " phantom " phantoms" }' /tmp/exact)"
check_equal "no job of these failed" "" "$(head -20 /tmp/bad)"
check_equal "and one of each kind came to its end" "" "$(never_whole)"
check_equal "no object that lives was missed, and none told of twice, in any of these lists" "" "$(head -5 /tmp/wrong)"

# ---- memory of the kernel's own ----
# What came so far was movable: no slab lies in it, and who knows only the memory of when the module was loaded misses nothing. Not so a DIMM for the
# kernel: it is above 4 GiB, and the only memory that its node has in the zone Normal, from which is taken first. It can't go again.
base=$(present)
blocks=$(echo /sys/devices/system/memory/memory[0-9]*)
[ ! -e /sys/devices/system/memory/auto_online_blocks ] || echo online_kernel >/sys/devices/system/memory/auto_online_blocks
monitor "object_add memory-backend-ram,id=kern,size=128M"
monitor "device_add pc-dimm,id=dkern,memdev=kern,node=0"
wait_for 60 grown || diag "no memory came: $(tr -d '\r' </tmp/monitor | grep -a '[Ee]rror' | tail -5)"
kill $reader
dimm=
for block in /sys/devices/system/memory/memory[0-9]*; do
	[[ " $blocks " == *" $block "* ]] || dimm=$block
done
[ -n "$dimm" ] || bail "no memory for the kernel came"
diag "${dimm##*/} is of zone $(cat "$dimm/valid_zones")"
# The direct map starts at a multiple of 1 GiB, with or without KASLR, and all memory of the boot is in the first.
size=$((0x$(cat /sys/devices/system/memory/block_size_bytes)))
start=$(((first & ~0x3fffffff) + ${dimm##*/memory} * size))
# how many of these addresses lie in that DIMM (addresses have 16 digits: they compare as strings)
in_dimm()
{
	awk -v from="$(printf '0x%x' $start)" -v to="$(printf '0x%x' $((start + size)))" '($1 "") >= (from "") && ($1 "") < (to "") { n++ } END { print n + 0 }'
}
echo "create k 200 nomerge" >$ctl/ctl
for cpu in 1 2 1 2 1 2 1 2; do
	taskset $cpu bash -c "echo 'plant k 4000 magic page' >$ctl/ctl" || break
	cat $ctl/sets/k/live >/tmp/live.k
	inside=$(in_dimm </tmp/live.k)
	[ "$inside" -lt 2000 ] || break
done
: >/tmp/freed.k
slabscan refs --quiet --json --limit 1000 --cache k >/tmp/refs
holders=$(jq -r '.referrers[] | select(.kind == "page") | .where' /tmp/refs | in_dimm)
diag "$inside of $(wc -l </tmp/live.k) objects lie in it, and $holders pages that refs knows to hold some"
check "objects lie in a DIMM that came later" test "${inside:-0}" -ge 2000
check "every one of them is judged right" exact k 5
# only those pages point to them
check_equal "and none looks lost" "true 0" "$(slabscan leaks --quiet --json --cache k | jq -r '"\(.complete) \(.unreferenced)"')"
check "refs names pages in it that hold some" test "$holders" -ge 1
check_equal "and top counts them" "true $(wc -l </tmp/live.k)" "$(slabscan top --quiet --json --cache k | jq -r '"\(.complete) \(.live)"')"
check "still exact" exact n 5
rmmod slabscan_test
check "and the module goes" rmmod slabscan
# what it had asked to be told of is told to nobody
check "without it a block of memory goes and comes as well" wait_for 60 toggle "$hand" online_movable
