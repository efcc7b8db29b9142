#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Case 4, the other half: names that pile up but are still referenced, as in the NFS readdir leak. Extended attributes of one file on
# tmpfs; nothing is skipped, so nothing is unreferenced, but the mass is text.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-2000}

case_setup
mkdir -p /tmp/held
grep -qs " /tmp/held " /proc/mounts || mount -t tmpfs -o mode=700 held /tmp/held
file=$(mktemp /tmp/held/XXXXXX)
"$case_load" xattrs "$file" "$n" || exit 2
case_want verdict=referenced 'cache=kmalloc(-cg)?(-rnd-[0-9]+)?-(32|64|96)' 'function=simple_xattr_(alloc|set)' \
	struct=simple_xattr 'text=owner-of-|department-' 'referrer=shmem_inode|kmalloc|simple_xattr'
case_end 0
