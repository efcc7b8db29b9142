#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# top --all: all unreclaimable caches in one pass. Counts, what is left out, links from one cache to another, caches that come and go meanwhile.
#
# kmods: slabscan_test
# bins: jq
# mem: 1G
# timeout: 400
. /slabscan/lib.sh
T=/sys/kernel/debug/slabscan_test
plan 22
setup slabscan_test
all() { slabscan top --all --json --quiet "$@" >/tmp/all.json; }
value() { jq -r "$1" /tmp/all.json; }
# objects of the largest cluster of a cache; the rank of that cluster
objects() { value "[.clusters[] | select(.cache == \"$1\")][0].objects"; }
rank() { value "[.clusters[] | select(.cache == \"$1\")][0].rank"; }
link() { value "[.links[] | select(.rank == $(rank "$1") and .to_rank == $(rank "$2"))][0] | \"\(.offset) \(.equal_numbers)\""; }

# parents with a child each; and a mass that points to one object of the cache of those children
echo "create parents 64 nomerge" >$T/ctl
echo "create fans 128 nomerge" >$T/ctl
echo "plant parents 20000 pair none" >$T/ctl
echo "plant fans 19000 chain none" >$T/ctl

all
check_equal "complete" "true" "$(value .complete)"
check_equal "parents: all of them" 20000 "$(objects parents)"
check_equal "their children, and the one that fans point to" 20001 "$(objects slabscan_test_peer)"
check_equal "fans: all of them" 19000 "$(objects fans)"
check_equal "parents point to their children: one leak" "8 true" "$(link parents slabscan_test_peer)"
check_equal "fans point there, but all to one" "8 false" "$(link fans slabscan_test_peer)"
check_equal "ranked by bytes" "true" "$(value '[.clusters[].bytes] | . == (sort | reverse)')"
check_equal "ten clusters" 10 "$(value '.clusters | length')"
looked=$(value .caches)
least=$(value '.clusters[-1].bytes')
diag "$(value '"\(.caches) caches, \(.caches_left) left with \(.bytes_left) bytes, \(.live) objects, \(.memory) bytes of memory, \(.elapsed_ns / 1000000 | floor) ms"')"
left=$(value .caches_left)
check "smaller caches were left out" test "$left" -gt 0
slabscan top --all --quiet >/tmp/text
check "says so in words, in 80 columns" bash -c "grep -q 'largest caches; [1-9][0-9]* others have too little to matter' /tmp/text && ! grep -q '.\{81\}' /tmp/text"

# with room for everything nothing may come up that ought to have been among the first ten
all --limit 1000
check_equal "of a thousand clusters no cache is left out" 0 "$(value .caches_left)"
slabscan caches --json --quiet --sort name --limit 1000 >/tmp/caches.json
sum=$(jq '[.caches[] | select(.reclaimable | not) | .live] | add' /tmp/caches.json)
diag "$(value .live) live objects scanned, $sum counted"
# by the census: none that was left out has as much memory as the last of ten clusters; a hundredth is for what the guest does in between
large=$(jq "[.caches[] | select(.reclaimable | not) | select(.bytes > $least * 1.01)] | length" /tmp/caches.json)
check "$large caches have more bytes than the last cluster: all of them were looked into" test "$large" -le "$looked" -a "$large" -gt 2
check "as many objects as the census counts, but for a hundredth" test "$(value "(.live - $sum) * 100 | fabs | . <= $sum")" = true

all --cpus 2
check_equal "two CPUs count the same" "20000 20001 19000" "$(objects parents) $(objects slabscan_test_peer) $(objects fans)"

# with vector instructions and without; which of them is faster is not the same on all machines
for vector in 0 1; do
	check "unload, and load with vector=$vector" bash -c "rmmod slabscan && insmod /modules/slabscan.ko vector=$vector"
	all
	check_equal "vector=$vector counts the same" "20000 20001 19000" "$(objects parents) $(objects slabscan_test_peer) $(objects fans)"
done
avx2=$(grep -c -m1 avx2 /proc/cpuinfo)
check_equal "AVX2 was used as far as there is any" "$avx2" "$(dmesg | grep 'slabscan: version .* is ready' | tail -n 1 | grep -c 'with AVX2')"

# caches that come and go while all are scanned
(
	failed=0
	while [ ! -e /tmp/stop ]; do
		slabscan top --all --json --quiet >/tmp/gone.json || failed=$((failed + 1))
		jq -e '.complete and (.clusters | length) == 10' /tmp/gone.json >/dev/null || failed=$((failed + 1))
		echo "$failed" >/tmp/failed
		jq '.clusters[].cache' /tmp/gone.json | grep -c gone >>/tmp/met
	done
) &
for i in {1..20}; do
	echo "create gone$i 256 nomerge" >$T/ctl
	echo "plant gone$i 8000 magic none" >$T/ctl
	sleep 0.3
	echo "destroy gone$i" >$T/ctl
done
touch /tmp/stop
wait
diag "$(wc -l </tmp/met) scans, $(grep -c 1 /tmp/met) of which saw a cache that was destroyed soon after"
check_equal "caches are destroyed meanwhile" 0 "$(cat /tmp/failed)"
all
check_equal "and none of them is told of" 0 "$(value '[.clusters[] | select(.cache | startswith("gone"))] | length')"
check_fails "one cache or all" 1 "exclude each other" slabscan top --all --cache parents
