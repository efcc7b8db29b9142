#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Case 1: forwarding entries of a vxlan device that are deleted but not freed. Each leaks two objects of two caches: the entry and its
# remote destination, which point to each other.
#
# modules: vxlan
# bins: bridge
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
load_modules vxlan
# The device holds a pointer to a live entry in its cache of the last one used; a fresh device for each run keeps runs apart.
dev=vx$$
ip link add $dev type vxlan id $((RANDOM + 1)) dstport $((10000 + RANDOM % 20000)) dev lo || exit 2
case_leak fdb func=__vxlan_fdb_free,vxlan_fdb_free hook=kfree max=$((2 * n))
for ((i = 0; i < n; i++)); do
	printf -v mac '02:00:00:%02x:%02x:%02x' $((i >> 16 & 255)) $((i >> 8 & 255)) $((i & 255))
	echo "fdb add $mac dev $dev dst 10.0.$((i % 200)).1"
	echo "fdb del $mac dev $dev"
	case_pace
done | bridge -batch -
case_want verdict=leak 'cache=kmalloc(-rnd-[0-9]+)?-(96|128|192)' module=vxlan 'function=vxlan_fdb_(create|append|alloc)|vxlan_fdb_' \
	'struct=vxlan_rdst|vxlan_fdb'
case_end $((2 * n))
