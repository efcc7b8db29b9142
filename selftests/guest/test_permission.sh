#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The table of Documentation/permissions.md, row by row: who may use which command, and what the others can learn.
#
# bins: setpriv unshare jq
# files: selftests/guest/tools/refused
# timeout: 240
. /slabscan/lib.sh
plan 26

mount -t securityfs securityfs /sys/kernel/security 2>/dev/null
[ -d /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug
console "it begins"
# what is said where the proof fails is in the log, too
insmod /modules/slabscan.ko distort=kmem_cache.offset:8 2>/dev/null && bail "a wrong layout was taken"
load_slabscan || bail "slabscan does not load"
slabscan caches >/dev/null || bail "slabscan does not work for root"
cp /files/refused /tmp/refused
chmod 755 /tmp /tmp/refused

# 3 is ESRCH (no such job), 2 ENOENT (no result of that kind), 1 EPERM
everything="info=0 start=0 cancel=3 result=2:"
nothing="info=1 start=1 cancel=1 result=1: needs CAP_SYS_ADMIN in the initial user namespace"

check_fails "root may do everything" 0 "^$everything" /tmp/refused may
check_fails "CAP_SYS_ADMIN alone suffices" 0 "^$everything" setpriv --bounding-set=-all,+sys_admin --inh-caps=-all /tmp/refused may
check_fails "no capability" 0 "^$nothing" setpriv --bounding-set=-all --inh-caps=-all /tmp/refused may
check_fails "a normal user" 0 "^$nothing" setpriv --reuid=65534 --regid=65534 --clear-groups /tmp/refused may
check_fails "CAP_NET_ADMIN alone" 0 "^$nothing" setpriv --bounding-set=-all,+net_admin --inh-caps=-all /tmp/refused may
check_fails "CAP_SYS_PTRACE and CAP_SYS_RAWIO alone" 0 "^$nothing" setpriv --bounding-set=-all,+sys_ptrace,+sys_rawio --inh-caps=-all /tmp/refused may
check_fails "root of a user namespace" 0 "^$nothing" unshare -Ur /tmp/refused may
check_fails "another network namespace: no family" 2 "no family slabscan" unshare -n /tmp/refused may
check_fails "root of a user and a network namespace: no family" 2 "no family slabscan" unshare -Urn /tmp/refused may

check_fails "a socket of root, handed to a process without privilege" 0 "^$nothing" /tmp/refused down
check_fails "a socket that was opened without privilege: root that addresses its message means it" 0 "^$everything" /tmp/refused aware
check_fails "but not root that writes to it unawares" 0 "^$nothing" /tmp/refused up

# ---- what others can hear and read ----
check_equal "the family has no multicast group that anybody could join" "slabscan:" "$(/tmp/refused groups slabscan)"
check_equal "(of a family that has one it is told)" "nlctrl: notify" "$(/tmp/refused groups nlctrl)"

user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
echo 0 >/proc/sys/kernel/dmesg_restrict
# where "$@" reads an address: in files in /proc and /sys that are the module's own, a running job's, or have lines of the module
readable()
{
	{
		find /sys/module/slabscan "$job" -type f -print0 | xargs -0 "$@" grep -aHiE 'ff[0-9a-f]{14}|18[34][0-9]{17}'
		"$@" grep -aH '\[slabscan\]' /proc/kallsyms
		"$@" grep -aH '^slabscan ' /proc/modules
	} 2>/dev/null >/tmp/lines
	addresses </tmp/lines
	numbers </tmp/lines
}
unfound()
{
	local where

	readable >/tmp/found
	for where in /sys/module/slabscan/sections/ /proc/kallsyms: /proc/modules:; do
		grep -q "^$where" /tmp/found || echo "$where"
	done
}
object=$(slabscan top --cache kmalloc-64 --quiet --json | jq -r '.clusters[0].examples[0]')
every_job()
{
	local words

	for words in caches "top --cache kmalloc-64" "top --all" "show $object" "refs $object" "refs --cache kmalloc-64" "leaks --addresses" \
		"trace --cache kmalloc-64 --duration 1"; do
		# shellcheck disable=SC2086 # words
		slabscan $words >/tmp/said 2>&1
		case $? in 0 | 3) ;; *) echo "$words:"; cat /tmp/said ;; esac
	done
	/tmp/refused list || echo "a list of objects is not done"
}
check_equal "each kind of job runs" "" "$(every_job)"
check_fails "one is refused" 2 "no cache|there is no|did you mean" slabscan top --cache no-such-cache
echo 0 >/sys/kernel/debug/kprobes/enabled
check_fails "one fails" 2 "kprobes/enabled" slabscan trace --cache kmalloc-64 --duration 1 --no-scan
echo 1 >/sys/kernel/debug/kprobes/enabled

slabscan trace --cache kmalloc-64 --duration 600 --no-scan >/dev/null 2>&1 &
tracer=$!
wait_for 60 hooked
job=$(grep -ls '^slabscan/' /proc/[0-9]*/comm | head -1)
job=${job%/comm}
check "a trace runs, in a thread of its own" test -d "$job"
check_equal "at nice 10" 10 "$(cut -d' ' -f19 "$job/stat")"
check_equal "root finds an address where there is one to be seen" "" "$(unfound)"
check_equal "nothing in /proc or /sys tells an unprivileged reader where" "" "$(readable "${user[@]}")"
check_equal "the module has no file of its own but those of every module" "" "$(find /proc -path '/proc/[0-9]*' -prune -o -name '*slabscan*' -print 2>/dev/null
	find /sys /dev -name '*slabscan*' ! -path '/sys/module/slabscan*' ! -path '/sys/kernel/btf/*' 2>/dev/null)"
kill -TERM $tracer
wait $tracer

for address in ff11000000001000 0xffff888000001000 18446612682070007808; do
	console "one address: $address"
done
check_equal "an address in the log is found, in any form" "2 1" "$(dmesg | grep 'one address' | addresses | wc -l) $(dmesg | grep 'one address' | numbers | wc -l)"
dmesg_since "it begins" | grep -v 'slabscan-test: ' >/tmp/log
check "what slabscan said is in the log, a refusal to load, too" grep -q 'slabscan: not loaded' /tmp/log
check_equal "no address in the log" "" "$(addresses </tmp/log; numbers </tmp/log)"

check "and it still works for root" slabscan caches
