#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# expect: lost
# because: no verdict
. /slabscan/lib.sh
plan 1
ok "one"
poweroff -f
