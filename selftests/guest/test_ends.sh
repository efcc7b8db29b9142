#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# However a command ends, it ends with a clear word, the right status, and nothing left in the kernel.
#
# bins: jq timeout
# kmods: slabscan_test
# files: selftests/guest/tools/lifetime
# mem: 1G
# timeout: 240
. /slabscan/lib.sh
[ -d /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug
ctl=/sys/kernel/debug/slabscan_test/ctl
plan 16

check_fails "no module: how to load it" 2 "modprobe slabscan|insmod slabscan.ko" slabscan top --cache kmalloc-64
load_slabscan || bail "slabscan does not load"
load_kmod slabscan_test || bail "slabscan_test does not load"
echo "create big 64 nomerge" >$ctl
echo "plant big 400000 magic" >$ctl || bail "no objects"

# ---- wrong arguments ----
check_fails "no verb" 1 "Usage" slabscan
check_fails "a verb that is none" 1 "unknown verb" slabscan tpo
check_fails "an option that is none" 1 "unknown option" slabscan top --cahce big
check_fails "a number that is none" 1 "no number" slabscan top --cache big --limit many
check_fails "a cache that is none, with near ones" 2 "did you mean .*kmalloc-64" slabscan top --cache kmallok-64

# ---- signals ----
# Ctrl-C at moments over the whole run: before the job, in it, behind it. A run that was hit in the middle has to say so.
long=$({ time slabscan top --cache big >/dev/null; } 2>&1 | awk -F'[ms]' '/real/ { print int(($2 + 0) * 1000) }')
diag "an undisturbed run takes $long ms"
partial=0
tries=0
wrong=""
# which of them is hit in the middle is chance, on a busy host even more so: the sweep is repeated if none was
for percent in $(for _ in 1 2 3 4 5; do echo 20 35 45 55 65 75 85 95; done); do
	[ $tries -lt 8 ] || [ $partial = 0 ] || break
	tries=$((tries + 1))
	timeout --preserve-status -s INT "$(awk "BEGIN { print $long * $percent / 100000 }")" slabscan top --cache big --json >/tmp/out 2>/tmp/err
	status=$?
	case $status in
	3)
		partial=$((partial + 1))
		[ "$(jq .complete /tmp/out)" = false ] || wrong="$wrong complete?"
		;;
	0 | 130) ;;
	*) wrong="$wrong $status" ;;
	esac
done
diag "$partial partial results in $tries interrupted runs"
check_equal "Ctrl-C: partial, done, or gone, nothing else" "" "$wrong"
check "Ctrl-C in the middle gives a partial result" test $partial -ge 1
for percent in 20 40 60 80; do
	timeout -s KILL "$(awk "BEGIN { print $long * $percent / 100000 }")" slabscan top --cache big >/dev/null 2>&1
done
check "after kill -9 the next one works at once or soon" wait_for 3 slabscan caches --limit 1

# ---- the reader ----
slabscan caches 2>/tmp/err | head -n 1 >/dev/null
check_equal "a reader that goes away is no error" "0 " "${PIPESTATUS[0]} $(cat /tmp/err)"

# ---- two at once ----
/files/lifetime hold >/tmp/hold 2>&1 &
holder=$!
wait_for 5 grep -q started /tmp/hold || bail "no job: $(cat /tmp/hold)"
check_fails "a second one at the same time: told why" 2 "runs one job at a time, and process [0-9]+ runs one" slabscan top --cache kmalloc-64
kill -KILL $holder
wait $holder 2>/dev/null
check "and soon it works" wait_for 3 slabscan top --cache kmalloc-64

# ---- caches come and go ----
bash -c "while :; do echo 'create gone 96 nomerge'; echo 'plant gone 3000 magic'; echo 'destroy gone'; done | while read -r c; do echo \"\$c\" >$ctl; done" \
	>/dev/null 2>&1 &
churn=$!
wrong=""
ends=""
for ((i = 0; i < 25; i++)); do
	slabscan top --cache gone --json >/tmp/out 2>/tmp/err
	status=$?
	ends="$ends $status"
	case $status in
	0 | 3) ;;
	2) grep -qE "no cache|there is no|destroyed|did you mean" /tmp/err || wrong="$wrong [$(cat /tmp/err)]" ;;
	*) wrong="$wrong $status" ;;
	esac
	jq -e .schema /tmp/out >/dev/null || wrong="$wrong json"
done
diag "ends of 25 scans of a cache that comes and goes:$ends"
check_equal "a cache that is destroyed during its scan ends it cleanly" "" "$wrong"
census=""
for ((i = 0; i < 10; i++)); do
	slabscan caches >/dev/null 2>/tmp/err || census="$census $? $(cat /tmp/err)"
done
check_equal "a census while caches come and go" "" "$census"
pkill -P $churn 2>/dev/null
kill $churn
wait $churn 2>/dev/null
echo reset >$ctl

# ---- CPUs ----
if [ -w /sys/devices/system/cpu/cpu1/online ]; then
	(for ((i = 0; i < 12; i++)); do
		echo 0 >/sys/devices/system/cpu/cpu1/online
		sleep 0.1
		echo 1 >/sys/devices/system/cpu/cpu1/online
		sleep 0.1
	done) &
	toggle=$!
	wrong=""
	while [ -d /proc/$toggle ] && [ "$(awk '{ print $3 }' /proc/$toggle/stat 2>/dev/null)" != Z ]; do
		slabscan top --cache kmalloc-64 >/dev/null 2>/tmp/err
		status=$?
		case $status in 0 | 3) ;; *) wrong="$wrong $status $(cat /tmp/err)" ;; esac
	done
	wait $toggle
	check_equal "CPUs go offline and online during scans" "" "$wrong"
else
	skip "CPUs go offline and online during scans" "CPU 1 cannot go"
fi
check "and the module goes" rmmod slabscan
