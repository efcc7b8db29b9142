#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What takes long because it is done so often: slabscan.loads=N times loaded and unloaded (1000), slabscan.kills=N clients killed at random points (10000).
# `selftests/vm/run selftests/guest/marathon.sh --append "slabscan.loads=1000 slabscan.kills=10000"`
#
# files: selftests/guest/tools/lifetime
# mem: 1G
# timeout: 3000
. /slabscan/lib.sh
option()
{
	sed -n "s/.*slabscan\.$1=\([0-9]*\).*/\1/p" /proc/cmdline
}
loads=$(option loads)
kills=$(option kills)
loads=${loads:-1000}
kills=${kills:-10000}
plan 5

killed()
{
	/files/lifetime kill "$1" "$2" 40 >/tmp/killed 2>&1
	local status=$?

	diag "$(cat /tmp/killed)"
	return $status
}

seed=$((EPOCHSECONDS % 100000))
load_cycles 20 || bail "it does not load"
before=$(used_kb)
check "loaded and unloaded $loads times" load_cycles "$loads"
lost=$(($(used_kb) - before))
diag "$lost KiB more in use after $loads loads"
check "less than 256 bytes a time are lost" test $((lost * 4)) -lt $((loads + 4096))

load_slabscan || bail "it does not load"
killed 200 $seed || bail "clients cannot be killed"
before=$(used_kb)
check "$kills clients killed, seed $seed" killed "$kills" $((seed + 1))
lost=$(($(used_kb) - before))
diag "$lost KiB more in use after $kills clients"
check "less than 256 bytes a client are lost" test $((lost * 4)) -lt $((kills + 4096))
check "and it goes" rmmod slabscan
