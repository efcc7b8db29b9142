#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `make demo`: a stock kernel, real code of it that forgets to free, and slabscan at work. Fails if slabscan does not name the module.
#
# modules: vxlan
# bins: bridge
# kmods: slabscan_leak
# files: selftests/guest/workload/{case.sh,vxlan.sh}
# timeout: 120
# plain
. /slabscan/lib.sh

say()
{
	printf '\n\033[1m# %s\033[0m\n' "$*"
}

run()
{
	printf '\033[1m$ %s\033[0m\n' "$*"
	"$@"
}

say "An unmodified Debian kernel, no debug option, no reboot: $(uname -r)"
run insmod /modules/slabscan.ko || exit 1

say "Real kernel code begins to leak: 300 times 'bridge fdb add' and 'del', and the"
say "kernel's own call to kfree() in __vxlan_fdb_free() is skipped each time."
bash /files/vxlan.sh 300 >/tmp/leaked || exit 1
echo "$(sed -n 's/^leaked=//p' /tmp/leaked) objects have leaked."

say "What caches are there?"
run slabscan caches --limit 8 || exit 1

say "What fills kmalloc-96?"
run slabscan top --cache kmalloc-96 --limit 1 || exit 1

say "One of them, word by word:"
example=$(slabscan top --cache kmalloc-96 --limit 1 --json | sed -n 's/^ *"\(0x[0-9a-f]*\)",\{0,1\}$/\1/p' | head -1)
run slabscan show "$example" || exit 1

say "Does the answer name who it was?"
slabscan top --cache kmalloc-96 --limit 1 --json >/tmp/top.json
if grep -q '"vxlan"' /tmp/top.json && grep -q vxlan_netdev_ether_ops /tmp/top.json; then
	echo "Yes: the largest group of objects in kmalloc-96 leads to vxlan_netdev_ether_ops [vxlan]."
else
	echo "No."
	exit 1
fi
run rmmod slabscan
