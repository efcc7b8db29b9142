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
# Ten at a time: from a pipe that stays open bridge would read when a page is full, at once for many seconds.
for ((i = 0; i < n; i += 10)); do
	for ((k = i; k < i + 10; k++)); do
		printf 'fdb add 02:00:00:%02x:%02x:%02x dev dummy%d master static\n' $((k >> 16 & 255)) $((k >> 8 & 255)) $((k & 255)) $$
	done | bridge -batch - || exit 2
	case_pace
done
case_want verdict=referenced cache=bridge_fdb_cache module=bridge 'function=fdb_create|fdb_add_entry|br_fdb' struct=net_bridge_fdb_entry
case_end 0
