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

# loop N: ns of one kmalloc() and kfree(), the best of seven times N
loop()
{
	for _ in 1 2 3 4 5 6 7; do
		echo "bench kmalloc 64 $1" >$T/ctl
		sed -n 's/.*\bns_per_op=\([0-9.]*\).*/\1/p' $T/ctl
	done | sort -n | head -1
}

# operations in 8 seconds of processes, sockets and files
mixed()
{
	stress-ng --metrics --fork 1 --sock 1 --open 1 --timeout 8 2>&1 | awk '/metrc/ && $5 ~ /^[0-9]+$/ { print $5 }' | awk '{ p += log($1) } END { printf "%.0f", exp(p / NR) }'
}

armed() # CACHE COMMAND...
{
	slabscan trace --cache "$1" --duration 120 --drain 0 --no-scan --quiet --json >/tmp/t.json 2>/dev/null &
	local tracer=$!

	wait_for 10 hooked
	"${@:2}"
	kill -TERM $tracer
	wait $tracer
}

echo "create other 640 nomerge" >$T/ctl
idle=$(loop 300000)
other=$(armed other loop 300000)
same=$(armed kmalloc-64 loop 30000)
diag "tight loop, ns: nothing armed $idle, another cache $other, the same $same"
diag "$(jq -c '[.allocs,.frees,.lost,.sample]' /tmp/t.json) allocated, freed, lost, sample"
check "numbers were had" test -n "$idle" -a -n "$other" -a -n "$same"
echo "bench_trace.tight idle_ns=$idle other_ns=$other same_ns=$same other_ratio=$(awk "BEGIN { printf \"%.2f\", $other / $idle }") same_ratio=$(awk "BEGIN { printf \"%.2f\", $same / $idle }")" | tee /tmp/bench
check "armed on another cache, a tight loop takes at most 1.5 times as long" awk "BEGIN { exit !($other <= 1.5 * $idle) }"
a=$(mixed); b=$(armed other mixed); c=$(mixed); d=$(armed other mixed)
diag "mixed load, operations (geometric mean of three stressors): nothing armed $a $c, another cache $b $d"
echo "bench_trace.mixed idle_ops=$a,$c other_ops=$b,$d ratio=$(awk "BEGIN { printf \"%.3f\", ($a + $c) / ($b + $d) }")" | tee -a /tmp/bench
check "and a mixed load not noticeably longer" awk "BEGIN { exit !(($a + $c) <= 1.15 * ($b + $d)) }"
send_file /tmp/bench bench_trace.txt
