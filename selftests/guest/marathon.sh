#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What takes long because it is done so often: slabscan.loads=N (1000) times loaded and unloaded, slabscan.kills=N (10000) clients killed at random
# points. `make marathon`, about an hour.
#
# files: selftests/guest/tools/lifetime
# mem: 1G
# timeout: 6000
. /slabscan/lib.sh
option()
{
	sed -n "s/.*slabscan\.$1=\([0-9]*\).*/\1/p" /proc/cmdline
}
loads=$(option loads)
kills=$(option kills)
loads=${loads:-1000}
kills=${kills:-10000}
plan 7

# killed N SEED: so many clients, each up to 1.5 s after it came to a phase of its job
killed()
{
	/files/lifetime kill "$1" "$2" >/tmp/killed 2>&1
	local status=$?

	[ $status = 0 ] || cat /tmp/killed
	return $status
}

# kinds of job that were never running when their client was killed; and that no client was killed while it read a result
unhit()
{
	awk '$2 == "start" { ran[$1] += $5; dumps += $7 } END { for (kind in ran) if (!ran[kind]) print kind; if (!dumps) print "dumps" }' /tmp/killed
}

# a dump that was not read holds the module until a grace period after its socket was closed
unload()
{
	wait_for 20 rmmod slabscan || rmmod slabscan
}

# allowed N: KiB that may be lost in N times. Half of the smallest object (8 bytes) each time, and 256 for what the machine takes by itself, see
# test_fuzz.sh. So with the default numbers it is noticed when each load loses 266 bytes, or each client 31.
allowed()
{
	echo $((256 + $1 * 4 / 1024))
}

seed=$((EPOCHSECONDS % 100000))
load_cycles 50 || bail "it does not load"
before=$(used_kb)
started=$SECONDS
check "loaded and unloaded $loads times" load_cycles "$loads"
took=$((SECONDS - started))
lost=$(($(used_kb) - before))
diag "$lost KiB more in use after $loads loads in $took s"
check "less than $(allowed "$loads") KiB are lost" test $lost -lt "$(allowed "$loads")"

# memory is compared without the module: what it keeps is no loss, and what is lost stays lost
load_slabscan || bail "it does not load"
killed 200 $seed || bail "clients cannot be killed"
unload || bail "it does not go"
before=$(used_kb)
load_slabscan || bail "it does not load"
started=$SECONDS
check "$kills clients killed, seed $seed" killed "$kills" $((seed + 1))
diag "$(cat /tmp/killed)"
diag "in $((SECONDS - started)) s"
check_equal "among them some of each kind while their job ran, and some that read a result" "" "$(unhit)"
check "then a job of each kind works" /files/lifetime each
check "and it goes" unload
lost=$(($(used_kb) - before))
diag "$lost KiB more in use after $kills clients"
check "less than $(allowed "$kills") KiB are lost" test $lost -lt "$(allowed "$kills")"
