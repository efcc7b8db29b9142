#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Case 4: names. The device names of mounts are copied and, after the unmount, not freed: no pointer, no symbol, only text.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-1000}

case_setup
dir=$(mktemp -d)
case_leak name func=free_vfsmnt,delayed_free_vfsmnt,mntput_no_expire,cleanup_mnt hook=kfree_const max="$n"
"$case_load" mounts "$dir" "$n" || exit 2
rmdir "$dir"
case_want verdict=leak 'cache=kmalloc(-cg)?(-rnd-[0-9]+)?-32' 'function=alloc_vfsmnt|vfs_create_mount' text=export-home-
case_end "$n"
