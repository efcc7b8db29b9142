# SPDX-License-Identifier: GPL-2.0-only
"""Boot a stock kernel under QEMU, run a script in it, and judge what came out.

where.py      the cache, the kernel table, what a kernel needs before it can boot
initramfs.py  the guest's only file system, built anew for each run
guest.py      QEMU: boot, watch, time out
judge.py      the verdict, from what the guest wrote and nothing else
script.py     what a test script says of itself in its header
"""
