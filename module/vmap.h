/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_VMAP_H
#define SLABSCAN_VMAP_H

#include <linux/types.h>

int slabscan_vmap_each(unsigned long start, unsigned long end, int (*see)(void *arg, unsigned long addr, unsigned long pfn, unsigned long nr),
		       void *arg);

#endif /* SLABSCAN_VMAP_H */
