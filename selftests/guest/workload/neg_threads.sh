#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Negative: a process with N sleeping threads that it never joins: kernel stacks, for CASE_SECONDS (60), in the background.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-1000}

case_setup
"$case_load" threads "$n" "${CASE_SECONDS:-60}" &
pid=$!
echo "threads_pid=$pid"
full() { [ "$(sed -n 's/^Threads:\t//p' "/proc/$pid/status")" -ge "$n" ]; }
wait_for 30 full || exit 2
case_want verdict=no-leak class=kernel-stack 'reason=slabload|threads'
case_end 0
