/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_REFERRERS_H
#define SLABSCAN_REFERRERS_H

#include <linux/types.h>
#include <linux/slabscan.h>

#include "cache.h"
#include "core/cluster.h"
#include "result.h"

struct task_struct;

#define SLABSCAN_REFERRER_EXAMPLES	4

/**
 * struct slabscan_referrer - one kind of place that points to the targets
 * @where: enum slabscan_where
 * @inside: slab objects: a target itself
 * @id: SLAB: index of the cache; SYMBOL: start of the symbol; STACK: thread; VMALLOC: start of the mapping; MEMMAP: the struct page; PAGE: page frame;
 *	PERCPU: 0
 * @offset: SLAB: in the object; PERCPU: in the area of a CPU
 * @count: pointers
 * @example: where some of them are; SLAB: the object
 * @task: name of the thread
 */
struct slabscan_referrer {
	u8 where;
	bool inside;
	u64 id;
	u32 offset;
	u64 count;
	u32 nr_examples;
	u64 example[SLABSCAN_REFERRER_EXAMPLES];
	char task[16];
	/* private: where a page is mapped: becomes its id when all have been looked up */
	u64 mapped;
};

/**
 * struct slabscan_referrers - a histogram of places, of bounded size
 * @table: open addressing
 * @nr: places in it
 * @total: pointers
 * @lost: pointers from places that there was no room for
 */
struct slabscan_referrers {
	struct slabscan_referrer *table;
	u32 nr;
	u64 total, lost;
	/* private: where modules are, sorted by page frame */
	struct slabscan_module_page *pages;
	u32 nr_pages, max_pages;
};

/**
 * struct slabscan_referrers_look - what it takes to say what objects have in common
 * @clusters: slabscan_cluster_size() bytes for the largest objects of all caches
 * @object: room for one of these
 * @env: resolves their pointers
 */
struct slabscan_referrers_look {
	void *clusters, *object;
	const struct slabscan_env *env;
};

size_t slabscan_referrers_size(void);
int slabscan_referrers_init(struct slabscan_referrers *h);
void slabscan_referrers_deinit(struct slabscan_referrers *h);
void slabscan_referrers_slab(struct slabscan_referrers *h, u32 cache, u32 offset, bool inside, unsigned long object);
void slabscan_referrers_root(struct slabscan_referrers *h, unsigned long addr, const struct task_struct *task);
void slabscan_referrers_resolve(struct slabscan_referrers *h);
void slabscan_referrers_report(struct slabscan_referrers *h, struct slabscan_result *r, const struct slabscan_caches *all, u32 limit,
			       const struct slabscan_referrers_look *look);

#endif /* SLABSCAN_REFERRERS_H */
