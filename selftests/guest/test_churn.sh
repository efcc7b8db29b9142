#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# While all CPUs allocate and free in a cache, no job ever misjudges one of a known set of objects that live all the time: slabscan.scans=N lists of
# the cache's objects in all (1,100), and beside them top, leaks and refs. trace is for test_trace_quiet.sh, where CPUs take turns: see "accel" in
# selftests/vm/harness/script.py.
#
# kmods: slabscan_test
# bins: jq
# files: selftests/guest/tools/exact
# append: slab_nomerge
# mem: 1G
# timeout: 600
# accel: tcg,thread=multi
. /slabscan/lib.sh
ctl=/sys/kernel/debug/slabscan_test
scans=$(sed -n 's/.*slabscan\.scans=\([0-9]*\).*/\1/p' /proc/cmdline)
scans=${scans:-1100}

# A cache without constructor keeps its links inside the objects, one with a constructor behind them. (The flag "nomerge" is a constructor on kernels
# that know no SLAB_NO_MERGE; slab_nomerge keeps both caches by themselves, everywhere.)
kinds="plain ctor"
modes="plain bulk cross rcu mixed"
churns=$(($(wc -w <<<"$kinds") * $(wc -w <<<"$modes")))
each=$(((scans + churns - 1) / churns))
turns=$((scans < 2200 ? 1 : scans / 1100))
plan $((churns * 4 + 3))
setup slabscan_test
echo 0 >/tmp/total

# the lists; and did the cache churn at all meanwhile?
exact()
{
	local words status allocs

	words=$(/files/exact c /tmp/live /dev/null $each 2>&1)
	status=$?
	allocs=$(sed -n 's/.* churn_allocs=\([0-9]*\).*/\1/p' $ctl/sets/c/info)
	echo "$words; $allocs allocations meanwhile"
	echo $(($(cat /tmp/total) + $(grep -o 'runs=[0-9]*' <<<"$words" | cut -d= -f2))) >/tmp/total
	[ $status = 0 ] && [[ $words == *" missing=0 "*" skipped=0 "*" duplicates=0"* ]] && [ "${allocs:-0}" -gt 1000 ]
}

# run JOB ARGUMENT...: false if there is nothing to judge by. What went wrong is a line in /tmp/wrong.JOB, an answer one in /tmp/judged.JOB. A search may
# end in part, and say so, where references move faster than it can follow: then it says nothing of any object.
run()
{
	local status

	slabscan "$@" --json --quiet >/tmp/out 2>/tmp/err
	status=$?
	case $1.$status in
	*.0)
		echo $status >>/tmp/judged."$1"
		return 0
		;;
	leaks.3 | refs.3) ;;
	*) echo "status $status: $(cat /tmp/err)" >>/tmp/wrong."$1" ;;
	esac
	return 1
}

# How many objects of its own churn may show: what it can hold at once, see selftests/kmod/test_churn.c, and free ones that are on their way between stores
# while these are looked at (some tens, or as many as the sheaves of two CPUs and a node have room for). Twice that, for a scan is no snapshot: what it
# counted may be freed, and the next one taken from a slab that it has still to see. All that was planted and freed is more, but for RCU with sheaves.
held()
{
	local n=$((threads * 64 + 200 + 18 * $(cat /sys/kernel/slab/c/sheaf_capacity 2>/dev/null || echo 0)))

	case $1 in cross | mixed) n=$((n + 256)) ;; esac
	case $1 in rcu | mixed) n=$((n + 1024 + threads)) ;; esac
	echo $((2 * n))
}

judge_top()
{
	run top --cache c || return
	jq -e ".complete and .skipped == 0 and .live >= $planted and .live <= $planted + $(held "$1")" /tmp/out >/dev/null ||
		echo "$(jq -c '[.complete, .skipped, .live]' /tmp/out) complete, skipped, live; $planted planted, $(held "$1") may be held" >>/tmp/wrong.top
}

# Once nothing moves, all that were planted and nothing else: between bounds some that are missing go unseen (amid churn "exact" sees them).
judge_rest()
{
	slabscan top --cache c --json --quiet >/tmp/out 2>/tmp/err
	jq -e ".complete and .skipped == 0 and .live == $planted" /tmp/out >/dev/null ||
		echo "at rest: $(jq -c '[.complete, .skipped, .live]' /tmp/out) complete, skipped, live; $planted planted; $(cat /tmp/err)" >>/tmp/wrong.top
}

# A holder points to each planted object, so none is lost; nor is any that churn has in its hands.
judge_leaks()
{
	run leaks --cache c --addresses || return
	jq -r '.addresses[], (.groups[], .innocent_groups[] | .examples[])' /tmp/out >/tmp/lost
	[ -s /tmp/lost ] || return
	grep -xFf /tmp/lost /tmp/live | sed 's/$/ is not lost/' >>/tmp/wrong.leaks
	grep -vxFf /tmp/live /tmp/lost | sed "s/^/$1, $f: /" >>/tmp/told
}

# the next planted object: its holder is an array in vmalloc space
judge_refs()
{
	local object

	at=$(((at + 397) % planted))
	object=$(sed -n "$((at + 1))p" /tmp/live)
	run refs "$object" || return
	jq -e ".target.state == \"live\" and .target.cache == \"c\" and .target.object == \"$object\" and any(.referrers[]; .kind == \"vmalloc\")" \
		/tmp/out >/dev/null || echo "$object: $(jq -c '[.target, .referrers]' /tmp/out)" >>/tmp/wrong.refs
}

# judged JOB DESCRIPTION: the result of what this job said since the last one
judged()
{
	local times

	times=$(wc -l </tmp/judged."$1")
	whole[$1]=$((whole[$1] + times))
	if [ -s /tmp/wrong."$1" ]; then
		diag "$(head -5 /tmp/wrong."$1")"
		not_ok "$2"
	elif [ "$times" = 0 ]; then
		skip "$2" "no answer was whole"
	else
		ok "$2, $times times"
	fi
	: >/tmp/wrong."$1"
	: >/tmp/judged."$1"
}

touch /tmp/told /tmp/{wrong,judged}.{top,leaks,refs}
declare -A whole=([top]=0 [leaks]=0 [refs]=0)
at=0
for f in $kinds; do
	echo "create c 120 ${f/plain/}" >$ctl/ctl
	echo "plant c 8000 magic" >$ctl/ctl
	echo "free c every=2" >$ctl/ctl
	cat $ctl/sets/c/live >/tmp/live
	planted=$(wc -l </tmp/live)
	for mode in $modes; do
		# "mixed" has a thread for each of the others
		threads=2
		[ "$mode" != mixed ] || threads=4
		echo "churn c $threads $mode" >$ctl/ctl || bail "no churn $mode"
		check "churn $mode in a cache with $f: each list of its objects is right" exact
		for ((turn = 0; turn < turns; turn++)); do
			judge_top "$mode"
			judge_leaks "$mode"
			judge_refs
		done
		echo "churn c stop" >$ctl/ctl
		judge_rest
		judged top "churn $mode, $f: top counts all that live, and no more than there can be; then just those"
		judged leaks "churn $mode, $f: leaks takes none of them for lost"
		judged refs "churn $mode, $f: refs finds who holds one"
	done
	echo "destroy c" >$ctl/ctl
done
check_equal "leaks tells of no object in the hands of churn" "" "$(head -5 /tmp/told)"
diag "$(cat /tmp/total) scans; whole answers: top ${whole[top]}, leaks ${whole[leaks]}, refs ${whole[refs]}"
check "each of these three gave a whole answer at least once" test ${whole[top]} -ge 1 -a ${whole[leaks]} -ge 1 -a ${whole[refs]} -ge 1
check "at least $scans scans were made" test "$(cat /tmp/total)" -ge "$scans"
