// SPDX-License-Identifier: GPL-2.0-only
/*
 * objset.c - all slab objects of a machine, numbered
 *
 * A word is first tested against one bit per page, which stays in cache and turns nearly all words away. For the rest the number of slab heads
 * up to that page is the slab's index: a rank directory (Jacobson 1989) with one counter per 64 pages and a population count. The slab's
 * record and its class then give the object by one multiplication. No step depends on how many slabs or objects there are.
 *
 * slabscan_objset_hits() takes these steps for a batch of words one after the other and prefetches what the next step reads: on a large machine
 * the slab records and the bitmaps are much larger than the caches, and each hit would otherwise wait for two misses.
 */
#include "objset.h"

#define MAX_OBJECTS_IN_SLAB 32767

/* one page more than asked for: the page of all words that point elsewhere, whose bit stays 0 */
static u64 bitmap_words(u64 nr_pages)
{
	return nr_pages / 64 + 1;
}

u64 slabscan_objset_bytes(u64 nr_pages, u32 max_slabs, u32 max_classes)
{
	u64 words = bitmap_words(nr_pages);

	return words * (2 * sizeof(u64)) + (words + (words & 1)) * sizeof(u32) + (u64)max_classes * sizeof(struct slabscan_objset_class) +
	       (u64)max_slabs * sizeof(struct slabscan_objset_slab);
}

int slabscan_objset_init(struct slabscan_objset *o, u64 base, u64 nr_pages, u32 max_slabs, u32 max_classes, void *mem,
			 size_t len)
{
	u64 words = bitmap_words(nr_pages);

	memset(o, 0, sizeof(*o));
	if (nr_pages > U32_MAX || max_classes > U16_MAX || base & (SLABSCAN_OBJSET_PAGE - 1))
		return -EINVAL;
	if (len < slabscan_objset_bytes(nr_pages, max_slabs, max_classes))
		return -ENOSPC;
	o->base = base;
	o->nr_pages = nr_pages;
	o->max_slabs = max_slabs;
	o->max_classes = max_classes;
	o->pages = mem;
	o->heads = o->pages + words;
	o->classes = (struct slabscan_objset_class *)(o->heads + words);
	o->rank = (u32 *)(o->classes + max_classes);
	o->slabs = (struct slabscan_objset_slab *)(o->rank + words + (words & 1));
	return 0;
}

int slabscan_objset_add_class(struct slabscan_objset *o, u64 tag, u32 stride, u32 first, u32 size)
{
	struct slabscan_objset_class *c;

	if (stride < 8 || stride > SLABSCAN_RECIP_MAX || first > SLABSCAN_RECIP_MAX || !size || size > stride)
		return -EINVAL;
	if (o->nr_classes == o->max_classes)
		return -ENOSPC;
	c = &o->classes[o->nr_classes];
	c->tag = tag;
	c->stride = stride;
	c->first = first;
	c->size = size;
	c->reciprocal = slabscan_recip(stride);
	return o->nr_classes++;
}

int slabscan_objset_add_slab(struct slabscan_objset *o, u64 address, u32 pages, u32 class, u32 nr)
{
	struct slabscan_objset_slab *s;
	struct slabscan_objset_class *c;
	u64 page = (address - o->base) >> SLABSCAN_OBJSET_SHIFT, bytes = (u64)pages << SLABSCAN_OBJSET_SHIFT, i;

	if ((address - o->base) & (SLABSCAN_OBJSET_PAGE - 1) || page < o->next_page || page >= o->nr_pages || pages > o->nr_pages - page)
		return -EINVAL;
	if (class >= o->nr_classes || !nr || nr > MAX_OBJECTS_IN_SLAB || bytes > U32_MAX)
		return -EINVAL;
	c = &o->classes[class];
	if (c->first + (u64)(nr - 1) * c->stride + c->size > bytes)
		return -EINVAL;
	if (o->nr_slabs == o->max_slabs)
		return -ENOSPC;
	if (nr >= SLABSCAN_OBJSET_NONE - o->nr_objects)
		return -E2BIG;
	s = &o->slabs[o->nr_slabs++];
	s->page = page;
	s->object = o->nr_objects;
	s->nr = nr;
	s->class = class;
	o->nr_objects += nr;
	o->next_page = page + pages;
	o->heads[page >> 6] |= 1ULL << (page & 63);
	for (i = page; i < page + pages; i++)
		o->pages[i >> 6] |= 1ULL << (i & 63);
	return 0;
}

void slabscan_objset_seal(struct slabscan_objset *o)
{
	u64 i, words = bitmap_words(o->nr_pages);
	u32 n = 0;

	for (i = 0; i < words; i++) {
		o->rank[i] = n;
		n += hweight64(o->heads[i]);
	}
	o->max_slabs = o->nr_slabs;
	o->max_classes = o->nr_classes;
}

/*
 * The words from @at on that point into slab pages; *@at moves behind the last one that was looked at. No branch depends on a word: what is
 * written for one that misses is overwritten by the next. (Testing eight words together first was measured and is slower where every tenth
 * word is a pointer.)
 */
static __always_inline u32 page_hits(const struct slabscan_objset *o, const u64 *block, u32 len, u32 *at, u32 *where, u32 *page)
{
	const u64 base = o->base, nr_pages = o->nr_pages, *pages = o->pages;
	const u32 end = len / 8;
	u32 i = *at / 8, n = 0, stop;
	u64 p;

	while (i < end && n < SLABSCAN_OBJSET_BATCH) {
		/* so many that even if all hit they fit */
		stop = min(end, i + SLABSCAN_OBJSET_BATCH - n);
		for (; i < stop; i++) {
			p = (block[i] - base) >> SLABSCAN_OBJSET_SHIFT;
			p = p < nr_pages ? p : nr_pages;
			where[n] = i;
			page[n] = p;
			n += pages[p >> 6] >> (p & 63) & 1;
		}
	}
	*at = i == end ? len : i * 8;
	return n;
}

u32 slabscan_objset_hits(const struct slabscan_objset *o, const u64 *block, u32 len, u32 *at, const unsigned long *bitmap,
			 struct slabscan_objset_hit *ret)
{
	u32 where[SLABSCAN_OBJSET_BATCH], page[SLABSCAN_OBJSET_BATCH];
	u32 i, slab, object, n = 0, found = page_hits(o, block, len, at, where, page);

	for (i = 0; i < found; i++) {
		page[i] = slabscan_objset_slab_of(o, page[i]);
		prefetch(&o->slabs[page[i]]);
	}
	for (i = 0; i < found; i++) {
		slab = page[i];
		object = slabscan_objset_object_of(o, slab, block[where[i]]);
		if (object == SLABSCAN_OBJSET_NONE)
			continue;
		if (bitmap)
			prefetch(&bitmap[BIT_WORD(object)]);
		ret[n].at = where[i] * 8;
		ret[n].object = object;
		ret[n].slab = slab;
		n++;
	}
	return n;
}

u32 slabscan_objset_slab_with(const struct slabscan_objset *o, u32 object)
{
	u32 lo = 0, hi = o->nr_slabs, mid;

	while (hi - lo > 1) {
		mid = lo + (hi - lo) / 2;
		if (o->slabs[mid].object <= object)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}
