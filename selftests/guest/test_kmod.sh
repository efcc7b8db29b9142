#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The test modules themselves: is the oracle right, do holders and churn work, is everything given back, and does real code leak?
# The kernel's own counters (sysfs of a cache that is not merged) are the judge.
#
# kmods: slabscan_test slabscan_leak
# modules: vxlan
# bins: bridge
# timeout: 180
# shellcheck source=selftests/guest/lib.sh
. /slabscan/lib.sh

T=/sys/kernel/debug/slabscan_test
L=/sys/kernel/debug/slabscan_leak

t() { echo "$*" > $T/ctl; }
answer() { cat $T/ctl; }
# The allocator's own count of a cache's objects in use; exact after shrinking has emptied the per-cpu stores.
in_use() { echo 1 > "/sys/kernel/slab/$1/shrink"; sed 's/ .*//' "/sys/kernel/slab/$1/objects"; }
lines() { wc -l < "$1"; }
info() { sed -n "1s/.*\b$2=\([0-9]*\).*/\1/p" "$T/sets/$1/info"; }

holders="none vmalloc bss data percpu percpuvar slab spread kept page tail large tagged interior list hlist rbtree xarray notifier timer fired packed stack cycle lostlist"
grep -q mtree_store /proc/kallsyms && holders="$holders maple"
shapes="magic serial ring selfhead origin chain chain2 chain3 pair ops func image text random zero int errptr poison percpu vmalloc
	page user tagged interior"

plan 17

mount | grep -q debugfs || mount -t debugfs none /sys/kernel/debug
load_kmod slabscan_test

t create a 128 nomerge
t plant a 3000 serial
check_equal "planted objects are live" 3000 "$(lines $T/sets/a/live)"
check_equal "the allocator counts the same" 3000 "$(in_use a)"
t free a every=3
check_equal "every third is freed" "2000 1000" "$(lines $T/sets/a/live) $(lines $T/sets/a/freed)"
check_equal "live and freed have nothing in common" 0 "$(sort $T/sets/a/live $T/sets/a/freed | uniq -d | wc -l)"
t realloc a 200
check_equal "an address that comes back is live and no more freed" "2200 0" \
	"$(info a live) $(sort $T/sets/a/live $T/sets/a/freed | uniq -d | wc -l)"
check_equal "the allocator counts the same after free and realloc" 2200 "$(in_use a)"

bad=
for h in $holders; do
	n=1000
	[ "$h" = percpuvar ] && n=100
	t create "h-$h" 128 nomerge
	t plant "h-$h" $n magic "$h" && t free "h-$h" every=2 && t drop "h-$h" && [ "$(info "h-$h" live)" = $((n / 2)) ] || bad="$bad $h"
done
check_equal "every holder takes, gives back and drops" "" "$bad"
bad=
t create s 64 nomerge
for s in $shapes; do t plant s 100 "$s" || bad="$bad $s"; done
check_equal "every shape can be planted" "" "$bad"
check_equal "shapes' objects are all counted" "$(($(wc -w <<<"$shapes") * 100))" "$(in_use s)"
check_fails "an unknown shape is refused" 1 "Invalid" bash -c "echo plant s 1 nonesuch > $T/ctl"

bad=
for m in plain bulk cross rcu mixed; do
	t churn a 4 $m || bad="$bad start:$m"
	sleep 1
	[ "$(info a churn_allocs)" -gt 1000 ] || bad="$bad idle:$m"
	t churn a stop || bad="$bad stop:$m"
done
check_equal "churn runs in every mode" "" "$bad"
check_equal "churn gives everything back" 2200 "$(in_use a)"

t create k 96 kmalloc
t plant k 1000 origin && t churn k 2 mixed && sleep 1 && t churn k stop
check_equal "a kmalloc set works too" 1000 "$(lines $T/sets/k/live)"

t bench kmalloc 64 100000; diag "$(answer)"
t bench readset a; diag "$(answer)"
t bench readroots; diag "$(answer)"
check "the last answer is readable" grep -q "^bench=readroots bytes=[1-9]" $T/ctl

check "everything is given back at unloading" rmmod slabscan_test

load_kmod slabscan_leak
echo "add name=fdb func=__vxlan_fdb_free,vxlan_fdb_free max=400" > $L/ctl
ip link set lo up
ip link add vx0 type vxlan id 42 dstport 4789 dev lo
for i in $(seq 0 199); do
	m=02:00:00:00:00:$(printf %02x "$i")
	echo "fdb add $m dev vx0 dst 10.0.0.1"
	echo "fdb del $m dev vx0"
done | bridge -batch -
sleep 1
check_equal "200 deleted vxlan fdb entries leak 400 objects" 400 "$(lines $L/leaked)"
echo undo > $L/ctl
check "the leaking module unloads" rmmod slabscan_leak
