#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Huge pages whose part of the memory map is optimised away (hugetlb_optimize_vmemmap): there the map is mapped page by page, most of it to one page that may
# only be read. Searches are whole and right while there are any, while they come, and when they are gone.
#
# bins: jq
# kmods: slabscan_test
# mem: 1G
# timeout: 200
. /slabscan/lib.sh
ctl=/sys/kernel/debug/slabscan_test
[ -e /proc/sys/vm/hugetlb_optimize_vmemmap ] || skip_all "the memory map of huge pages can't be optimised at run time on this kernel"
case $(uname -r) in 6.12.117+*) skip_all "this kernel itself says \"Bad page state\" as soon as such pages are given back, with nobody reading" ;; esac
plan 8
setup slabscan_test

# pages of the map; a kernel older than 6.11 does not tell
mapped() { awk '/^nr_memmap/ { n += $2; any = 1 } END { if (any) print n }' /proc/vmstat; }
# KiB; MemFree lacks what CPUs keep, huge pages too
free() { awk '$1 == "nr_free_pages" || $1 == "count:" { n += $2 } END { print n * 4 }' /proc/zoneinfo; }
huge() { awk '$1 == "HugePages_Total:" { print $2 }' /proc/meminfo; }

# judged: the search is whole, finds what is lost of u, and nothing of h
judged()
{
	slabscan leaks --quiet --json --addresses >/tmp/l.json || { echo "leaks ended with $?"; return 1; }
	jq -r '.addresses[]' /tmp/l.json | sort -u >/tmp/told
	found=$(grep -cxFf $ctl/sets/u/live /tmp/told)
	wrong=$(grep -cxFf $ctl/sets/h/live /tmp/told)
	echo "found $found of 1000, $wrong of 20000 wrong"
	[ "$found" -ge 990 ] && [ "$wrong" = 0 ] && jq -e '.complete' /tmp/l.json >/dev/null
}

echo "create u 128 nomerge" >$ctl/ctl
echo "create h 128 nomerge" >$ctl/ctl
echo "plant h 20000 serial page" >$ctl/ctl || bail "plant h"
echo "plant u 1000 serial none" >$ctl/ctl || bail "plant u"
check "without huge pages all is right" judged
echo 1 >/proc/sys/vm/hugetlb_optimize_vmemmap
before=$(free) map=$(mapped)
echo 100 >/proc/sys/vm/nr_hugepages
took=$((before - $(free)))
n=$(huge)
diag "$n huge pages took $took KiB${map:+, and the map lost $((map - $(mapped))) pages}"
check_equal "there are huge pages" 100 "$n"
if [ -n "$map" ]; then
	check "their part of the map is gone" test $((map - $(mapped))) -ge $((n * 7))
else
	check "their part of the map is gone: they take less than their size" test $took -lt $((n * 2048 - n * 14))
fi
check "with them all is right" judged
check_equal "and refs names what points to an object" 1 "$(slabscan refs --quiet --json "$(head -1 $ctl/sets/h/live)" | jq '[.referrers[] | select(.kind == "page").count] | add')"
for n in 0 50 10 100 0 80; do
	echo $n >/proc/sys/vm/nr_hugepages
	sleep 0.3
done &
check "while they come and go all is right" judged
wait
echo 0 >/proc/sys/vm/nr_hugepages
check_equal "they are given back" 0 "$(huge)"
check "when they are gone all is right" judged
