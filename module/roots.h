/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_ROOTS_H
#define SLABSCAN_ROOTS_H

#include <linux/types.h>

#include "core/objset.h"

/**
 * struct slabscan_roots - which page frames can hold references
 * @set: slabs in it are no roots; their objects are followed one by one
 * @skip: one bit a page frame: not to be read as a whole
 * @nr_pages: bits in @skip
 * @mapping: the one that was looked at last, and in its lowest bit whether it is a directory's; 0 at the start of a pass
 */
struct slabscan_roots {
	const struct slabscan_objset *set;
	unsigned long *skip;
	unsigned long nr_pages;
	unsigned long mapping;
};

/* Page frames that are read in one go at most. */
#define SLABSCAN_ROOTS_RUN	16

bool slabscan_roots_next(struct slabscan_roots *r, unsigned long *pfn, unsigned long end, unsigned long *start, unsigned long *nr);
u32 slabscan_roots_packed(const struct slabscan_roots *r, unsigned long pfn);
void slabscan_roots_skip(const struct slabscan_roots *r, unsigned long addr);

#endif /* SLABSCAN_ROOTS_H */
