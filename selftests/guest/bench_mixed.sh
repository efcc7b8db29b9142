#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What slabscan costs a mixed load of processes, sockets and files: loaded and idle, while `top` or `leaks` run again and again, and with a trace armed on
# another cache. The guest counts instructions instead of nanoseconds (QEMU's icount), so that the same work takes the same time, whatever the host does
# besides; a piece of fixed work is done by turns in each situation.
#
# The guest has one CPU. With two, both count on the one clock, and fixed work on one of them seems to take twice as long beside anything at all that runs
# on the other. On one CPU a job's thread (nice 10) and its client compete with the load for all there is, as on a machine without an idle CPU. The figures:
#   fork sock open   how long the work takes, sharing the CPU. To be held against `loop`, where what runs beside is a shell at nice 10 that counts to
#                    50,000: what both have in common is the scheduler's doing, and what goes beyond is slabscan's
#   cpu              what the work itself executes, all three together: hooks, longer ways through the allocator, switches to and fro. So much it costs
#                    where the job has a CPU to itself, but for locks and caches that two CPUs would fight for, which can't be seen here
#   delay_us         the worst delay of a 1 ms timer in another task, of all turns
# Times are sums over all turns, as multiples of those without the module.
#
# bins: jq stress-ng nice
# kmods: slabscan_test
# files: selftests/guest/workload/slabload
# mem: 1G
# smp: 1
# qemu: -icount shift=1,sleep=off
# timeout: 1500
. /slabscan/lib.sh
[ -d /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug
T=/sys/kernel/debug/slabscan_test
turns=3
plan 5
load_kmod slabscan_test || bail "slabscan_test does not load"

work() # KIND OPERATIONS
{
	stress-ng --"$1" 1 --"$1"-ops "$2" --quiet >/tmp/work.out 2>&1 || echo "$1: $? $(cat /tmp/work.out)" >>/tmp/bad
}

# milliseconds for a piece of work of each kind, and those on the CPU for all
all()
{
	local TIMEFORMAT='%3R %3U %3S'

	{
		time work fork 300
		time work sock 20
		time work open 3000
	} 2>/tmp/took
	awk '{ took = took $1 * 1000 " "; cpu += $2 + $3 } END { print took cpu * 1000 }' /tmp/took
}

# measure SITUATION: one turn
measure()
{
	echo "$(all) $(/files/slabload latency 0 2 | sed 's/.*worst_us=//')" >>"/tmp/$1"
}

# one COMMAND...: a job, whole or in part; what went wrong is in /tmp/bad
one()
{
	"$@" >/dev/null 2>/tmp/err
	case $? in 0 | 3) ;; *) echo "$*: $(cat /tmp/err)" >>/tmp/bad; return 1 ;; esac
}

# beside SITUATION COMMAND...: one turn, while the command is run again and again
beside()
{
	local situation=$1 loop

	shift
	rm -f /tmp/stop
	one "$@"	# what only the first one does
	(while [ ! -e /tmp/stop ] && one "$@"; do echo >>"/tmp/$situation.done"; done) &
	loop=$!
	measure "$situation"
	touch /tmp/stop
	wait $loop
}

# a mass, so that a job takes much longer than its client needs to begin and to end
echo "create big 64 nomerge" >$T/ctl
echo "plant big 1000000 chain" >$T/ctl || bail "plant big"
echo "create other 640 nomerge" >$T/ctl
touch /tmp/bad
all >/dev/null
for ((i = 0; i < turns; i++)); do
	measure bare
	load_slabscan || bail "slabscan does not load"
	measure idle
	beside loop nice -n 10 bash -c 'for ((i = 0; i < 50000; i++)); do :; done'
	beside top slabscan top --quiet --cache big
	beside leaks slabscan leaks --quiet
	while_traced other measure trace
	rmmod slabscan || bail "slabscan does not go"
done
diag "done beside the load: $(for s in loop top leaks; do echo "$(wc -l <"/tmp/$s.done") times $s"; done | paste -sd ,)"
for s in bare idle loop top leaks trace; do
	diag "$s: ms for fork, sock, open; on the CPU; us of delay: $(paste -sd ';' <"/tmp/$s")"
done
check_equal "all work was done in all situations, and all jobs" "$(for _ in 1 2 3 4 5 6; do echo $((turns * 5)); done | xargs) other " \
	"$(for s in bare idle loop top leaks trace; do wc -w <"/tmp/$s"; done | xargs) $(jq -r .cache /tmp/t.json) $(head -5 /tmp/bad)"

# sets fork, sock, open, cpu and delay of a situation
figures()
{
	read -r fork sock open cpu delay < <(paste -d ' ' /tmp/bare "/tmp/$1" |
		awk '{ for (i = 1; i <= 4; i++) { b[i] += $i; s[i] += $(i + 5) } if ($10 > worst) worst = $10 }
			END { for (i = 1; i <= 4; i++) printf "%.3f ", s[i] / b[i]; print worst }')
}
declare -A of late
for s in bare idle loop top leaks trace; do
	figures $s
	echo "bench_mixed $s fork=$fork sock=$sock open=$open cpu=$cpu delay_us=$delay" | tee -a /tmp/bench
	of[$s]=$cpu late[$s]=$delay
done
at_most_5_percent()
{
	figures "$1"
	awk "BEGIN { exit !($fork <= 1.05 && $sock <= 1.05 && $open <= 1.05) }"
}
check "loaded and idle: each kind of work takes at most 1.05 times as long" at_most_5_percent idle
check "with a trace armed on another cache, too" at_most_5_percent trace
# 1.0 is expected; the rest is for ticks and switches, of which there are more when there is more time for them
check "beside top and leaks the work executes at most 1.1 times as much as beside the loop" \
	awk "BEGIN { exit !(${of[top]} <= 1.1 * ${of[loop]} && ${of[leaks]} <= 1.1 * ${of[loop]}) }"
check "and another task waits at most 20 ms longer than beside the loop" \
	test $((${late[top]} - ${late[loop]})) -le 20000 -a $((${late[leaks]} - ${late[loop]})) -le 20000
send_file /tmp/bench bench_mixed.txt
