#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Is the view of a quiet cache exact? 0 live objects seen as free, 0 free ones seen as live, for sizes from 8 bytes to 8 KiB, with and without
# constructor, with SLAB_TYPESAFE_BY_RCU, for caches merged with others, and for kmalloc's own. And nothing of it is written, moved or given back.
#
# kmods: slabscan_test
# files: selftests/guest/tools/exact
# mem: 1G
# timeout: 240
# smoke
. /slabscan/lib.sh
[ -d /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug
ctl=/sys/kernel/debug/slabscan_test

# exact SET CACHE: plants and frees, then compares; prints what differs
exact()
{
	local set=$1 cache=$2 count=$3 words

	echo "plant $set $count magic" >$ctl/ctl || return 1
	echo "free $set every=3" >$ctl/ctl || return 1
	echo "realloc $set $((count / 20))" >$ctl/ctl || return 1
	echo "free $set permille=200" >$ctl/ctl || return 1
	# its status tells of objects that are missing or told of twice
	words=$(/files/exact "$cache" $ctl/sets/"$set"/live $ctl/sets/"$set"/freed 3) || { echo "$words"; return 1; }
	echo "$words"
	case $words in
	*" missing=0 phantom=0 extra=0 skipped=0 incomplete=0 duplicates=0"*) ;;
	# where others allocate too, what we freed may be theirs now
	*" missing=0 "*" skipped=0 incomplete=0 duplicates=0"*) [ -n "${4-}" ] ;;
	*) false ;;
	esac
}

sizes="8 16 24 64 96 192 256 512 1000 2048 4096 8192"
flags="nomerge ctor,nomerge rcu,nomerge ctor,rcu,nomerge hwalign,nomerge account,nomerge"
plan $(($(wc -w <<<"$sizes") + $(wc -w <<<"$flags") * 2 + 13))
load_slabscan || bail "slabscan does not load"
load_kmod slabscan_test || bail "slabscan_test does not load"

for size in $sizes; do
	echo "create x$size $size nomerge" >$ctl/ctl
	check "$size bytes" exact "x$size" "x$size" $((size > 2000 ? 600 : 4000))
	echo "destroy x$size" >$ctl/ctl
done
for f in $flags; do
	for size in 40 328; do
		echo "create y $size $f" >$ctl/ctl
		check "$size bytes, $f" exact y y 3000
		echo "destroy y" >$ctl/ctl
	done
done

# A merged cache: other users' objects are in neither list.
echo "create slabscan_m 112" >$ctl/ctl
root=$(basename "$(readlink -f /sys/kernel/slab/slabscan_m)")
name=$(for d in /sys/kernel/slab/*; do
	[ "$(basename "$(readlink -f "$d")")" = "$root" ] && basename "$d"
done | grep -v '^:' | sort | while read -r n; do grep -q "^$n " /proc/slabinfo && echo "$n"; done | head -1)
check "an alias is listed under the name of the cache it shares ($name)" test -n "$name"
check "merged with ${name:-nothing}" exact slabscan_m "${name:-slabscan_m}" 3000 shared
for size in 8 64 1024 8192; do
	echo "create k$size $size kmalloc" >$ctl/ctl
	check "kmalloc-$size" exact "k$size" "kmalloc-$([ "$size" = 1024 ] && echo 1k || { [ "$size" = 8192 ] && echo 8k || echo "$size"; })" 1000 shared
done

# memory: a sum of all that is in the slabs of cache w, and what the kernel counts there. Nobody else uses it.
memory()
{
	echo "bench readset w" >$ctl/ctl && sed 's/bytes=.* sum/sum/' $ctl/ctl
	(cd /sys/kernel/slab/w && grep -s . objects partial cpu_slabs slabs_cpu_partial total_objects)
}

# left_alone JOB: is all that as it was, after a job?
left_alone()
{
	local now

	# shellcheck disable=SC2086 # words
	slabscan $1 >/dev/null || [ $? = 3 ] || return
	now=$(memory)
	[[ $now == *sum=* && $now == "$before" ]] || { echo "before: $before, now: $now"; false; }
}

echo "create w 128 nomerge" >$ctl/ctl
echo "plant w 600 serial" >$ctl/ctl
echo "plant w 300 serial none" >$ctl/ctl
echo "free w every=3" >$ctl/ctl
object=$(head -1 $ctl/sets/w/live)
before=$(memory)
diag "$before"
for job in "top --cache w" leaks "refs $object" caches "show $object" "trace --cache kmalloc-64 --duration 1"; do
	check "${job%% *} leaves slabs and free lists as they were" left_alone "$job"
done
echo "plant w 1 text" >$ctl/ctl
check "one object that changes would be seen" test "$(memory)" != "$before"
echo reset >$ctl/ctl
