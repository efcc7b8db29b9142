/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_REPORT_H
#define SLABSCAN_REPORT_H

#include "cache.h"
#include "core/cluster.h"
#include "result.h"

/**
 * struct slabscan_report_set - the clusters of a cache
 * @cache: which; one of the caches of the scan
 * @set: finished
 * @ranked: its clusters that have a rank; slabscan_report_rank() counts
 */
struct slabscan_report_set {
	const struct slabscan_cache *cache;
	struct slabscan_cluster_set *set;
	u32 ranked;
};

/**
 * struct slabscan_report_rank - which cluster has a rank
 * @set: of which set
 * @at: rank in it, from 0
 * @bytes: slots of its objects
 */
struct slabscan_report_rank {
	u32 set, at;
	u64 bytes;
};

u32 slabscan_report_rank(struct slabscan_report_set *sets, u32 nr, u32 limit, struct slabscan_report_rank *ret);
u32 slabscan_report_fingerprint(const struct slabscan_caches *all, const struct slabscan_cluster *c, u32 object_size);
void slabscan_report_clusters(struct slabscan_result *r, const struct slabscan_caches *all, const struct slabscan_report_set *sets, u32 nr,
			      const struct slabscan_report_rank *rank, u32 nr_ranks, u64 live, bool named);
void slabscan_report_groups(struct slabscan_result *r, const struct slabscan_caches *all, const struct slabscan_cache *cache,
			    struct slabscan_cluster_set *set, u64 total, u32 limit, const char *excuse, u32 *rank);

#endif /* SLABSCAN_REPORT_H */
