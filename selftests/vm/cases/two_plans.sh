#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# expect: fail
# because: more than one plan
. /slabscan/lib.sh
plan 1
plan 1
ok "one"
