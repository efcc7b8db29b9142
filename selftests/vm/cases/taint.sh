#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# expect: fail
# because: tainted: 2
. /slabscan/lib.sh
plan 1
ok "one"
echo 2 >/proc/sys/kernel/tainted
