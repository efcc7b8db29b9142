/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_CHASE_H
#define SLABSCAN_CHASE_H

#include <linux/types.h>

#include "cache.h"

#define SLABSCAN_HOPS	3

/**
 * struct slabscan_chase - a way from a word through slab objects to a symbol
 * @nr: hops
 * @hop: the pointee's cache (index) and the offset in it that is read
 * @symbol: address that the last hop's word holds
 * @score: how telling @symbol is
 * @tried: samples that the way was tried with
 * @held: samples in which it led to the same symbol
 */
struct slabscan_chase {
	u32 nr;
	struct {
		int cache;
		u32 offset;
	} hop[SLABSCAN_HOPS];
	unsigned long symbol;
	u32 score;
	u32 tried, held;
};

bool slabscan_chase_find(const struct slabscan_caches *all, const u64 *samples, u32 nr, u32 offset, struct slabscan_chase *ret);

#endif /* SLABSCAN_CHASE_H */
