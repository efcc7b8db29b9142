#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: memory control groups apart: groups that are removed, 2 to 8 KiB each.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
mkdir -p /tmp/groups
grep -qs " /tmp/groups " /proc/mounts || mount -t cgroup2 none /tmp/groups || exit 2
case_leak group func=css_free_rwork_fn hook=kfree,kvfree max="$n"
for ((i = 0; i < n; i++)); do
	mkdir /tmp/groups/case$$ && rmdir /tmp/groups/case$$ || exit 2
	case_pace
done
case_want verdict=leak 'cache=kmalloc(-cg)?(-rnd-[0-9]+)?-(2k|4k|8k)' 'function=cgroup_create|cgroup_mkdir' struct=cgroup
case_end "$n"
