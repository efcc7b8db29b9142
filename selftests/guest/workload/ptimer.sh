#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: timers of processes, in a cache of their own, whose free happens in an RCU callback (in softirq).
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
case_leak timer func=k_itimer_rcu_free,posixtimer_free_timer max="$n"
"$case_load" objects timer "$n" || exit 2
case_want verdict=leak cache=posix_timers_cache 'function=alloc_posix_timer|do_timer_create|timer_create' struct=k_itimer
case_end "$n"
