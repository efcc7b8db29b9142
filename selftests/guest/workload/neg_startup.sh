#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Negative: a program that takes N kernel objects when it starts, and then neither more nor less, for CASE_SECONDS (60) in the background.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-20000}

case_setup
[ "$(cat /proc/sys/fs/nr_open)" -gt $((n + 100)) ] || echo $((n + 200)) >/proc/sys/fs/nr_open
files() { sed 's/\t.*//' /proc/sys/fs/file-nr; }
full() { [ $(($(files) - before)) -ge "$n" ]; }
before=$(files)
"$case_load" hold "$n" "${CASE_SECONDS:-60}" &
wait_for 20 full || exit 2
case_want verdict=no-leak 'cache=filp|kmalloc|eventfd' 'reason=steady|referenced|not growing'
case_end 0
