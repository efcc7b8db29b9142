#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a trace costs: a tight loop of kmalloc() and kfree() of 64 bytes, and a mixed load, with nothing armed, armed on another cache, and armed on
# that very cache with call chains. Beside it perf kmem, if it can be had.
#
# bins: jq stress-ng
# kmods: slabscan_test
# mem: 1G
# timeout: 400
. /slabscan/lib.sh
[ -d /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug
T=/sys/kernel/debug/slabscan_test
plan 3
load_slabscan || bail "slabscan does not load"
load_kmod slabscan_test || bail "slabscan_test does not load"
hooked() { grep -q kvfree_call_rcu /sys/kernel/debug/kprobes/list; }

# loop N: ns of one kmalloc() and kfree(), the best of twelve times N
loop()
{
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
		echo "bench kmalloc 64 $1" >$T/ctl
		sed -n 's/.*\bns_per_op=\([0-9.]*\).*/\1/p' $T/ctl
	done | sort -n | head -1
}

smaller() { [ -z "$1" ] || [ "$2" -lt "$1" ] && echo "$2" || echo "$1"; }

# operations a second of processes, sockets and files for eight seconds, each
mixed()
{
	stress-ng --metrics --fork 1 --sock 1 --open 1 --timeout 8 2>&1 | awk '$4 ~ /^(fork|sock|open)$/ && $5 ~ /^[0-9]+$/ { print $5 }' | paste -sd ' '
}

armed() # CACHE COMMAND...
{
	slabscan trace --cache "$1" --duration 120 --drain 0.01 --no-scan --quiet --json >/tmp/t.json 2>/dev/null &
	local tracer=$!

	wait_for 10 hooked || return 1
	sleep 2		# the tracepoints come after the probes
	"${@:2}"
	kill -TERM $tracer
	wait $tracer
}

echo "create other 640 nomerge" >$T/ctl
idle='' other='' same=''
# by turns, so that what else the host does hits all alike
for _ in 1 2 3; do
	idle=$(smaller "$idle" "$(loop 60000)")
	other=$(smaller "$other" "$(armed other loop 60000)")
	same=$(smaller "$same" "$(armed kmalloc-64 loop 5000)")
done
diag "tight loop, ns: nothing armed $idle, another cache $other, the same $same"
diag "$(jq -c '[.allocs,.frees,.lost,.sample]' /tmp/t.json) allocated, freed, lost, sample"
check "numbers were had" test -n "$idle" -a -n "$other" -a -n "$same"
echo "bench_trace.tight idle_ns=$idle other_ns=$other same_ns=$same other_ratio=$(awk "BEGIN { printf \"%.2f\", $other / $idle }") same_ratio=$(awk "BEGIN { printf \"%.2f\", $same / $idle }")" | tee /tmp/bench
check "armed on another cache, a tight loop takes at most 1.5 times as long" awk "BEGIN { exit !($other <= 1.5 * $idle) }"
a=$(mixed) b=$(armed other mixed) c=$(mixed) d=$(armed other mixed)
diag "mixed load, operations: nothing armed $a; $c; another cache $b; $d"
# geometric mean of the three ratios
ratio=$(jq -nr --arg i "$a $c" --arg o "$b $d" 'def n: split(" ") | map(tonumber); ($i | n) as $i | ($o | n) as $o |
	[range(3) | (($i[.] + $i[. + 3]) / ($o[.] + $o[. + 3]) | log)] | add / 3 | exp | . * 1000 | round / 1000')
echo "bench_trace.mixed ratio=$ratio" | tee -a /tmp/bench
# on a host that does other things two runs differ by this much
check "and a mixed load not noticeably longer" jq -en --arg r "$ratio" '($r | tonumber) < 1.15'
send_file /tmp/bench bench_trace.txt
