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
 * struct slabscan_walk_worker - what one of the threads of a walk needs and counts
 * @slab: the copy of the slab at hand
 * @parked: of its cache
 * @private: of the owner of the walk
 * @slabs: slabs seen
 * @objects: their slots
 * @live: allocated ones
 * @nr_parked: free ones of cpu slabs and sheaves
 * @skipped: slots of slabs that can't be read
 * @unsettled: slabs that kept changing
 */
struct slabscan_walk_worker {
	struct slabscan_walk *walk;
	struct slabscan_slab slab;
	struct slabscan_parked parked;
	void *private;
	u64 collect_at;
	u64 slabs, objects, live, nr_parked, skipped, unsettled;
};

/**
 * struct slabscan_walk - one pass over all slabs of one cache, by any number of threads
 * @see: called with each slab, in a worker's thread; may not sleep long
 */
struct slabscan_walk {
	struct slabscan_job *job;
	const struct slabscan_cache *cache;
	void (*see)(struct slabscan_walk_worker *w, struct slabscan_slab *s);
	unsigned int nr;
	struct slabscan_walk_worker *workers;
	struct slabscan_pfns pfns;
	bool stale;
	bool done;
};

int slabscan_walk_init(struct slabscan_walk *walk, struct slabscan_job *job, const struct slabscan_cache *cache, unsigned int nr,
		       void (*see)(struct slabscan_walk_worker *w, struct slabscan_slab *s));
void slabscan_walk_deinit(struct slabscan_walk *walk);
int slabscan_walk_run(struct slabscan_walk *walk);
void slabscan_walk_summary(const struct slabscan_walk *walk, struct slabscan_result *r, u64 count_error);

#endif /* SLABSCAN_WALK_H */
