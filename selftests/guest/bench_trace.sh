#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a trace costs: a tight loop of kmalloc() and kfree() of 64 bytes, with nothing armed, armed on another cache, and armed on
# that very cache with call chains. Beside it `perf kmem record -g`, and bcc's memleak where it is handed in with its loader and libraries:
#
#     selftests/vm/run selftests/guest/bench_trace.sh --files "DIR/memleak-libbpf DIR/ld-linux-x86-64.so.2 DIR/libc.so.6 DIR/libelf.so.1 ..."
#
# bins: jq perf
# kmods: slabscan_test
# mem: 2G
# timeout: 500
. /slabscan/lib.sh
T=/sys/kernel/debug/slabscan_test
plan 3
setup slabscan_test

# ns of one kmalloc() and kfree(), the best of six times N
cat >/tmp/loop <<-'LOOP'
	for _ in 1 2 3 4 5 6; do
		echo "bench kmalloc 64 $1" >/sys/kernel/debug/slabscan_test/ctl
		sed -n 's/.*\bns_per_op=\([0-9]*\).*/\1/p' /sys/kernel/debug/slabscan_test/ctl
	done | sort -n | head -1
LOOP
declare -A ns
loop() { bash /tmp/loop "$1"; }
keep() { [ -z "$2" ] || [ "${ns[$1]:-$2}" -lt "$2" ] || ns[$1]=$2; }
ratio() { awk "BEGIN { printf \"%.2f\", ${ns[$1]} / ${ns[idle]} }"; }

with_perf()
{
	rm -f /tmp/perf.data
	perf kmem record -g -m 8192 -o /tmp/perf.data bash /tmp/loop "$1" 2>/tmp/perf.err
}

with_memleak()
{
	[ -e /files/memleak-libbpf ] || return 0
	/files/ld-linux-x86-64.so.2 --library-path /files /files/memleak-libbpf -o 600000 600 >/tmp/memleak.out 2>&1 &
	local tracer=$!

	sleep 10	# it says nothing when it is armed
	loop "$1"
	kill -KILL $tracer
	wait $tracer 2>/dev/null
	sleep 1
}

echo "create other 640 nomerge" >$T/ctl
# by turns, so that what else the host does hits all alike
for _ in 1 2 3; do
	keep idle "$(loop 30000)"
	keep other "$(while_traced other loop 30000)"
	keep same "$(while_traced kmalloc-64 loop 10000)"
	keep perf "$(with_perf 5000)"
	keep memleak "$(with_memleak 5000)"
done
diag "$(jq -c '[.allocs,.frees,.lost,.sample]' /tmp/t.json) allocated, freed, lost, sample"
diag "$(tail -2 /tmp/perf.err) $(head -2 /tmp/memleak.out 2>/dev/null)"
line="idle_ns=${ns[idle]}"
for what in other same perf memleak; do
	[ -z "${ns[$what]-}" ] || line+=" ${what}_ns=${ns[$what]} ${what}_ratio=$(ratio $what)"
done
echo "bench_trace.tight $line" | tee /tmp/bench
check "armed on another cache, a tight loop takes at most 1.5 times as long" awk "BEGIN { exit !(${ns[other]} <= 1.5 * ${ns[idle]}) }"
check "all events of the last loops were seen" jq -e '.allocs >= 60000 and .lost == 0' /tmp/t.json
check "armed on the same cache, it takes less than under perf kmem record -g" test "${ns[same]}" -lt "${ns[perf]}"

send_file /tmp/bench bench_trace.txt
