#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: each of N processes that ends leaves its struct pid behind. A cache of its own, which should follow the processes.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh
# timeout: 180
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
case_leak pid func=put_pid,put_pid.part.0,delayed_put_pid max="$n"
for ((i = 0; i < n; i++)); do
	(:)
	case_pace
done
case_want verdict=leak cache=pid function=alloc_pid struct=pid
case_end "$n"
