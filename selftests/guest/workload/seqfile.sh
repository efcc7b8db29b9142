#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: the operations of a /proc file that is opened and closed N times are not freed. Small, and nothing but functions in it.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-500}

case_setup
case_leak op func=single_release max="$n"
"$case_load" files /proc/version "$n" || exit 2
case_want verdict=leak 'cache=kmalloc(-cg)?(-rnd-[0-9]+)?-(32|64)' 'function=single_open' struct=seq_operations
case_end "$n"
