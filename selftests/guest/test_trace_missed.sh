#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Nobody is accused for what a trace did not see: frees that were missed, before the object's place was used again; objects that live longer than it
# watches, while as many older ones go; and probes that somebody switched off.
#
# bins: jq
# kmods: slabscan_test
# kernels: 5.10 6.1 6.1-cloud 6.12 6.12-trixie 6.12-cloud 7.2 7.3 debug
# mem: 1G
# smp: 1
# timeout: 300
. /slabscan/lib.sh
T=/sys/kernel/debug/slabscan_test
KPROBES=/sys/kernel/debug/kprobes/enabled
FTRACE=/proc/sys/kernel/ftrace_enabled
plan 15
setup slabscan_test
value() { jq -r "$1" /tmp/t.json; }
numbers() { diag "$(value '"\(.allocs) allocated, \(.frees) freed, \(.old_frees) older, \(.survivors) survive, \(.marked) marked; unseen \(.freed_unseen), lost \(.lost)+\(.lost_frees); expected \(.sites[0].expected)"')"; }
batch=-1
plant() { echo "plant a $1 magic" >$T/ctl && batch=$((batch + 1)); }

echo "create a 128 nomerge" >$T/ctl
plant 700

# ---- objects that live longer than the trace ----
# 300 are allocated, 300 older ones freed
watched 'plant 300; echo "free a batch=0 count=300" >$T/ctl' --duration 3 --drain 1
numbers
check_equal "300 allocated, 300 older ones freed: all are expected, none is marked" "300 300 0" "$(value '"\(.survivors) \(.sites[0].expected) \(.marked)"')"
# 20 older ones
watched 'plant 300; echo "free a batch=0 count=20" >$T/ctl' --duration 3 --drain 1
numbers
check_equal "with 20 older ones 20 are expected" "300 20" "$(value '"\(.survivors) \(.sites[0].expected)"')"
check "and 300 are marked, for that is more" test "$(value .marked)" -ge 290

# ---- frees that no probe sees ----
# a process allocates, the frees are missed, another one gets the places
watched 'plant 100; echo "free a batch=$batch hidden" >$T/ctl; (plant 1500); batch=$((batch + 1))' --duration 3 --drain 1 --pid $$
numbers
check_equal "what another process gets in a place whose free was missed is not the first one's survivor" "100 0 100" "$(value '"\(.allocs) \(.survivors) \(.freed_unseen)"')"
check "the missed frees are counted" test "$(value .lost_frees)" -ge 100
# the places are used again when nothing is recorded any more
watched 'plant 100; sleep 6; echo "free a batch=$batch hidden" >$T/ctl; plant 1500' --duration 12 --drain 8
numbers
check_equal "nor is it when nothing is recorded any more" "100 0 100" "$(value '"\(.allocs) \(.survivors) \(.freed_unseen)"')"

# ---- probes that are switched off ----
echo 0 >$KPROBES
check_fails "kprobes are off: refused, and told why" 2 "kprobes/enabled" slabscan trace --cache a --duration 1 --no-scan
echo 1 >$KPROBES
# 7.3 refuses to switch it off
ftrace_goes=
if echo 0 2>/dev/null >$FTRACE; then
	ftrace_goes=1
	check_fails "ftrace is off: refused, and told why" 2 "ftrace_enabled" slabscan trace --cache a --duration 1 --no-scan
	echo 1 >$FTRACE
else
	skip "ftrace is off: refused, and told why" "this kernel does not let it be switched off"
fi
watched 'plant 300; sleep 1; echo 0 >$KPROBES' --duration 100 --drain 10
check_equal "kprobes are switched off meanwhile: partial, and nothing is marked" "3 false 0" "$? $(value '"\(.complete) \(.marked)"')"
numbers
check "at once" test "$(value .duration_ns)" -lt 50000000000
check "and the reason is told" grep -q "kprobes/enabled" /tmp/err /tmp/t.json
echo 1 >$KPROBES
if [ -n "$ftrace_goes" ]; then
	watched 'plant 300; sleep 1; echo 0 >$FTRACE' --duration 100 --drain 10
	check_equal "the same with ftrace" "3 false 0" "$? $(value '"\(.complete) \(.marked)"')"
	echo 1 >$FTRACE
else
	skip "the same with ftrace" "this kernel does not let it be switched off"
fi
check "switched on again: a trace runs" watched 'plant 300' --duration 3 --drain 1
check "and sees" test "$(value .marked)" -ge 290
check "nothing was left behind" rmmod slabscan
