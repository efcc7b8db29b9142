#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# expect: timeout
# because: after .one
# timeout: 60
. /slabscan/lib.sh
plan 2
ok "one"
sleep 1000
