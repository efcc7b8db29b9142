/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_CACHE_H
#define SLABSCAN_CACHE_H

#include <linux/types.h>
#include <linux/slabscan.h>

#include "core/freelist.h"

/**
 * struct slabscan_cache - what was true of a cache when it was looked at
 *
 * A copy, so that a long scan reads no kmem_cache that may go away under it. slabscan_cache_lock() tells whether it still is the same cache.
 *
 * @addr: the kmem_cache; to be compared with, never followed
 * @random: freelist key; with @addr the identity of the cache, since a new cache draws a new one
 * @size: bytes from object to object
 * @object_size: bytes for the cache's user
 * @offset: where a free object keeps the link of the freelist
 * @red_left_pad: bytes in front of the first object
 * @order: 2^order pages in the largest slab that this cache makes
 * @max_objects: objects in the largest slab
 * @slab_flags: SLAB_* of the running kernel
 * @flags: enum slabscan_cache_flag
 * @sheaf_capacity: objects in a sheaf; 0 without sheaves
 * @freelist: how free objects are linked
 * @index: how many caches before it in the list bear the same name
 */
struct slabscan_cache {
	unsigned long addr;
	unsigned long random;
	unsigned long cpu_slab, cpu_sheaves;	/* per-cpu pointers, or 0 */
	unsigned int size, object_size, offset, red_left_pad;
	unsigned int order, max_objects;
	unsigned int sheaf_capacity;
	u32 slab_flags;
	u32 flags;
	u32 index;
	struct slabscan_freelist_geometry freelist;
	char name[SLABSCAN_NAME_MAX];
};

/**
 * struct slabscan_caches - all caches at one moment
 * @nr: how many
 * @bits: log2 of the size of @hash
 * @hash: from kmem_cache address to index in @cache plus one; open addressing
 * @cache: sorted as the kernel lists them
 */
struct slabscan_caches {
	unsigned int nr;
	unsigned int bits;
	u16 *hash;
	struct slabscan_cache cache[];
};

struct slabscan_caches *slabscan_caches_create(void);
void slabscan_caches_destroy(struct slabscan_caches *all);
int slabscan_caches_find(const struct slabscan_caches *all, unsigned long addr);
void slabscan_caches_largest(const struct slabscan_caches *all, unsigned int *order, unsigned int *objects);
int slabscan_caches_named(const struct slabscan_caches *all, const char *name, int index);

int slabscan_cache_copy(unsigned long addr, struct slabscan_cache *ret);
int slabscan_cache_count(const struct slabscan_cache *cache, u64 *slabs, u64 *slots);
int slabscan_cache_lock(const struct slabscan_cache *cache, u64 *since);
void slabscan_cache_unlock(void);

#endif /* SLABSCAN_CACHE_H */
