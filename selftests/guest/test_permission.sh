#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The table of Documentation/permissions.md, row by row: who may use which command, and what the others can learn.
#
# bins: setpriv unshare
# files: selftests/guest/tools/refused
. /slabscan/lib.sh
plan 15

mount -t securityfs securityfs /sys/kernel/security 2>/dev/null
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
check_fails "a socket that was opened without privilege, to which root writes unawares" 0 "^$nothing" /tmp/refused up

# ---- what others can read ----
user="setpriv --reuid=65534 --regid=65534 --clear-groups"
echo 0 >/proc/sys/kernel/dmesg_restrict
# a refusal and a proof that failed are in the log, too
insmod /modules/slabscan.ko distort=kmem_cache.offset:8 2>/dev/null
check_equal "no address in the log" "" "$(dmesg | grep 'slabscan: ' | grep -iE '(0x)?ffff[0-9a-f]{8,}')"
readable()
{
	local path

	for path in /sys/module/slabscan/parameters/* /proc/slabscan* /sys/kernel/debug/slabscan /sys/kernel/slabscan; do
		[ ! -e "$path" ] || $user cat "$path" 2>/dev/null
	done
	$user cat /proc/kallsyms | grep '\[slabscan\]' | grep -v '^0* '
	$user cat /proc/modules | grep '^slabscan ' | grep -v ' 0x0* '
	for path in /sys/module/slabscan/sections/.[a-z]*; do
		$user cat "$path" 2>/dev/null | grep -v '^0x0*$'
	done
}
check_equal "nothing under /proc or /sys tells an unprivileged reader where" "" "$(readable)"
check_equal "the module has no file of its own but those of every module" "" \
	"$(find /proc -maxdepth 1 -name '*slabscan*'; find /sys/kernel -maxdepth 2 -name '*slabscan*' ! -path '/sys/kernel/btf/*' 2>/dev/null)"

check "and it still works for root" slabscan caches
