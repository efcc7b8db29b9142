#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: the state of event polls, which user space explains as long as they are open.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
case_leak epoll func=ep_free,ep_eventpoll_release,ep_clear_and_put,eventpoll_release_file hook=kfree,kvfree_call_rcu max="$n"
"$case_load" objects epoll "$n" || exit 2
case_want verdict=leak 'cache=kmalloc(-cg)?(-rnd-[0-9]+)?-(192|256)' 'function=ep_alloc|do_epoll_create|epoll_create' struct=eventpoll
case_end "$n"
