/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_RESOLVE_H
#define SLABSCAN_RESOLVE_H

#include <linux/types.h>
#include <linux/slabscan.h>

#include "cache.h"

/**
 * struct slabscan_target - the slab object that an address points into
 * @cache: index in the list of caches
 * @object: its start
 * @offset: bytes from there to the address; up to the slot size, so it may lie behind the part that users see
 */
struct slabscan_target {
	int cache;
	unsigned long object;
	u32 offset;
};

bool slabscan_resolve_slab(const struct slabscan_caches *all, unsigned long addr, struct slabscan_target *ret);
bool slabscan_resolve_is_image(unsigned long addr);
bool slabscan_resolve_is_symbol(unsigned long addr);
enum slabscan_where slabscan_resolve_where(unsigned long addr);

#endif /* SLABSCAN_RESOLVE_H */
