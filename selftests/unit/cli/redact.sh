#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Does slabscan diagnose --redact tell an address or a text? Usage: redact.sh SLABSCAN DIRECTORY; exit 1 if it does.
#
# All addresses and long texts (short ones may be names of caches) that the verbs tell of a recorded leak are looked for in the redacted answer:
# as text, as JSON, as a page. Without --redact the page has to have some of each, or nothing was tested.
set -uo pipefail
replay=$1 out=$2
export SLABSCAN_REPLAY=golden/data/sockets SLABSCAN_REPLAY_ROOT=golden/data/sockets
diagnose() { "$replay" diagnose --quiet --watch 2 --duration 1 "$@"; }

mkdir -p "$out"
for cache in signal_cache kmalloc-1k skbuff_head_cache kmalloc-16; do
	"$replay" top --cache $cache --json
	"$replay" refs --cache $cache --cluster 1 --json
done > "$out/told" 2>&1
"$replay" leaks --json >> "$out/told" 2>&1
grep -oE '\b(0x)?[0-9a-f]{16}\b' "$out/told" | sed 's/^0x//' | sort -u > "$out/secrets"
jq -r '.. | .strings? // empty | .[]' "$out/told" | grep -oE '^.{20}' | sort -u > "$out/texts"
cat "$out/texts" >> "$out/secrets"

diagnose --json --report "$out/open.html" > "$out/open.json" || exit 1
diagnose --json --redact --report "$out/redacted.html" > "$out/redacted.json" || exit 1
diagnose --redact > "$out/redacted.txt" || exit 1
for what in '[0-9a-f]{16}' "$(head -n 1 "$out/texts" | cut -c1-12)"; do
	grep -qE "$what" "$out/open.html" || { echo "    not even the page without --redact has $what"; exit 1; }
done
if grep -nFf "$out/secrets" "$out/redacted.txt" "$out/redacted.json" "$out/redacted.html" | cut -c1-200; then
	echo "    --redact told these"
	exit 1
fi
if grep -nE '(0x[0-9a-f]{9,}|\b[0-9a-f]{12,}\b)' "$out/redacted.txt" "$out/redacted.json" "$out/redacted.html" | cut -c1-200; then
	echo "    --redact left what may be an address"
	exit 1
fi
