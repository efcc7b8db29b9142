/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_NEWBORN_H
#define SLABSCAN_NEWBORN_H

#include <linux/atomic.h>
#include <linux/mutex.h>

#include "reach.h"

/**
 * struct slabscan_newborn - objects that were free when the search looked, and who points to them
 * @free: one bit an object, filled by the caller; cleared for those that have been looked at
 * @nr: places met
 * @next: the next one to look at
 * @lost: there is one that will not be looked at
 * @held: for so long slab_mutex was held in all, ns; under @one
 * @hot: caches of objects that came meanwhile, and of those that point to them
 */
struct slabscan_newborn {
	unsigned long *free;
	atomic_t nr, next, lost;
	unsigned long *hot;
	/* private: */
	unsigned long *place;
	int max;
	u64 held;
	struct mutex one;
};

/**
 * typedef slabscan_newborn_see_t - something that came meanwhile
 * @w: the calling worker
 * @class: of the object; SLABSCAN_NEWBORN_WORD: it is a single word of what was read before
 * @address: where it stands
 * @copy: its content, 8-aligned; may be changed
 * @len: bytes of it that can hold references
 */
typedef void (*slabscan_newborn_see_t)(struct slabscan_reach_worker *w, u32 class, unsigned long address, void *copy, u32 len);

#define SLABSCAN_NEWBORN_WORD U32_MAX

/**
 * typedef slabscan_newborn_asks_t - has an object to do with what looks lost?
 * @w: the calling worker
 * @copy: its content, 8-aligned
 * @len: bytes of it that can hold references
 */
typedef bool (*slabscan_newborn_asks_t)(struct slabscan_reach_worker *w, const void *copy, u32 len);

int slabscan_newborn_init(struct slabscan_newborn *b, const struct slabscan_reach *r, u64 *memory);
void slabscan_newborn_deinit(struct slabscan_newborn *b);
void slabscan_newborn_meet(struct slabscan_newborn *b, unsigned long place);
void slabscan_newborn_begin(struct slabscan_newborn *b, size_t bytes);
void slabscan_newborn_forget(struct slabscan_newborn *b);
u32 slabscan_newborn_places(const struct slabscan_newborn *b);
bool slabscan_newborn_lost(const struct slabscan_newborn *b);
int slabscan_newborn_follow(struct slabscan_newborn *b, struct slabscan_reach_worker *w, slabscan_newborn_see_t see);
int slabscan_newborn_sweep(struct slabscan_newborn *b, struct slabscan_reach *r, const unsigned long *marked, u64 until,
			   slabscan_newborn_asks_t asks, slabscan_newborn_see_t see);
int slabscan_newborn_slabs(struct slabscan_reach *r);

#endif /* SLABSCAN_NEWBORN_H */
