#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: contexts of io_uring, freed late by a worker.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
case_leak ring func=io_ring_ctx_free,io_ring_exit_work hook=kfree max="$n" size=2048
"$case_load" objects uring "$n" || exit 2
case_want verdict=leak 'cache=kmalloc(-cg)?(-rnd-[0-9]+)?-2k' 'function=io_ring_ctx_alloc|io_uring_create|io_uring_setup' struct=io_ring_ctx
case_end "$n"
