#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: make each case of /files/case-list happen, ask slabscan diagnose, and judge what it says. One line a case goes to the host:
#
#     NAME VERDICT CONFIDENCE NAMED right|wrong|failed SECONDS
#
# run by selftests/cases/run, which passes the modules and programs that the cases need.
#
# kmods: slabscan_leak slabscan_test
. /slabscan/lib.sh

leak=/sys/kernel/debug/slabscan_leak
results=/tmp/results

mapfile -t cases < <(grep -v '^ *\(#\|$\)' /files/case-list)
plan ${#cases[@]}
load_slabscan
mount | grep -q debugfs || mount -t debugfs none /sys/kernel/debug
load_kmod slabscan_leak
: > $results

# $1: a want_ key: what a right diagnosis is, by the case or else by the driver
want() { sed -n "s/^want_$1=//p" "/files/$name.case" /tmp/driver.log 2> /dev/null | head -n 1; }

# what leaks on purpose goes away again, so that the next case starts from nothing
clean() {
	local name

	sed -n 's/^name=\([^ ]*\) .*/\1/p' $leak/status | while read -r name; do echo "del $name" > $leak/ctl; done
	echo undo > $leak/ctl
}

# all names of the suspect's cache: merged ones have several
names() { jq -r '.cache, (.aliases // [])[]' <<< "$first"; }

# right, if the answer in $1 is what the driver wants; sets named and reply
judge() {
	local first about key value verdict

	verdict=$(jq -r .verdict < "$1")
	first=$(jq -c '.suspects[0] // {}' < "$1")
	about=$(jq -r '"\(.function) \(.module) \(.types) \(.symbols) \(.held_by) \(.evidence)"' <<< "$first")
	named=
	for key in function module struct text referrer; do
		value=$(want $key)
		if [ -n "$value" ] && grep -qE "$value" <<< "$about"; then
			named=$named${named:+,}$key
		fi
	done
	reply=wrong
	if [ -n "$(want class)" ] && [ "$(want verdict)" = leak ]; then
		# no slab: the class, and who takes it
		value=$(want function)
		[ "$(jq -r '"\(.verdict) \(.class)"' < "$1")" = "leak $(want class)" ] && grep -qE "$value" <<< "$(jq -r '.culprit, .summary' < "$1")" &&
			named=function reply=right
		return
	fi
	case $(want verdict) in
	leak)
		# of a tree that leaks, the parent, not one of its children
		value=$(want parent)
		[ "$verdict" = leak ] && [ -n "$named" ] && grep -qE "^($(want cache))$" <<< "$(names)" &&
			{ [ -z "$value" ] || grep -qE "^($value)$" <<< "$(names)"; } && reply=right ;;
	referenced)
		# it grows, and something holds it: both have to be said
		[ "$verdict" != no-leak ] && [ -n "$named" ] && grep -q 'referenced\|pointed to by' <<< "$about" && reply=right ;;
	no-leak)
		[ "$verdict" != leak ] && reply=right
		value=$(want reason)
		[ -n "$value" ] && [ $reply = right ] && grep -qE "$value" <<< "$(jq -r '.summary, .evidence[], .suspects[].evidence[]' < "$1")" && named=reason ;;
	esac
}

run_case() {
	local name=$1 driver count rate before seconds pid

	driver='' count=200 rate=50 before=100 seconds=15
	# shellcheck source=/dev/null
	. "/files/$name.case"
	# some of it has happened before anybody looks, and that also tells what is wanted
	if [ "$before" -gt 0 ]; then
		timeout 120 bash "/files/$driver" "$before" > /tmp/driver.log 2>&1 || { diag "driver $driver: $(tail -n 3 /tmp/driver.log)"; return 1; }
	fi
	pid=
	if [ "$count" -gt 0 ]; then
		[ "$rate" = 0 ] || export CASE_RATE=$rate
		CASE_SECONDS=600 setsid bash "/files/$driver" "$count" > /tmp/during.log 2>&1 &
		pid=$!
		[ "$before" -gt 0 ] || sleep 5
	fi
	timeout 400 slabscan diagnose --quiet --json --watch "$seconds" > /tmp/answer 2> /tmp/answer.err
	if [ -n "$pid" ]; then
		# one that gave up early made nothing happen
		if ! kill -0 $pid 2> /dev/null && ! wait $pid; then
			diag "driver $driver: $(tail -n 3 /tmp/during.log)"
			return 1
		fi
		{ kill -- -$pid; pkill -s $pid; wait $pid; } 2> /dev/null
	fi
	[ "$before" -gt 0 ] || cp /tmp/during.log /tmp/driver.log
	jq -e .verdict < /tmp/answer > /dev/null || { diag "$(cat /tmp/answer.err)"; return 1; }
}

for name in "${cases[@]}"; do
	begin=$SECONDS
	console "case $name"
	if run_case "$name"; then
		judge /tmp/answer
		named=${named:--}
		line="$name $(jq -r '"\(.verdict) \(.confidence)"' < /tmp/answer) $named $reply $((SECONDS - begin))"
		diag "$(jq -r '.summary, (.suspects[] | "\(.cache) \(.fingerprint) \(.objects) grown=\(.grown) unref=\(.unreferenced) \(.function) \(.module) \(.types) conf=\(.confidence) \(.evidence)"),
			(.evidence[] | "also: \(.)"), (.steps[] | select(.done | not) | "not done: \(.step): \(.why)")' < /tmp/answer | cut -c1-600)"
	else
		reply=failed
		line="$name - - - failed $((SECONDS - begin))"
	fi
	echo "$line" >> $results
	send_file /tmp/answer "$name.json"
	send_file $results results
	if [ $reply = right ]; then ok "$line"; else not_ok "$line"; fi
	clean
done
