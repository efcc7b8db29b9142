#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Negative: page cache that grows by N MB, by reading a file through a loop device.
#
# modules: loop ext4
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-64}

case_setup
load_modules loop ext4
mkdir -p /tmp/cache /tmp/store
mount -t tmpfs -o size=512m store /tmp/store
dd if=/dev/zero of=/tmp/store/disk bs=1M count=0 seek=$((n + 32)) 2>/dev/null
mke2fs -q -F /tmp/store/disk || exit 2
mount -t ext2 -o loop /tmp/store/disk /tmp/cache || mount -t ext4 -o loop /tmp/store/disk /tmp/cache || exit 2
dd if=/dev/zero of=/tmp/cache/file bs=1M count="$n" 2>/dev/null || exit 2
cat /tmp/cache/file >/dev/null
case_want verdict=no-leak 'class=none|pages' 'reason=page cache'
case_end 0
