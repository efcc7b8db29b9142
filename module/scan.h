/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_SCAN_H
#define SLABSCAN_SCAN_H

#include "cache.h"
#include "core/cluster.h"
#include "job.h"

void slabscan_vector_init(void);
bool slabscan_vector_used(void);
void slabscan_env_init(struct slabscan_env *env, const struct slabscan_caches *all);

/**
 * struct slabscan_model - the clusters of the last scan, for those who want to know which one an object looks like
 * @cache: name of the scanned cache
 * @random: its identity, see struct slabscan_cache
 * @fingerprints: by rank from 0
 */
struct slabscan_model {
	char cache[SLABSCAN_NAME_MAX];
	unsigned long random;
	struct slabscan_cluster_set *set;
	struct slabscan_caches *caches;
	struct slabscan_env env;
	u32 nr;
	u32 *fingerprints;
};

struct slabscan_model *slabscan_model_take(const char *cache);
void slabscan_model_give_back(struct slabscan_model *model);
void slabscan_model_deinit(void);

#endif /* SLABSCAN_SCAN_H */
