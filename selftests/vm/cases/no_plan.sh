#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# expect: fail
# because: no plan
. /slabscan/lib.sh
ok "one"
