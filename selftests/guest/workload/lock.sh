#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: locks of files, which processes take and release.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
case_leak lock func=locks_free_lock,fcntl_setlk,locks_dispose_list,posix_lock_inode max="$n"
"$case_load" objects lock "$n" || exit 2
case_want verdict=leak 'cache=file_lock_cache|filelock_cache' 'function=locks_alloc_lock|fcntl_setlk|posix_lock' struct=file_lock
case_end "$n"
