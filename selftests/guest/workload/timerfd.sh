#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: timers that are files, whose kfree_rcu() never happens.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
case_leak timerfd func=timerfd_release hook=kvfree_call_rcu max="$n"
"$case_load" objects timerfd "$n" || exit 2
case_want verdict=leak 'cache=kmalloc(-cg)?(-rnd-[0-9]+)?-(256|192)' 'function=timerfd_create|__do_sys_timerfd_create' struct=timerfd_ctx
case_end "$n"
