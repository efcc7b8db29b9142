#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Negative: heavy kfree_rcu() traffic: the alias of a network device set N times, each time freeing the one before after a grace period.
#
# modules: dummy
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-3000}

case_setup
load_modules dummy
ip link add rcu$$ type dummy || exit 2
for ((i = 0; i < n; i++)); do
	echo "link set rcu$$ alias uplink-to-the-other-rack-$i"
	case_pace
done | ip -batch - || exit 2
ip link del rcu$$
case_want verdict=no-leak 'reason=RCU|none'
case_end 0
