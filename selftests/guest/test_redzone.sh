#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The exactness test on a kernel that was booted with red zones: objects do not begin at the start of their slots then.
#
# kmods: slabscan_test
# files: selftests/guest/tools/exact selftests/guest/test_exact.sh
# append: slub_debug=Z
# timeout: 240
. /files/test_exact.sh
