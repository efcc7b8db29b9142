/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_SLAB_H
#define SLABSCAN_SLAB_H

#include <linux/mm_types.h>
#include <linux/types.h>

#include "cache.h"

/**
 * struct slabscan_slab_head - what a slab's descriptor said at one moment
 * @page: its first page
 * @cache: value of its cache pointer, not validated
 * @freelist: first free object, or 0
 * @counters: the whole word
 * @objects: how many it has
 * @inuse: how many were taken from its freelist: allocated, or parked in a cpu slab or a sheaf
 * @frozen: belongs to a CPU
 * @order: 2^order pages
 */
struct slabscan_slab_head {
	struct page *page;
	unsigned long cache;
	unsigned long freelist;
	unsigned long counters;
	unsigned int objects, inuse;
	bool frozen;
	unsigned int order;
};

bool slabscan_slab_head(struct page *page, struct slabscan_slab_head *ret);
bool slabscan_slab_next(unsigned long *pfn, unsigned long end, struct slabscan_slab_head *ret);

/**
 * struct slabscan_parked - free objects that their slabs don't know as free
 *
 * With sheaves (v6.18), freed objects wait in arrays of each CPU and each node; for their slab they are still taken. This is the set of those
 * of one cache at one moment.
 *
 * @set: open addressing, 2^bits slots
 * @nr: objects in it
 * @held_ns: for so long slab_mutex was held to find the cache and to collect them
 * @cache: whose they are; NULL if they are not to be relied on
 * @collected: when, ktime_get_ns()
 * @unsettled: stores that kept changing while they were read: so many CPUs' arrays are missing
 * @scratch: one sheaf
 */
struct slabscan_parked {
	unsigned long *set;
	unsigned int bits;
	unsigned int nr;
	unsigned int unsettled;
	u64 held_ns;
	const struct slabscan_cache *cache;
	u64 collected;
	unsigned long *scratch;
	unsigned int scratch_nr;
};

size_t slabscan_parked_size(const struct slabscan_cache *cache);
size_t slabscan_parked_largest(const struct slabscan_caches *all);
int slabscan_parked_init(struct slabscan_parked *p, const struct slabscan_cache *cache);
void slabscan_parked_deinit(struct slabscan_parked *p);
int slabscan_parked_collect(struct slabscan_parked *p, const struct slabscan_cache *cache);
bool slabscan_parked_has(const struct slabscan_parked *p, unsigned long object);

/**
 * struct slabscan_slab - a slab, copied
 * @cache: its cache
 * @addr: where its first page is mapped
 * @objects: how many it has
 * @nr_live: allocated ones
 * @nr_parked: free ones of a cpu slab or a sheaf
 * @settled: nothing changed while it was copied. Otherwise objects that are on their way from one store to another may be taken for live;
 *           an object that was allocated all the time never is taken for free
 * @image: the copy of its memory
 * @live: bitmap
 * @free: bitmap, scratch
 */
struct slabscan_slab {
	const struct slabscan_cache *cache;
	unsigned long addr;
	unsigned int objects, nr_live, nr_parked;
	bool settled;
	void *image;
	size_t image_size;
	unsigned int max_objects;
	unsigned long *live, *free;
};

int slabscan_slab_init(struct slabscan_slab *s, unsigned int order, unsigned int max_objects);
size_t slabscan_slab_size(unsigned int order, unsigned int max_objects);
void slabscan_slab_deinit(struct slabscan_slab *s);
int slabscan_slab_copy(struct slabscan_slab *s, const struct slabscan_cache *cache, struct page *page, const struct slabscan_parked *parked);

static inline unsigned long slabscan_slab_object(const struct slabscan_slab *s, unsigned int i)
{
	return s->addr + s->cache->red_left_pad + (unsigned long)i * s->cache->size;
}

#endif /* SLABSCAN_SLAB_H */
