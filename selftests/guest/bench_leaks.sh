#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a search for lost objects costs: against a bare read of the same roots in the same boot, and of roots and slabs; in an idle guest, with 170,000
# objects planted, 70,000 of them lost, and with few of a kind lost, too, which are looked at once more. By turns, the best of eight: a host that does other
# things delays all alike, now and then.
#
# kmods: slabscan_test
# mem: 1G
# smp: 1
# timeout: 300
. /slabscan/lib.sh
[ -d /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug
ctl=/sys/kernel/debug/slabscan_test

number() { sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" | head -1; }
field() { sed -n "s/.*\b$1=\([0-9]*\).*/\1/p" $ctl/ctl; }
least() { sort -n "$1" | head -1; }

measure() # SITUATION
{
	local answer roots slabs search

	rm -f /tmp/roots /tmp/slabs /tmp/search
	for _ in 1 2 3 4 5 6 7 8; do
		echo "bench readroots" >$ctl/ctl
		field ns >>/tmp/roots
		echo "bench readslabs" >$ctl/ctl
		field ns >>/tmp/slabs
		answer=$(slabscan leaks --quiet --json)
		number search_ns <<<"$answer" >>/tmp/search
	done
	roots=$(least /tmp/roots) slabs=$(least /tmp/slabs) search=$(least /tmp/search)
	ratio=$(awk "BEGIN { printf \"%.2f\", $search / $roots }")
	echo "bench_leaks $1: all readings ${search} ns, a bare read of the roots $roots ns, of the slabs $slabs ns: $ratio times the roots," \
		"$(awk "BEGIN { printf \"%.2f\", $search / ($roots + $slabs) }") times both;" \
		"$(number root_bytes <<<"$answer") bytes of roots, $(number live <<<"$answer") objects" | tee -a /tmp/bench
}

plan 3
load_slabscan || bail "slabscan does not load"
load_kmod slabscan_test || bail "slabscan_test does not load"
measure idle
# the goal is 3; that much more is for a host that does other things all the time
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
check "with 70,000 lost ones at most four times" awk "BEGIN { exit !($ratio <= 4) }"
echo "create few 128 nomerge" >$ctl/ctl
echo "plant few 20 serial none" >$ctl/ctl || bail "plant few"
measure few
check "and with 20 of another kind at most six times" awk "BEGIN { exit !($ratio <= 6) }"
send_file /tmp/bench bench_leaks.txt
