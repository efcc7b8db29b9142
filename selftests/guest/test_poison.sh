#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Pages with hardware errors: in a slab of the scanned cache they are not read and their slots counted as skipped; elsewhere no job minds them. (6.1-cloud
# has no hwpoison-inject.)
#
# modules: hwpoison-inject
# kernels: 5.10 6.1 6.1-rt 6.12 6.12-trixie 6.12-cloud 6.12-rt 7.2 7.3 debug
# bins: jq
# kmods: slabscan_test
# files: selftests/guest/tools/poison
# mem: 1G
# append: nokaslr no5lvl
# timeout: 200
. /slabscan/lib.sh
ctl=/sys/kernel/debug/slabscan_test
plan 9
setup slabscan_test
echo "create p 128 nomerge" >$ctl/ctl
echo "plant p 3200 magic" >$ctl/ctl

# live and skipped
counts()
{
	slabscan top --cache p --json >/tmp/top.json || return
	jq -r '[.. | objects | select(has("live")) | .live] | first' /tmp/top.json
	jq -r '[.. | objects | select(has("skipped")) | .skipped] | first' /tmp/top.json
}
check_equal "all are seen" "3200 0" "$(counts | xargs)"

# Without KASLR the direct map begins here, with page 0.
victim=$(sed -n 1600p $ctl/sets/p/live)
pfn=$((($victim - 0xffff888000000000) >> 12))
dmesg -n 1
echo $pfn >/sys/kernel/debug/hwpoison/corrupt-pfn 2>/dev/null
diag "$(dmesg | grep -i 'memory failure' | tail -1)"
read -r -d "" -a seen < <(counts)
set -- "${seen[@]}"
diag "with a broken page: live ${1-}, skipped ${2-}"
check "a slab on a broken page is skipped and counted" test "${2-0}" -ge 16
check_equal "nothing else is" 3200 $((${1-0} + ${2-0}))
check "leaks reads around it" slabscan leaks
check "refs, too" slabscan refs "$(sed -n 1p $ctl/sets/p/live)"
echo $pfn >/sys/kernel/debug/hwpoison/unpoison-pfn 2>/dev/null

/files/poison hard 50 >/tmp/hard 2>&1 &
hard=$!
check "50 pages of a process break (MADV_HWPOISON)" wait_for 10 grep -q "poisoned 50" /tmp/hard
/files/poison soft 20 >/tmp/soft 2>&1 &
soft=$!
check "20 pages are taken out of use (MADV_SOFT_OFFLINE)" wait_for 20 grep -q "poisoned 20" /tmp/soft
diag "$(cat /tmp/hard /tmp/soft)"
all()
{
	slabscan caches && slabscan top --cache p && slabscan leaks && slabscan refs "$(sed -n 1p $ctl/sets/p/live)"
}
check "every job runs past them" all
kill $hard $soft
wait $hard $soft 2>/dev/null
rmmod slabscan_test
check "and the module goes" rmmod slabscan
