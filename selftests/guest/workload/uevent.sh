#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: the environment of events about devices: 4 KiB of text each.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
case_leak env func=kobject_uevent_env hook=kfree max="$n" size=4096
for ((i = 0; i < n; i++)); do
	echo change > /sys/class/net/lo/uevent
	case_pace
done
case_want verdict=leak 'cache=kmalloc(-cg)?(-rnd-[0-9]+)?-4k' function=kobject_uevent_env struct=kobj_uevent_env 'text=SUBSYSTEM=net|ACTION=change|INTERFACE=lo'
case_end "$n"
