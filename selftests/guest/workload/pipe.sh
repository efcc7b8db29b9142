#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: pipes that are closed: the pipe and the array of its buffers, a large object.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
case_leak pipe func=free_pipe_info hook=kfree max=$((2 * n))
"$case_load" objects pipe "$n" || exit 2
case_want verdict=leak 'cache=kmalloc(-cg)?(-rnd-[0-9]+)?-(192|1k)' function=alloc_pipe_info 'struct=pipe_inode_info|pipe_buffer'
case_end $((2 * n))
