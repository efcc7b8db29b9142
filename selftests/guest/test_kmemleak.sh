#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's own search for lost memory finds none of ours: after loading, every kind of job, jobs that were cut off, allocations that failed, and unloading.
# What the module keeps a list of it can only see afterwards; but of that the module tells itself, and the harness takes it for an alarm (slabscan_own_end()).
#
# kernels: debug kmemleak
# append: kmemleak=on
# bins: timeout
# kmods: slabscan_test slabscan_fault
# files: selftests/guest/tools/{faults,lifetime,refused}
# mem: 1G
# timeout: 400
# allow: Call Trace:
. /slabscan/lib.sh
leak=/sys/kernel/debug/kmemleak
[ -e $leak ] || skip_all "this kernel has no kmemleak"
ctl=/sys/kernel/debug/slabscan_test/ctl
plan 7
echo scan=off >$leak

# Twice, and seconds apart: younger objects are not reported
scan()
{
	sleep 6
	echo scan >$leak
	echo scan >$leak
}

# lost: how many look lost, but for names of caches that 6.1 itself loses where kmem_cache_create() fails in sysfs_slab_add()
lost()
{
	awk '/^unreferenced/ { n += seen && !theirs; seen = 1; theirs = 0 } /sysfs_slab_add/ { theirs = 1 } END { print n + (seen && !theirs) }' $leak
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

# faults has to be there first; it does nothing yet
load_kmod slabscan_fault || bail "slabscan_fault does not load"
load_slabscan || bail "slabscan does not load"
every_job()
{
	local job

	# first: one of these is right only before there is a result
	while read -r job; do
		/files/refused "$job" || return
	done < <(/files/refused)
	for job in caches "top --cache kmalloc-64" "top --all" "leaks" "show 0xffffffff81000000" "refs 0xffff888000001000" "trace --cache kmalloc-64 --duration 1"; do
		# shellcheck disable=SC2086 # words
		slabscan $job || [ $? = 3 ] || { echo "$job"; return 1; }
	done
	/files/lifetime each || return
	/files/lifetime kill 40 7 100 || return
	timeout --foreground --preserve-status -s INT 1 slabscan leaks
	case $? in 0 | 3 | 130) ;; *) echo "leaks, interrupted"; return 1 ;; esac
	slabscan top --cache no-such-cache
	[ $? = 2 ] || { echo "top of no cache"; return 1; }
}
check "every job runs" every_job

# Among the allocations are kmemleak's own, one after each of ours: so each second would not do
every_fault()
{
	local job object

	load_kmod slabscan_test || return
	echo "create f 256 nomerge" >$ctl
	echo "plant f 8000 chain" >$ctl || return
	echo "create lost 64 nomerge" >$ctl
	echo "plant lost 500 magic none" >$ctl || return
	echo "create g 64 nomerge" >$ctl
	echo "churn g 1 plain 64 20" >$ctl || return
	object=$(sed -n 4000p ${ctl%/*}/sets/f/live)
	for job in "caches of=f every=7" "scan f every=13" "scan all of=f cpus=2 every=151" "objects f every=13" "dump f every=3" "show $object every=7" \
		"refs $object every=13" "refs f every=31" "leaks of=lost every=21" "trace g every=21" "cancel every=7" \
		"caches of=f kv" "scan f kv every=3" "objects f kv every=3" "show $object kv" "refs $object kv every=3" "leaks of=lost kv every=5" "trace g kv every=3"; do
		# shellcheck disable=SC2086 # words
		/files/faults $job first=6 >/tmp/faults || { echo "$job:"; cat /tmp/faults; return 1; }
	done
	echo reset >$ctl
	rmmod slabscan_test
}
check "and where an allocation fails" every_fault
scan
grep -B3 -A14 slabscan $leak | head -60
check_equal "nothing of ours is lost while it is loaded" "" "$(grep -m1 slabscan $leak)"

again()
{
	local holder end

	/files/lifetime hold >/tmp/hold 2>&1 &
	holder=$!
	wait_for 60 grep -q started /tmp/hold && rmmod slabscan
	end=$?
	kill -KILL $holder
	[ $end = 0 ] || { cat /tmp/hold; return 1; }
	/files/faults load /modules/slabscan.ko first=6 every=151 >/tmp/faults || { cat /tmp/faults; return 1; }
	rmmod slabscan_fault && load_slabscan && slabscan caches
}
check "it goes under a running job, does not load where an allocation fails, and loads" again
scan
diag "$(head -60 $leak)"
check_equal "of all that nothing is lost" 0 "$(lost)"
rmmod slabscan
scan
diag "$(head -60 $leak)"
check_equal "nor afterwards" 0 "$(lost)"
