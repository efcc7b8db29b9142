#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# All jobs in a loop beside processes, memory, files, sockets and network devices that come and go, for slabscan.minutes=N: no splat, no planted object
# misjudged, memory flat. `make soak MINUTES=60 KERNEL=7.2`
#
# modules: veth dummy vxlan
# bins: jq stress-ng timeout
# kmods: slabscan_test
# files: selftests/guest/tools/exact selftests/guest/workload/slabload
# mem: 1500M
# timeout: 1000
. /slabscan/lib.sh
[ -d /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug
ctl=/sys/kernel/debug/slabscan_test
minutes=$(sed -n 's/.*slabscan\.minutes=\([0-9]*\).*/\1/p' /proc/cmdline)
minutes=${minutes:-10}
plan 7

# A fixed piece of work, in milliseconds; the least of some rounds, for the host is shared
work()
{
	local i began took best=

	for ((i = 0; i < 5; i++)); do
		began=${EPOCHREALTIME/./}
		stress-ng --fork 1 --fork-ops 300 --quiet
		stress-ng --sock 1 --sock-ops 150 --quiet
		stress-ng --dentry 1 --dentry-ops 2000 --temp-path /tmp --quiet
		took=$(((${EPOCHREALTIME/./} - began) / 1000))
		[ -n "$best" ] && [ "$best" -le $took ] || best=$took
	done
	echo "$best"
}

load_kmod slabscan_test || bail "slabscan_test does not load"
bare=$(work)
load_slabscan || bail "slabscan does not load"
idle=$(work)
diag "fixed work: $bare ms without slabscan, $idle ms with it loaded and idle"
check "idle, it costs the load less than 5 % (as far as can be told here: 10)" test $((idle * 10)) -le $((bare * 11))

for f in nomerge ctor,nomerge; do
	name=s${f%%,*}
	echo "create $name 120 $f" >$ctl/ctl
	echo "plant $name 4000 chain" >$ctl/ctl
	cat $ctl/sets/"$name"/live >/tmp/live."$name"
done
first=$(head -1 /tmp/live.snomerge)

network()
{
	local i=0

	while :; do
		i=$((i + 1))
		ip link add v$((i % 5)) type veth peer name w$((i % 5))
		ip link add x$((i % 5)) type vxlan id $((i % 1000 + 1)) dstport 4789 dev lo
		ip addr add 10.$((i % 200)).0.1/24 dev v$((i % 5))
		ip link set v$((i % 5)) up
		ip link del v$((i % 5))
		ip link del x$((i % 5))
	done >/dev/null 2>&1
}

# Are the planted objects still seen as what they are, while others come and go?
exact_turn()
{
	local f

	for f in snomerge sctor; do
		echo "churn $f 2 mixed" >$ctl/ctl
		/files/exact $f /tmp/live.$f /dev/null 50 >/tmp/exact.out 2>&1 && grep -q ' missing=0 ' /tmp/exact.out ||
			{ echo "$f:"; cat /tmp/exact.out; } >>/tmp/wrong
		echo "churn $f stop" >$ctl/ctl
		cat /tmp/exact.out >>/tmp/exact
	done
}
jobs_loop()
{
	while [ ! -e /tmp/stop ]; do
		jobs_turn "top --cache snomerge" "top --cache kmalloc-64" caches leaks "refs $first" "show $first" \
			"trace --cache snomerge --duration 2" "trace --cache kmalloc-96 --duration 2"
		exact_turn
	done
}

touch /tmp/jobs /tmp/bad /tmp/exact /tmp/wrong
load_pids=
start_load()
{
	stress-ng --fork 1 --vm 1 --vm-bytes 64M --sock 1 --dentry 1 --pipe 1 --mmap 1 --mmap-bytes 32M --inotify 1 --temp-path /tmp --quiet --timeout 0 &
	load_pids="$load_pids $!"
	network &
	load_pids="$load_pids $!"
}
stop_load()
{
	# shellcheck disable=SC2086 # a list
	kill $load_pids 2>/dev/null
	wait $load_pids 2>/dev/null
	load_pids=
	sleep 3
}

# a round to warm up, then the same again and again, with a look at memory between
uses=
until=$((SECONDS + minutes * 60))
rounds=0
while [ $SECONDS -lt $until ]; do
	rm -f /tmp/stop
	start_load
	jobs_loop &
	jobs=$!
	left=$((until - SECONDS))
	sleep $((left < 150 ? left + 1 : 120))
	if [ $rounds = 0 ]; then
		diag "worst delay of a 1 ms timer under this load: $(/files/slabload latency 1 5 2>&1 | tail -1)"
	fi
	touch /tmp/stop
	wait $jobs
	stop_load
	uses="$uses $(used_kb)"
	rounds=$((rounds + 1))
done
diag "$rounds rounds; KiB that cannot be reclaimed after each:$uses"
diag "jobs: $(sort /tmp/jobs | uniq -c | awk '{ printf "%s %s: %s, ", $2, $3, $1 }')"
diag "exact: $(awk -F'[= ]' '{ r += $2; m += $8; } END { print r " scans under churn, " m " planted objects missed" }' /tmp/exact)"
check_equal "no job failed" "" "$(head -20 /tmp/bad)"
check_equal "no planted object was misjudged" "" "$(head -5 /tmp/wrong)"
check "there were jobs" test "$(wc -l </tmp/jobs)" -ge 10
# shellcheck disable=SC2086 # numbers
set -- $uses
shift $(($# > 2 ? 1 : 0))
first_use=$1
last_use=${!#}
check "memory is flat (less than 2 MiB from the second round to the last)" test $((last_use - first_use)) -lt 2048
rmmod slabscan_test
check "and the module goes" rmmod slabscan
check_equal "no task hung, nothing of ours is left" "" "$(dmesg | grep -iE 'blocked for more|hung task'; ls -d /sys/module/slabscan 2>/dev/null)"
