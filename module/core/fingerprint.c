// SPDX-License-Identifier: GPL-2.0-only
/*
 * fingerprint.c - FNV-1a (Fowler, Noll, Vo) over offset, class and names
 */
#include "fingerprint.h"

#define AGREE	800000	/* ppm of the members */

static u32 mix(u32 h, const void *data, size_t len)
{
	const u8 *b = data;
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ b[i]) * 16777619U;
	return h;
}

static bool telling(u8 class)
{
	return class != SLABSCAN_WORD_ZERO && class != SLABSCAN_WORD_INT && class != SLABSCAN_WORD_DATA;
}

u32 slabscan_fingerprint(const struct slabscan_profile *words, u32 nr_words, u32 object_size,
			 bool (*name)(void *ctx, u8 class, u64 id, char *buf, size_t size), void *ctx, char *buf, size_t size)
{
	u32 h = mix(2166136261U, &object_size, sizeof(object_size));
	u32 pass, i, share, used = 0;

	for (pass = 0; pass < 2 && !used; pass++) {
		for (i = 0; i < nr_words; i++) {
			const struct slabscan_profile *p = &words[i];
			u8 class = slabscan_profile_class(p, &share);

			if (share < AGREE || (!pass && !telling(class)))
				continue;
			if (class == SLABSCAN_WORD_ZERO)
				class = SLABSCAN_WORD_INT;
			h = mix(h, &i, sizeof(i));
			h = mix(h, &class, sizeof(class));
			used++;
			if ((class == SLABSCAN_WORD_SYMBOL || class == SLABSCAN_WORD_SLAB) &&
			    p->ref.seen * 1000000ULL >= (u64)AGREE * p->nr[class] && name(ctx, class, p->ref.value, buf, size))
				h = mix(h, buf, strlen(buf));
		}
	}
	return h;
}
