/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_REPORT_H
#define SLABSCAN_REPORT_H

#include "cache.h"
#include "core/cluster.h"
#include "result.h"

u32 slabscan_report_fingerprint(const struct slabscan_caches *all, const struct slabscan_cluster *c, u32 object_size);
void slabscan_report_clusters(struct slabscan_result *r, const struct slabscan_caches *all, const struct slabscan_cache *cache,
			      struct slabscan_cluster_set *set, u64 live, u32 limit);
void slabscan_report_groups(struct slabscan_result *r, const struct slabscan_caches *all, const struct slabscan_cache *cache,
			    struct slabscan_cluster_set *set, u64 total, u32 limit, const char *excuse, u32 *rank);

#endif /* SLABSCAN_REPORT_H */
