#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# expect: fail
# because: plan says 3
. /slabscan/lib.sh
plan 3
ok "one"
ok "two"
