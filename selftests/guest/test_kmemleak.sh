#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's own search for lost memory finds none of ours: after loading, every kind of job, jobs that were cut off, and unloading.
#
# kernels: debug
# append: kmemleak=on
# bins: timeout
# kmods: slabscan_test
# files: selftests/guest/tools/lifetime selftests/guest/tools/refused
# mem: 1G
# timeout: 200
. /slabscan/lib.sh
leak=/sys/kernel/debug/kmemleak
[ -e $leak ] || skip_all "this kernel has no kmemleak"
ctl=/sys/kernel/debug/slabscan_test/ctl
plan 4
echo scan=off >$leak

# Twice, and seconds apart: younger objects are not reported
scan()
{
	sleep 6
	echo scan >$leak
	echo scan >$leak
}

load_kmod slabscan_test || bail "slabscan_test does not load"
scan
echo clear >$leak
echo "create orphans 72 kmalloc" >$ctl
echo "plant orphans 50 serial none" >$ctl
scan
check "kmemleak sees 50 planted orphans" test "$(grep -c '^unreferenced' $leak)" -ge 45
diag "$(grep -c '^unreferenced' $leak) of 50 found"
echo reset >$ctl
rmmod slabscan_test
scan
echo clear >$leak

load_slabscan || bail "slabscan does not load"
every_job()
{
	local job

	for job in caches "top --cache kmalloc-64" "leaks" "show 0xffffffff81000000" "refs 0xffff888000001000" "trace --cache kmalloc-64 --duration 1"; do
		# shellcheck disable=SC2086 # words
		slabscan $job || [ $? = 3 ] || { echo "$job"; return 1; }
	done
	/files/lifetime kill 40 7 100
	timeout --foreground -s INT 1 slabscan leaks
	while read -r job; do
		/files/refused "$job"
	done < <(/files/refused)
	slabscan top --cache no-such-cache
	return 0
}
check "every job runs" every_job
scan
grep -B3 -A14 slabscan $leak | head -60
check_equal "nothing of ours is lost while it is loaded" "" "$(grep -m1 slabscan $leak)"
rmmod slabscan
scan
diag "$(head -60 $leak)"
check_equal "nor afterwards" 0 "$(grep -c '^unreferenced' $leak)"
