/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_MEMMAP_H
#define SLABSCAN_MEMMAP_H

#include <linux/types.h>

#include "core/objset.h"

/**
 * struct slabscan_memmap_run - a part of the memory map that is contiguous in the direct map, too
 * @direct: its address there
 * @map: its address in the memory map
 * @bytes: its length, whole pages
 */
struct slabscan_memmap_run {
	unsigned long direct, map, bytes;
};

/**
 * struct slabscan_memmap - where the direct map has the memory map
 * @run: ascending by @direct
 * @nr: how many
 * @max: room
 */
struct slabscan_memmap {
	struct slabscan_memmap_run *run;
	u32 nr, max;
};

int slabscan_memmap_init(struct slabscan_memmap *m);
void slabscan_memmap_deinit(struct slabscan_memmap *m);
int slabscan_memmap_find(struct slabscan_memmap *m, const struct slabscan_objset *set);
u32 slabscan_memmap_forget_freelists(const struct slabscan_memmap *m, const struct slabscan_objset *set, unsigned long addr, u32 len,
				     struct slabscan_objset_word *words, u32 nr);

#endif /* SLABSCAN_MEMMAP_H */
