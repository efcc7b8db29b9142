#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Real kernel code that leaks, after heavy activity: how many of the lost objects does slabscan leaks find? And before: what does it flag where nothing leaks?
# The debug kernel's debug objects have the address of each object that they watch: to a search a reference.
# It does not clear what it allocates, either, as Debian's do: what is used bit by bit is full of stale words then (Documentation/limits.md).
#
# kmods: slabscan_leak
# modules: vxlan sctp openvswitch veth bridge dummy nf_tables nft_compat loop ext4
# bins: comm bridge unshare stress-ng nft mkfs.ext4
# files: selftests/guest/workload/{activity.sh,case.sh,slabload,vxlan.sh,sctp.sh,inotify.sh,ovs.sh,sockets.sh,random.sh}
# append: no_debug_objects init_on_alloc=1
# mem: 1500M
# timeout: 500
. /slabscan/lib.sh
# shellcheck source=selftests/guest/workload/activity.sh
. /files/activity.sh
[ -d /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug
L=/sys/kernel/debug/slabscan_leak

number() { sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" | head -1; }

# What keeps those of /tmp/missed alive? One that something else points to than they themselves keeps the others.
keeper()
{
	local addr

	head -100 /tmp/missed | while read -r addr; do
		slabscan refs "$addr" --quiet >/tmp/refs
		if awk '$1 ~ /^[0-9]+$/ && $2 != "pointers" { print $2, "0x" $3 }' /tmp/refs | grep -qvFf <(sed 's/^/slab /' /tmp/missed); then
			cat /tmp/refs
			break
		fi
	done
}

# recall WORKLOAD N: of what it loses $share % are found; what is missed, and why, is in /tmp/said
recall()
{
	local lost found

	: >/tmp/said
	sort -u $L/leaked | sed 's/^\(0x\)\?/0x/' >/tmp/before
	bash "/files/$1.sh" "$2" >/dev/null || return 1
	sort -u $L/leaked | sed 's/^\(0x\)\?/0x/' >/tmp/after
	comm -13 /tmp/before /tmp/after >/tmp/lost
	sleep 1
	slabscan leaks --quiet --addresses >/tmp/answer || { echo "slabscan leaks ended with $?" >/tmp/said; return 1; }
	grep '^0x' /tmp/answer | sort -u >/tmp/found
	lost=$(wc -l </tmp/lost)
	found=$(comm -12 /tmp/lost /tmp/found | wc -l)
	echo "$1: $found of $lost found" >/tmp/said
	comm -23 /tmp/lost /tmp/found >/tmp/missed
	keeper >>/tmp/said
	[ "$lost" -gt 0 ] && [ $((found * 100)) -ge $((lost * share)) ]
}

plan 8
load_slabscan || bail "slabscan does not load"
load_kmod slabscan_leak || bail "slabscan_leak does not load"
activity
answer=$(slabscan leaks --quiet --json)
ended=$?
live=$(number live <<<"$answer")
flagged=$(number unreferenced <<<"$answer")
undecided=$(number undecided <<<"$answer")
diag "busy guest without a leak: $flagged of $live flagged, $undecided undecided; the search ended with $ended"
if [ "$flagged" != 0 ]; then
	slabscan leaks --quiet | while read -r line; do diag "$line"; done
	slabscan leaks --quiet --addresses | grep '^0x' | head -4 | while read -r a; do slabscan show "$a" --quiet; done | while read -r line; do diag "$line"; done
fi
check "at most 0.01 % are flagged, and at most 0.01 % undecided" test $ended = 0 -a "$flagged" -le $((live / 10000)) -a "$undecided" -le $((live / 10000))
# The only pointer to a tunnel's metadata_dst is in the list of a flow's actions, at 4 mod 8; that of one with many tunnels is large kmalloc.
/files/slabload ovs 400 stay || bail "no flows"
no_more() { answer=$(slabscan leaks --quiet --json) && [ "$(number unreferenced <<<"$answer")" -le "$flagged" ]; }
check "none is flagged of what only the actions of 401 Open vSwitch flows point to" no_more ||
	slabscan leaks --quiet | while read -r line; do diag "$line"; done
for w in vxlan sctp inotify ovs sockets random; do
	# One stale word keeps a chain of rcu_heads from there on: what that means for flows on 6.1 is in Documentation/limits.md
	share=95
	[ $w != ovs ] || share=25
	check "$share % of what $w loses is found" recall $w 400
	while read -r line; do diag "$line"; done </tmp/said
done
