#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: states of IPsec, whose free is a work item.
#
# modules: dummy xfrm_user esp4 crypto_null ecb authenc echainiv seqiv
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
load_modules xfrm_user esp4 crypto_null ecb authenc echainiv seqiv
case_dummy 10.1.0.1/16
case_leak xfrm func=___xfrm_state_destroy,xfrm_state_gc_destroy,xfrm_state_free,xfrm_state_gc_task max="$n"
for ((i = 0; i < n; i++)); do
	echo "xfrm state add src 10.1.0.1 dst 10.1.0.2 proto esp spi $((i + 256)) enc cipher_null '' mode transport"
	echo "xfrm state delete src 10.1.0.1 dst 10.1.0.2 proto esp spi $((i + 256))"
	case_pace
done | ip -batch - || exit 2
case_want verdict=leak cache=xfrm_state 'function=xfrm_state_alloc|xfrm_add_sa' struct=xfrm_state
case_end "$n"
