#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# While all CPUs allocate and free in a cache, no object that lives all the time is ever misjudged: at least 1,000 scans.
#
# kmods: slabscan_test
# files: selftests/guest/tools/exact
# mem: 1G
# timeout: 400
# accel: tcg,thread=multi
. /slabscan/lib.sh
ctl=/sys/kernel/debug/slabscan_test

# A cache without constructor keeps its links inside the objects, one with a constructor behind them.
modes="plain bulk cross rcu mixed"
plan $(($(wc -w <<<"$modes") * 2 + 1))
setup slabscan_test
echo 0 >/tmp/total

churn()
{
	local words status

	echo "churn $1 2 $2" >$ctl/ctl || return 1
	words=$(/files/exact "$1" /tmp/live /dev/null 110)
	status=$?
	echo "churn $1 stop" >$ctl/ctl
	echo "$words"
	echo $(($(cat /tmp/total) + $(grep -o 'runs=[0-9]*' <<<"$words" | cut -d= -f2))) >/tmp/total
	[ $status = 0 ] && [[ $words == *" missing=0 "*" skipped=0 "* ]]
}

for f in nomerge ctor,nomerge; do
	echo "create c 120 $f" >$ctl/ctl
	echo "plant c 4000 magic" >$ctl/ctl
	echo "free c every=2" >$ctl/ctl
	cat $ctl/sets/c/live >/tmp/live
	for mode in $modes; do
		check "churn $mode in a cache with $f" churn c "$mode"
	done
	echo "destroy c" >$ctl/ctl
done
diag "$(cat /tmp/total) scans"
check "at least 1,000 scans were made" test "$(cat /tmp/total)" -ge 1000
