// SPDX-License-Identifier: GPL-2.0-only
/*
 * freelist.c - decode a slab's freelist inside a private copy
 *
 * A slab's free objects form a list whose links lie in the objects themselves, hardened with a secret of the cache and with the place of the
 * link (mm/slub.c, freelist_ptr_decode()). The copy may be torn or the slab gone by now, so each link is judged by geometry alone: it must be
 * an object's start in this slab and must not have been met before. That also bounds the walk by the number of objects.
 *
 * Cost: one multiplication a link (recip.h).
 */
#include "freelist.h"
#include "recip.h"

int slabscan_freelist_init(struct slabscan_freelist_geometry *g)
{
	if (g->stride < sizeof(u64) || g->stride > SLABSCAN_RECIP_MAX || g->first > SLABSCAN_RECIP_MAX || g->link > g->stride - sizeof(u64))
		return -EINVAL;
	if (g->coding != SLABSCAN_FREELIST_PLAIN && g->coding != SLABSCAN_FREELIST_XOR && g->coding != SLABSCAN_FREELIST_SWAB)
		return -EINVAL;
	g->reciprocal = slabscan_recip(g->stride);
	return 0;
}

int slabscan_freelist_index(const struct slabscan_freelist_geometry *g, u64 base, u32 nr, u64 address)
{
	u64 at = address - base - g->first;
	u32 i;

	if (at >= (u64)nr * g->stride || at > U32_MAX)
		return -ERANGE;
	i = slabscan_recip_divide(g->reciprocal, at);
	return i * g->stride == at ? (int)i : -EINVAL;
}

int slabscan_freelist_decode(const struct slabscan_freelist_geometry *g, const void *copy, size_t len, u64 base, u32 nr, u64 head,
			     unsigned long *free, u32 *ret)
{
	u64 object = head, stored;
	u32 i, at;
	int index;

	*ret = 0;
	if (!nr || nr > SLABSCAN_SLAB_MAX_OBJECTS || !g->reciprocal)
		return -EINVAL;
	if (g->first + (u64)(nr - 1) * g->stride + g->link + sizeof(stored) > min_t(u64, len, U32_MAX))
		return -EINVAL;
	for (i = 0; object && i < nr; i++) {
		index = slabscan_freelist_index(g, base, nr, object);
		if (index < 0)
			return index == -EINVAL ? -EUCLEAN : index;
		if (__test_and_set_bit(index, free))
			return -ELOOP;
		++*ret;
		at = g->first + index * g->stride + g->link;
		memcpy(&stored, (const u8 *)copy + at, sizeof(stored));
		object = slabscan_freelist_next(g, stored, object);
	}
	/* all objects are on the list and it still goes on: it can only come back */
	return object ? -ELOOP : 0;
}
