#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A trace ends well, however it ends; and it sees only what it was asked to see.
#
# modules: vxlan dummy
# bins: jq bridge timeout unshare
# kmods: slabscan_test
# mem: 1G
# timeout: 300
. /slabscan/lib.sh
T=/sys/kernel/debug/slabscan_test
plan 48
setup slabscan_test

value() { jq -r "$1" /tmp/t.json; }
plant() { echo "plant a $1 $2" >$T/ctl; }

# during EVENTS ARG...: the same of one that is ended after them; the argument SELF stands for the process that makes them
during()
{
	local events=$1 self=$BASHPID tracer

	shift
	slabscan trace --cache a --duration 60 --no-scan --json --quiet "${@/SELF/$self}" >/tmp/t.json 2>/tmp/err &
	tracer=$!
	wait_for 20 hooked && eval "$events"
	kill -TERM $tracer
	wait $tracer
	[ $? = 3 ]
}

echo "create a 128 nomerge" >$T/ctl
plant 500 magic

# ---- what is seen, and for how long ----
check "nothing is hooked while nothing runs" unhooked
while_traced a check "tracepoints are on while a trace runs" tracepoints_on
check "a trace ends by itself" watched 'plant 300 serial; echo "free a batch=1 count=100" >$T/ctl; echo "free a batch=0 count=50" >$T/ctl' \
	--no-scan --duration 3 --drain 1 --folded /tmp/folded
check "hooks are gone" unhooked
check_equal "allocations, frees, survivors, older frees" "300 100 200 50" "$(value '"\(.allocs) \(.frees) \(.survivors) \(.old_frees)"')"
check_equal "nothing lost, nothing unseen, nothing left out" "0 0 0 1" "$(value '"\(.lost) \(.lost_frees) \(.freed_unseen) \(.sample)"')"
check_equal "the module is named, all are of one site" "slabscan_test 200" "$(value '.sites[0]|"\(.module) \(.survivors)"')"
check_equal "who frees them, too" "slabscan_test 150" "$(value '.free_sites[0]|"\(.module) \(.frees)"')"
check_equal "the site knows who frees its objects" true "$(value '.sites[0].freed_by|test("slabscan_test")')"
check_equal "the size of the objects and the time are told" true "$(value '(.object_size==128) and (.duration_ns>=3e9) and (.duration_ns<2e10)')"
check_equal "so is the age: not older than the trace, not younger than its drain" true \
	"$(value '.duration_ns as $d|.sites[0]|(.age_ns <= $d + 5e8) and (.age_min_ns >= 1e9) and (.age_min_ns <= .age_ns)')"
check_equal "the chain begins at the caller and leads to user space" true \
	"$(value '.sites[0].stack|(.[0]|test("slabscan_test")) and (map(select(test("sys_write|write")))|length>0) and (.[-1]|test("^entry_SYSCALL"))')"
check "bytes" test "$(value '.sites[0].bytes')" -ge $((200 * 128))
folded_right() { grep -Eq '^entry_SYSCALL_64[^ ]*;[^ ]*_\[slabscan_test\] 200$' /tmp/folded && ! grep -Evq '^[^ ;]+(;[^ ;]+)* [0-9]+$' /tmp/folded; }
check "the file for flame graphs has the same" folded_right

# ---- marks ----
check "survivors are traced among a mass" watched 'plant 300 magic' --duration 3 --drain 1
check "those that look like it are marked" test "$(value .marked)" -ge 290
check "others are traced" watched 'plant 300 text' --duration 3 --drain 1
check_equal "and not marked" "300 0" "$(value '"\(.survivors) \(.marked)"')"

# ---- filters ----
check_fails "an unknown function" 2 "no function.*did you mean" slabscan trace --cache a --duration 1 --probe vxlan_fdb_creat
twin=$(awk '$2 ~ /^[tT]$/ && NF == 3 { print $3 }' /proc/kallsyms | sort | uniq -d | head -1)
check_fails "a name of several functions" 2 "functions are called" slabscan trace --cache a --duration 1 --no-scan --probe "$twin"
check_fails "a function that must not be probed" 2 "not allow" slabscan trace --cache a --duration 1 --no-scan --probe kprobe_ftrace_handler
check_fails "an unknown module" 2 "no such module" slabscan trace --cache a --duration 1 --no-scan --module nosuchmodule
check "below a function that is not on the way" during 'plant 100 magic' --probe do_sys_openat2
check_equal "nothing is seen" 0 "$(value .allocs)"
check "below one that is" during 'plant 100 magic' --probe vfs_write
check_equal "all are" 100 "$(value .allocs)"
check "another module's way" during 'plant 100 magic' --module vxlan
check_equal "is not taken" 0 "$(value .allocs)"
check "a process of its own, through the module, beside another one" during '(plant 30 magic); plant 100 magic' --module slabscan_test --pid SELF
check_equal "is" 100 "$(value .allocs)"
check_fails "a process that is not there" 2 "no such process" slabscan trace --cache a --duration 1 --no-scan --pid 4194303
{ declare -f && echo "T=$T"; } >/tmp/functions
check "a process by the number that it has in its own namespace" unshare --pid --fork bash -c '. /tmp/functions; during "plant 100 magic" --pid SELF'
check_equal "is traced" 100 "$(value .allocs)"

# ---- little room ----
check "with little room" during 'for i in 1 2 3 4 5 6 7 8; do plant 400 serial; sleep 0.2; done' --records 640
check "it samples, and says so" jq -e '.sample > 1 and .allocs == 3200 and .survivors <= 640 and (.survivors + .lost / .sample) * .sample > 2000' /tmp/t.json

# ---- ends ----
check "interrupted: a partial result" during 'plant 50 serial'
check_equal "with what there is" "false 50" "$(value '"\(.complete) \(.survivors)"')"
slabscan trace --cache a --duration 60 --no-scan >/dev/null 2>&1 &
wait_for 20 hooked
kill -KILL $!
wait $! 2>/dev/null
check "a killed client: hooks are gone" wait_for 5 unhooked

watched 'plant 50 serial; echo "destroy a" >$T/ctl' --duration 60 --no-scan
check_equal "the cache is destroyed: partial" "3 false" "$? $(value .complete)"
check "and the trace says so" grep -q "destroyed" /tmp/err /tmp/t.json
check "hooks are gone" unhooked

# the site's module goes while we watch
slabscan trace --cache kmalloc-96 --duration 60 --no-scan --json --limit 100 >/tmp/t.json 2>/tmp/err &
tracer=$!
wait_for 20 hooked
ip link add vx0 type vxlan id 1 dstport 4789 dev lo
for i in 1 2 3 4 5 6; do echo "fdb add 02:00:00:00:00:0$i dev vx0 dst 10.0.0.1"; done | bridge -batch -
ip link del vx0
check "the module of a call site is unloaded" rmmod vxlan
kill -TERM $tracer
wait $tracer
check_equal "its symbols are kept" "3 true" "$? $(value '[.sites[]|select(.module=="vxlan")]|length>0')"

# rmmod
slabscan trace --cache kmalloc-64 --duration 60 --no-scan --json >/tmp/t.json 2>/tmp/err &
tracer=$!
wait_for 20 hooked
check "slabscan is unloaded while it traces" rmmod slabscan
wait $tracer
check_equal "the client notices" 2 $?
check "hooks are gone" unhooked
check "and it loads again" load_slabscan
check "a trace runs again" slabscan trace --cache kmalloc-64 --duration 1
