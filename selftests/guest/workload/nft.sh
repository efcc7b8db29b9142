#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beyond the list: firewall rules that a module forgets after their removal. N rules, ten at a time.
#
# modules: nf_tables
# bins: nft
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh
# timeout: 180
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-200}

case_setup
load_modules nf_tables
nft add table ip leaky$$ && nft add chain ip leaky$$ c || exit 2
case_leak rule func=nf_tables_rule_destroy max="$n"
for ((i = 0; i < n; i += 10)); do
	{
		for ((k = 0; k < 10; k++)); do echo "add rule ip leaky$$ c ip saddr 10.1.$((i >> 8 & 255)).$k counter drop"; done
		echo "flush chain ip leaky$$ c"
	} | nft -f - || exit 2
	case_pace
done
nft delete table ip leaky$$
case_want verdict=leak 'cache=kmalloc(-cg)?(-rnd-[0-9]+)?-(128|192|256)' module=nf_tables function=nf_tables_newrule struct=nft_rule
case_end "$n"
