#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Planted objects: does slabscan leaks find those that nothing points to, of ten shapes, and none of those that something points to, whatever it is?
# The debug kernel's debug objects have the address of each object that they watch: to a search a reference.
#
# kmods: slabscan_test
# append: no_debug_objects
# mem: 1G
# timeout: 300
. /slabscan/lib.sh
[ -d /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug
ctl=/sys/kernel/debug/slabscan_test

t() { echo "$*" >$ctl/ctl; }
# number KEY < JSON: its first value
number() { sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" | head -1; }
unreferenced() { slabscan leaks --quiet --json --cache "$1" | number unreferenced; }
between() { [ "$2" -ge "$1" ] && [ "$2" -le "$3" ]; }

plan 18
load_slabscan || bail "slabscan does not load"
load_kmod slabscan_test || bail "slabscan_test does not load"
holders="vmalloc bss data percpu slab page directory tail large tagged interior list hlist rbtree xarray stack request"
grep -q mtree_store /proc/kallsyms && holders="$holders maple"

before=$(slabscan leaks --quiet --json)
live=$(number live <<<"$before")
flagged=$(number unreferenced <<<"$before")
diag "fresh guest: $flagged of $live flagged"
[ "$flagged" = 0 ] || slabscan leaks --quiet | while read -r line; do diag "$line"; done
check "at most 0.01 % of what a fresh guest holds is flagged" test "$flagged" -le $((live / 10000))

# early: they wait 5 s at most, and what is searched is small yet
t create s 128 nomerge
t plant s 400 serial dying || bail "plant dying"
check "of 400 that only what waits in kfree_rcu() points to 99 % are found" between 396 "$(unreferenced s)" 400
check "and nothing of what waits there is flagged" between 396 "$(slabscan leaks --quiet --json | number unreferenced)" $((400 + flagged))

t create o 128 nomerge
for shape in magic serial selfhead origin func image text random int poison; do
	t plant o 9900 $shape none || bail "plant $shape"
done
t plant o 500 magic cycle
t plant o 500 magic lostlist
t create q 128 nomerge
t plant q 1000 serial over || bail "plant over"
t create r 128 nomerge
for holder in $holders; do
	n=7500
	[ "$holder" = data ] && n=4000
	t plant r $n serial "$holder" || bail "plant $holder"
done
total=$(wc -l <$ctl/sets/r/live)

found=$(unreferenced o)
diag "$found of 100000 found"
check "99 % of 100,000 unreferenced objects of ten shapes, rings and lost lists among them, are found" between 99000 "$found" 100000
check_equal "none of $total referenced ones is flagged" 0 "$(unreferenced r)"
check "and 99 % of 1,000 that only free block requests point to" between 990 "$(unreferenced q)" 1000

# what it costs is said, not judged: by turns, and each for about as long, so that what else the host does hits both alike
bare=0 search=0 wait=0
for _ in 1 2 3; do
	for _ in 1 2 3 4; do
		echo "bench readroots" >$ctl/ctl
		bare=$((bare + $(sed 's/.* ns=\([0-9]*\) .*/\1/' $ctl/ctl)))
	done
	answer=$(slabscan leaks --quiet --json)
	search=$((search + $(number search_ns <<<"$answer")))
	wait=$((wait + $(number wait_ns <<<"$answer")))
done
ratio=$(awk "BEGIN { printf \"%.2f\", $search / 3 / ($bare / 12) }")
bytes=$(number memory <<<"$answer")
slab=$(awk '/^Slab:/ { print $2 * 1024 }' /proc/meminfo)
diag "all readings $((search / 3000000)) ms and $((wait / 3000000)) ms for RCU; a bare read of the roots $((bare / 12000000)) ms: $ratio times as long"
diag "$(number root_bytes <<<"$answer") bytes of roots; with objects $(($(number words <<<"$answer") * 8)), each time"
diag "memory: $bytes of $slab bytes of slabs; undecided: $(number undecided <<<"$answer")"
check "memory is at most 2 % of the slabs and 8 MiB" test "$bytes" -le $((slab / 50 + 8388608))
check "the largest group is the planted one" grep -q '"cache": *"o"' <<<"$(grep -m1 '"cache"' <<<"$answer")"
check "two CPUs find 99 %, too" between 99000 "$(slabscan leaks --quiet --json --cache o --cpus 2 | number unreferenced)" 100000
check_equal "and flag no referenced one" 0 "$(slabscan leaks --quiet --json --cache r --cpus 2 | number unreferenced)"

# what was found is at hand for top, for a while; not for another cache than was searched
slabscan leaks --quiet --json --cache o >/tmp/o
top=$(slabscan top --quiet --json --cache o)
check "top knows what leaks found" test "$(number unreferenced </tmp/o)" = "$(sed -n '/"leaks"/,/}/p' <<<"$top" | number unreferenced)"
check "and how long ago" between 1 "$(sed -n '/"leaks"/,/}/p' <<<"$top" | number age_ns)" 300000000000
check_equal "but not of another cache" 0 "$(slabscan top --quiet --json --cache r | grep -c '"leaks"')"

t drop r
check "those whose references are dropped are found afterwards" between $((total * 99 / 100)) "$(unreferenced r)" "$total"
t free o all
check_equal "none is left when they are freed" 0 "$(unreferenced o)"

slabscan leaks --quiet >/dev/null &
job=$!
sleep 0.3
kill -INT $job
wait $job
status=$?
check "Ctrl-C ends the search early, or it was over before" test $status = 3 -o $status = 0
slabscan leaks --quiet >/dev/null &
sleep 0.2
kill -KILL $!
wait $! 2>/dev/null
check "a search dies with its owner: another can start" wait_for 10 slabscan leaks --quiet --cache o
check "the module unloads" rmmod slabscan
