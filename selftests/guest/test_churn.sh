#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# While all CPUs allocate and free in a cache, no job ever misjudges one of a known set of objects that live all the time: slabscan.scans=N lists of
# the cache's objects in all (1,100), and beside them top, caches, show, leaks and refs, by turns with one CPU and with two. trace is for
# test_churn_trace.sh, where CPUs take turns: see "accel" in selftests/vm/harness/script.py.
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
plan $((churns * 6 + 3))
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

	asked[$1]=$((asked[$1] + 1))
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
# while these are looked at (some tens, or as many as the sheaves have room for). Twice that, for a scan is no snapshot: what it counted may be freed, and
# the next one taken from a slab that it has still to see. All that was planted and freed is more, but for RCU with sheaves.
held()
{
	local n=$((threads * 64 + 200 + sheaves))

	case $1 in cross | mixed) n=$((n + 256)) ;; esac
	case $1 in rcu | mixed) n=$((n + 1024 + threads)) ;; esac
	echo $((2 * n))
}

# the next planted object
next_object()
{
	at=$(((at + 397) % planted))
	object=${live[at]}
}

# count JOB ARGUMENT...: an answer for weigh
count()
{
	run "$@" || return
	cat /tmp/out >>/tmp/answers
	answers=$((answers + 1))
}

# weigh MOST MOVED STATES: what the answers say. top and caches have to count in cache c all that were planted, and MOST more at most; top --all may be off
# by as much as it says itself, caches by MOVED. An object that is shown is one that was asked for, of that cache, and in one of STATES.
weigh()
{
	local job a b c d

	jq -r --argjson moved "$2" '
		if .address then "show \(.object) \(.cache) \(.offset) \(.state)"
		elif .cache_count then "caches \(.complete) \($moved) \([.caches[] | select(.name == "c").live] | add // 0)"
		elif .caches then "top \(.complete) \(.count_error) \([.clusters[] | select(.cache == "c").objects] | add // 0)"
		else "top \(.complete and .skipped == 0) 0 \(.live)" end' /tmp/answers >/tmp/facts
	[ "$(wc -l </tmp/facts)" = $answers ] || echo "no JSON: $(head -c 200 /tmp/answers)" >>/tmp/wrong.top
	while read -r job a b c d; do
		case $job in
		show) [[ " $shown " == *" $a "* ]] && [ "$b $c" = "c 0" ] && [[ $3 == *" $d "* ]] ;;
		*) [ "$a" = true ] && [ "$c" -ge $((planted - b)) ] && [ "$c" -le $((planted + $1 + b)) ] ;;
		esac || echo "$job: $a $b $c $d; $planted planted, and at most $1 more" >>/tmp/wrong."$job"
	done </tmp/facts
	: >/tmp/answers
	answers=0
	shown=
}

# The census takes off what is in sheaves at its end from what it saw in slabs before: amid churn it may be off by as much as sheaves hold.
judge_counts()
{
	count top --cache c "${cpus[@]}"
	((round % 3 != 1)) || count top --all --limit 50 "${cpus[@]}"
	count caches
	for _ in 1 2 3; do
		next_object
		shown="$shown $object"
		count show "$object"
	done
	weigh "$(held "$1")" $sheaves " live changing "
}

# Once nothing moves, all that were planted and nothing else: between bounds some that are missing go unseen (amid churn "exact" sees them).
judge_rest()
{
	count top --cache c
	count caches
	shown=$object
	count show "$object"
	weigh 0 0 " live "
}

# A holder points to each planted object, so none is lost; nor is any that churn has in its hands.
judge_leaks()
{
	run leaks --cache c --addresses "${cpus[@]}" || return
	jq -r '.addresses[], (.groups[], .innocent_groups[] | .examples[])' /tmp/out >/tmp/lost
	[ -s /tmp/lost ] || return
	grep -xFf /tmp/lost /tmp/live | sed 's/$/ is not lost/' >>/tmp/wrong.leaks
	grep -vxFf /tmp/live /tmp/lost | sed "s/^/$1, $f: /" >>/tmp/told
}

# the next planted object: its holder is an array in vmalloc space
judge_refs()
{
	next_object
	run refs "$object" "${cpus[@]}" || return
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

# of what was asked for, half at least
mostly_whole()
{
	local job

	for job in "${!asked[@]}"; do
		[ $((2 * whole[$job])) -ge "${asked[$job]}" ] || return
	done
}

touch /tmp/told /tmp/answers /tmp/{wrong,judged}.{top,caches,show,leaks,refs}
declare -A asked=() whole=()
at=0
round=0
answers=0
shown=
for f in $kinds; do
	echo "create c 120 ${f/plain/}" >$ctl/ctl
	echo "plant c 8000 magic" >$ctl/ctl
	echo "free c every=2" >$ctl/ctl
	cat $ctl/sets/c/live >/tmp/live
	mapfile -t live </tmp/live
	planted=${#live[@]}
	# of two CPUs and a node
	sheaves=$((18 * $(cat /sys/kernel/slab/c/sheaf_capacity 2>/dev/null || echo 0)))
	for mode in $modes; do
		# "mixed" has a thread for each of the others
		threads=2
		[ "$mode" != mixed ] || threads=4
		echo "churn c $threads $mode" >$ctl/ctl || bail "no churn $mode"
		check "churn $mode in a cache with $f: each list of its objects is right" exact
		for ((turn = 0; turn < turns; turn++)); do
			cpus=()
			((round % 2 == 0)) || cpus=(--cpus 2)
			judge_counts "$mode"
			judge_leaks "$mode"
			judge_refs
			round=$((round + 1))
		done
		echo "churn c stop" >$ctl/ctl
		judge_rest
		judged top "churn $mode, $f: top counts all that live, and no more than there can be; then just those"
		judged caches "churn $mode, $f: so does caches"
		judged show "churn $mode, $f: show calls none of them free, nor changing once nothing moves"
		judged leaks "churn $mode, $f: leaks takes none of them for lost"
		judged refs "churn $mode, $f: refs finds who holds one"
	done
	echo "destroy c" >$ctl/ctl
done
check_equal "leaks tells of no object in the hands of churn" "" "$(head -5 /tmp/told)"
diag "$(cat /tmp/total) scans; whole answers: $(for job in "${!asked[@]}"; do echo "$job ${whole[$job]} of ${asked[$job]}"; done | sort | paste -sd ,)"
check "half of the answers of each job were whole, at least" mostly_whole
check "at least $scans scans were made" test "$(cat /tmp/total)" -ge "$scans"
