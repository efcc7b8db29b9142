#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A whole Debian that nothing was planted in: systemd, udev, journald, dbus, logind, sshd, cron, auditd, AppArmor. What does slabscan leaks flag
# when it is up, amid all kinds of activity, and afterwards? At most 0.01 % of what lives, each time; and of what is planted in the end it finds 99 %.
#
# disk
# kmods: slabscan_test
# files: selftests/guest/workload/{activity.sh,slabload}
# mem: 2G
# timeout: 5400
. /slabscan/lib.sh
# shellcheck source=selftests/guest/workload/activity.sh
. /files/activity.sh

# Activity: each of these ends by itself, leaves something behind, and fails if it did not happen.

# transient units in sandboxes: mount and network namespaces, seccomp, device and address filters in bpf, users that come and go
services()
{
	local i

	for i in {1..10}; do
		systemd-run --wait --collect --quiet --service-type=exec -p DynamicUser=yes -p PrivateTmp=yes -p ProtectSystem=strict -p ProtectHome=yes -p PrivateDevices=yes \
			-p PrivateNetwork=yes -p ProtectKernelTunables=yes -p ProtectKernelModules=yes -p ProtectControlGroups=yes -p RestrictNamespaces=yes \
			-p RestrictAddressFamilies=AF_UNIX -p SystemCallFilter=@system-service -p MemoryDenyWriteExecute=yes -p NoNewPrivileges=yes \
			-p DevicePolicy=closed -p 'DeviceAllow=/dev/fuse rw' -p StateDirectory="t$i" -p RuntimeDirectory="t$i" -p LogsDirectory="t$i" \
			-p MemoryMax=100M -p CPUQuota=50% -p TasksMax=20 -p IOWeight=10 -p PrivateUsers=yes -p ProtectProc=invisible -p ProcSubset=pid \
			/bin/sh -c 'touch /tmp/a $STATE_DIRECTORY/a $RUNTIME_DIRECTORY/a && ls -lR /dev /usr/share/doc >/dev/null'
		systemd-run --wait --collect --quiet -p IPAddressDeny=any -p IPAddressAllow=localhost -p IPAccounting=yes -p 'BindReadOnlyPaths=/etc:/mnt' \
			-p 'TemporaryFileSystem=/srv' -p 'InaccessiblePaths=/root' -p LoadCredential=key:/etc/hostname ssh-keyscan -t ed25519 localhost
		systemd-run --scope --collect --quiet -p MemoryHigh=50M --slice="s$i-a-b.slice" sh -c 'ls -R /usr/share/doc >/dev/null'
		systemd-run --quiet --collect --on-active=1 --unit="later$i" /bin/true
	done
	systemctl daemon-reload
	systemctl restart cron ssh rsyslog systemd-journald systemd-udevd systemd-logind systemd-timesyncd
	systemctl daemon-reexec
	systemctl reload apparmor
	printf '* * * * * root ls -R /etc >/dev/null\n' >/etc/cron.d/slabscan
}

sessions()
{
	local i

	id visitor || useradd -m -s /bin/bash visitor
	loginctl enable-linger visitor
	[ -e /root/.ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
	for i in /root /home/visitor; do
		install -d -m 700 $i/.ssh
		install -m 600 /root/.ssh/id_ed25519.pub $i/.ssh/authorized_keys
	done
	chown -R visitor: /home/visitor
	for i in {1..4}; do
		ssh -o StrictHostKeyChecking=no visitor@localhost 'systemd-run --user --wait --collect --quiet -p PrivateTmp=yes -p PrivateUsers=yes true; busctl --user list' </dev/null
		ssh -o StrictHostKeyChecking=no localhost 'loginctl list-sessions; busctl list' </dev/null
		su - visitor -c 'ls -laR / 2>/dev/null | head -2000; systemctl --user daemon-reload; true' </dev/null
	done >/tmp/sessions
}

# with namespaces of all kinds, made by root and by a user, with a runtime, with a systemd of their own
containers()
{
	local i box=/run/box

	for i in {1..8}; do
		unshare -n -m -p -f -i -u -C --mount-proc bash -ec "hostname c$i; ip link set lo up; mount -t tmpfs t /mnt; touch /mnt/{1..50}; nft add table inet t
			nft add chain inet t c '{ type filter hook input priority 0; }'; nft add rule inet t c tcp dport 1-100 counter drop"
		su visitor -c "unshare -U -r -n -m -p -f -i -u -C --mount-proc bash -ec 'ip link set lo up; mount -t tmpfs t /mnt; touch /mnt/{1..50}; ip link add dummy7 type dummy'"
		su visitor -c 'unshare --map-auto -r -m true'
		su visitor -c 'bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --unshare-all --die-with-parent ls -R /etc' >/dev/null 2>&1 || su visitor -c 'bwrap --ro-bind / / true'
	done
	mkdir -p $box
	mount -t tmpfs t $box
	mkdir -p $box/{upper,work,rootfs}
	mount -t overlay o -o lowerdir=/,upperdir=$box/upper,workdir=$box/work $box/rootfs
	cd $box
	runc spec
	jq '.process.terminal = false | .process.args = ["sh", "-c", "ls -R /etc >/dev/null; sleep 1"] | .linux.resources.memory.limit = 50000000' config.json >c
	mv c config.json
	for i in 1 2 3; do
		runc run "c$i" </dev/null
	done
	cd /
	for i in 1 2; do
		systemd-nspawn -q -D / --volatile=yes --private-network --pipe /bin/sh -c 'ls -R /etc' >/dev/null
	done
	tr -d - </proc/sys/kernel/random/uuid >$box/rootfs/etc/machine-id
	systemd-run --quiet --collect --unit=box systemd-nspawn -q -M box -D $box/rootfs --private-network --boot
	wait_for 120 systemctl -M box is-active multi-user.target
	systemctl -M box list-units >/dev/null
	machinectl poweroff box
	wait_for 120 sh -c '! machinectl show box'
	umount -l $box/rootfs $box
}

overlays()
{
	local i o=/var/tmp/overlay

	mkdir -p $o/{u,w,m}
	for i in {1..15}; do
		mount -t overlay o -o lowerdir=/etc:/usr/share/doc,upperdir=$o/u,workdir=$o/w $o/m
		cp $o/m/passwd "$o/m/p$i"
		mv "$o/m/p$i" "$o/m/q$i"
		rm -f $o/m/group
		rm -rf "$(find $o/m -mindepth 1 -type d | head -1)"
		find $o/m -type f | head -100 | xargs touch
		umount $o/m
	done
}

# made, filled, emptied by half, checked; some stay
filesystems()
{
	local fs dir

	for fs in ext4 xfs btrfs vfat; do
		dir=/srv/$fs
		if mountpoint -q $dir; then
			rm -rf "${dir:?}"/*
		else
			mkdir -p $dir
			truncate -s 512M /var/tmp/$fs
			case $fs in
			ext4) mkfs.ext4 -q -O quota,inline_data /var/tmp/$fs ;;
			vfat) mkfs.vfat /var/tmp/$fs ;;
			*) mkfs.$fs -q /var/tmp/$fs ;;
			esac
			mount -o loop /var/tmp/$fs $dir
		fi
		cp -rL /usr/share/doc/[a-d]* $dir
		sync
		rm -rf $dir/a* $dir/c*
		mkdir -p $dir/many
		touch $dir/many/{1..1000}
	done
	[ -e /srv/btrfs/v ] || btrfs subvolume create /srv/btrfs/v
	cp -r /etc /srv/btrfs/v
	btrfs subvolume snapshot /srv/btrfs/v "/srv/btrfs/s$RANDOM"
	btrfs scrub start -B /srv/btrfs
	for fs in /srv/ext4 /srv/xfs; do
		setfacl -m u:visitor:rw $fs/many/{1..200}
		setfattr -n user.a -v "$(head -c 300 /dev/zero | tr '\0' x)" $fs/many/{1..200}
		fsfreeze -f $fs
		fsfreeze -u $fs
	done
	umount /srv/vfat /srv/ext4
	mksquashfs /etc /var/tmp/squash -quiet -no-progress -noappend
	mount -o loop /var/tmp/squash /srv/vfat
	find /srv/vfat -type f -print0 | xargs -0 cat >/dev/null
	umount /srv/vfat
	dd if=/dev/zero of=/var/tmp/swap bs=1M count=64 status=none
	chmod 600 /var/tmp/swap
	mkswap /var/tmp/swap
	swapon /var/tmp/swap
	swapoff /var/tmp/swap
}

# block devices that come and go, and udev, which looks at each
devices()
{
	local loop i

	udevadm trigger
	udevadm settle
	modprobe scsi_debug dev_size_mb=32 max_luns=3
	udevadm settle
	modprobe -r scsi_debug
	modprobe null_blk nr_devices=4
	udevadm settle
	modprobe -r null_blk
	modprobe zram
	zramctl /dev/zram0 --size 32M
	mkswap /dev/zram0
	swapon /dev/zram0
	swapoff /dev/zram0
	modprobe -r zram
	truncate -s 256M /var/tmp/dm
	loop=$(losetup -f --show /var/tmp/dm)
	for i in {1..5}; do
		dmsetup create "t$i" --table "0 100000 linear $loop 0"
		dd if=/dev/zero of="/dev/mapper/t$i" bs=1M count=4 status=none
		dmsetup remove --retry "t$i"
	done
	printf secret | cryptsetup -q luksFormat --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "$loop" -
	printf secret | cryptsetup open "$loop" crypt --key-file -
	mkfs.ext4 -q /dev/mapper/crypt
	mount /dev/mapper/crypt /mnt
	cp -r /etc /mnt
	umount /mnt
	cryptsetup close crypt
	wipefs -q -a "$loop"
	pvcreate -q -y "$loop"
	vgcreate -q vg "$loop"
	lvcreate -q -y -L 100M -n a vg
	mkfs.xfs -q /dev/vg/a || mkfs.ext4 -q /dev/vg/a
	lvcreate -q -y -s -L 50M -n b vg/a
	dd if=/dev/zero of=/dev/vg/a bs=1M count=8 status=none
	vgremove -q -f vg
	losetup -d "$loop"
}

ruleset()
{
	local i

	echo "table inet big {"
	echo "set s { type ipv4_addr; flags interval; elements = { $(for i in {1..500}; do printf '10.2%d.%d.0/24, ' $((i / 250)) $((i % 250)); done) } }"
	echo "set d { type ipv4_addr . inet_service; flags dynamic,timeout; timeout 1h; size 10000; }"
	echo "map m { type inet_service : verdict; elements = { $(for i in {1..300}; do printf '%d : accept, ' $((2000 + i)); done) } }"
	printf 'counter k { }\nquota q { 100 mbytes }\n'
	echo "chain input { type filter hook input priority 0; ct state established,related counter accept; ip saddr @s drop; tcp dport vmap @m"
	for ((i = 0; i < 150; i++)); do
		echo "ip saddr 192.168.0.$i tcp dport { $i, 1$i } counter name k limit rate 5/minute log prefix \"t$i\" drop"
	done
	echo "tcp flags syn add @d { ip saddr . tcp dport }; jump sub; }"
	echo "chain sub { ip protocol { icmp, udp } accept; meta mark set 1; }"
	echo "chain nat { type nat hook postrouting priority 100; ip saddr 10.9.0.0/16 masquerade; }"
	echo "}"
}

firewall()
{
	local i

	ruleset >/tmp/ruleset
	for i in {1..8}; do
		nft -f /tmp/ruleset
		nft list ruleset >/tmp/ruleset.now
		[ "$i" = 8 ] || nft flush ruleset
	done
	for i in {1..50}; do
		iptables -A OUTPUT -d "10.8.0.$i" -p tcp --dport "$i" -m comment --comment "t$i" -m conntrack --ctstate NEW -j ACCEPT
		ip6tables -A OUTPUT -d "fd00::$i" -j ACCEPT
	done
	ipset create t hash:ip timeout 1000
	seq -f 'add t 10.7.0.%g' 1 250 | ipset restore
	iptables -A OUTPUT -m set --match-set t dst -j ACCEPT
	for i in {1..20}; do
		ssh-keyscan -t ed25519 localhost 127.0.0.1 ::1
	done
	conntrack -L | wc -l
	iptables -F
	ip6tables -F
	ipset destroy t
	conntrack -F
}

networks()
{
	local i n

	for i in {1..6}; do
		n=n$i
		ip netns del $n 2>/dev/null || true
		ip netns add $n
		ip link add "v$i" type veth peer name eth0 netns $n
		ip addr add "10.1.$i.1/24" dev "v$i"
		ip link set "v$i" up
		ip -n $n addr add "10.1.$i.2/24" dev eth0
		ip -n $n link set lo up
		ip -n $n link set eth0 up
		ip -n $n link add br0 type bridge vlan_filtering 1
		ip -n $n link add vx type vxlan id "$i" dev eth0 dstport 4789 group 239.1.1.1
		ip -n $n link set vx master br0
		ip -n $n link set br0 up
		ip -n $n link set vx up
		ip -n $n link add m0 link eth0 type macvlan
		ip -n $n link add link eth0 name eth0.7 type vlan id 7
		ip -n $n link add bond0 type bond mode active-backup
		ip -n $n link add wg0 type wireguard
		wg genkey >/tmp/key
		ip netns exec $n wg set wg0 private-key /tmp/key listen-port 5555 peer "$(wg genkey | wg pubkey)" allowed-ips 10.6.0.0/16
		ip -n $n addr add 10.6.0.1/16 dev wg0
		ip -n $n link set wg0 up
		ip -n $n link add gre1 type gre remote 10.1.1.9 local "10.1.$i.2"
		ip -n $n tuntap add t0 mode tun
		for ((n = 0; n < 300; n++)); do
			echo "route add 10.$((100 + n / 250)).$((n % 250)).0/24 via 10.1.$i.1"
		done >/tmp/routes
		n=n$i
		ip -n $n -batch /tmp/routes
		ip -n $n rule add from 10.3.0.0/16 table 100
		ip -n $n -6 route add fd01::/64 dev eth0
		ip -n $n xfrm state add src 10.1.1.1 dst 10.1.1.2 proto esp spi 0x$i mode tunnel aead 'rfc4106(gcm(aes))' 0x0102030405060708090a0b0c0d0e0f1011121314 128
		ip -n $n xfrm policy add src 10.4.0.0/16 dst 10.5.0.0/16 dir out tmpl src 10.1.1.1 dst 10.1.1.2 proto esp mode tunnel
		tc -n $n qdisc add dev eth0 root handle 1: htb default 1
		tc -n $n class add dev eth0 parent 1: classid 1:1 htb rate 100mbit
		tc -n $n qdisc add dev eth0 parent 1:1 fq_codel
		tc -n $n qdisc add dev eth0 clsact
		tc -n $n filter add dev eth0 ingress protocol ip flower dst_ip 10.9.9.9 action drop
		ip netns exec $n nft -f /tmp/ruleset
		ip netns exec $n ping -c 2 -i 0.2 "10.1.$i.1"
		[ $((i % 2)) = 0 ] || ip netns del $n
	done
}

# sockets of many families, epoll, inotify and more, half of them closed again. With "keep" the rest stays open.
sockets()
{
	cat >/run/sockets.py <<-'PYTHON'
		import os, select, socket, sys, time
		keep, polls = [], []
		server = socket.socket()
		server.bind(("127.0.0.1", 0))
		server.listen(1000)
		for i in range(400):
		    client = socket.create_connection(server.getsockname())
		    client.send(b"x" * 1000)
		    keep += [client, server.accept()[0], *socket.socketpair(), *socket.socketpair(type=socket.SOCK_DGRAM)]
		    if i < 100:
		        keep += [socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0),
		                 socket.socket(socket.AF_INET6, socket.SOCK_DGRAM), socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)]
		        keep[-1].bind(("hash", "sha256"))
		        poll = select.epoll()
		        for one in keep[-80:]:
		            poll.register(one, select.EPOLLIN | select.EPOLLET)
		        if len(polls) % 4:
		            poll.register(polls[-1], select.EPOLLIN)
		        polls.append(poll)
		a, b = socket.socketpair()
		socket.send_fds(a, [b"x"], [one.fileno() for one in keep[:50]])
		for one in keep[::2] + polls[::2]:
		    one.close()
		if len(sys.argv) > 1:
		    time.sleep(1e6)
	PYTHON
	systemctl is-active sockets || systemd-run --quiet --collect --unit=sockets -p LimitNOFILE=20000 python3 /run/sockets.py keep
	(ulimit -n 20000; python3 /run/sockets.py; python3 /run/sockets.py)
	timeout 20 tcpdump -i lo -c 200 -w /dev/null tcp &
	socat UNIX-LISTEN:/run/echo.sock,fork,unlink-early PIPE &
	local pid=$! i
	wait_for 60 test -S /run/echo.sock
	for i in {1..30}; do
		echo hello | socat - UNIX-CONNECT:/run/echo.sock
	done >/dev/null
	kill $pid
}

bpf()
{
	local i

	mkdir -p /sys/fs/bpf/t
	for i in {1..10}; do
		bpftool map create "/sys/fs/bpf/t/h$i" type hash key 4 value 64 entries 1000 name "h$i"
		bpftool map create "/sys/fs/bpf/t/l$i" type lru_hash key 4 value 16 entries 100 name "l$i"
		bpftool map create "/sys/fs/bpf/t/t$i" type lpm_trie key 8 value 4 entries 100 name "t$i" flags 1
		bpftool map update pinned "/sys/fs/bpf/t/h$i" key 1 2 3 "$i" value hex {10..73}
		bpftool map update pinned "/sys/fs/bpf/t/t$i" key 24 0 0 0 10 1 1 "$i" value 1 2 3 4
	done
	bpftool prog show >/dev/null
	bpftool map dump pinned /sys/fs/bpf/t/h1
	rm -f /sys/fs/bpf/t/*
}

tracing()
{
	local t=/sys/kernel/tracing i

	for i in {1..5}; do
		mkdir $t/instances/t$i
		echo 1 >$t/instances/t$i/events/sched/enable
		echo 'hist:keys=common_pid' >$t/instances/t$i/events/kmem/kmalloc/trigger
		echo "p:t$i do_sys_openat2" >>$t/kprobe_events
		echo 1 >$t/events/kprobes/t$i/enable
		ls -R /etc >/dev/null
		echo 0 >$t/events/kprobes/t$i/enable
		echo '!hist:keys=common_pid' >$t/instances/t$i/events/kmem/kmalloc/trigger
		echo 0 >$t/instances/t$i/events/sched/enable
		rmdir $t/instances/t$i
		echo "-:t$i" >>$t/kprobe_events
	done
}

# who may do what, and who did: keys, audit, AppArmor
security()
{
	local i ring

	auditctl -w /etc -p wa -k etc
	auditctl -a always,exit -F arch=b64 -S openat -F success=0 -k missing
	ring=$(keyctl newring t @s)
	for i in {1..100}; do
		keyctl add user "k$i" "secret $i" "$ring"
		cat "/nothing$i" || true
	done >/dev/null 2>&1
	keyctl clear "$ring"
	keyctl unlink "$ring" @s
	auditctl -D
	cat >/run/profile <<-'PROFILE'
		profile slabscan_t /tmp/nothing { /etc/** r, /usr/** mrix, capability net_admin, network inet stream, }
	PROFILE
	for i in {1..3}; do
		apparmor_parser -a /run/profile
		aa-exec -p slabscan_t -- /bin/true
		apparmor_parser -R /run/profile
	done
}

logs()
{
	local i

	for i in {1..100}; do
		logger "line $i"
	done
	mkdir -p /var/log/journal
	journalctl --flush
	journalctl --rotate
	journalctl --vacuum-files=2
	journalctl -n 1000 >/dev/null
	logrotate -f /etc/logrotate.conf
}

groups_of_tasks()
{
	local i c=/sys/fs/cgroup/slabscan

	mkdir -p $c
	echo '+memory +pids +cpu +io' >/sys/fs/cgroup/cgroup.subtree_control
	echo '+memory +pids' >$c/cgroup.subtree_control
	for i in {1..60}; do
		mkdir -p $c/$i/a
		echo 100M >$c/$i/memory.max
		(echo $BASHPID >$c/$i/a/cgroup.procs; ls -R /etc >/dev/null; mkdir -p /run/d/$i; touch /run/d/$i/{1..30})
		rmdir $c/$i/a
		[ $((i % 2)) = 0 ] || rmdir $c/$i
	done
	rmdir $c/*/ $c
}

rings()
{
	fio --name=u --ioengine=io_uring --rw=randrw --size=16M --io_size=16M --iodepth=16 --filename=/var/tmp/fio --fixedbufs --registerfiles >/dev/null
	fio --name=a --ioengine=libaio --direct=1 --rw=randrw --size=16M --io_size=8M --iodepth=16 --filename=/var/tmp/fio >/dev/null
}

stress()
{
	local line

	mkdir -p /var/tmp/stress
	while read -r line; do
		# 2 to 4: something of it can't be had here
		# shellcheck disable=SC2046 # words
		stress-ng --quiet --temp-path /var/tmp/stress --timeout 5 $(printf -- '--%s 1 ' $line) || [ $? -le 4 ]
	done <<-'STRESSORS'
		access af-alg aio aiol bind-mount cap chattr chdir
		chmod chown chroot clone copy-file daemon dentry dev-shm
		dir dirdeep dnotify dup epoll eventfd exec fallocate
		fault fcntl fiemap fifo file-ioctl filename flock fork
		fstat futex getdent get handle inode-flags inotify io-uring
		iomix kcmp key landlock lease link locka lockf
		lockofd loop madvise memfd mincore mknod mlock mmap
		mmapfork mprotect mq mremap msg netlink-proc netlink-task open
		personality pidfd ping-sock pipe pipeherd poll prctl procfs
		pthread ptrace pty ramfs rawsock rawudp remap rename
		rlimit seccomp secretmem sem sem-sysv sendfile session shm
		shm-sysv sigfd sigio signal sigq sock sockabuse sockdiag
		sockfd sockmany sockpair spawn splice stackmmap symlink sync-file
		tee timer timerfd tmpfs touch tun udp umount
		unshare userfaultfd utime vfork vforkmany vm-splice xattr zombie
	STRESSORS
}

# what other tests do, too, here more than once
mixed()
{
	set +e
	! mountpoint -q /mnt || umount /mnt
	rm -f /tmp/disk /tmp/inside.*
	activity
}

# busy ROUND: all of that, one after the other; what did not happen is told in /tmp/failed
busy()
{
	local kind

	rm -f /tmp/failed
	for kind in sessions services mixed filesystems overlays firewall networks containers sockets devices bpf tracing security logs groups_of_tasks rings stress; do
		console "round $1: $kind"
		# no || here: it would switch -e off
		(set -ex; $kind) >"/tmp/$kind.out" 2>&1 </dev/null
		[ $? = 0 ] || { echo "$kind:"; tail -n 8 "/tmp/$kind.out" | cut -c1-300; } >>/tmp/failed
	done
	touch /tmp/over
}

took_place() { cat /tmp/failed; [ ! -e /tmp/failed ]; }

# search WHEN: what one search says; all is shown of what it flags. Fails unless it is complete.
search()
{
	local live flagged a

	slabscan leaks --quiet --json --addresses >/tmp/leaks.json || { diag "$1: $(cat /tmp/leaks.json)"; return 1; }
	read -r live flagged < <(jq -r '"\(.live) \(.unreferenced)"' /tmp/leaks.json)
	diag "$1: $flagged of $live flagged, $(jq -r '"\(.undecided) undecided, \(.innocent) apart, \(.elapsed_ns / 1000000 | floor) ms"' /tmp/leaks.json)"
	echo "$flagged $live" >>/tmp/answers
	[ "$flagged" != 0 ] || return 0
	diag "$(jq -c '.groups[] | [.objects, .cache, .symbols, .strings, .examples[:3]]' /tmp/leaks.json)"
	for a in $(jq -r '.addresses[:4][]' /tmp/leaks.json); do
		diag "$(slabscan show "$a" --quiet; slabscan refs "$a" --quiet)"
	done
	jq -e .complete /tmp/leaks.json >/dev/null
}

# searches NUMBER WHEN: as many are complete
searches()
{
	local i

	rm -f /tmp/answers
	for ((i = 0; i < $1; i++)); do
		search "$2" || return 1
	done
}

# few WHEN: at most 0.01 % was flagged in each of these searches
few()
{
	check "$1: at most 0.01 % are flagged" awk '{ print; bad += $1 * 10000 > $2 } END { exit bad || !NR }' /tmp/answers
}

plan 17
diag "$(systemd-analyze | head -1; systemctl is-system-running; systemctl --failed --no-legend)"
check "Debian is up" grep -qxE 'running|degraded' <(systemctl is-system-running --wait)
check "slabscan loads" load_slabscan
searches 2 "when it is up" >/tmp/said
check_equal "when it is up: each search is complete" 0 $?
cat /tmp/said
few "when it is up"

# Amid it: as many searches as there is time for.
rm -f /tmp/answers /tmp/over
busy 1 &
searched=0 complete=0
until [ -e /tmp/over ]; do
	search amid
	complete=$((complete + !$?)) searched=$((searched + 1))
	sleep 2
done
wait $!
check "all activity took place" took_place
check "amid: more than ten searches" test $searched -gt 10
check_equal "amid: each is complete" $searched $complete
few amid
check "slabscan unloads" rmmod slabscan

# And without it, as on a machine that it comes to.
busy 2
check "all of it once more" took_place
check "slabscan loads again" load_slabscan
sleep 10
searches 3 afterwards >/tmp/said
check_equal "afterwards: each search is complete" 0 $?
cat /tmp/said
few afterwards
check "top --leaks is complete" slabscan top --leaks --quiet
check "refs finds who points to tasks" sh -c 'slabscan refs --cache task_struct --quiet --json | jq -e ".complete and .references > 0"'
load_kmod slabscan_test || bail "slabscan_test does not load"
echo "create planted 128 nomerge" >/sys/kernel/debug/slabscan_test/ctl
echo "plant planted 10000 serial none" >/sys/kernel/debug/slabscan_test/ctl
found=$(slabscan leaks --quiet --json --cache planted | jq .unreferenced)
check "99 % of 10,000 planted ones are found among all that: $found" test "$found" -ge 9900 -a "$found" -le 10000
check "slabscan unloads again" rmmod slabscan
