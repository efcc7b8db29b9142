/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_WALK_H
#define SLABSCAN_WALK_H

#include <linux/types.h>

#include "cache.h"
#include "job.h"
#include "kmem.h"
#include "slab.h"

struct slabscan_walk;

/**
 * struct slabscan_walk_part - what one of the threads of a walk knows and counts of one cache
 * @parked: of the cache
 * @private: of the owner of the walk
 * @slabs: slabs seen
 * @objects: their slots
 * @live: allocated ones
 * @nr_parked: free ones of cpu slabs and sheaves
 * @skipped: slots of slabs that can't be read
 * @unsettled: slabs that kept changing
 */
struct slabscan_walk_part {
	struct slabscan_parked parked;
	void *private;
	u64 collect_at;
	u64 slabs, objects, live, nr_parked, skipped, unsettled;
};

/**
 * struct slabscan_walk_worker - one of the threads of a walk
 * @slab: the copy of the slab at hand
 * @part: one for each cache, in the order of the walk
 */
struct slabscan_walk_worker {
	struct slabscan_walk *walk;
	struct slabscan_slab slab;
	struct slabscan_walk_part *part;
};

/**
 * struct slabscan_walk - one pass over all slabs of some caches, by any number of threads
 * @see: called with each slab that has live objects, in a worker's thread; may not sleep long
 * @nr_caches: how many
 * @cache: which
 * @stale: which of them were destroyed meanwhile
 * @check_at: when to ask again whether one without sheaves was, ktime_get_ns()
 */
struct slabscan_walk {
	struct slabscan_job *job;
	void (*see)(struct slabscan_walk_part *part, struct slabscan_slab *s);
	unsigned int nr_caches;
	const struct slabscan_cache **cache;
	bool *stale;
	u64 *check_at;
	unsigned int nr;
	struct slabscan_walk_worker *workers;
	/* private: */
	u16 *at;	/* by the number of a cache: its place in @cache, from 1 */
	struct slabscan_pfns pfns;
};

size_t slabscan_walk_size(const struct slabscan_caches *all, const u32 *caches, unsigned int nr_caches, unsigned int nr);
int slabscan_walk_init(struct slabscan_walk *walk, struct slabscan_job *job, const u32 *caches, unsigned int nr_caches, unsigned int nr,
		       void (*see)(struct slabscan_walk_part *part, struct slabscan_slab *s));
void slabscan_walk_deinit(struct slabscan_walk *walk);
int slabscan_walk_run(struct slabscan_walk *walk);
void slabscan_walk_sum(const struct slabscan_walk *walk, bool stale, struct slabscan_walk_part *sum);
void slabscan_walk_summary(const struct slabscan_job *job, const struct slabscan_walk_part *sum, u64 count_error);

#endif /* SLABSCAN_WALK_H */
