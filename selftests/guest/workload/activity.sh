# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For tests that want a guest that has been busy: source this, and call activity.
#
# modules: veth bridge nf_tables nft_compat loop ext4
# bins: unshare stress-ng nft mkfs.ext4
# files: selftests/guest/workload/{activity.sh,slabload}

# inside N: what is made in namespaces of its own; whether it could be is in /tmp/inside.N. (A counter is a module of its own on 5.10.)
inside()
{
	ip link set lo up && ip link add va type veth peer name vb && ip link add br0 type bridge && ip link set va master br0 && ip link set va up &&
		ip link set vb up && mkdir -p "/tmp/t$1" && mount -t tmpfs t "/tmp/t$1" && touch "/tmp/t$1"/{1..100} &&
		nft 'table inet t { chain c { type filter hook input priority 0; tcp dport { 1, 2, 3 } accept; ip saddr 10.0.0.0/8 drop; }; }'
	echo $? >"/tmp/inside.$1"
}

# Namespaces, file systems, firewall rules, sockets, processes: made and torn down, and some of it kept. What can't be made ends the test: it would say less
# than it seems to.
activity()
{
	local i

	ip link set lo up
	truncate -s 64M /tmp/disk
	mkfs.ext4 -q /tmp/disk || bail "activity: no file system"
	mkdir -p /mnt /tmp/m
	mount -o loop /tmp/disk /mnt || bail "activity: the file system can't be mounted"
	mkdir -p /mnt/d
	for ((i = 0; i < 2000; i++)); do echo $i >"/mnt/d/$i" || bail "activity: no file"; done
	for ((i = 0; i < 8; i++)); do
		unshare -n -m -p -f -i -u -- bash -c "$(declare -f inside); inside $i; [ $((i % 2)) = 0 ] || exec sleep 1000" &
	done
	stress-ng --quiet --timeout 12 --fork 1 --sock 1 --pipe 1 --dentry 1 --epoll 1 --mq 1 --sem-sysv 1 --timerfd 1 --clone 1 --mmap 1 \
		--mmap-bytes 16M --open 1 --inotify 1 --key 1 --unshare 1 --temp-path /tmp >/tmp/stress 2>&1 ||
		diag "activity: stress-ng ended with $?: $(tail -n 3 /tmp/stress)"
	for ((i = 0; i < 8; i++)); do
		wait_for 120 grep -qx 0 /tmp/inside.$i || bail "activity: namespaces, devices, a mount or firewall rules can't be made: $(cat /tmp/inside.$i)"
	done
	rm -rf /mnt/d/1*
	/files/slabload mounts /tmp/m 50 || bail "activity: no mounts"
}
