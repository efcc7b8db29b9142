#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Case 10: a leak that is a twentieth of a busy cache. kmalloc-64 is filled with 19 N referenced objects of six kinds (ours), some of it
# churns, and N SCTP stream priorities leak, one of every four that are freed.
#
# modules: sctp
# kmods: slabscan_leak slabscan_test
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-1000}

case_setup
load_modules sctp
[ -d "$case_test" ] || load_kmod slabscan_test
set="busy$$"
echo "create $set 64 kmalloc" >"$case_test/ctl"
for shape in serial chain pair ops selfhead text; do
	echo "plant $set $((19 * n / 6)) $shape slab" >"$case_test/ctl"
done
echo "churn $set 2 plain 256" >"$case_test/ctl"
case_leak prio func=sctp_sched_prio_set max="$n" every=4
"$case_load" sctp $((4 * n)) || exit 2
[ -n "${CASE_CHURN-}" ] || echo "churn $set stop" >"$case_test/ctl"
case_want verdict=leak 'cache=kmalloc(-rnd-[0-9]+)?-64' module=sctp 'function=sctp_sched_prio_(set|new_head|get_head)' \
	struct=sctp_stream_priorities
case_end "$n"
