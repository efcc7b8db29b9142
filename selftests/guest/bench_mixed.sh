#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a trace on another cache costs a mixed load: processes, sockets and files. The guest counts instructions instead of nanoseconds (QEMU's icount), so
# that the same work takes the same time, whatever the host does besides; its one CPU runs a piece of fixed work by turns with and without the trace.
#
# bins: jq stress-ng
# kmods: slabscan_test
# mem: 1G
# smp: 1
# qemu: -icount shift=1,sleep=off
# timeout: 600
. /slabscan/lib.sh
T=/sys/kernel/debug/slabscan_test
plan 2
setup slabscan_test

# milliseconds for a piece of work of one kind
work() # KIND OPERATIONS
{
	local began=${EPOCHREALTIME/./}

	stress-ng --"$1" 1 --"$1"-ops "$2" --quiet
	echo $(((${EPOCHREALTIME/./} - began) / 1000))
}

all()
{
	echo "$(work fork 300) $(work sock 20) $(work open 3000)"
}

echo "create other 640 nomerge" >$T/ctl
all >/dev/null
for _ in 1 2 3 4; do
	echo "$(all) $(while_traced other all)"
done >/tmp/times
diag "ms for fork, sock, open; with a trace armed on another cache: $(paste -sd ';' </tmp/times)"
check_equal "all work was done, half of it with the trace" "24 other" "$(wc -w </tmp/times) $(jq -r .cache /tmp/t.json)"
awk '{ for (i = 1; i <= 6; i++) sum[i] += $i } END { for (i = 1; i <= 3; i++) printf "%.3f ", sum[i + 3] / sum[i] }' </tmp/times >/tmp/ratio
read -r fork sock open </tmp/ratio
echo "bench_mixed fork_ratio=$fork sock_ratio=$sock open_ratio=$open" | tee /tmp/bench
check "with a trace armed on another cache a mixed load takes at most 1.05 times as long" awk "BEGIN { exit !($fork <= 1.05 && $sock <= 1.05 && $open <= 1.05) }"
send_file /tmp/bench bench_mixed.txt
