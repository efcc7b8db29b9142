/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_OWN_H
#define SLABSCAN_OWN_H

#include <linux/types.h>

void *slabscan_own_alloc(size_t size);
void slabscan_own_free(void *p);
void slabscan_own_fill(void *p, u8 byte, size_t size);
bool slabscan_own_has(unsigned long addr);
void slabscan_own_each(void (*see)(void *arg, unsigned long start, unsigned long end), void *arg);
void slabscan_own_end(void);

#endif /* SLABSCAN_OWN_H */
