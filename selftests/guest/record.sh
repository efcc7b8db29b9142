#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Records objects of all caches that have a name of their own, as data for selftests/unit/test_recorded.c; selftests/data/cut makes sets of them. Caches
# are not merged here, so that the name of a cache says what its objects are.
#
# files: selftests/guest/tools/record
# bins: jq
# mem: 1G
# timeout: 600
# append: slab_nomerge
. /slabscan/lib.sh
plan 1
load_slabscan || bail "slabscan does not load"

# something of most kinds
mkdir /tmp/files && mount -t tmpfs none /tmp/files
for i in $(seq 150); do echo "$i" >"/tmp/files/$i"; done
for i in $(seq 60); do
	sleep 1000 &
	ip link add "dummy$i" type dummy 2>/dev/null
	busybox nc -l -p $((2000 + i)) </dev/null >/dev/null &
done
sleep 1

slabscan caches --json | jq -r '.caches[] | select(.live >= 50) | "\(.name) \(.object_size)"' >/tmp/caches
while read -r name size; do
	case $name in kmalloc-* | dma-kmalloc-*) continue ;; esac
	/files/record "$name" 120 $((size < 320 ? size : 320))
done </tmp/caches >/tmp/recorded.txt
diag "$(wc -l </tmp/recorded.txt) objects"
send_file /tmp/recorded.txt
check "objects were recorded" test "$(wc -l </tmp/recorded.txt)" -gt 1000
