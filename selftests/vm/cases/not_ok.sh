#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# expect: fail
# because: it is false
. /slabscan/lib.sh
plan 2
ok "one"
check "it is false" false
