#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Malformed and random messages from several sockets, with jobs running: no splat, no stuck job, memory flat. Issue's million: add
# --append slabscan.fuzz=1000000 --timeout 3600.
#
# files: selftests/guest/tools/fuzz_netlink selftests/guest/tools/lifetime
# mem: 1G
# timeout: 300
. /slabscan/lib.sh
plan 6
load_slabscan || bail "slabscan does not load"
# on the debug kernel: what is freed stays poisoned for long
echo 1 2>/dev/null >/sys/module/kernel/parameters/kasan_quarantine

count=$(sed -n 's/.*slabscan\.fuzz=\([0-9]*\).*/\1/p' /proc/cmdline)
seed=$(sed -n 's/.*slabscan\.seed=\([0-9]*\).*/\1/p' /proc/cmdline)
count=${count:-10000}
seed=${seed:-$((EPOCHSECONDS % 1000000))}

free_kb()
{
	echo 3 >/proc/sys/vm/drop_caches
	sleep 1
	awk '$1 == "MemFree:" { print $2 }' /proc/meminfo
	awk '/^(SUnreclaim|SReclaimable|VmallocUsed|Percpu|PageTables|KernelStack|AnonPages|Cached|Shmem):/ { printf "%s%s ", $1, $2 }' /proc/meminfo >/tmp/uses
}

# fuzz PART: in four parts, so that what each of them loses can be told from what is taken once
lost=
fuzz()
{
	local before

	before=$(free_kb)
	/files/fuzz_netlink $((count / 8)) $((seed + $1)) >/tmp/fuzz 2>&1 || return 1
	diag "$(cat /tmp/fuzz)"
	cat /tmp/fuzz >>/tmp/all
	lost="$lost $((before - $(free_kb)))"
	diag "$(cat /tmp/uses)"
}

diag "$count messages from seed $seed (slabscan.seed=$seed repeats it)"
status=0
for part in 1 2 3 4 5 6 7 8; do
	fuzz $part || { status=1; diag "$(cat /tmp/fuzz)"; break; }
done
check_equal "$count messages: every job ends, the family answers" 0 $status
check "among them were some that start a job, and some that read a result" \
	awk '{ for (i = 2; i <= NF; i++) { if ($i ~ /^jobs/) jobs += $(i - 1); if ($i ~ /^records/) records += $(i - 1) } } END { exit !(jobs && records) }' /tmp/all
diag "KiB less free after each eighth:$lost"
# shellcheck disable=SC2086 # a list of numbers
least=$(printf '%s\n' $lost | sort -n | head -1)
check "memory is flat: an eighth that loses less than 1 MiB" test "${least:-9999}" -lt 1024
check "it still works" slabscan caches --limit 1
check "jobs end with their owners" /files/lifetime closed
check "and it goes" rmmod slabscan
