#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Who points to planted objects? Does slabscan refs name each kind of holder, count right, and follow a way from an object to who holds it?
#
# kmods: slabscan_test
# bins: jq
# mem: 1G
# timeout: 300
. /slabscan/lib.sh
[ -d /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug
ctl=/sys/kernel/debug/slabscan_test
t() { echo "$*" >$ctl/ctl; }

# refs of cluster 1 of cache $1: pointers from places for which the jq condition $2 holds
from() { slabscan refs --quiet --json --limit 1000 --cache "$1" | jq "[.referrers[] | select($2) | .count] | add // 0"; }

plan 17
load_slabscan || bail "slabscan does not load"
load_kmod slabscan_test || bail "slabscan_test does not load"
for h in vmalloc bss data percpu slab page tail large tagged interior list hlist rbtree xarray stack none; do
	t create $h 128 nomerge
	t plant $h 500 magic $h || bail "plant $h"
done

check_equal "an array in vmalloc space" 500 "$(from vmalloc '.kind == "vmalloc"')"
check_equal "a module's bss, by symbol" 500 "$(from bss '.where | test("slabscan_test_bss_slots.*\\[slabscan_test\\]")')"
check_equal "a module's data, by symbol" 500 "$(from data '.where | test("slabscan_test_data_slots.*\\[slabscan_test\\]")')"
check_equal "per-cpu memory" 500 "$(from percpu '.kind == "percpu" or .kind == "vmalloc"')"
check_equal "pages" 500 "$(from page '.kind == "page"')"
check_equal "large kmalloc" 500 "$(from large '.kind == "page"')"
check_equal "tagged pointers" 500 "$(from tagged '.kind == "vmalloc"')"
check_equal "interior pointers" 500 "$(from interior '.kind == "vmalloc"')"
check_equal "stacks, by thread" 500 "$(from stack '.kind == "stack" and (.where | startswith("slabscan_stack"))')"
check_equal "the nodes of an xarray" 500 "$(from xarray '.kind == "slab" and .where == "radix_tree_node"')"
# the two ends point to the head, which is no object: they may be no part of the cluster
slabscan refs --quiet --json --limit 1000 --cache list >/tmp/list
n=$(jq .target.objects /tmp/list)
check "a list: nearly all are one cluster" test "$n" -ge 498 -a "$n" -le 500
check_equal "a list: both links of each but the ends are inside" $((2 * (n - 1))) "$(jq '[.referrers[] | select(.inside) | .count] | add' /tmp/list)"
# words of whoever went through the list may be left on the stack of a task that runs, or of one that is gone and whose stack waits to be freed
check_equal "a list: what holds it at its ends is outside" 2 "$(jq '[.referrers[] | select((.inside | not) and .where == "list") | .count] | add' /tmp/list)"
check_equal "a list: nothing else does, but for stacks" "" "$(jq -r '.referrers[] | select((.inside | not) and .where != "list") | .kind' /tmp/list | grep -vxE "stack|vmalloc")"
diag "outside: $(jq -c '.referrers[] | select(.inside | not)' /tmp/list)"
check_equal "nothing points to an orphan" 0 "$(slabscan refs --quiet --json "$(head -1 $ctl/sets/none/live)" | jq .references)"
# A stale word on some stack may come and go between the two: what holds it stays.
object=$(head -1 $ctl/sets/xarray/live)
nodes() { slabscan refs --quiet --json "$1" | jq -c '[.referrers[] | select(.where == "radix_tree_node") | .count]'; }
check_equal "an interior address means the object" "[1] [1]" "$(nodes "$object") $(nodes "$(printf '%x' $((0x${object#0x} + 40)))")"
check "the module unloads" rmmod slabscan
