#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: event counters that are closed.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
case_leak eventfd func=eventfd_free_ctx,eventfd_free,eventfd_release hook=kfree max="$n"
"$case_load" objects eventfd "$n" || exit 2
case_want verdict=leak 'cache=kmalloc(-cg)?(-rnd-[0-9]+)?-(64|96)' 'function=do_eventfd|eventfd' struct=eventfd_ctx
case_end "$n"
