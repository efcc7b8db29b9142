#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Negative: a process that takes N MB of its own memory over CASE_SECONDS (30), in the background. Growth, but not the kernel's.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
"$case_load" hog "$n" "${CASE_SECONDS:-30}" &
echo "hog_pid=$!"
case_want verdict=no-leak class=user 'reason=slabload'
case_end 0
