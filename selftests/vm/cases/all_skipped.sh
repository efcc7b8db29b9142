#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# expect: skip
. /slabscan/lib.sh
skip_all "nothing to do here"
