#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: a bridge is told ever more stations, which it keeps: referenced, in a hash table of a module.
#
# modules: bridge dummy
# bins: bridge
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
load_modules bridge
load_modules dummy
ip link add br$$ type bridge && ip link set br$$ up && ip link add dummy$$ type dummy && ip link set dummy$$ master br$$ up || exit 2
for ((i = 0; i < n; i++)); do
	printf 'fdb add 02:00:00:%02x:%02x:%02x dev dummy%d master static\n' $((i >> 16 & 255)) $((i >> 8 & 255)) $((i & 255)) $$
	case_pace
done | bridge -batch - || exit 2
case_want verdict=referenced cache=bridge_fdb_cache module=bridge 'function=fdb_create|fdb_add_entry|br_fdb' struct=net_bridge_fdb_entry
case_end 0
