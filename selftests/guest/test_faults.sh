#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Allocations that slabscan makes fail, one a run: while it is loaded, in each kind of job in all its forms, while a result is dumped and a trace is cancelled;
# and kvmalloc() as a whole, which has two ways on most kernels.
# A clean error each time, or the right answer; nothing lost; and then it works again. A sample of them; with slabscan.every=1 on the command line each one.
#
# kmods: slabscan_test slabscan_fault
# files: selftests/guest/tools/faults
# mem: 1G
# timeout: 600
# append: log_buf_len=4M
# allow: Call Trace:
# long
. /slabscan/lib.sh
[ -d /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug
load_kmod slabscan_fault 2>/dev/null || skip_all "neither should_failslab() nor the allocators can be hooked"
ctl=/sys/kernel/debug/slabscan_test
quarantine=/sys/module/kernel/parameters/kasan_quarantine
every=$(sed -n 's/.*slabscan\.every=\([0-9]*\).*/\1/p' /proc/cmdline)
limit=256	# KiB that a round may seem to lose
declare -A ends
names=()
plan 34
console "faults begin"

# try NAME FIRST RUNS ARG...: of the allocations the first FIRST fail, and then about RUNS of the others
try()
{
	local name=$1 which="first=$2 runs=$3" end

	shift 3
	[ -z "$every" ] || which="every=$every"
	# to warm up, a few are enough, and nothing is judged
	[ -z "$warm" ] || which="first=1 runs=$warm"
	# shellcheck disable=SC2086 # words
	/files/faults "$@" $which >/tmp/faults 2>&1
	end=$?
	[ -z "$warm" ] || return 0
	if [ $end = 0 ]; then
		diag "$name: $(head -1 /tmp/faults)"
	else
		diag "$name: status $end: $(head -60 /tmp/faults)"
	fi
	[ -n "${ends[$name]-}" ] || names+=("$name")
	[ "${ends[$name]:-0}" != 0 ] || ends[$name]=$end
}

# verdict NAME
verdict()
{
	if [ "${ends[$1]}" = 4 ]; then
		skip "$1" "nothing of ours is allocated there"
	else
		check_equal "$1" 0 "${ends[$1]}"
	fi
}

# flat ROUND: what is lost where an allocation fails is lost in each round; what the machine itself takes, it takes once. Sets $lost to what the last one lost.
flat()
{
	local before n

	for n in 1 2 3; do
		before=$(used_kb)
		$1
		lost=$(($(used_kb) - before))
		diag "round $n of $1: $lost KiB more in use"
		[ $lost -ge $limit ] || return 0
		# what is freed on the debug kernel stays in quarantine, and looks lost
		echo 0 2>/dev/null >$quarantine
	done
}

# strangers: stacks in the log that no failed allocation of ours explains, with what stands above each. What else a kernel may complain of, the harness
# finds; it was told to allow stacks.
strangers()
{
	local ours='kmem_cache_create[a-z_]*[(]slabscan_proof[)] failed with error|percpu: allocation failed'

	ours="$ours|(faults|slabscan[^ ]*): (page allocation failure|vmalloc)"
	dmesg >/tmp/log
	grep -q 'slabscan-test: faults begin' /tmp/log || echo "the log does not go back to the beginning"
	awk -v ours="$ours" '$0 ~ ours { known = 1 } { last[NR % 8] = $0 }
		/Call Trace:/ { for (i = NR - 7; !known && i <= NR; i++) print last[i % 8]; known = 0 }' /tmp/log
}

# ---- at load ----
loads()
{
	try "load" 16 16 load /modules/slabscan.ko
}
warm=3
loads
warm=
flat loads
verdict load
check "nothing is lost at load (less than $limit KiB in a round)" test "$lost" -lt $limit

load_slabscan || bail "slabscan does not load afterwards"
load_kmod slabscan_test || bail "slabscan_test does not load"
# a quiet cache, large enough to be told of among all; one of lost objects; and one in which something happens while it is traced
echo "create f 256 nomerge" >$ctl/ctl
echo "plant f 8000 chain" >$ctl/ctl || bail "plant f"
echo "create lost 64 nomerge" >$ctl/ctl
echo "plant lost 500 magic none" >$ctl/ctl || bail "plant lost"
echo "create g 64 nomerge" >$ctl/ctl
object=$(sed -n 4000p $ctl/sets/f/live)

each_search()
{
	try "refs" 15 8 refs "$object"
	try "refs, two CPUs" 1 5 refs "$object" cpus=2
	try "refs of a cluster" 1 6 refs f
	try "refs, kvmalloc()" 1 5 refs "$object" kv
	try "leaks" 12 10 leaks of=lost
	try "leaks, all addresses, two CPUs" 1 6 leaks all of=lost cpus=2
	try "leaks of one cache" 1 6 leaks lost
	try "leaks of one cache, all addresses, two CPUs" 1 6 leaks lost all cpus=2
	try "leaks, kvmalloc()" 1 5 leaks of=lost kv
}

each_job()
{
	local pid

	try "caches" 20 10 caches of=f
	try "scan" 20 10 scan f
	try "scan, two CPUs" 1 6 scan f cpus=2
	try "scan of all caches" 1 8 scan all of=f
	try "scan of all caches, two CPUs" 1 6 scan all of=f cpus=2
	try "objects" 99 1 objects f
	try "a result is dumped" 20 10 dump f
	try "show" 20 10 show "$object"
	echo "churn g 1 plain 64 20" >$ctl/ctl
	pid=$(grep -ls '^slabscan_churn' /proc/[0-9]*/comm | head -1)
	pid=${pid#/proc/}
	try "trace" 8 14 trace g
	try "trace of a module" 1 7 trace g module=slabscan_test
	try "trace of a process" 1 7 trace g "pid=${pid%/comm}"
	try "trace below a function" 1 10 trace g probe=slabscan_test:test_set_alloc
	echo "churn g stop" >$ctl/ctl
	try "a trace is cancelled" 1 8 cancel
	# of the first four each one: among these is the room that a result takes
	try "caches, kvmalloc()" 99 1 caches of=f kv
	try "scan, kvmalloc()" 99 1 scan f kv
	try "objects, kvmalloc()" 99 1 objects f kv
	try "show, kvmalloc()" 99 1 show "$object" kv
	echo "churn g 1 plain 64 20" >$ctl/ctl
	try "trace, kvmalloc()" 1 5 trace g kv
	echo "churn g stop" >$ctl/ctl
}
# objects that nothing points to: small things that are lost are among them
orphans()
{
	slabscan leaks --quiet --json | sed -n 's/.*"unreferenced": *\([0-9]*\).*/\1/p' | head -1
}
warm=2
each_search
warm=
before=$(orphans)
flat each_search
search_lost=$lost
# on the debug kernel: what is freed stays poisoned for long. Not before: the proof at load looks for free objects on freelists, and what is kept is full of
# stale pointers to lost objects
echo 1 2>/dev/null >$quarantine
warm=2
each_job
warm=
flat each_job
after=$(orphans)
jobs_lost=$((lost > search_lost ? lost : search_lost))
# the first is that of the load
for name in "${names[@]:1}"; do
	verdict "$name"
done
check "nothing is lost (less than $limit KiB in a round)" test "$jobs_lost" -lt $limit
diag "objects that nothing points to: $before before, $after after"
if [ -e $quarantine ]; then
	skip "no objects are lost, either" "those that KASAN keeps look lost"
else
	[ "$after" -le "$before" ] || slabscan leaks --quiet | while read -r line; do diag "$line"; done
	# the kernel may lose some of its own where an allocation fails
	check "no objects are lost, either (8 at most)" test "$after" -le $((before + 8))
fi
check "it works" slabscan caches
rmmod slabscan_test
check "and it goes" rmmod slabscan
check_equal "each stack in the log is that of an allocation that failed" "" "$(strangers)"
