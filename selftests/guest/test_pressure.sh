#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Some MiB from the end of memory: what does not fit is refused in words, what fits is done, what is allocated is seen as ever, and nobody is killed for it.
# What a job takes is what it told before it began; and when others take all the rest afterwards, the job is neither their end nor they its.
#
# bins: timeout
# kmods: slabscan_test
# files: selftests/guest/tools/exact selftests/guest/workload/slabload
# mem: 512M
# timeout: 600
# allow: Call Trace:|Out of memory: Killed process .* oom_score_adj:1000
# long
. /slabscan/lib.sh
ctl=/sys/kernel/debug/slabscan_test
rounds=6
plan 21

# KiB that can be had. Of what the kernel takes for reclaimable slab nearly all is held: the inodes of tracefs and of the root file system.
room() { awk '/^MemAvailable:/ { n += $2 } /^SReclaimable:/ { n -= $2 } END { print n }' /proc/meminfo; }
killed() { awk '$1 == "oom_kill" { print $2 }' /proc/vmstat; }

# a huge page for each word of a sparse table would be memory that the test takes
echo never 2>/dev/null >/sys/kernel/mm/transparent_hugepage/enabled
# what CPUs keep of free pages counts as taken; since 6.7 that would be many MiB
echo 100000 2>/dev/null >/proc/sys/vm/percpu_pagelist_high_fraction
setup slabscan_test
# few: exact takes two pages for each
for f in nomerge ctor,nomerge; do
	echo "create p${f%%,*} 120 $f" >$ctl/ctl
	echo "plant p${f%%,*} 500 chain" >$ctl/ctl || bail "no objects"
	cat $ctl/sets/"p${f%%,*}"/live >/tmp/live."p${f%%,*}"
done
first=$(head -n 1 /tmp/live.pctor)

# Are the planted objects seen, each of them? After COMMAND, for the report.
judged()
{
	local set

	for set in pnomerge pctor; do
		timeout -k 9 300 /files/exact $set /tmp/live.$set /dev/null 2 >/tmp/exact.out 2>&1 &&
			[[ $(</tmp/exact.out) == *" missing=0 "*" skipped=0 "* ]] || { echo "after $*: $set:"; cat /tmp/exact.out; } >>/tmp/wrong
		cat /tmp/exact.out >>/tmp/exact
	done
}

# A command and how it ended: /tmp/ends has all, /tmp/refused and /tmp/less those that memory was too short for, /tmp/bad those that ended as none should
try()
{
	local status

	timeout -k 9 300 slabscan "$@" >/tmp/out 2>/tmp/err
	status=$?
	echo "$status $*" >>/tmp/ends
	case $status in
	0) ;;
	3) ! grep -A 1 '^PARTIAL' /tmp/out | grep -q memory || echo "$*" >>/tmp/less ;;
	2) grep -q memory /tmp/err && echo "$*" >>/tmp/refused || { echo "$*: 2"; cat /tmp/err; } >>/tmp/bad ;;
	*) { echo "$*: $status"; tail -n 5 /tmp/out; cat /tmp/err; } >>/tmp/bad ;;
	esac
}

# Every kind of job, small and as large as the command can make it: 16 MiB of clusters a CPU, 70 MB of records, and 1.1 GB, which this machine does not have
small=("caches --limit 5" "top --cache pnomerge --cpus 2" "show $first")
large="trace --cache pnomerge --duration 1 --records 1000000"
larger="trace --cache pnomerge --duration 1 --no-scan --records 16777216"
turn()
{
	local command

	# shellcheck disable=SC2086 # words
	for command in "${small[@]}" "leaks --cpus 2" "refs $first --cpus 2" "trace --cache pnomerge --duration 1 --records 4096" \
		"top --all --cpus 2 --limit 100" "$large" "$larger"; do
		try $command
		case $command in trace* | "top --all"*) judged $command ;; esac
	done
}

begin()
{
	rm -f /tmp/ends /tmp/refused /tmp/less
	touch /tmp/ends /tmp/refused /tmp/less
}

# by lines of /tmp/ends
sum() { sort "$1" | uniq -c | awk '{ n = $1; $1 = ""; printf "%s (%d);", $0, n }'; }

# hold CACHE RECORDS: a trace, until it is let go. Then $ended is its status, and what it tells is in /tmp/t.json
hold()
{
	slabscan trace --cache "$1" --duration 3600 --drain 0.01 --no-scan --quiet --json --records "$2" >/tmp/t.json 2>/tmp/err &
	tracer=$!
	wait_for 120 hooked || bail "a trace of $1 hooks nothing: $(cat /tmp/err)"
}
let_go()
{
	kill -TERM $tracer
	wait $tracer
	ended=$?
}
number() { sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" /tmp/t.json | head -n 1; }

# takes RECORDS: a trace with so many tells of $told KiB, and $took are gone
takes()
{
	local free

	free=$(room)
	hold pctor "$1"
	took=$((free - $(room)))
	let_go
	told=$(number memory)
	told=$((told / 1024))
	diag "a trace with $1 records tells of $told KiB, and takes $took"
}

touch /tmp/bad /tmp/wrong /tmp/exact
begin
echo "churn pnomerge 2 mixed 64 4" >$ctl/ctl
turn
diag "with memory to spare: $(sum /tmp/ends)"
check_equal "with memory to spare all is done but the impossible" "$larger" "$(cat /tmp/refused /tmp/less)"
echo "churn pnomerge stop" >$ctl/ctl
before=$(used_kb)
takes 64
fixed=$told
takes 1000000
record=$(((told - fixed) * 1024 / 1000000))
# KASAN has a byte for each 8 of vmalloc
shadow=$([ ! -e /sys/module/kernel/parameters/kasan_quarantine ] || echo $((told / 8)))
check "a trace takes what it tells, within some MiB" test $((took - told)) -ge -8192 -a $((took - told)) -le $((8192 + shadow))
echo "churn pnomerge 2 mixed 64 4" >$ctl/ctl

# ---- to the edge ----
# A process that the kernel would choose, memory that nobody can have, and some that comes and goes, with all the forks that this takes
/files/slabload hog 64 1 &
hog=$!
has_it() { [ "$(awk '/^VmRSS:/ { print $2 }' /proc/$hog/status)" -gt 65000 ]; }
wait_for 120 has_it || bail "no memory for the process to be killed"
mkdir /tmp/fill
mount -t tmpfs -o size=95% fill /tmp/fill
most=$(($(room) - 60 * 1024))
[ $most -le 0 ] || head -c $((most * 1024)) /dev/zero >/tmp/fill/f
while [ "$(room)" -gt $((22 * 1024)) ]; do head -c 1048576 /dev/zero >>/tmp/fill/f || break; done
edge=$(room)
check "there is room for some MiB, and no more" test "$edge" -ge $((16 * 1024)) -a "$edge" -le $((22 * 1024))
# A 64th of all is to be left
part=$(($(awk '/^MemTotal:/ { print $2 }' /proc/meminfo) / 64))
# leaving KIB: so many records of a trace leave so much
leaving() { echo $((($(room) - fixed - $1) * 1024 / record)); }
check_fails "what would leave half a 64th of all memory is refused" 2 memory \
	slabscan trace --cache pctor --duration 1 --no-scan --records "$(leaving $((part / 2)))"
# the command and its process take some MiB, too
few=$(leaving $((part + 8192)))
check "what leaves 8 MiB more than a 64th is done" slabscan trace --cache pctor --duration 1 --no-scan --records $((few > 64 ? few : 64))
# to tell what was seen takes little: what a report needs is there before
hold pnomerge 4096
while [ "$(room)" -ge $part ]; do head -c 524288 /dev/zero >>/tmp/fill/rest || break; done
diag "room for $(room) KiB when a trace ends, a 64th is $part"
let_go
check "a trace has its answer though less than that is left" test $ended = 3 -a "$(number allocs)" -gt 0
rm -f /tmp/fill/rest /tmp/stop
breathe()
{
	while [ ! -e /tmp/stop ]; do
		head -c 4194304 /dev/zero >/tmp/fill/breath
		room >>/tmp/room
		sleep 0.1
		: >/tmp/fill/breath
		sleep 0.1
	done
}
kills=$(killed)
scans=$(wc -l </tmp/exact)
console "the edge"
breathe &
breath=$!

begin
for ((round = 0; round < rounds; round++)); do turn; done
judged "all"
lived=$(killed)
touch /tmp/stop
wait $breath
diag "room for $edge KiB, $(sort -n /tmp/room | head -n 1) at least when seen, $(room) after it"
diag "$(grep -E '^(MemFree|MemAvailable|SReclaimable):' /proc/meminfo | tr -s ' ' | tr '\n' ' ')"
diag "how commands ended: $(sum /tmp/ends)"
diag "too short of memory for: $(sum /tmp/refused)"
diag "did less for want of memory: $(sum /tmp/less)"

check_equal "nobody was killed for memory" "$kills" "$lived"
check "nor the one who has most" kill -0 $hog
check_equal "and no allocation failed loudly" "" "$(dmesg_since "the edge" | grep -E 'oom-killer|Out of memory|allocation failure|vmalloc error' | head -n 5)"
check_equal "each command was done, cut short, or refused in words about memory" "" "$(head -n 40 /tmp/bad)"
check_equal "what does not fit was refused each time" "$rounds $rounds" "$(grep -cxF -- "$large" /tmp/refused) $(grep -cxF -- "$larger" /tmp/refused)"
done_each()
{
	local command

	for command in "${small[@]}"; do
		[ "$(grep -cxF -- "0 $command" /tmp/ends)" = $rounds ] || { echo "$command"; return 1; }
	done
}
check "what takes little was done each time" done_each
check_equal "no planted object was missed" "" "$(head -n 20 /tmp/wrong)"
check "in so many scans" test $(($(wc -l </tmp/exact) - scans)) -ge $((rounds * 8))

# ---- and back ----
kill $hog
wait $hog 2>/dev/null
umount /tmp/fill
begin
turn
diag "with memory again: $(sum /tmp/ends)"
check_equal "with memory again all is done but the impossible" "$larger" "$(cat /tmp/refused /tmp/less)"
check_equal "and seen as before" "" "$(cat /tmp/bad /tmp/wrong | head -n 20)"

# ---- and beyond ----
# While a trace has its memory, three after another want all there is, and are killed for it
hold pnomerge 1000000
kills=$(killed)
gluttons=""
for _ in 1 2 3; do
	(echo 1000 >/proc/self/oom_score_adj && exec /files/slabload hog 4096 5) &
	wait $! 2>/dev/null
	gluttons="$gluttons $?"
done
check_equal "who wants all that a trace has left is killed" " 137 137 137" "$gluttons"
check_equal "and nobody else is" $((kills + 3)) "$(killed)"
let_go
check "the trace goes on, and has its answer" test $ended = 3 -a "$(number allocs)" -gt 0
echo "churn pnomerge stop" >$ctl/ctl
after=$(used_kb)
diag "unreclaimable: $before KiB before, $after KiB after"
check "memory is as it was (2 MiB more at most)" test $((after - before)) -lt 2048
rmmod slabscan_test
check "and the module goes" rmmod slabscan
