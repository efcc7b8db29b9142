#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Objects that wait in call_rcu() when a trace ends are not accused: it waits for them, and where that takes too long nothing is marked. A search for lost
# objects waits for them before it begins. And who waits for RCU-tasks does not wait for us.
#
# bins: jq
# kmods: slabscan_test
# mem: 1G
# smp: 3
# timeout: 200
. /slabscan/lib.sh
T=/sys/kernel/debug/slabscan_test
hogs=
plan 11
setup slabscan_test
value() { jq -r "$1" /tmp/t.json; }
numbers() { diag "$(value '"\(.allocs) allocated, \(.frees) freed, \(.survivors) survive, \(.quiet) quiet, \(.marked) marked; \(.duration_ns / 1e9) s; masses \(.masses); unseen \(.freed_unseen), lost \(.lost), one of \(.sample)"')"; }

# held MS ARG...: a trace while a reader holds up all grace periods for so long. The load begins after that, so that what waits was allocated before the
# eyes of the trace. PREEMPT_RT makes the reader a real-time task, which has its CPU for itself; the load has another one, and the third is for slabscan.
held()
{
	local ms=$1 tracer

	shift
	echo "churn r stop" >$T/ctl
	slabscan trace --cache r --no-scan --json --quiet "$@" >/tmp/t.json 2>/tmp/err &
	tracer=$!
	wait_for 20 hooked || return 1
	echo "rcuhold $ms" >$T/ctl
	echo "churn r 1 rcu 50" >$T/ctl
	wait $tracer
}

echo "create r 128 nomerge" >$T/ctl
echo "churn r 1 rcu 50" >$T/ctl
echo "rcuhold 4000" >$T/ctl
sleep 1
check "a scan takes them for a mass, for they are allocated" bash -c "slabscan top --cache r --json >/tmp/top.json && jq -e '.clusters[0].objects > 500' /tmp/top.json"
sleep 4

check "held up for a while: the trace waits" held 7000 --duration 3 --drain 1
numbers
check "something happened" test "$(value .allocs)" -gt 1000
check_equal "complete, and nothing is marked" "true 0" "$(value '"\(.complete) \(.marked)"')"
check "what was freed is no survivor" test "$(value .survivors)" -le 64

held 15000 --duration 3 --drain 1
check_equal "held up for longer: partial, and nothing is marked" "3 false 0" "$? $(value '"\(.complete) \(.marked)"')"
numbers
# where kmem_cache_free() is probed (5.10), it still is while the trace waits to be taken down, and sees them freed
check "though objects waited" test "$(value '.survivors + ([.free_sites[] | select(.function == "churn_rcu_done").frees] | add // 0)')" -gt 500
check "and that look like the mass: there is one" test "$(value .masses)" -gt 0
check "and the reason is told" grep -q "grace period" /tmp/err /tmp/t.json
echo "churn r stop" >$T/ctl

# what it takes to start the search is not waited; on a busy host that may be seconds
echo "rcuhold 12000" >$T/ctl
slabscan leaks --quiet --json >/tmp/l.json
check "a search for lost objects waits, too" test "$(jq .wait_ns /tmp/l.json)" -ge 2500000000

# With CONFIG_PREEMPTION a task that never sleeps holds them up, be it preempted all the time: kprobes wait for them with the kernel's text locked
echo "create big 32 nomerge" >$T/ctl
echo "plant big 2000000 serial none" >$T/ctl || bail "plant big"
for _ in 1 2 3; do
	while :; do :; done &
	hogs="$hogs $!"
done
slabscan top --cache big --quiet >/dev/null &
scan=$!
wait_for 60 job_runs || bail "no scan"
echo rcutasks >$T/ctl
check "a grace period of RCU-tasks is over before a scan is" job_runs
diag "$(cat $T/ctl)"
# shellcheck disable=SC2086 # words
kill $hogs
wait $scan
