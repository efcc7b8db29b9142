#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Negative: a process that opens ever more event descriptors, N in all. They are its own: the kernel forgets nothing.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-5000}

case_setup
[ "$(cat /proc/sys/fs/nr_open)" -gt $((n + 100)) ] || echo $((n + 200)) >/proc/sys/fs/nr_open
"$case_load" hold "$n" 1 || exit 2
case_want verdict=no-leak 'cache=filp|kmalloc' 'reason=open files'
case_end 0
