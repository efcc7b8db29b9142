#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# expect: fail
# because: status 3
. /slabscan/lib.sh
plan 1
ok "one"
exit 3
