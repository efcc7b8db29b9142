#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Case 2: inotify events that were read but not freed, with the file's name inside; the subsystem of the first origin case.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-1000}

case_setup
dir=$(mktemp -d)
case_leak event func=inotify_free_event max="$n"
"$case_load" inotify "$dir" "$n" || exit 2
rmdir "$dir"
case_want verdict=leak 'cache=kmalloc(-cg)?(-rnd-[0-9]+)?-(64|96)' 'function=inotify_handle_(inode_)?event' 'struct=inotify_event_info' \
	'text=access-log-'
case_end "$n"
