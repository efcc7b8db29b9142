#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Case 5: USB requests of the dummy device controller that a gadget function frees in vain; the completion function is in the object.
# Each time the gadget is bound and unbound some tens are lost.
#
# modules: dummy_hcd libcomposite usb_f_ss_lb
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh
# timeout: 180
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}
gadget=/sys/kernel/config/usb_gadget/slabload

case_setup
load_modules dummy_hcd libcomposite usb_f_ss_lb
grep -qs ' /sys/kernel/config ' /proc/mounts || mount -t configfs configfs /sys/kernel/config
if [ ! -d $gadget ]; then
	mkdir $gadget $gadget/configs/c.1 $gadget/functions/Loopback.0 || exit 2
	echo 0x0525 >$gadget/idVendor
	echo 0xa4a0 >$gadget/idProduct
	ln -s $gadget/functions/Loopback.0 $gadget/configs/c.1/
fi
case_leak request func=dummy_free_request hook=kfree max="$n"
for ((i = 0; i < 200 && $(case_total) < n; i++)); do
	echo dummy_udc.0 >$gadget/UDC || exit 2
	# The host side has to enumerate and configure the gadget before the function has any requests.
	wait_for 5 grep -qsx configured /sys/class/udc/dummy_udc.0/state
	sleep 0.1
	echo >$gadget/UDC
	case_pace
done
case_want verdict=leak 'cache=kmalloc(-rnd-[0-9]+)?-(96|128|192)' 'module=dummy_hcd|usb_f_ss_lb|libcomposite' \
	'function=dummy_alloc_request|alloc_ep_req|loopback_' 'struct=usb_request|dummy_request'
case_end "$n"
