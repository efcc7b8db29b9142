#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Pages with hardware errors are not read. Here they could be, for nothing is broken really: so the only addresses of planted objects lie in such pages, and
# what only those point to has to look lost. Slots of a slab on one are skipped and counted, and no job minds pages that break while it runs. (6.1-cloud
# has no hwpoison-inject.)
#
# modules: hwpoison-inject
# kernels: 5.10 6.1 6.1-rt 6.12 6.12-trixie 6.12-cloud 6.12-rt 7.2 7.3 debug
# bins: jq timeout
# kmods: slabscan_test
# files: selftests/guest/tools/poison
# mem: 1G
# append: nokaslr no5lvl
# timeout: 300
. /slabscan/lib.sh
ctl=/sys/kernel/debug/slabscan_test
plan 23
setup slabscan_test
# peers: nothing but the objects of p points to them; h: nothing but 16 pages full of addresses
peers=slabscan_test_peer
echo "create p 128 nomerge" >$ctl/ctl
echo "plant p 3200 pair" >$ctl/ctl || bail "plant p"
echo "create h 128 nomerge" >$ctl/ctl
echo "plant h 8000 magic page" >$ctl/ctl || bail "plant h"

# live and skipped
counts()
{
	slabscan top --cache p --json >/tmp/top.json || return
	jq -r '[.. | objects | select(has("live")) | .live] | first' /tmp/top.json
	jq -r '[.. | objects | select(has("skipped")) | .skipped] | first' /tmp/top.json
}
lost() { slabscan leaks --quiet --json --cache "$1" | jq .unreferenced; }
refs() { slabscan refs --quiet --json "$1"; }
# the first addresses in the pages that hold so many addresses of h
holding() { slabscan refs --quiet --json --limit 1000 --cache h | jq -r ".referrers[] | select(.kind == \"page\" and .count >= $1) | .where"; }
# named ADDR, with the answer of refs: examples in the page of that address
named() { jq "[.referrers[].examples[] | select(startswith(\"${1:0:15}\"))] | length"; }
between() { [ "$2" -ge "$1" ] && [ "$2" -le "$3" ]; }
# Without KASLR the direct map begins here, with page 0.
break_page()
{
	local pfn=$((($1 - 0xffff888000000000) >> 12))

	echo $pfn >/sys/kernel/debug/hwpoison/corrupt-pfn 2>/dev/null
	/files/poison marked $pfn
}

check_equal "all are seen" "3200 0" "$(counts | xargs)"
check_equal "and nothing is lost" "0 0" "$(lost h) $(lost $peers)"

# ---- a slab ----
# in the order of planting: one in the middle is in a slab that is full
victim=$(sed -n 1600p $ctl/sets/p/objects | cut -d' ' -f1)
peer=$(slabscan show "$victim" --quiet --json | jq -r '.words[] | select(.offset == 8) | .value')
check_equal "refs names the object that points to a peer" 1 "$(refs "$peer" | named "$victim")"
check "its page breaks" break_page "$victim"
diag "$(dmesg | grep -i 'memory failure' | tail -1)"
read -r -d "" -a seen < <(counts)
set -- "${seen[@]}"
diag "with a broken page: live ${1-}, skipped ${2-}"
check "a slab on a broken page is skipped and counted" test "${2-0}" -ge 16
check_equal "nothing else is" 3200 $((${1-0} + ${2-0}))
# a stale word somewhere may know one
check "the peers that its objects point to look lost, and no others" between $((${2-0} * 9 / 10)) "$(lost $peers)" "${2-0}"
check_equal "refs does not name the object any more" 0 "$(refs "$peer" | named "$victim")"

# ---- a page full of addresses ----
mapfile -t pages < <(holding 512)
check_equal "refs names the pages that hold the objects of h (one is not full)" 15 ${#pages[@]}
object=$(sed -n 100p $ctl/sets/h/objects | cut -d' ' -f1)
refs "$object" >/tmp/refs
page=
left=()
for at in "${pages[@]}"; do
	if [ "$(named "$at" </tmp/refs)" = 1 ]; then page=$at; else left+=("$at"); fi
done
check_equal "and the one that holds an object" 14 ${#left[@]}
check "that page breaks" break_page "${page:-0}"
# 99 of 100
check "the objects that only it points to look lost, and no others" between 507 "$(lost h)" 512
check_equal "refs does not name the page any more" 0 "$(refs "$object" | named "$page")"

# ---- pages of processes, and more of the kernel's, while jobs run ----
/files/poison hard 50 >/tmp/hard 2>&1 &
hard=$!
check "50 pages of a process break (MADV_HWPOISON)" wait_for 60 grep -q "poisoned 50" /tmp/hard
/files/poison soft 20 >/tmp/soft 2>&1 &
soft=$!
check "20 pages are taken out of use (MADV_SOFT_OFFLINE)" wait_for 60 grep -q "poisoned 20" /tmp/soft
diag "$(cat /tmp/hard /tmp/soft)"

# own hard|soft N: so many pages of a process that lives for a moment. Adds to $own
own()
{
	local pid n

	rm -f /tmp/own
	/files/poison "$1" "$2" >/tmp/own 2>/dev/null &
	pid=$!
	wait_for 60 grep -q poisoned /tmp/own
	read -r _ n </tmp/own
	own[$1]=$((${own[$1]} + ${n:-0}))
	kill $pid
	wait $pid 2>/dev/null
}
jobs_loop()
{
	while [ ! -e /tmp/stop ]; do
		jobs_turn "top --cache p" "top --all --cpus 2" caches leaks "leaks --cpus 2" "refs $object" "show $victim" "trace --cache p --duration 1"
		echo turn >>/tmp/turns
	done
}
declare -A own=([hard]=0 [soft]=0)
touch /tmp/jobs /tmp/bad /tmp/turns
jobs_loop &
jobs=$!
broken=0
for ((i = 0; i < 8 || $(wc -l </tmp/turns) < 3; i++)); do
	[ $i -ge 8 ] || { break_page "${left[i]}" >/dev/null && broken=$((broken + 1)); }
	own hard 4
	own soft 4
	sleep 0.5
done
touch /tmp/stop
wait $jobs
diag "$broken pages of addresses, ${own[hard]} (hard) and ${own[soft]} (soft) of processes broke"
diag "$(wc -l </tmp/jobs) jobs meanwhile, by status: $(sort /tmp/jobs | uniq -c | tr '\n' ',')"
check_equal "no job minds" "" "$(head -20 /tmp/bad)"
check "three of each kind at least" test "$(wc -l </tmp/jobs)" -ge 24
check_equal "and one of each kind came to its end" "" "$(never_whole)"
check_equal "8 more pages of addresses broke" 8 $broken
check "and pages of processes, in both ways" test "${own[hard]}" -ge 20 -a "${own[soft]}" -ge 10
check "what only broken pages point to looks lost, and nothing else" between $((9 * 507)) "$(lost h)" $((9 * 512))
check_equal "refs names the seven other pages" 7 "$(holding 320 | wc -l)"
kill $hard $soft
wait $hard $soft 2>/dev/null
rmmod slabscan_test
check "and the module goes" rmmod slabscan
