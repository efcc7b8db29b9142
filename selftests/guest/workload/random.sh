#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Case 9: keys whose random payload is not freed: no two objects share a word, nothing points anywhere. Honest is "similar in layout only";
# the trace must name the site.
#
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# timeout: 180
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-500}

case_setup
case_leak payload func=user_destroy,user_free_payload_rcu hook=kfree_sensitive,kfree max="$n"
"$case_load" keys "$n" || exit 2
case_want verdict=leak 'cache=kmalloc(-rnd-[0-9]+)?-128' 'function=user_preparse' struct=user_key_payload
case_end "$n"
