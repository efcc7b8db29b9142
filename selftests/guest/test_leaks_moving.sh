#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What hangs on objects that are replaced all the time is not lost: the areas of processes that map and unmap memory (since v6.1 a node of that tree is
# replaced with each change). And what is lost is found beside them.
# The debug kernel's debug objects have the address of each object that they watch: to a search a reference.
#
# bins: jq
# kmods: slabscan_test
# files: selftests/guest/tools/remap
# append: no_debug_objects
# mem: 1G
# timeout: 400
. /slabscan/lib.sh
T=/sys/kernel/debug/slabscan_test
plan 8
setup slabscan_test

# at PAUSE PROCESSES TIMES MANY: leaks, so many times, while so many processes change their memory with that pause, in us. Each search has to be whole, and
# at most one of MANY objects undecided. How many more than before were flagged is in /tmp/flagged if all were whole
at()
{
	local pids="" flagged=0 bad="" n

	rm -f /tmp/flagged
	for ((n = 0; n < $2; n++)); do
		/files/remap 60 "$1" &
		pids="$pids $!"
	done
	sleep 1
	for ((n = 0; n < $3; n++)); do
		slabscan leaks --json --quiet >/tmp/l.json || { bad="$bad, ended with $?"; continue; }
		jq -e ".complete and .undecided <= .live / $4" /tmp/l.json >/dev/null || bad="$bad, $(jq -c '[.undecided, .live]' /tmp/l.json) undecided, live"
		echo "a change every $1 us: $(jq -c '[.unreferenced, .undecided, .changed, .young, (.search_ns / 1000000 | floor)]' /tmp/l.json) unreferenced," \
			"undecided, changed, young, ms; $(jq -c '[.groups[]|[.cache, .objects]]' /tmp/l.json)" >>/tmp/said
		flagged=$((flagged + $(jq '[.groups[]|select(.cache != "lost")|.objects]|add // 0' /tmp/l.json)))
	done
	flagged=$((flagged - before * $3))
	# shellcheck disable=SC2086 # a list
	kill $pids
	# shellcheck disable=SC2086
	wait $pids 2>/dev/null
	echo "${bad#, }"
	[[ $bad = *ended* ]] || echo $flagged >/tmp/flagged
	[ -z "$bad" ]
}

# what this kernel loses at boot is not the question here
slabscan leaks --json --quiet >/tmp/l.json || bail "the first search ended with $?"
before=$(jq '[.groups[].objects]|add // 0' /tmp/l.json)
diag "$before flagged before"
check "while 6 processes change their memory every 10 ms: at most 0.01 % are undecided" at 10000 6 3 10000
check_equal "nothing more is flagged" 0 "$(cat /tmp/flagged)"
check "every ms: at most 0.1 %" at 1000 6 3 1000
check_equal "nothing more is flagged" 0 "$(cat /tmp/flagged)"
echo "create lost 128 nomerge" >$T/ctl
echo "plant lost 500 serial none" >$T/ctl
check "all the time: at most 0.5 %" at 0 2 2 200
check_equal "nothing more is flagged but what is lost" 0 "$(cat /tmp/flagged)"
diag "$(cat /tmp/said)"
found=$(jq '[.groups[]|select(.cache == "lost")|.objects]|add // 0' /tmp/l.json)
diag "$found of 500 found"
check "and that is found" test "$found" -ge 495
check "no job is left" rmmod slabscan
