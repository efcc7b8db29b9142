#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: of a /proc file that is opened and closed N times nothing is freed: its state, and with that a buffer and operations.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-500}

case_setup
case_leak op func=single_release max=$((2 * n))
"$case_load" files /proc/version "$n" || exit 2
case_want verdict=leak 'cache=seq_file' 'function=seq_open|single_open' struct=seq_file parent=seq_file
case_end $((2 * n))
