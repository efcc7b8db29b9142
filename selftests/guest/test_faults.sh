#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every allocation that slabscan makes fails once, at load and in each kind of job: a clean error each time, nothing lost, and then it works again.
#
# kmods: slabscan_test slabscan_fault
# files: selftests/guest/tools/faults
# mem: 1G
# timeout: 500
# allow: Call Trace:
# long
. /slabscan/lib.sh
[ -d /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug
load_kmod slabscan_fault 2>/dev/null || skip_all "neither should_failslab() nor the allocators can be hooked"
fault=/sys/kernel/debug/slabscan_fault
every=$(sed -n 's/.*slabscan\.every=\([0-9]*\).*/\1/p' /proc/cmdline)
plan 11

# ---- at load ----
refused=0
bad=""
tries=0
# kmem_cache_create() itself shows a stack when it has no memory: so "Call Trace:" is allowed, and nothing else
for ((n = 1; n < 20000; n += n < 40 ? 1 : 2 * ${every:-20})); do
	tries=$((tries + 1))
	echo $n >$fault
	# busybox's insmod tries a second time in another way when the first was refused: the log tells
	dmesg -c >/dev/null
	load_slabscan 2>/dev/null || bad="$bad [$n: not loaded]"
	dmesg -c >/tmp/said
	if grep -q "slabscan: not loaded (error -12)" /tmp/said; then
		refused=$((refused + 1))
	elif grep -q "slabscan: not loaded" /tmp/said; then
		bad="$bad [$n: $(grep 'slabscan: ' /tmp/said | tail -2)]"
	fi
	rmmod slabscan
	read -r seen failed <$fault
	[ "$failed" = failed=1 ] || break
done
echo 0 >$fault
diag "load: $((tries - 1)) allocations made to fail: $refused loads refused ($seen)"
check "allocations were made to fail while it loaded" test $refused -ge 5
check_equal "each refusal says that memory was short" "" "$bad"

load_slabscan || bail "slabscan does not load afterwards"
# on the debug kernel: what is freed stays poisoned for long (not before: the proof at load looks for free objects on freelists)
echo 1 2>/dev/null >/sys/module/kernel/parameters/kasan_quarantine
load_kmod slabscan_test || bail "slabscan_test does not load"
echo "create f 64 nomerge" >/sys/kernel/debug/slabscan_test/ctl
echo "plant f 2000 chain" >/sys/kernel/debug/slabscan_test/ctl

# KiB that the kernel itself holds: neither free, nor of files or processes, nor to be had back for the asking
held_kb()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 1
	# free pages on a CPU's list do not count as MemFree: some MiB
	cat /proc/meminfo /proc/zoneinfo >/tmp/meminfo."$1"
	awk '/^MemTotal:/ { n += $2 } /^(MemFree|Buffers|Cached|SwapCached|AnonPages|SReclaimable):/ { n -= $2 } $1 == "count:" { n -= $2 * 4 } END { print n }' \
		/tmp/meminfo."$1"
}

object=$(head -1 /sys/kernel/debug/slabscan_test/sets/f/live)
/files/faults caches every=20 >/dev/null	# to warm up
before=$(held_kb before)
for job in caches "scan f" "objects f" "show $object" "refs $object" leaks "trace f"; do
	# shellcheck disable=SC2086 # words
	/files/faults $job "every=${every:-20}" >/tmp/faults 2>&1
	status=$?
	diag "$(grep -v '^the last\|^ ' /tmp/faults)"
	check_equal "${job%% *}" 0 $status
done
lost=$(($(held_kb after) - before))
diag "$lost KiB more held than before"
[ $lost -lt 4096 ] || diag "$(diff /tmp/meminfo.before /tmp/meminfo.after | head -60)"
check "nothing is lost (less than 4 MiB in all runs together)" test $lost -lt 4096
check "and it goes" rmmod slabscan
