#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Negative: dentries and inodes that grew by walking /proc and /sys and by N lookups of names that are not there. Reclaimable.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-50000}

case_setup
find /proc /sys -xdev >/dev/null 2>&1
"$case_load" dentries /sys/kernel "$n" || exit 2
case_want verdict=no-leak 'cache=dentry|inode_cache|proc_inode_cache|kernfs' 'reason=reclaimable'
case_end 0
