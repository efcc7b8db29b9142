#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# expect: lost
# because: console says
. /slabscan/lib.sh
plan 1
ok "one"
echo c >/proc/sysrq-trigger
