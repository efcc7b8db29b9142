#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Lockdown that is raised after the module was loaded: integrity changes nothing, confidentiality refuses every command, at once.
#
# files: selftests/guest/tools/refused selftests/guest/tools/lifetime
# allow: Lockdown: .*
. /slabscan/lib.sh
mount -t securityfs securityfs /sys/kernel/security 2>/dev/null
lockdown=/sys/kernel/security/lockdown
[ -e $lockdown ] || skip_all "this kernel has no lockdown, or does not switch it on"
plan 9
load_slabscan || bail "slabscan does not load"
everything="info=0 start=0 cancel=3 result=2:"
nothing="info=1 start=1 cancel=1 result=1: the kernel is locked down"

check_fails "no lockdown" 0 "^$everything" /files/refused may
echo integrity >$lockdown || bail "no integrity"
check_fails "integrity: everything" 0 "^$everything" /files/refused may
check "integrity: the command, too" slabscan top --cache kmalloc-64
check "a dump that is being read when confidentiality is raised goes on to its end, the next is refused" /files/lifetime confidential
grep -q '\[confidentiality\]' $lockdown || bail "no confidentiality"
check_fails "confidentiality: nothing" 0 "^$nothing" /files/refused may
check_fails "the command says why" 2 "locked down" slabscan caches
check_fails "results from before cannot be read either" 0 "result=1:" /files/refused may
dmesg | grep 'slabscan: ' >/tmp/log
check_equal "no address in the log" "" "$(addresses </tmp/log; numbers </tmp/log)"
check "the module can be unloaded" rmmod slabscan
