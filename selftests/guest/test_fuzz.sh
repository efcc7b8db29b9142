#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Malformed and random messages from three processes with several sockets each, while jobs of all kinds run: no splat, no stuck job, memory flat.
# Issue's million, on the debug kernel: `make fuzz-guest`; on another one, add --append slabscan.fuzz=1000000 --timeout 5400.
#
# files: selftests/guest/tools/fuzz_netlink selftests/guest/tools/lifetime
# mem: 1G
# timeout: 600
. /slabscan/lib.sh
plan 9
count=$(sed -n 's/.*slabscan\.fuzz=\([0-9]*\).*/\1/p' /proc/cmdline)
seed=$(sed -n 's/.*slabscan\.seed=\([0-9]*\).*/\1/p' /proc/cmdline)
count=${count:-10000}
seed=${seed:-$((EPOCHSECONDS % 1000000))}

# On the debug kernel, 1: what is freed stays poisoned for long. Not while the module loads: its proof looks for free objects on freelists
quarantine()
{
	echo "$1" 2>/dev/null >/sys/module/kernel/parameters/kasan_quarantine
}

# part N: a quarter of the messages. Without the module memory is compared: what it kept is no loss, and what is lost stays lost
part()
{
	load_slabscan || return
	quarantine 1
	/files/fuzz_netlink $(((count + 3) / 4)) $((seed + $1)) || return
	quarantine 0
	# a dump that was not read holds the module until a grace period after its socket was closed
	wait_for 20 rmmod slabscan || rmmod slabscan
}

# what the whole fuzz has to have done, and has not
missing()
{
	local what

	for what in caches scan show trace leaks refs objects ends records; do
		awk -v what=$what '/^(started|heard):/ { for (i = 2; i < NF; i += 2) if ($i == what) n += $(i + 1) } END { exit !n }' /tmp/all || echo $what
	done
}

no_threads()
{
	! cat /proc/[0-9]*/comm 2>/dev/null | grep -q '^slabscan/'
}

# flat KIB...: after the second quarter, the third, the fourth. The first two warm up.
flat()
{
	[ $# = 3 ] && [ $(($3 - $1)) -lt $allowed ]
}

diag "$count messages from seed $seed (slabscan.seed=$seed repeats them)"
uses=
status=0
for n in 1 2 3 4; do
	part $n >/tmp/fuzz 2>&1 || status=1
	cat /tmp/fuzz >>/tmp/all
	diag "$(cat /tmp/fuzz)"
	[ $status = 0 ] || break
	[ $n = 1 ] || uses="$uses $(used_kb)"
done
check_equal "$count messages: every job ends, the family answers, the module goes" 0 $status
check "$count messages were sent, at least" test "$(awk '/ messages from / { n += $1 } END { print n + 0 }' /tmp/all)" -ge "$count"
check_equal "jobs of each kind started, ends of jobs and records of results were heard" "" "$(missing)"

# Half of the smallest object (8 bytes) for each message of two quarters, and 256 KiB for what the machine takes by itself: a kernel thread more with its
# stack, slabs that are filled in another way (after 50 loads alone, on three kernels, -36 to 68 KiB). So with a million messages it is noticed when each
# loses 5 bytes. With 10,000 it takes 57, or 6 KiB for each of the fifty jobs that start in two quarters; the list of caches of one is more.
allowed=$((256 + count * 2 / 1024))
diag "KiB that cannot be reclaimed, after the second quarter, the third, the fourth:$uses"
# shellcheck disable=SC2086 # a list of numbers
check "memory is flat: less than $allowed KiB from the second quarter to the last" flat $uses

quarantine 0
[ -d /sys/module/slabscan ] || load_slabscan
check "it still works" slabscan caches --limit 1
check "so does a job of each kind" /files/lifetime each
check "jobs end with their owners" /files/lifetime closed
check "no thread of a job is left" wait_for 10 no_threads
check "and it goes" rmmod slabscan
