#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: a routing rule is added and removed N times, and its kfree_rcu() never happens.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
case_leak rule func=fib_nl_delrule,fib_delrule max="$n"
for ((i = 0; i < n; i++)); do
	echo "rule add from 10.9.$((i >> 8 & 255)).$((i & 255)) table 100"
	echo "rule del from 10.9.$((i >> 8 & 255)).$((i & 255)) table 100"
	case_pace
done | ip -batch - || exit 2
case_want verdict=leak 'cache=kmalloc(-cg)?(-rnd-[0-9]+)?-(192|256)' 'function=fib_nl_newrule|fib_newrule' 'struct=fib4_rule|fib_rule'
case_end "$n"
