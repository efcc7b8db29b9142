#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Negative: names that pile up for half a minute, N of them, and are then freed all at once; again and again, as a job that runs by the clock.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-5600}

case_setup
mkdir -p /tmp/wave
grep -qs " /tmp/wave " /proc/mounts || mount -t tmpfs -o mode=700 wave /tmp/wave
for ((wave = 0; wave < ${CASE_WAVES:-1}; wave++)); do
	file=$(mktemp /tmp/wave/XXXXXX)
	CASE_RATE=$((n / 28 + 1)) "$case_load" xattrs "$file" "$n" || exit 2
	rm "$file"
done
case_want verdict=no-leak
case_end 0
