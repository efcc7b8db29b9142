#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: neighbours that are deleted: their kfree_rcu() never happens.
#
# modules: dummy
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
case_dummy 192.0.2.1/24
case_leak neigh func=neigh_destroy hook=kvfree_call_rcu,kfree max="$n"
for ((i = 0; i < n; i++)); do
	echo "neigh add 10.$((i >> 16 & 255)).$((i >> 8 & 255)).$((i & 255)) lladdr 02:00:00:00:00:01 dev $dev"
	echo "neigh del 10.$((i >> 16 & 255)).$((i >> 8 & 255)).$((i & 255)) dev $dev"
	case_pace
done | ip -batch - || exit 2
case_want verdict=leak 'cache=kmalloc(-cg)?(-rnd-[0-9]+)?-(512|1k)' 'function=neigh_alloc|neigh_create' struct=neighbour
case_end "$n"
