#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# All jobs, one after the other, beside processes, memory, files, sockets, network devices and slab caches that come and go, for slabscan.minutes=N: no splat,
# no planted object misjudged, memory flat. `make soak MINUTES=60 KERNEL=7.2`
#
# stress-ng runs at nice 10, as a job's thread does: at nice 0 its programs would leave a job a few hundredths of a CPU, and there would be few jobs in an hour.
# What makes and destroys caches and devices runs at nice 0, and has to wait for the locks that a job holds while it waits for the CPU.
#
# modules: veth dummy vxlan
# bins: stress-ng timeout
# kmods: slabscan_test
# files: selftests/guest/tools/exact selftests/guest/workload/slabload
# mem: 1500M
# timeout: 1000
. /slabscan/lib.sh
ctl=/sys/kernel/debug/slabscan_test
minutes=$(sed -n 's/.*slabscan\.minutes=\([0-9]*\).*/\1/p' /proc/cmdline)
minutes=${minutes:-10}
plan 9
setup slabscan_test

for f in nomerge ctor,nomerge; do
	name=s${f%%,*}
	echo "create $name 120 $f" >$ctl/ctl
	echo "plant $name 4000 chain" >$ctl/ctl
	cat $ctl/sets/"$name"/live >/tmp/live."$name"
done
first=$(head -1 /tmp/live.snomerge)

# Those that take a second or two come several times: each job is a chance to lose something.
jobs=(
	caches "top --cache snomerge" "show $first" "trace --cache snomerge --duration 2" "top --all"
	"caches --families" "top --cache kmalloc-64 --cpus 2" "show $first --hexdump" "trace --cache kmalloc-96 --duration 2" leaks
	caches "top --cache sctor --words" "refs $first" "top --cache kmalloc-64" "trace --cache kmalloc-96 --duration 2 --module vxlan"
	"show $first" "check --interval 0.5 --count 6" "top --cache snomerge --cpus 2" exact
	caches "top --all --cpus 2" "show $first" "trace --cache kmalloc-64 --duration 2 --pid NETWORK" "top --cache kmalloc-96"
	"refs --cache snomerge --cpus 2" "caches --json" "trace --cache kmalloc-128 --duration 2 --probe register_netdevice" "top --cache sctor"
	"leaks --cpus 2" "show $first" "trace --cache snomerge --duration 2 --cluster 1 --records 64" "diagnose --watch 3 --duration 2"
)

# ---- the load: it ends when there is /tmp/stop ----
network()
{
	local i=0

	while [ ! -e /tmp/stop ]; do
		i=$((i + 1))
		ip link add v$((i % 5)) type veth peer name w$((i % 5))
		ip link add x$((i % 5)) type vxlan id $((i % 1000 + 1)) dstport 4789 dev lo
		ip addr add 10.$((i % 200)).0.1/24 dev v$((i % 5))
		ip link set v$((i % 5)) up
		ip link del v$((i % 5))
		ip link del x$((i % 5))
	done
}

come_and_go()
{
	local i set flags=("nomerge" "rcu,nomerge" "ctor,hwalign") shapes=(magic pair chain)

	for ((i = 0; ; i++)); do
		[ ! -e /tmp/stop ] || return 0
		set=gone${rounds}x$i
		echo "create $set $((64 << i % 4)) ${flags[i % 3]}" >$ctl/ctl &&
			echo "plant $set 3000 ${shapes[i % 3]}" >$ctl/ctl
		sleep 0.3
		echo "destroy $set" >$ctl/ctl && echo "$set" >>/tmp/gone
	done
}

start_load()
{
	rm -f /tmp/stop
	nice -n 10 stress-ng --fork 1 --vm 1 --vm-bytes 64M --sock 1 --dentry 1 --pipe 1 --mmap 1 --mmap-bytes 32M --inotify 1 --temp-path /tmp --quiet \
		--timeout 0 >/tmp/stress.out 2>&1 &
	stress=$!
	network >/dev/null 2>&1 &
	network=$!
	come_and_go 2>/dev/null &
	caches=$!
}
stop_load()
{
	touch /tmp/stop
	kill $stress 2>/dev/null
	wait $stress $network $caches $meter 2>/dev/null
	sleep 3
}

# The worst delay of a 1 ms timer in us. Two emulated CPUs take turns in one thread of QEMU's, up to 100 ms each: that is in it, with jobs and without.
# (bench_mixed.sh and bench_scan.sh measure on one CPU.)
delay() { /files/slabload latency 1 5 | sed 's/.*worst_us=//'; }
delays() { while [ ! -e /tmp/stop ]; do delay; done; }
spread() { sort -n "$1" | awk '{ v[NR] = $1 } END { printf "median %d, worst %d of %d", v[int((NR + 1) / 2)], v[NR], NR }'; }

# ---- the jobs ----
# Are the planted objects still seen as what they are, while others come and go?
exact_turn()
{
	local f status=0

	for f in snomerge sctor; do
		echo "churn $f 2 mixed" >$ctl/ctl
		/files/exact $f /tmp/live.$f /dev/null 20 >/tmp/exact.out 2>&1 && grep -q ' missing=0 ' /tmp/exact.out ||
			{ status=1; echo "$f:"; cat /tmp/exact.out; } >>/tmp/wrong
		echo "churn $f stop" >$ctl/ctl
		cat /tmp/exact.out >>/tmp/exact
	done
	return $status
}

# job COMMAND: its status is told in /tmp/jobs, what went wrong in /tmp/bad. The time is for one that hangs.
job()
{
	local status

	if [ "$1" = exact ]; then
		exact_turn
		echo "$? exact" >>/tmp/jobs
		return
	fi
	# shellcheck disable=SC2086 # words
	timeout 600 slabscan ${1/NETWORK/$network} >/tmp/job.out 2>&1
	status=$?
	echo "$status ${1/$first/ADDR}" >>/tmp/jobs
	case $status in
	0) ;;
	3) grep -a -m1 'PARTIAL' /tmp/job.out >>/tmp/partial ;;
	*) { echo "$1: $status"; cat /tmp/job.out; } >>/tmp/bad ;;
	esac
}

# until the time is over, and each job has had its turn
at=0
until=$((SECONDS + minutes * 60))
going() { [ $SECONDS -lt $until ] || [ $at -lt ${#jobs[@]} ]; }

# ---- a round to warm up, then the same again and again, with a look at memory between ----
touch /tmp/jobs /tmp/bad /tmp/exact /tmp/wrong /tmp/partial /tmp/gone /tmp/without /tmp/with
uses=() did=() worst=() rounds=0 busy=0
while going; do
	start_load
	sleep 2
	delay >>/tmp/without
	delays >/tmp/delays &
	meter=$!
	began=$SECONDS
	while going && [ $SECONDS -lt $((began + 120)) ]; do
		job "${jobs[at % ${#jobs[@]}]}"
		at=$((at + 1))
	done
	busy=$((busy + SECONDS - began))
	stop_load
	worst+=("$(sort -n /tmp/delays | tail -1)")
	cat /tmp/delays >>/tmp/with
	# what it keeps, the last result of each kind and the clusters of the last scan, is as large after each round
	slabscan top --cache snomerge --quiet >/dev/null || echo "top, after round $rounds: $?" >>/tmp/bad
	uses+=("$(used_kb)")
	did+=("$at")
	rounds=$((rounds + 1))
	console "round $rounds: $at jobs"
done

diag "$rounds rounds; KiB that cannot be reclaimed after each: ${uses[*]}"
diag "worst delay of a 1 ms timer in 5 s, in us, under this load: $(spread /tmp/without); beside jobs: $(spread /tmp/with); of each round: ${worst[*]}"
diag "$at jobs in $busy s; by status:"
diag "$(sort /tmp/jobs | uniq -c)"
diag "$(sort /tmp/partial | uniq -c)"
diag "exact: $(awk -F'[= ]' '{ r += $2; m += $8; } END { print r " scans under churn, " m " planted objects missed" }' /tmp/exact)"
diag "$(wc -l </tmp/gone) caches came and went"
whole=$(grep -c '^0 ' /tmp/jobs)
partial=$(grep -c '^3 ' /tmp/jobs)
check_equal "no job failed" "" "$(head -20 /tmp/bad)"
check_equal "no planted object was misjudged" "" "$(head -5 /tmp/wrong)"
check "most answers were whole: $whole, and $partial in part" test $((whole * 4)) -ge $((at * 3))
check "at least two jobs a minute" test $((at * 60)) -ge $((busy * 2))
check "two caches came and went in each round at least" test "$(wc -l </tmp/gone)" -ge $((rounds * 2))
check_equal "the delay was measured in each round" "$rounds $rounds" "$(grep -c '^[1-9]' /tmp/without) $(printf '%s\n' "${worst[@]}" | grep -c '^[1-9]')"
# What a job loses is lost again and again. 2 MiB are for what the load leaves behind, now more, now less; the rest grows with the time.
if [ $rounds -ge 3 ] && [ "${did[rounds - 1]}" -gt "${did[1]}" ]; then
	more=$((uses[rounds - 1] - uses[1]))
	meanwhile=$((did[rounds - 1] - did[1]))
	bound=$((2048 + meanwhile / 4))
	diag "$more KiB more after $meanwhile jobs: $((more * 1024 / meanwhile)) bytes each; $((bound * 1024 / meanwhile)) each would have been noticed"
	check "memory is flat (less than 2 MiB and 256 bytes a job from the second round to the last)" test $more -lt $bound
else
	skip "memory is flat" "only $rounds rounds: give it more MINUTES"
fi
rmmod slabscan_test
check "and the module goes" rmmod slabscan
check_equal "no task hung, nothing of ours is left" "" "$(dmesg | grep -iE 'blocked for more|hung task'; ls -d /sys/module/slabscan 2>/dev/null)"
