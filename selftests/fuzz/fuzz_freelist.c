// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_freelist.c - any bytes as a slab: a walk stays inside, and its count is what is in the bitmap
 *
 * Input: stride, first, link (2 bytes each), number of objects (2), coding (1), secret (8), head (8), then the slab. Heads and links are taken
 * relative to an address in the direct map, so that the fuzzer meets objects at all.
 */
#include <stdlib.h>

#include "freelist.h"

#define BASE 0xffff888000000000ULL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static u64 take(const u8 **p, u32 n)
{
	u64 v = 0;

	memcpy(&v, *p, n);
	*p += n;
	return v;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static DECLARE_BITMAP(found, SLABSCAN_SLAB_MAX_OBJECTS + 1);
	struct slabscan_freelist_geometry g = { 0 };
	const u8 *p = data;
	u32 nr, got;
	u64 head;
	int err;

	if (size < 25)
		return 0;
	g.stride = take(&p, 2);
	g.first = take(&p, 2);
	g.link = take(&p, 2);
	nr = take(&p, 2);
	g.coding = take(&p, 1);
	g.random = take(&p, 8);
	head = take(&p, 8) ^ BASE;
	if (slabscan_freelist_init(&g))
		return 0;
	memset(found, 0, sizeof(found));
	err = slabscan_freelist_decode(&g, p, data + size - p, BASE, nr, head, found, &got);
	if (nr > SLABSCAN_SLAB_MAX_OBJECTS && err != -EINVAL)
		abort();
	if ((u32)bitmap_weight(found, SLABSCAN_SLAB_MAX_OBJECTS) != got || got > nr || (err == -EINVAL && got))
		abort();
	if (slabscan_freelist_index(&g, BASE, nr, head) >= (int)nr)
		abort();
	return 0;
}
