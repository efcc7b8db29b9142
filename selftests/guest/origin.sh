#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The first origin case at its real size: slabscan.objects=N (419440512, 12.5 GiB) leaked objects in kmalloc-32. Is the count exact, the answer the right
# one, and what does it cost? `make origin`; for fewer objects also a smaller guest: `make origin OBJECTS=4000000 MEM=1G`
#
# The guest is thrown away with all that it holds. The host needs as much as the objects, and 1 GiB more.
#
# bins: jq
# kmods: slabscan_test
# mem: 18G
# timeout: 7200
. /slabscan/lib.sh
objects=$(sed -n 's/.*slabscan\.objects=\([0-9]*\).*/\1/p' /proc/cmdline)
objects=${objects:-419440512}
ctl=/sys/kernel/debug/slabscan_test/ctl
# Objects of others that may come and go between two looks: nothing else runs here.
churn=32
# What counts may be off by: a little, for the small kinds of others. If the mass itself were in doubt it would be 1024 at least (CHECK_MAX in cluster.c).
doubt=100
plan 10

say() { echo "origin $*" | tee -a /tmp/origin; }
us() { echo "${EPOCHREALTIME/./}"; }
part() { jq -r "$1" <<<"$2"; }
div() { awk "BEGIN { printf \"%.$3f\", ($1) / ($2) }"; }
seconds() { div "$1" 1000000000 1; }
free_kb() { awk '/^MemAvailable:/ { print $2 }' /proc/meminfo; }
caches() { slabscan caches --quiet --json | jq -c '{ complete, elapsed_ns } + (.caches[] | select(.name == "kmalloc-32") | { live })'; }
near() { test $(($1 - $2)) -le $churn -a $(($2 - $1)) -le $churn; }

setup slabscan_test
[ "$(free_kb)" -gt $((objects / 31)) ] || bail "$(free_kb) KiB available are too few for $objects objects of 32 bytes"
echo "create leak 32 kmalloc" >$ctl || bail "create"
caches_before=$(caches | jq .live)
before=$(slabscan top --quiet --json --cache kmalloc-32)

# Twenty portions, each with a peer of its own, to which its objects point: as many groups that were watched, and progress to see.
began=$(us)
done=0
for ((i = 1; i <= 20; i++)); do
	upto=$((objects * i / 20))
	echo "fill leak $((upto - done)) origin" >$ctl || bail "after $done objects there is no memory for more"
	done=$upto
	diag "$done of $objects objects after $((($(us) - began) / 1000000)) s"
done
took=$(($(us) - began))
say "objects=$objects alloc_s=$((took / 1000000)) alloc_ns_per_object=$((took * 1000 / objects))"

# ---- caches ----
answer=$(caches)
others=$(($(part .live "$answer") - caches_before - objects))
say "caches live=$(part .live "$answer") before=$caches_before others=$others s=$(seconds "$(part .elapsed_ns "$answer")")"
check_equal "caches saw all of memory" true "$(part .complete "$answer")"
check "caches counts them to within $churn of others" near $others 0

# ---- top, beside a bare read of all slabs, nearly all of which are kmalloc-32's ----
echo "bench readslabs" >$ctl
read=$(cat $ctl)
read_bytes=${read#* bytes=} read_ns=${read#* ns=}
read_bytes=${read_bytes%% *} read_ns=${read_ns%% *}
answer=$(slabscan top --quiet --json --cache kmalloc-32 --limit 1000)
live=$(part .live "$answer") ns=$(part .elapsed_ns "$answer") bytes=$(part '.objects * .slot_size' "$answer")
others=$((live - $(part .live "$before") - objects))
say "top live=$live before=$(part .live "$before") others=$others s=$(seconds "$ns") ns_per_object=$(div "$ns" "$objects" 1)" \
	"memory=$(part .memory "$answer")"
say "read bytes=$read_bytes s=$(seconds "$read_ns") ns_per_32_bytes=$(div "$read_ns * 32" "$read_bytes" 1)" \
	"scan_by_read=$(div "$ns / $bytes" "$read_ns / $read_bytes" 2)"
say "cluster objects=$(part '.clusters[0].objects' "$answer") count_error=$(part .count_error "$answer")" \
	"count_error_before=$(part .count_error "$before") clusters=$(part '.clusters | length' "$answer")"
check_equal "top looked at all of them: complete, nothing skipped" "true 0 true" "$(part '"\(.complete) \(.skipped) \(.live == .scanned)"' "$answer")"
check "top counts them to within $churn of others" near $others 0
check_equal "the first cluster is them, exactly" "$objects" "$(part '.clusters[0].objects' "$answer")"
check "and top says that no count is off by more than $doubt" test "$(part .count_error "$answer")" -le $doubt
check_equal "it shows the symbol behind their first word" true "$(part '.clusters[0].symbols | any(startswith("slabscan_test_widget_ops"))' "$answer")"
check "as much memory was used as for the $(part .live "$before") objects before" test "$(part .memory "$answer")" -le "$(part .memory "$before")"

# ---- two CPUs, and nobody named the cache ----
answer=$(slabscan top --quiet --json --cpus 2)
say "two CPUs: s=$(seconds "$(part .elapsed_ns "$answer")") memory=$(part .memory "$answer") count_error=$(part .count_error "$answer")"
check_equal "two CPUs count the same, in the cache that top finds by itself" "kmalloc-32 $objects" "$(part '"\(.cache) \(.clusters[0].objects)"' "$answer")"
check "and without a greater error" test "$(part .count_error "$answer")" -le $doubt
send_file /tmp/origin origin.txt
