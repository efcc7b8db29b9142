#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Case 7: a list that only grows. Routing rules are added and never removed; all hang on one list of the network namespace.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-2000}

case_setup
base=$(ip rule | wc -l)
for ((i = 0; i < n; i++)); do
	echo "rule add from 10.$((base + i >> 16 & 255)).$((base + i >> 8 & 255)).$((base + i & 255)) table 100"
	case_pace
done | ip -batch -
case_want verdict=referenced 'cache=kmalloc(-rnd-[0-9]+)?-(192|256)' 'function=fib_nl_newrule|fib_newrule' 'struct=fib4_rule|fib_rule' \
	'referrer=fib_rules_ops|kmalloc|init_net'
[ $(($(ip rule | wc -l) - base)) -ge "$n" ] || exit 1
case_end 0
