#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# expect: fail
# because: out of order
. /slabscan/lib.sh
plan 2
(ok "counted in a subshell")
ok "counted again"
