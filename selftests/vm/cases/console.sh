#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# expect: fail
# because: console says: .*possible circular locking
. /slabscan/lib.sh
plan 1
ok "one"
echo "WARNING: possible circular locking dependency detected" >/dev/kmsg
