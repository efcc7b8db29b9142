#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# While a cache churns, trace marks none of a known set of objects that live all the time. What test_churn.sh is for the other jobs; apart from it, for
# QEMU dies of probes that are armed while CPUs really run at the same time. slabscan.scans=N as there: a trace of each kind of churn for every 1,100.
#
# bins: jq
# kmods: slabscan_test
# append: slab_nomerge
# mem: 1G
# timeout: 600
# long
. /slabscan/lib.sh
ctl=/sys/kernel/debug/slabscan_test
scans=$(sed -n 's/.*slabscan\.scans=\([0-9]*\).*/\1/p' /proc/cmdline)
scans=${scans:-1100}
turns=$((scans < 2200 ? 1 : scans / 1100))
kinds="plain ctor"
modes="plain bulk cross rcu mixed"
plan $(($(wc -w <<<"$kinds") * $(wc -w <<<"$modes")))
setup slabscan_test

traces()
{
	local turn

	for ((turn = 0; turn < turns; turn++)); do
		slabscan trace --cache c --duration 2 --drain 0.5 --records 200000 --json --quiet >/tmp/out || { cat /tmp/out; return 1; }
		jq -r '.sites[].examples[]' /tmp/out >/tmp/survive
		jq -c '[.allocs, .frees, .survivors, .marked]' /tmp/out
		jq -e '.complete and .allocs > 1000 and .marked == 0' /tmp/out >/dev/null || return 1
		[ ! -s /tmp/survive ] || ! grep -xFf /tmp/survive /tmp/live || return 1
	done
}

for f in $kinds; do
	echo "create c 120 ${f/plain/}" >$ctl/ctl
	echo "plant c 8000 magic" >$ctl/ctl
	echo "free c every=2" >$ctl/ctl
	cat $ctl/sets/c/live >/tmp/live
	for mode in $modes; do
		threads=2
		[ "$mode" != mixed ] || threads=4
		echo "churn c $threads $mode" >$ctl/ctl || bail "no churn $mode"
		check "churn $mode in a cache with $f: $turns traces mark none of $(wc -l </tmp/live) that live, and call none new" traces
		echo "churn c stop" >$ctl/ctl
	done
	echo "destroy c" >$ctl/ctl
done
