/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_LEAKS_REPORT_H
#define SLABSCAN_LEAKS_REPORT_H

#include "core/cluster.h"
#include "core/mark.h"
#include "core/suspect.h"
#include "newborn.h"
#include "reach.h"
#include "report.h"

struct worker {
	struct slabscan_marker marker;
	u64 *list;
	void *buf;
};

/* what is told of one cache */
struct tally {
	u32 cache;
	u32 reasons;		/* bit n: reason n of innocent.c, 0 for none */
	u32 innocent;
	u64 unreferenced;	/* objects; bytes, when it comes to sorting */
	u64 moving;		/* candidates that the last look cleared, or that changed */
};

struct leaks {
	struct slabscan_reach reach;
	struct slabscan_objset set[2];
	void *mem[2];
	unsigned long *marked[2], *pending;
	struct slabscan_newborn newborn;
	struct slabscan_mark mark;
	unsigned long *seen;	/* slabs that a look saw */
	unsigned long *suspects;	/* caches with objects that look lost */
	struct slabscan_suspect suspect;
	u32 *slots;
	u32 nr_slots;
	unsigned int nr;
	struct worker *workers;
	struct slabscan_env env;
	void *clusters;
	void *object;
	int only;		/* cache that is asked for, or -1 */
	struct tally *tally;
	u64 live, unreferenced, innocent, changed, young;
	u64 moving, left;	/* so many candidates were cleared or have changed; those left of the caches that are asked for */
	u64 started;		/* the pass or look that runs, ktime_get_ns() */
	u64 wait_ns, search_ns;	/* for grace periods; in the pass and the looks */
};

bool slabscan_leaks_read(struct leaks *l, u32 object, u32 slab);
u32 slabscan_leaks_excuse(struct leaks *l, u32 object, u32 slab);
void slabscan_leaks_summarise(struct slabscan_job *job);
int slabscan_leaks_report(struct slabscan_job *job);

#endif /* SLABSCAN_LEAKS_REPORT_H */
