#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The command against the real module: refusals, signals, pipes, names, JSON.
#
# bins: jq setpriv unshare timeout
# smoke
# kmods: slabscan_test
. /slabscan/lib.sh
plan 33

T=/sys/kernel/debug/slabscan_test

# json FILTER COMMAND...: what the command says is one JSON text for which the filter is true
json()
{
	local filter=$1

	shift
	"$@" --json | jq -e "$filter" >/dev/null
}

# ---- no module ----
check_fails "no module: said, with what to do" 2 "not loaded" slabscan caches
check "no module: JSON, too" json '.error | test("not loaded")' slabscan top
check_fails "bad usage comes before anything else" 1 "no address" slabscan show xyz
load_slabscan || bail "slabscan does not load"

# ---- caches ----
check "caches" slabscan caches
check "caches: JSON with all keys" json '.schema == "slabscan/1" and .complete and (.caches | length > 50) and
	(.caches | all(has("name") and has("object_size") and has("slot_size") and has("slabs") and has("objects") and has("live") and
	 has("bytes") and (.aliases | type == "array") and (.reclaimable | type == "boolean")))' slabscan caches
check "caches: sorted by bytes" json '[.caches[].bytes] | . == (sort | reverse)' slabscan caches
check "caches: --limit" json '.caches | length == 3' slabscan caches --limit 3
check "caches: growth" json '.caches | all(has("growth_objects"))' slabscan caches --interval 0.2

# ---- who may ----
check_fails "nobody" 2 "permission denied" setpriv --reuid=65534 --clear-groups slabscan caches
check_fails "CAP_NET_ADMIN alone" 2 "permission denied" setpriv --bounding-set=-all,+net_admin --inh-caps=-all slabscan caches
check_fails "root of a user namespace" 2 "permission denied" unshare -Ur slabscan caches
check_fails "another network namespace" 2 "initial network namespace" unshare -n slabscan caches

# ---- the other end ----
slabscan caches 2>/tmp/err | head -n 1 >/dev/null
check_equal "a reader that goes away is no error" "0 " "${PIPESTATUS[0]} $(cat /tmp/err)"
check_fails "a full disk is one" 2 "No space left" sh -c 'slabscan caches >/dev/full'

# ---- top ----
insmod /modules/slabscan_test.ko || bail "slabscan_test does not load"
echo "create big 64 nomerge" >$T/ctl
echo "plant big 20000 ops" >$T/ctl
name=$(slabscan caches --json | jq -r '.caches[].name' | grep -m1 'big$')
check "the planted cache is there" test -n "$name"
check "top: all its objects, with all keys" json '.live == 20000 and .scanned == 20000 and .skipped == 0 and .complete and (.clusters[0] |
	.objects == 20000 and has("share") and has("bytes") and (.fingerprint | test("^[0-9a-f]{8}$")) and (.examples[0] | test("^0x[0-9a-f]{16}$")) and
	(.symbols | type == "array") and (.modules | type == "array") and (.strings | type == "array") and (.types | type == "array") and
	(.words | all(has("offset") and has("class") and has("share"))))' slabscan top --cache "$name"
check "top: the module that the objects point to" json '.clusters[0].modules | index("slabscan_test")' slabscan top --cache "$name"
check "top: --limit changes no count" json '.live == 20000 and (.clusters | length == 1)' slabscan top --cache "$name" --limit 1
check "top: without --cache it chooses and says so" json '.chosen_because | length > 20' slabscan top
check "top: --all" json '.clusters | length > 3 and all(has("cache"))' slabscan top --all
check_fails "top: an unknown name, with near ones" 2 "did you mean .*kmalloc-64" slabscan top --cache kmaloc-64
real=$(slabscan caches --json | jq -r '[.caches[] | select(.aliases | length > 0) | select(.live > 0)][0] | .name')
alias=$(slabscan caches --json | jq -r --arg n "$real" '.caches[] | select(.name == $n) | .aliases[0]')
if [ "$real" = null ]; then
	skip "top: an alias" "no caches are merged here"
else
	check "top: an alias ($alias of $real)" json ".cache == \"$real\" and .asked_for == \"$alias\"" slabscan top --cache "$alias"
fi
slabscan top --cache "$name" >/tmp/top
check_equal "top: 80 columns" "0 " "$? $(awk 'length > 80' /tmp/top)"

# ---- show ----
example=$(slabscan top --cache "$name" --json | jq -r '.clusters[0].examples[0]')
check "show: the object" json ".where == \"slab\" and .cache == \"$name\" and .state == \"live\" and .object == \"$example\" and
	(.words | length == 8)" slabscan show "$example"
inside=$(printf '%x' $((example + 8)))
check "show: inside of it" json ".object == \"$example\" and .offset == 8" slabscan show "$inside"
symbol=$(awk '$3 == "init_task" { print $1; exit }' /proc/kallsyms)
check "show: a symbol" json '.where == "symbol" and (.symbol | test("^init_task"))' slabscan show "$symbol"

# ---- two clients ----
slabscan trace --cache "$name" --duration 60 --no-scan >/dev/null 2>&1 &
pid=$!
sleep 2
check_fails "a second client is told who runs a job" 2 "process $pid runs one .trace" slabscan caches
kill -KILL $pid
wait $pid 2>/dev/null
check "and may run one when the first was killed" wait_for 5 slabscan caches --limit 1

# ---- signals ----
# Before its first sample there is nothing to give (130): a slow machine gets more time for that
for delay in 1.5 5 15; do
	timeout --foreground --preserve-status -s INT $delay slabscan caches --interval 30 --json >/tmp/int.json 2>/tmp/err
	status=$?
	[ $status = 130 ] || break
done
check_equal "Ctrl-C: partial" "3 false" "$status $(jq .complete /tmp/int.json)"
partial=0
other=""
for delay in 0.02 0.04 0.06 0.08 0.10 0.12 0.15 0.18 0.21 0.25; do
	# the job of one that was gone before it could wait for its end may run for a moment yet
	wait_for 30 slabscan caches --limit 1
	timeout --foreground --preserve-status -s INT "$delay" slabscan top --all --json >/tmp/int.json 2>/tmp/err
	status=$?
	case $status in
	3) partial=$((partial + 1)) ;;
	0 | 130) ;;
	*) other="$other $status" ;;
	esac
done
diag "Ctrl-C at ten moments: $partial partial results"
check_equal "Ctrl-C at any moment: nothing but partial, done or gone" "" "$other"
for delay in 0.02 0.05 0.08 0.11 0.15 0.2; do
	sh -c "slabscan top --all & sleep $delay; kill -KILL \$!" >/dev/null 2>&1
done
check "a client that was killed leaves no job" wait_for 5 slabscan caches --limit 1
check "and the module goes" rmmod slabscan
check_fails "then it is gone" 2 "not loaded" slabscan caches
