#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: the description of a route, which many routes may share.
#
# modules: dummy
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
case_dummy 10.1.0.1/16
case_leak route4 func=free_fib_info_rcu hook=kfree max="$n"
for ((i = 0; i < n; i++)); do
	echo "route add 10.2.$((i >> 8 & 255)).$((i & 255))/32 via 10.1.0.2 dev $dev metric $((i + 1))"
	echo "route del 10.2.$((i >> 8 & 255)).$((i & 255))/32 via 10.1.0.2 dev $dev metric $((i + 1))"
	case_pace
done | ip -batch - || exit 2
case_want verdict=leak 'cache=kmalloc(-cg)?(-rnd-[0-9]+)?-(192|256)' 'function=fib_create_info|fib_table_insert' struct=fib_info
case_end "$n"
