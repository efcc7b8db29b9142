#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: requests for connections, which are allocated in softirq.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
case_leak request func=inet_csk_accept,__reqsk_free hook=kmem_cache_free max="$n"
"$case_load" objects tcp "$n" || exit 2
case_want verdict=leak cache=request_sock_TCP 'function=inet_reqsk_alloc|reqsk_alloc|tcp_conn_request' 'struct=tcp_request_sock|inet_request_sock|request_sock'
case_end "$n"
