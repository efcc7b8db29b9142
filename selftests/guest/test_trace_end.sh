#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A trace ends well, however it ends; and it sees only what it was asked to see.
#
# modules: vxlan dummy
# bins: jq bridge timeout
# kmods: slabscan_test
# mem: 1G
# timeout: 300
# long
. /slabscan/lib.sh
[ -d /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug
T=/sys/kernel/debug/slabscan_test
plan 34
load_slabscan || bail "slabscan does not load"
load_kmod slabscan_test || bail "slabscan_test does not load"

# What is hooked by slabscan now: probes, and tracepoints (whose keys are patched when somebody registers).
probes() { grep -Ec 'kmem_cache_(alloc|free)|kvfree_call_rcu|kfree_nolock' /sys/kernel/debug/kprobes/list; }
unhooked() { [ "$(probes)" = 0 ]; }
hooked() { ! unhooked; }
module_free() { [ "$(cat /sys/module/slabscan/refcnt)" = 0 ]; }
value() { jq -r "$1" /tmp/t.json; }

echo "create a 128 nomerge" >$T/ctl
name=a
echo "plant a 500 magic" >$T/ctl

# ---- what is seen, and for how long ----
check "nothing is hooked while nothing runs" unhooked
slabscan trace --cache "$name" --duration 6 --drain 2 --no-scan --json --quiet >/tmp/t.json &
check "hooks come" wait_for 5 hooked
sleep 1
echo "plant a 300 serial" >$T/ctl
echo "free a batch=1 count=100" >$T/ctl
echo "free a batch=0 count=50" >$T/ctl
wait $!
check_equal "the trace ends by itself" 0 $?
check "hooks are gone" unhooked
check_equal "allocations, frees, survivors, older frees" "300 100 200 50" "$(value '"\(.allocs) \(.frees) \(.survivors) \(.old_frees)"')"
check_equal "nothing lost, nothing unseen, nothing left out" "0 0 0 1" "$(value '"\(.lost) \(.lost_frees) \(.freed_unseen) \(.sample)"')"
check_equal "the module is named, all are of one site" "slabscan_test 200" "$(value '.sites[0]|"\(.module) \(.survivors)"')"
check "who frees them, too" test "$(value '.free_sites[0]|"\(.module) \(.frees)"')" = "slabscan_test 150"
check "the site knows who frees its objects" test "$(value '.sites[0].freed_by|test("slabscan_test")')" = true
check "the size of the objects and the time are told" test "$(value '(.object_size==128) and (.duration_ns>=6e9) and (.duration_ns<3e10)')" = true
check "the chain leads to user space" test "$(value '.sites[0].stack|map(select(test("sys_write|write")))|length>0')" = true
check "bytes" test "$(value '.sites[0].bytes')" -ge $((200 * 128))

# ---- marks ----
check "survivors that look like the mass are marked" bash -c "(sleep 4; echo 'plant a 300 magic' >$T/ctl) &
	slabscan trace --cache $name --duration 9 --json >/tmp/t.json; wait; [ \$(jq '.marked' /tmp/t.json) -ge 290 ]"
check "others are not" bash -c "(sleep 4; echo 'plant a 300 text' >$T/ctl) &
	slabscan trace --cache $name --duration 9 --json >/tmp/t.json; wait
	[ \$(jq '.survivors' /tmp/t.json) = 300 ] && [ \$(jq '.marked' /tmp/t.json) = 0 ]"

# ---- filters ----
check_fails "an unknown function" 2 "no function.*did you mean" slabscan trace --cache "$name" --duration 1 --probe vxlan_fdb_creat
check_fails "a function that must not be probed" 2 "not allow" slabscan trace --cache "$name" --duration 1 --no-scan --probe kprobe_ftrace_handler
check_fails "an unknown module" 2 "no such module" slabscan trace --cache "$name" --duration 1 --no-scan --module nosuchmodule
check "below a function that is not on the way nothing is seen" bash -c "(sleep 2; echo 'plant a 100 magic' >$T/ctl) &
	slabscan trace --cache $name --duration 5 --no-scan --json --probe do_sys_openat2 >/tmp/t.json; wait; [ \$(jq .allocs /tmp/t.json) = 0 ]"
check "below one that is, all" bash -c "(sleep 2; echo 'plant a 100 magic' >$T/ctl) &
	slabscan trace --cache $name --duration 5 --no-scan --json --probe vfs_write >/tmp/t.json; wait; [ \$(jq .allocs /tmp/t.json) = 100 ]"
check "another module's way" bash -c "(sleep 2; echo 'plant a 100 magic' >$T/ctl) &
	slabscan trace --cache $name --duration 5 --no-scan --json --module vxlan >/tmp/t.json; wait; [ \$(jq .allocs /tmp/t.json) = 0 ]"
check "a process of its own, through the module" bash -c "(sleep 2; echo 'plant a 100 magic' >$T/ctl) & pid=\$!
	slabscan trace --cache $name --duration 5 --no-scan --json --module slabscan_test --pid \$pid >/tmp/t.json; wait; [ \$(jq .allocs /tmp/t.json) = 100 ]"

# ---- little room ----
check "with little room it samples, and says so" bash -c "(sleep 2; for i in 1 2 3 4 5 6 7 8; do echo 'plant a 400 serial' >$T/ctl; sleep 0.2; done) &
	slabscan trace --cache $name --duration 8 --no-scan --json --records 640 >/tmp/t.json; wait
	jq -e '.sample > 1 and .allocs == 3200 and .survivors <= 640 and (.survivors + .lost / .sample) * .sample > 2000' /tmp/t.json"

# ---- ends ----
slabscan trace --cache "$name" --duration 60 --no-scan --json >/tmp/t.json 2>/tmp/err &
wait_for 5 hooked
sleep 1
echo "plant a 50 serial" >$T/ctl
kill -TERM $!
wait $!
check_equal "interrupted: a partial result with what there is" "3 false 50" "$? $(value '"\(.complete) \(.survivors)"')"
slabscan trace --cache "$name" --duration 60 --no-scan >/dev/null 2>&1 &
wait_for 5 hooked
kill -KILL $!
check "a killed client: hooks are gone" wait_for 3 unhooked

slabscan trace --cache "$name" --duration 60 --no-scan --json >/tmp/t.json 2>/tmp/err &
wait_for 5 hooked
echo "plant a 50 serial" >$T/ctl
sleep 0.5
echo "destroy a" >$T/ctl
wait $!
check_equal "the cache is destroyed: partial" "3 false" "$? $(value .complete)"
check "and the trace says so" grep -q "destroyed" /tmp/err /tmp/t.json
check "hooks are gone" unhooked

# the site's module goes while we watch
slabscan trace --cache kmalloc-96 --duration 8 --no-scan --json --limit 100 >/tmp/t.json 2>/tmp/err &
wait_for 5 hooked
ip link add vx0 type vxlan id 1 dstport 4789 dev lo
for i in 1 2 3 4 5 6; do echo "fdb add 02:00:00:00:00:0$i dev vx0 dst 10.0.0.1"; done | bridge -batch -
ip link del vx0
check "the module of a call site is unloaded" rmmod vxlan
wait $!
check_equal "its symbols are kept" "0 true" "$? $(value '[.sites[]|select(.module=="vxlan")]|length>0')"

# rmmod
slabscan trace --cache kmalloc-64 --duration 60 --no-scan --json >/tmp/t.json 2>/tmp/err &
wait_for 5 hooked
sleep 0.5
check "slabscan is unloaded while it traces" rmmod slabscan
wait $!
check_equal "the client notices" 2 $?
check "hooks are gone" unhooked
check "and it loads again" load_slabscan
check "a trace runs again" slabscan trace --cache kmalloc-64 --duration 1
