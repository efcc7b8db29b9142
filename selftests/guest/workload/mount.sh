#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: file systems that are unmounted and whose mount is not freed: a cache of its own, RCU.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
case_leak mount func=delayed_free_vfsmnt,free_vfsmnt hook=kmem_cache_free max="$n"
mkdir -p /tmp/mounts
"$case_load" mounts /tmp/mounts "$n" || exit 2
case_want verdict=leak cache=mnt_cache 'function=alloc_vfsmnt|vfs_create_mount' struct=mount
case_end "$n"
