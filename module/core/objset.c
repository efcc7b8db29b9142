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

/* Words that point into slab pages, on their way to becoming hits. */
struct batch {
	u64 value[SLABSCAN_OBJSET_BATCH];
	u32 at[SLABSCAN_OBJSET_BATCH];
	u32 page[SLABSCAN_OBJSET_BATCH];
	u32 n;
};

/* Takes a word in if it points into a slab page: no branch depends on that, what is written otherwise is overwritten by the next. */
static __always_inline void take(const struct slabscan_objset *o, struct batch *b, u64 value, u32 at)
{
	u64 p = value - o->base;

	if (p >= o->nr_pages << SLABSCAN_OBJSET_SHIFT)
		return;
	p >>= SLABSCAN_OBJSET_SHIFT;
	b->value[b->n] = value;
	b->at[b->n] = at;
	b->page[b->n] = p;
	b->n += o->pages[p >> 6] >> (p & 63) & 1;
}

static u32 look_up(const struct slabscan_objset *o, struct batch *b, const unsigned long *bitmap, struct slabscan_objset_hit *ret)
{
	u32 i, slab, object, n = 0;

	for (i = 0; i < b->n; i++) {
		b->page[i] = slabscan_objset_slab_of(o, b->page[i]);
		prefetch(&o->slabs[b->page[i]]);
	}
	for (i = 0; i < b->n; i++) {
		slab = b->page[i];
		object = slabscan_objset_object_of(o, slab, b->value[i]);
		if (object == SLABSCAN_OBJSET_NONE)
			continue;
		if (bitmap)
			prefetch(&bitmap[BIT_WORD(object)]);
		ret[n].at = b->at[i];
		ret[n].object = object;
		ret[n].slab = slab;
		n++;
	}
	return n;
}

/*
 * Most words of most memory are zero or small numbers: four of them are put together, and if none has the bit that all kernel addresses have, they are
 * done with.
 */
u32 slabscan_objset_hits(const struct slabscan_objset *o, const u64 *block, u32 len, u32 *at, const unsigned long *bitmap,
			 struct slabscan_objset_hit *ret)
{
	const u64 top = o->base & 1ULL << 63;
	const u32 end = len / 8;
	u32 i = *at / 8, stop;
	struct batch b SLABSCAN_UNCLEARED;

	b.n = 0;
	while (i < end && b.n < SLABSCAN_OBJSET_BATCH) {
		stop = min(end, i + 4);
		if (stop == i + 4 && ((block[i] | block[i + 1] | block[i + 2] | block[i + 3]) & top) != top) {
			i = stop;
			continue;
		}
		for (; i < stop && b.n < SLABSCAN_OBJSET_BATCH; i++)
			take(o, &b, block[i], i * 8);
	}
	*at = i == end ? len : i * 8;
	return look_up(o, &b, bitmap, ret);
}

u32 slabscan_objset_hits_of(const struct slabscan_objset *o, const struct slabscan_objset_word *words, u32 nr, u32 *next, const unsigned long *bitmap,
			    struct slabscan_objset_hit *ret)
{
	u32 i = *next;
	struct batch b SLABSCAN_UNCLEARED;

	for (b.n = 0; i < nr && b.n < SLABSCAN_OBJSET_BATCH; i++)
		take(o, &b, words[i].value, words[i].at);
	*next = i;
	return look_up(o, &b, bitmap, ret);
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
