#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bad messages are refused with the errno and the sentence that they deserve; jobs end with their owners; results do not change under their readers.
#
# files: selftests/guest/tools/refused selftests/guest/tools/lifetime
# mem: 1G
# timeout: 300
. /slabscan/lib.sh
# Reserved bits are looked at since 6.1 (9c5d03d36251 "genetlink: start to validate reserved header bytes"); before, generic netlink ignores them.
unchecked=nothing
grep -aqzx resv_start_op /sys/kernel/btf/vmlinux || unchecked=reserved-bits
mapfile -t requests < <(/files/refused | grep -vx "$unchecked")
plan $((${#requests[@]} + 12))
load_slabscan || bail "slabscan does not load"

threads()
{
	cat /proc/[0-9]*/comm 2>/dev/null | grep -c '^slabscan/'
}

# What of ours is in memory, or of what we may have lost: kernel threads of slabscan, and MB in use
quiet()
{
	[ "$(threads)" -le 1 ]	# the last job's thread is reaped by the next one
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

for what in busy foreign quiet closed replaced full; do
	check "$what" said /files/lifetime "$what"
	diag "$(cat /tmp/said)"
done

used()
{
	echo 3 >/proc/sys/vm/drop_caches
	sleep 0.5
	awk '$1 == "MemFree:" { print $2 }' /proc/meminfo
}

check "20 clients are killed, to warm up" /files/lifetime kill 20 1
# What is lost with a client is lost in each round; what the machine itself takes (per-CPU lists, a slab more) it takes once
lost=
for round in 1 2 3 4; do
	before=$(used)
	/files/lifetime kill 100 $((round + 1)) >/tmp/killed 2>&1 || break
	diag "$(cat /tmp/killed)"
	lost="$lost $((before - $(used)))"
done
check_equal "400 clients are killed at random points" 4 "$(wc -w <<<"$lost")"
diag "KiB less free after each round of 100:$lost"
check "memory is flat: a round of 100 that loses less than 1 MiB" test "$(printf '%s\n' $lost | sort -n | head -1)" -lt 1024
check "no thread of a job is left" quiet

/files/lifetime unread >/tmp/unread &
reader=$!
wait_for 5 grep -q started /tmp/unread || bail "no dump could be begun: $(cat /tmp/unread)"
check_fails "rmmod while a result is being read: refused" 1 "temporarily unavailable|in use" rmmod slabscan
kill -KILL $reader
wait $reader 2>/dev/null
# with a job running
/files/lifetime hold >/tmp/hold 2>&1 &
wait_for 5 grep -q started /tmp/hold || bail "no job could be begun: $(cat /tmp/hold)"
rmmod_running()
{
	rmmod slabscan && [ ! -d /sys/module/slabscan ] && [ "$(threads)" = 0 ]
}
check "rmmod while a job runs: it is gone, with its threads" rmmod_running
kill $! 2>/dev/null
