#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: addresses of an interface, removed.
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
case_leak ifaddr func=inet_rcu_free_ifa hook=kfree max="$n"
for ((i = 0; i < n; i++)); do
	echo "addr add 10.3.$((i >> 8 & 255)).$((i & 255))/32 dev $dev"
	echo "addr del 10.3.$((i >> 8 & 255)).$((i & 255))/32 dev $dev"
	case_pace
done | ip -batch - || exit 2
case_want verdict=leak 'cache=kmalloc(-cg)?(-rnd-[0-9]+)?-(96|128)' 'function=inet_alloc_ifa|rtm_to_ifaddr|inet_rtm_newaddr' struct=in_ifaddr
case_end "$n"
