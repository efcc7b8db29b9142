#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Case 3: SCTP stream priorities, 48 bytes in the crowded kmalloc-64: two list heads and a small number, no symbol at all.
#
# modules: sctp
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-1000}

case_setup
load_modules sctp
case_leak prio func=sctp_sched_prio_set max="$n"
"$case_load" sctp "$n" || exit 2
case_want verdict=leak 'cache=kmalloc(-rnd-[0-9]+)?-64' module=sctp 'function=sctp_sched_prio_(set|new_head|get_head)' \
	struct=sctp_stream_priorities
case_end "$n"
