#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: messages of System V queues: text of variable length behind a header.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
case_leak message func=free_msg hook=kfree max="$n"
"$case_load" objects message "$n" || exit 2
case_want verdict=leak 'cache=kmalloc(-cg)?(-rnd-[0-9]+)?-(256|192)|msg_msg.*' 'function=load_msg|do_msgsnd|alloc_msg' struct=msg_msg text=customer
case_end "$n"
