#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Negative: RCU callbacks held up by a long reader. Closed sockets pile up while it lasts (10 s by default) and are freed afterwards.
#
# kmods: slabscan_leak slabscan_test
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
ms=${1:-10000}

case_setup
[ -d "$case_test" ] || load_kmod slabscan_test
inodes() { awk '$1 == "sock_inode_cache" { print $2 }' /proc/slabinfo; }
before=$(inodes)
# One hold is 15 s at most, or the kernel's own detectors speak.
hold() {
	local left=$ms ms

	while [ "$left" -gt 0 ]; do
		ms=$((left > 15000 ? 15000 : left))
		echo "rcuhold $ms" >"$case_test/ctl" || exit 2
		sleep $((ms / 1000))
		left=$((left - ms))
	done
}
hold &
# On the other CPU; measured while the reader is still there.
CASE_RATE=${CASE_RATE:-1000} timeout $((ms / 1000 - 3)) taskset 1 "$case_load" sockets 1000000 1 2>/dev/null
held=$(($(inodes) - before))
echo "held_inodes=$held"
case_want verdict=no-leak 'reason=RCU|grace period|callback'
[ "$held" -gt 200 ] || exit 1
case_end 0
