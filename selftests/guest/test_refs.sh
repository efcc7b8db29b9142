#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Who points to planted objects? Does slabscan refs name each kind of holder, count right, and follow a way from an object to who holds it?
#
# kmods: slabscan_test
# bins: jq
# mem: 1G
# timeout: 600
. /slabscan/lib.sh
[ -d /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug
ctl=/sys/kernel/debug/slabscan_test
t() { echo "$*" >$ctl/ctl; }

# hold HOLDER N: a cache of that name with so many objects that it holds
hold()
{
	t create "$1" 128 nomerge
	t plant "$1" "$2" magic "$1" || bail "plant $1"
}

# refs of cluster 1 of cache $1, asked once: in /tmp/$1
told() { [ -e "/tmp/$1" ] || slabscan refs --quiet --json --limit 1000 --cache "$1" >"/tmp/$1"; }

# pointers there from places for which the jq condition $2 holds
from() { told "$1"; jq "[.referrers[] | select($2) | .count] | add // 0" "/tmp/$1"; }

# the line of /proc/vmallocinfo that address $1 lies in
area()
{
	local range rest

	while read -r range rest; do
		[ $((${range%-*})) -gt $(($1)) ] || [ $((${range#*-})) -le $(($1)) ] || echo "$range $rest"
	done </proc/vmallocinfo
}

# pointers to the objects of /tmp/$1 from areas of vmalloc space that the kernel says are $2's
from_area()
{
	local place count n=0

	told "$1"
	while read -r place count; do
		[[ $(area "$place") != *"$2"* ]] || n=$((n + count))
	done < <(jq -r '.referrers[] | select(.kind == "vmalloc") | "\(.where) \(.count)"' "/tmp/$1")
	echo $n
}

# object $2, from 1, of set $1 in the order of planting
object() { sed -n "$2s/ .*//p" "$ctl/sets/$1/objects"; }

# rows KIND [FILE]: where, offset and count of each place of that kind
rows() { jq -c "[.referrers[] | select(.kind == \"$1\") | [.where, .offset, .count]] | sort" "${@:2}"; }

# named KIND: the same without offsets, and without what is behind the start of a symbol
named() { jq -r ".referrers[] | select(.kind == \"$1\") | \"\(.where) \(.count)\"" | sed 's/+0x[0-9a-f]*//'; }

refs() { slabscan refs --quiet --json "$1"; }

plan 40
load_slabscan || bail "slabscan does not load"
load_kmod slabscan_test || bail "slabscan_test does not load"
# 0 is for hashes
echo 1 >/proc/sys/kernel/kptr_restrict
for h in bss data percpu slab packed kept fired page tail large tagged interior list xarray stack none; do
	hold $h 500
done
hold vmalloc 1000
hold spread 1000
hold percpuvar 100
hold hlist 2048
hold rbtree 3
hold notifier 20
hold timer 2

check_equal "an array of two pages in vmalloc space, of the module" 1000 "$(from_area vmalloc '[slabscan_test]')"
place=$(jq -r '.referrers[] | select(.kind == "vmalloc" and .count == 1000).where' /tmp/vmalloc)
check_equal "it is one place, told by where it begins" 1 "$(grep -F '[slabscan_test]' /proc/vmallocinfo | grep -c "^$place-")"
check_equal "a module's bss, by symbol" 500 "$(from bss '.kind == "symbol" and (.where | test("^slabscan_test_bss_slots.*\\[slabscan_test\\]"))')"
check_equal "a module's data, by symbol" 500 "$(from data '.kind == "symbol" and (.where | test("^slabscan_test_data_slots.*\\[slabscan_test\\]"))')"
check_equal "alloc_percpu(), by the memory that it takes" 500 "$(from_area percpu pcpu_get_vm_areas)"
# by name where these have their offset as address among the symbols: up to 6.14
named='test("^slabscan_test_percpu_slots.*\\[slabscan_test\\]$")'
grep -qE '^0+ . (__per_cpu_start|fixed_percpu_data)$' /proc/kallsyms || named='. == ""'
check_equal "a per-cpu variable of a module" 100 "$(from percpuvar ".kind == \"percpu\" and (.where | $named)")"
check_equal "a per-cpu variable of the kernel, by name" "timer_bases 1" "$(refs "$(object timer 1)" | named percpu)"
check_equal "the same of another CPU" "timer_bases 1" "$(refs "$(object timer 2)" | named percpu)"
check_equal "a variable of the kernel, by name" "reboot_notifier_list 1" "$(refs "$(object notifier 1)" | named symbol)"
check_equal "the next in that chain, by the first one" '[["notifier","0x48",1]]' "$(refs "$(object notifier 2)" | rows slab)"
# seven blocks of 64 pointers, and 52 of another
told slab
check_equal "objects that are arrays, by cache and offset" "64 500" \
	"$(jq -r '[.referrers[] | select(.kind == "slab" and .where == "kmalloc-512" and (.inside | not))] |
		"\(map(.offset) | unique | length) \(map(.count) | add)"' /tmp/slab)"
# four blocks of 124, and 4 of another
told packed
check_equal "pointers that are nowhere 8-aligned, by cache and offset" "124 500" \
	"$(jq -r '[.referrers[] | select(.kind == "slab" and .where == "kmalloc-1k" and (.inside | not) and (.offset | test("[4c]$")))] |
		"\(map(.offset) | unique | length) \(map(.count) | add)"' /tmp/packed)"
check_equal "and in large kmalloc, where pages meet, too" 1000 "$(from spread '.kind == "page"')"
check_equal "pages" 500 "$(from page '.kind == "page"')"
check_equal "later pages of several" 500 "$(from tail '.kind == "page"')"
check_equal "large kmalloc" 500 "$(from large '.kind == "page"')"
check_equal "tagged pointers" 500 "$(from_area tagged '[slabscan_test]')"
check_equal "interior pointers" 500 "$(from_area interior '[slabscan_test]')"
check_equal "stacks, by thread" 500 "$(from stack '.kind == "stack" and (.where | startswith("slabscan_stack"))')"
check_equal "with the numbers of the threads" "$(grep -l '^slabscan_stack' /proc/[0-9]*/comm 2>/dev/null | tr -dc '0-9\n' | sort)" \
	"$(jq -r '.referrers[] | select(.kind == "stack" and (.where | startswith("slabscan_stack"))).pid' /tmp/stack | sort)"
check_equal "the nodes of an xarray" 500 "$(from xarray '.kind == "slab" and .where == "radix_tree_node"')"

told kept
check_equal "objects with a pointer each" '[["kmalloc-96","0x18",500]]' "$(rows slab /tmp/kept)"
check "and what they have in common: a symbol and a string" jq -e 'first(.referrers[] | select(.kind == "slab")) |
	(.fingerprint | test("^[0-9a-f]{8}$")) and (.look | test("slabscan_test_keeper_drop")) and
	any(.symbols[]; . == "slabscan_test_keeper_drop [slabscan_test]") and any(.strings[]; . == "slabscan-keeper")' /tmp/kept

told fired
check_equal "what stands before a timer that is over" '[["kmalloc-128","0x0",500]]' "$(rows slab /tmp/fired)"

# the two ends point to the head, which is no object: they may be no part of the cluster
told list
n=$(jq .target.objects /tmp/list)
check "a list: nearly all are one cluster" test "$n" -ge 498 -a "$n" -le 500
check_equal "a list: both links of each but the ends are inside, each at its place" "[[\"list\",\"0x40\",$((n - 1))],[\"list\",\"0x48\",$((n - 1))]]" \
	"$(jq -c '[.referrers[] | select(.inside) | [.where, .offset, .count]] | sort' /tmp/list)"
# words of whoever went through the list may be left on the stack of a task that runs, or of one that is gone and whose stack waits to be freed
check_equal "a list: what holds it at its ends is outside" '[["list","0x40",1],["list","0x48",1]]' \
	"$(jq -c '[.referrers[] | select((.inside | not) and .where == "list") | [.where, .offset, .count]] | sort' /tmp/list)"
check_equal "a list: nothing else does, but for stacks" "" "$(jq -r '.referrers[] | select((.inside | not) and .where != "list") | .kind' /tmp/list | grep -vxE "stack|vmalloc")"
check "a list: objects outside have a look, and nothing else has" jq -e 'all(.referrers[]; has("look") == (.kind == "slab" and (.inside | not)))' /tmp/list
diag "outside: $(jq -c '.referrers[] | select(.inside | not)' /tmp/list)"

# 1024 chains of two, with heads in two pages: what came first is at the end
refs "$(object hlist 1001)" >/tmp/end
refs "$(object hlist 2025)" >/tmp/first
check_equal "a hash table: the head of a chain, in vmalloc space, has the first one" 1 "$(from_area first '[slabscan_test]')"
check_equal "by its place in the table" 0x1f40 "$(jq -r '.referrers[] | select(.kind == "vmalloc" and .count == 1).offset' /tmp/first | grep -x 0x1f40)"
check_equal "the second one points back to it" '[["hlist","0x48",1]]' "$(rows slab /tmp/first)"
check_equal "and it to the second" '[["hlist","0x40",1]]' "$(rows slab /tmp/end)"
# a tree of three: the middle one is the root, which is black; red ones have a pointer to it without a tag
mapfile -t tree < <(sort $ctl/sets/rbtree/live)
check_equal "a tree: the root, by who has the tree and by its children" '[["kmalloc-8","0x0",1],["rbtree","0x40",2]]' "$(refs "${tree[1]}" | rows slab)"
check_equal "a tree: the left child" '[["rbtree","0x50",1]]' "$(refs "${tree[0]}" | rows slab)"
check_equal "a tree: the right child" '[["rbtree","0x48",1]]' "$(refs "${tree[2]}" | rows slab)"

t create two 128 nomerge
t plant two 600 magic vmalloc || bail "plant two"
t plant two 300 text bss || bail "plant two"
slabscan refs --quiet --json --limit 1000 --cache two --cluster 2 >/tmp/two.2
check_equal "the second kind of a cache: 300, all held by the bss, none by what has the first kind" "300 300 0" \
	"$(jq .target.objects /tmp/two.2) $(from two.2 '.where | test("^slabscan_test_bss_slots")') $(from_area two.2 '[slabscan_test]')"

check_equal "nothing points to an orphan" 0 "$(refs "$(head -1 $ctl/sets/none/live)" | jq .references)"
# A stale word on some stack may come and go between the two: what holds it stays.
object=$(head -1 $ctl/sets/xarray/live)
nodes() { refs "$1" | jq -c '[.referrers[] | select(.where == "radix_tree_node") | .count]'; }
check_equal "an interior address means the object" "[1] [1]" "$(nodes "$object") $(nodes "$(printf '%x' $((0x${object#0x} + 40)))")"
check "the module unloads" rmmod slabscan
