#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does a trace name the function and the module that leak, in real kernel code, and are nearly all leaked objects among the marked ones?
# Stock kernels clear what they allocate. Where that is not done, words that nobody sets hold what was there before, and fewer look like the mass (limits.md).
#
# modules: vxlan sctp dummy
# bins: bridge jq
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload selftests/guest/workload/vxlan.sh
# files: selftests/guest/workload/inotify.sh selftests/guest/workload/sctp.sh selftests/guest/workload/neg_kfree_rcu.sh
# append: init_on_alloc=1
# mem: 1G
# timeout: 400
. /slabscan/lib.sh
leak=/sys/kernel/debug/slabscan_leak
plan 18
setup slabscan_leak


# traced NAME DRIVER N [OTHER]: a first run makes the mass, a second one is traced, for as long as it may take; the answer goes to /tmp/NAME.json
traced()
{
	local name=$1 driver=$2 n=$3 cache addr tracer started=$SECONDS

	echo undo >$leak/ctl
	bash /files/"$driver" "$n" >/tmp/"$name".first || return 1
	[ -z "${4-}" ] || bash /files/"$4" 400 >/dev/null
	# where there are two kinds, the first one found in a cache that the driver names will do
	addr=$(sed -n 1p $leak/leaked)
	cache=$(slabscan show "$addr" --json | jq -r .cache)
	cat $leak/leaked >/tmp/old
	slabscan trace --cache "$cache" --duration $((2 * (SECONDS - started) + 5)) --drain 2 --json >/tmp/"$name".json 2>/tmp/"$name".err &
	tracer=$!
	wait_for 30 hooked || return 1
	[ -z "${4-}" ] || bash /files/"$4" 200 >/dev/null
	bash /files/"$driver" "$n" >/tmp/"$name".second || return 1
	[ -z "${4-}" ] || bash /files/"$4" 200 >/dev/null
	wait $tracer
	grep -vxFf /tmp/old $leak/leaked >/tmp/"$name".new
	{
		echo "$name in $cache: $(jq -c '[.allocs,.frees,.survivors,.marked,.freed_unseen,.lost,.masses]' /tmp/"$name".json) allocated, freed," \
			"survive, marked, unseen, lost, masses"
		jq -r '.sites[:4][]|"\(.marked) \(.survivors) \(.allocs) \(.frees) \(.symbol)"' /tmp/"$name".json
		cat /tmp/"$name".err
	} >/tmp/"$name".txt
}

value() { jq -r "$2" /tmp/"$1".json; }
best() { jq -r '.sites[0]|"\(.function) \(.module)"' /tmp/"$1".json; }
names() { best "$1" | grep -Eq "$2"; }
# all sites of the module, or of the function
marked_enough() { [ "$(jq "[.sites[]|select(\"\(.function) \(.module)\"|test(\"$2\"))|.marked]|add" /tmp/"$1".json)" -ge $(($3 * 95 / 100)) ]; }
# an example that is told is one of the leaked objects
example_is_right()
{
	local addr

	for addr in $(jq -r '.sites[0].examples[]' /tmp/"$1".json); do
		grep -q "$addr" /tmp/"$1".new && return 0
	done
	head -3 /tmp/"$1".new
	return 1
}

check "vxlan entries are traced" traced vxlan vxlan.sh 400
diag "$(cat /tmp/vxlan.txt)"
check "the function and the module are named" names vxlan 'vxlan_fdb_.* vxlan'
check "95 % of the leaked objects are marked" marked_enough vxlan '^vxlan_fdb_.* vxlan$' 400
check "an example was leaked indeed" example_is_right vxlan
check "nothing was lost" test "$(value vxlan '[.lost,.lost_frees,.freed_unseen]|add')" = 0

check "inotify events are traced" traced inotify inotify.sh 1000
diag "$(cat /tmp/inotify.txt)"
check "the function is named" names inotify '^inotify_handle_(inode_)?event null'
check "95 % of the leaked objects are marked" marked_enough inotify '^inotify_handle' 1000
check "an example was leaked indeed" example_is_right inotify

check "SCTP priorities are traced" traced sctp sctp.sh 1000
diag "$(cat /tmp/sctp.txt)"
check "the function and the module are named" names sctp '^sctp_sched_prio.* sctp$'
check "95 % of the leaked objects are marked" marked_enough sctp '^sctp_sched_prio.* sctp$' 1000
check "an example was leaked indeed" example_is_right sctp

check "SCTP priorities are traced among kfree_rcu() traffic" traced both sctp.sh 1000 neg_kfree_rcu.sh
diag "$(cat /tmp/both.txt)"
check "the function and the module are named" names both '^sctp_sched_prio.* sctp$'
check "95 % of the leaked objects are marked" marked_enough both '^sctp_sched_prio.* sctp$' 1000
check "what kfree_rcu() freed is not marked" test "$(value both '[.sites[]|select(.function|test("set_alias"))|.marked]|add // 0')" = 0
check "and was seen to be freed" test "$(value both '[.sites[]|select(.function|test("set_alias"))|.survivors]|add // 0')" -le 2
