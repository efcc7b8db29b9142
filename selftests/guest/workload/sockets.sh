#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Case 8: closed UDP sockets that are never freed, each with its queued datagrams: one event leaks a tree of objects in several caches.
# N sockets of 5 datagrams. leaked= counts the sockets.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
case_leak socket func=sk_common_release hook=sk_free,__sk_free arg=0 max="$n"
"$case_load" sockets "$n" 5 || exit 2
case_want verdict=leak 'cache=UDP|sock_inode_cache|skbuff_head_cache|skbuff_small_head|kmalloc' \
	'function=sk_prot_alloc|sk_alloc|inet_create|udp_' 'struct=udp_sock|sock|sk_buff' parent=UDP
case_end "$n"
