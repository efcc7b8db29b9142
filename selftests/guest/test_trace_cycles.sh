#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Many traces under load leave nothing behind: no hook, no memory, no word in the log. 100 of them; for more:
# selftests/vm/run selftests/guest/test_trace_cycles.sh --append CYCLES=1000 --timeout 3600
#
# bins: jq
# kmods: slabscan_test
# mem: 1G
# timeout: 900
. /slabscan/lib.sh
T=/sys/kernel/debug/slabscan_test
plan 5
setup slabscan_test
vmalloc() { awk '/slabscan/' /proc/vmallocinfo | wc -l; }
cycles()
{
	local i

	for ((i = 0; i < $1; i++)); do
		slabscan trace --cache b --duration 0.01 --drain 0.002 --no-scan --quiet --records 4096 --json >/tmp/t.json || return 1
		((i % 100)) || console "$i traces"
		# every tenth client dies in the middle
		if ((i % 10 == 0)); then
			slabscan trace --cache b --duration 60 --no-scan --quiet >/dev/null 2>&1 &
			sleep 0.0$((RANDOM % 10))
			kill -KILL $! 2>/dev/null
			wait $! 2>/dev/null
			wait_for 5 test "$(slabscan caches --limit 1 >/dev/null 2>&1; echo $?)" = 0 || sleep 0.5
		fi
	done
}

echo "create b 128 nomerge" >$T/ctl
echo "churn b 2 mixed 200 4" >$T/ctl
before=$(vmalloc)
while_traced b check "tracepoints are on while a trace runs" tracepoints_on
start=$(date +%s)
check "${CYCLES:-100} traces, and a client killed in every tenth" cycles "${CYCLES:-100}"
diag "$(($(date +%s) - start)) s"
check "no hook is left" wait_for 5 unhooked
check_equal "no memory is left" "$before" "$(vmalloc)"
echo "churn b stop" >$T/ctl
check "and the module can go" rmmod slabscan
