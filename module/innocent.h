/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_INNOCENT_H
#define SLABSCAN_INNOCENT_H

#include <linux/types.h>

#include "cache.h"

u32 slabscan_innocent(const struct slabscan_cache *cache, const void *object);
u32 slabscan_innocent_reasons(void);
const char *slabscan_innocent_text(u32 reason);

#endif /* SLABSCAN_INNOCENT_H */
