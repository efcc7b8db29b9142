#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a search for lost objects costs: against a bare read of the same roots in the same boot, and of roots and slabs; in an idle guest, with 170,000
# objects planted, 70,000 of them lost, and with few of a kind lost, too, which are looked at once more. A bare read is the kernel's fault-safe copy of the
# same pages; what it takes to load each word where it is, and no more, is told, too.
# Time is counted in instructions (QEMU's icount), which no other load of the host disturbs. By turns, the best of four.
#
# kmods: slabscan_test
# mem: 1G
# smp: 1
# qemu: -icount shift=1,sleep=off
# timeout: 900
. /slabscan/lib.sh
[ -d /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug
ctl=/sys/kernel/debug/slabscan_test

number() { sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" | head -1; }
field() { sed -n "s/.*\b$1=\([0-9]*\).*/\1/p" $ctl/ctl; }
least() { sort -n "$1" | head -1; }

measure() # SITUATION
{
	local answer roots slabs search loads

	rm -f /tmp/roots /tmp/slabs /tmp/search /tmp/loads
	for _ in 1 2 3 4; do
		echo "bench readroots" >$ctl/ctl
		field ns >>/tmp/roots
		echo "bench loadroots" >$ctl/ctl
		field ns >>/tmp/loads
		echo "bench readslabs" >$ctl/ctl
		field ns >>/tmp/slabs
		answer=$(slabscan leaks --quiet --json)
		number search_ns <<<"$answer" >>/tmp/search
	done
	roots=$(least /tmp/roots) slabs=$(least /tmp/slabs) search=$(least /tmp/search) loads=$(least /tmp/loads)
	ratio=$(awk "BEGIN { printf \"%.2f\", $search / $roots }")
	both=$(awk "BEGIN { printf \"%.2f\", $search / ($roots + $slabs) }")
	echo "bench_leaks $1: all readings ${search} ns, a bare read of the roots $roots ns, of the slabs $slabs ns: $ratio times the roots," \
		"$both times both; $(awk "BEGIN { printf \"%.2f\", $search / $loads }") times $loads ns, to load the roots;" \
		"$(number root_bytes <<<"$answer") bytes of roots, $(number live <<<"$answer") objects" | tee -a /tmp/bench
}

plan 3
load_slabscan || bail "slabscan does not load"
load_kmod slabscan_test || bail "slabscan_test does not load"
measure idle
# the goal is 3 times the roots; but objects are read as well, and where nearly all of memory is slabs, they are what there is to read
check "a search of an idle guest takes at most three times a bare read of the roots" awk "BEGIN { exit !($ratio <= 3) }"
for shape in magic serial selfhead text random int poison; do
	echo "create $shape 128 nomerge" >$ctl/ctl
	echo "plant $shape 10000 $shape none" >$ctl/ctl || bail "plant $shape"
done
for holder in vmalloc bss percpu slab page list rbtree xarray; do
	echo "create $holder 128 nomerge" >$ctl/ctl
	echo "plant $holder 12500 serial $holder" >$ctl/ctl || bail "plant $holder"
done
measure planted
check "with 70,000 lost ones at most three times one of roots and slabs" awk "BEGIN { exit !($both <= 3) }"
echo "create few 128 nomerge" >$ctl/ctl
echo "plant few 20 serial none" >$ctl/ctl || bail "plant few"
measure few
check "and so with 20 of another kind" awk "BEGIN { exit !($both <= 3) }"
send_file /tmp/bench bench_leaks.txt
