#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list, and no slab at all: the buffers of N terminals are not freed when these are closed. vmalloc, two a terminal.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh
# timeout: 180
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-100}

case_setup
mkdir -p /dev/pts
grep -qs ' /dev/pts ' /proc/mounts || mount -t devpts devpts /dev/pts
case_leak buffer func=n_tty_close hook=vfree arg=0 max="$n"
for ((i = 0; i < n; i++)); do
	exec 5<>/dev/ptmx || exit 2
	exec 5>&-
	case_pace
done
case_want verdict=leak class=vmalloc function=n_tty_open
case_end "$n"
