# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For tests that want a guest that has been busy: source this, and call activity.
#
# modules: veth bridge nf_tables nft_compat loop ext4
# bins: unshare stress-ng nft mkfs.ext4
# files: selftests/guest/workload/{activity.sh,slabload}

# Namespaces, file systems, firewall rules, sockets, processes: made and torn down, and some of it kept.
activity()
{
	local i

	ip link set lo up
	truncate -s 64M /tmp/disk
	if mkfs.ext4 -q /tmp/disk 2>/dev/null; then
		mkdir -p /mnt
		mount -o loop /tmp/disk /mnt && mkdir -p /mnt/d && for ((i = 0; i < 2000; i++)); do echo $i >"/mnt/d/$i"; done
	fi
	for ((i = 0; i < 8; i++)); do
		unshare -n -m -p -f -i -u -- bash -c "ip link set lo up; ip link add va type veth peer name vb; ip link add br0 type bridge
			ip link set va master br0; ip link set va up; ip link set vb up; mkdir -p /tmp/t$i; mount -t tmpfs t /tmp/t$i
			nft 'table inet t { chain c { type filter hook input priority 0; tcp dport { 1, 2, 3 } counter; ip saddr 10.0.0.0/8 drop; }; }'
			touch /tmp/t$i/{1..100}; [ $((i % 2)) = 0 ] || exec sleep 1000" &
	done
	stress-ng --quiet --timeout 12 --fork 1 --sock 1 --pipe 1 --dentry 1 --epoll 1 --mq 1 --sem-sysv 1 --timerfd 1 --clone 1 --mmap 1 \
		--mmap-bytes 16M --open 1 --inotify 1 --key 1 --unshare 1 --temp-path /tmp >/dev/null 2>&1
	[ -d /mnt/d ] && rm -rf /mnt/d/1*
	/files/slabload mounts /tmp/m 50 >/dev/null 2>&1
	true
}
