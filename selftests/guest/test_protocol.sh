#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bad messages are refused with the errno and the sentence that they deserve; jobs end with their owners; results do not change under their readers.
#
# files: selftests/guest/tools/refused selftests/guest/tools/lifetime
# mem: 1G
# timeout: 600
. /slabscan/lib.sh
# Reserved bits are looked at since 6.1 (9c5d03d36251 "genetlink: start to validate reserved header bytes"); before, generic netlink ignores them.
unchecked=nothing
grep -aqzx resv_start_op /sys/kernel/btf/vmlinux || unchecked=reserved-bits
mapfile -t requests < <(/files/refused | grep -vx "$unchecked")
plan $((${#requests[@]} + 16))
load_slabscan || bail "slabscan does not load"

threads()
{
	cat /proc/[0-9]*/comm 2>/dev/null | grep -c '^slabscan/'
}

# A job's thread ends by itself when it has told the end: with a socket that is full it tries that for a second
quiet()
{
	[ "$(threads)" = 0 ]
}

seen()
{
	[ "$(threads)" -ge 1 ]
}

said()
{
	"$@" >/tmp/said 2>&1 && return
	cat /tmp/said
	return 1
}

for request in "${requests[@]}"; do
	check "refused: $request" /files/refused "$request"
done

for what in busy race foreign quiet closed replaced full; do
	check "$what" said /files/lifetime "$what"
	diag "$(cat /tmp/said)"
done

# killed N SEED: so many clients, each up to 0.4 s after it came to a phase of its job; marathon.sh goes to 1.5 s
killed()
{
	said /files/lifetime kill "$1" "$2" 400 || return
	cat /tmp/said >>/tmp/kills
}

# KiB in use without the module: what it keeps is no loss, and what is lost stays lost
unloaded_kb()
{
	# a dump that was not read holds the module until a grace period after its socket was closed
	wait_for 20 rmmod slabscan || rmmod slabscan || return
	used_kb
	load_slabscan
}

# kinds of job that were never running when their client was killed; and that no client was killed while it read a result
unhit()
{
	awk '$2 == "start" { ran[$1] += $5; dumps += $7 } END { for (kind in ran) if (!ran[kind]) print kind; if (!dumps) print "dumps" }' /tmp/kills
}

touch /tmp/kills
check "80 clients are killed, to warm up" killed 80 1
before=$(unloaded_kb) || bail "the module does not go, or not load again"
check "160 clients are killed at random points" killed 160 2
diag "$(cat /tmp/kills)"
check_equal "among them some of each kind while their job ran, and some that read a result" "" "$(unhit)"
check "then a job of each kind works" said /files/lifetime each
check "no thread of a job is left" wait_for 10 quiet
after=$(unloaded_kb) || bail "the module does not go, or not load again"
diag "KiB that cannot be reclaimed: $before after the first 80, $after after the others"
# 256 KiB are what the machine may take by itself, see test_fuzz.sh: it is noticed when each client loses 1.6 KiB. marathon.sh kills 10,000 for 31 bytes
check "memory is flat: less than 256 KiB" test $((after - before)) -lt 256

/files/lifetime unread >/tmp/unread &
reader=$!
wait_for 30 grep -q started /tmp/unread || bail "no dump could be begun: $(cat /tmp/unread)"
check_fails "rmmod while a result is being read: refused" 1 "temporarily unavailable|in use" rmmod slabscan
kill -KILL $reader
wait $reader 2>/dev/null
# with a job running
/files/lifetime hold >/tmp/hold 2>&1 &
wait_for 30 grep -q started /tmp/hold || bail "no job could be begun: $(cat /tmp/hold)"
check "its thread is seen, as one that is left would be" wait_for 10 seen
rmmod_running()
{
	rmmod slabscan && [ ! -d /sys/module/slabscan ] && [ "$(threads)" = 0 ]
}
check "rmmod while a job runs: it is gone, with its threads" rmmod_running
kill $! 2>/dev/null
