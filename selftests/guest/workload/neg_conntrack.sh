#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Negative: a connection tracking table that is full, as its limit of N says. Entries go after their timeout.
#
# modules: nf_conntrack nf_tables nft_ct nft_chain_nat
# bins: nft
# kmods: slabscan_leak
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload
# plain
# shellcheck source=selftests/guest/workload/case.sh
. /files/case.sh
n=${1:-5000}

case_setup
load_modules nf_conntrack nf_tables nft_ct
nft add table inet slabload
nft add chain inet slabload in '{ type filter hook input priority 0; }'
nft add rule inet slabload in ct state new counter || exit 2
echo "$n" >/proc/sys/net/netfilter/nf_conntrack_max
# Nobody listens, and a refused flow would be dropped from the table: so the refusals are.
nft add chain inet slabload out '{ type filter hook output priority 0; }'
nft add rule inet slabload out icmp type destination-unreachable drop
"$case_load" udp-spray $((2 * n)) || exit 2
have=$(cat /proc/sys/net/netfilter/nf_conntrack_count)
echo "conntrack_entries=$have"
case_want verdict=no-leak cache=nf_conntrack 'reason=conntrack|steady|limit'
[ "$have" -ge $((n * 9 / 10)) ] || exit 1
case_end 0
