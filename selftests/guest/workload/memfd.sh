#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: inodes of memory files, in a cache of their own with a constructor, freed by RCU.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
case_leak memfd func=shmem_free_in_core_inode,i_callback max="$n"
"$case_load" objects memfd "$n" || exit 2
case_want verdict=leak cache=shmem_inode_cache 'function=shmem_alloc_inode|alloc_inode|new_inode|__shmem_get_inode' 'struct=shmem_inode_info|inode'
case_end "$n"
