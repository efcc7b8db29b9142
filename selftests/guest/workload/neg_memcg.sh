#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Negative: N memory cgroups that were removed but live on ("dying"), because a file on tmpfs that they made is still charged to them.
# Newer kernels (7.2 does) hand such pages to the parent, and nothing stays behind.
#
# kernels: 5.10 6.1 6.1-cloud 6.12 6.12-trixie 6.12-cloud
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-100}

case_setup
root=/sys/fs/cgroup
mkdir -p $root /tmp/dying
grep -qs " $root " /proc/mounts || mount -t cgroup2 cgroup2 $root
grep -qs " /tmp/dying " /proc/mounts || mount -t tmpfs dying /tmp/dying
echo +memory >$root/cgroup.subtree_control || exit 2
for ((i = 0; i < n; i++)); do
	mkdir "$root/job$i"
	# In its own process: it charges a page to the group and leaves.
	bash -c "echo \$\$ >$root/job$i/cgroup.procs; echo result >/tmp/dying/$$.$i"
	for ((try = 0; try < 50; try++)); do
		rmdir "$root/job$i" 2>/dev/null && break
		sleep 0.02
	done
	case_pace
done
dying=$(sed -n 's/^nr_dying_descendants //p' $root/cgroup.stat)
echo "dying_cgroups=$dying"
case_want verdict=no-leak 'reason=cgroup|memcg|dying'
[ "$dying" -ge $((n / 2)) ] || exit 1
case_end 0
