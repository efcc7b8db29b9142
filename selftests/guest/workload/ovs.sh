#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Case 6: Open vSwitch flows, objects of 1.6 KiB and more in a cache of their own. What the flow holds (its actions, its statistics) is
# lost with it, so the whole is one leak with a parent.
#
# modules: openvswitch
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-500}

case_setup
load_modules openvswitch
case_leak flow func=rcu_free_flow_callback,ovs_flow_free hook=flow_free arg=0 max="$n"
"$case_load" ovs "$n" || exit 2
case_want verdict=leak cache=sw_flow module=openvswitch 'function=ovs_flow_alloc|ovs_flow_cmd_new' struct=sw_flow
case_end "$n"
