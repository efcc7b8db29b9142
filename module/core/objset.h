/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * objset.h - all slab objects of a machine, numbered: which object does this word point into?
 *
 * Life: slabscan_objset_init(), slabscan_objset_add_class() for each cache, slabscan_objset_add_slab() for each slab in ascending order of
 * addresses, slabscan_objset_seal(); from then on read-only and free to be used by any number of threads. Objects are numbered from 0 in
 * ascending order of addresses, free ones too. What is known of each object stands in bitmaps that the caller makes over these numbers.
 */
#ifndef SLABSCAN_OBJSET_H
#define SLABSCAN_OBJSET_H

#include "core.h"
#include "recip.h"

/* no object */
#define SLABSCAN_OBJSET_NONE U32_MAX

/* "page" in this file: 4 KiB, whatever the machine's page size is, so that the compiler knows the shift */
#define SLABSCAN_OBJSET_SHIFT 12
#define SLABSCAN_OBJSET_PAGE (1ULL << SLABSCAN_OBJSET_SHIFT)

/* words that point into slabs are handled in batches of this many, so that their cache misses overlap */
#define SLABSCAN_OBJSET_BATCH 32

/**
 * struct slabscan_objset_class - what all slabs of one cache have in common
 * @tag: the caller's name of the cache (its address); equal in two sets if it is the same cache
 * @stride: bytes from one object to the next
 * @first: bytes from the slab's start to object 0
 * @size: bytes of an object that belong to its owner
 * @reciprocal: private
 */
struct slabscan_objset_class {
	u64 tag;
	u32 stride;
	u32 first;
	u32 size;
	u64 reciprocal;
};

/**
 * struct slabscan_objset_slab - one slab, 12 bytes
 * @page: number of its first page
 * @object: number of its first object
 * @nr: its objects
 * @class: index of its class
 */
struct slabscan_objset_slab {
	u32 page;
	u32 object;
	u16 nr;
	u16 class;
};

/**
 * struct slabscan_objset - the set; read members freely after sealing, write none
 * @base: address of page 0
 * @nr_pages: pages covered
 * @slabs: ascending
 * @nr_slabs: how many
 * @classes: as they were added
 * @nr_classes: how many
 * @nr_objects: objects of all slabs; numbers are below it
 */
struct slabscan_objset {
	u64 base;
	u64 nr_pages;
	u32 nr_slabs;
	u32 nr_classes;
	u32 nr_objects;
	struct slabscan_objset_slab *slabs;
	struct slabscan_objset_class *classes;
	/* private: a bit per page: of a slab, the first one of a slab; slabs before each word of heads */
	u64 *pages;
	u64 *heads;
	u32 *rank;
	u64 next_page;
	u32 max_slabs;
	u32 max_classes;
};

/**
 * struct slabscan_objset_hit - a word that points into a slab object
 * @at: byte offset of the word in the block that was searched
 * @object: number of the object
 * @slab: index of its slab
 */
struct slabscan_objset_hit {
	u32 at;
	u32 object;
	u32 slab;
};

/**
 * struct slabscan_objset_word - a word that was found somewhere
 * @value: it
 * @at: byte offset of where it was
 */
struct slabscan_objset_word {
	u64 value;
	u32 at;
};

/**
 * slabscan_objset_bytes - memory that a set needs
 * @nr_pages: pages from the first to the last that may belong to a slab
 * @max_slabs: slabs at most
 * @max_classes: caches at most, up to 65,535
 *
 * 2.5 bits a page, 12 bytes a slab, 32 bytes a class: 16 MB for the pages of a machine of 200 GB, and 0.3 % of slabs of one page, 0.04 % of
 * slabs of 8 pages. Each bitmap over the objects adds slabscan_objset_bitmap_bytes().
 */
u64 slabscan_objset_bytes(u64 nr_pages, u32 max_slabs, u32 max_classes);

/* bytes of one bitmap over @nr_objects objects */
static inline u64 slabscan_objset_bitmap_bytes(u32 nr_objects)
{
	return ((u64)nr_objects + 63) / 64 * 8;
}

/**
 * slabscan_objset_init - make an empty set
 * @o: caller's memory
 * @base: address of page 0: the start of the direct map
 * @nr_pages: as in slabscan_objset_bytes()
 * @max_slabs: as there
 * @max_classes: as there
 * @mem: zeroed memory, 8-aligned, stays the caller's and must outlive the set
 * @len: its bytes, at least slabscan_objset_bytes()
 *
 * Return: 0; -EINVAL for arguments out of range, -ENOSPC for too little memory.
 */
int slabscan_objset_init(struct slabscan_objset *o, u64 base, u64 nr_pages, u32 max_slabs, u32 max_classes, void *mem,
			 size_t len);

/**
 * slabscan_objset_add_class - add a cache
 * @o: not yet sealed
 * @tag: see struct slabscan_objset_class
 * @stride: 8 to SLABSCAN_RECIP_MAX
 * @first: likewise
 * @size: 1 to @stride
 *
 * Return: index of the class; -EINVAL, or -ENOSPC when there are @max_classes already.
 */
int slabscan_objset_add_class(struct slabscan_objset *o, u64 tag, u32 stride, u32 first, u32 size);

/**
 * slabscan_objset_add_slab - add a slab
 * @o: not yet sealed
 * @address: of its first page
 * @pages: its pages
 * @class: index of its class
 * @nr: its objects, 1 to 32,767, all within its pages
 *
 * Return: 0; -EINVAL for a slab that is not behind the last one, not page-aligned, outside of the set's pages, or too small for its objects;
 * -ENOSPC when there are @max_slabs already; -E2BIG when numbers of objects would not fit into 32 bits.
 */
int slabscan_objset_add_slab(struct slabscan_objset *o, u64 address, u32 pages, u32 class, u32 nr);

/**
 * slabscan_objset_seal - make a filled set ready for lookups
 * @o: the set
 *
 * One pass over the bitmap of heads (nr_pages / 64 steps). Nothing can be added afterwards.
 */
void slabscan_objset_seal(struct slabscan_objset *o);

/* does this address lie in a page of a slab? @page: gets the page's number, @nr_pages (a page that is never set) for all that lie outside */
static __always_inline bool slabscan_objset_page(const struct slabscan_objset *o, u64 address, u64 *page)
{
	u64 p = (address - o->base) >> SLABSCAN_OBJSET_SHIFT;

	p = p < o->nr_pages ? p : o->nr_pages;
	*page = p;
	return o->pages[p >> 6] >> (p & 63) & 1;
}

/* is there a slab in these pages? It may say so of up to 63 pages before and behind. */
static inline bool slabscan_objset_any(const struct slabscan_objset *o, u64 address, u64 nr)
{
	u64 at = (address - o->base) >> SLABSCAN_OBJSET_SHIFT, end = at + nr;

	for (at >>= 6; at << 6 < end && at <= o->nr_pages >> 6; at++)
		if (o->pages[at])
			return true;
	return false;
}

/* which slab does a page belong to that slabscan_objset_page() was true for? */
static __always_inline u32 slabscan_objset_slab_of(const struct slabscan_objset *o, u64 page)
{
	return o->rank[page >> 6] + hweight64(o->heads[page >> 6] & (~0ULL >> (63 - (page & 63)))) - 1;
}

/* which object of this slab does an address within its pages point into? */
static __always_inline u32 slabscan_objset_object_of(const struct slabscan_objset *o, u32 slab, u64 address)
{
	const struct slabscan_objset_slab *s = &o->slabs[slab];
	const struct slabscan_objset_class *c = &o->classes[s->class];
	u64 at = address - o->base - ((u64)s->page << SLABSCAN_OBJSET_SHIFT) - c->first;

	if (unlikely(at >= (u64)s->nr * c->stride))
		return SLABSCAN_OBJSET_NONE;
	return s->object + slabscan_recip_divide(c->reciprocal, at);
}

/**
 * slabscan_objset_find - which object does an address point into?
 * @o: sealed set
 * @address: any word
 *
 * An object reaches to the next one's start: a pointer to its middle, with tags in its low bits, or into its padding counts. A pointer to one
 * past its end is the next object's. Space before the first and behind the last object of a slab is nobody's.
 *
 * Return: number of the object, or SLABSCAN_OBJSET_NONE.
 */
static __always_inline u32 slabscan_objset_find(const struct slabscan_objset *o, u64 address)
{
	u64 page;

	if (!slabscan_objset_page(o, address, &page))
		return SLABSCAN_OBJSET_NONE;
	return slabscan_objset_object_of(o, slabscan_objset_slab_of(o, page), address);
}

/**
 * slabscan_objset_hits - words of a block that point into objects
 * @o: sealed set
 * @block: 8-aligned memory; taken as 64-bit words, a rest of less than 8 bytes is ignored
 * @len: its bytes, below 4 GiB
 * @at: in: byte offset to start from, a multiple of 8; out: where to go on, @len at the end
 * @bitmap: over the set's objects; the words of those that are found are prefetched. May be NULL
 * @ret: SLABSCAN_OBJSET_BATCH hits
 *
 * Call until *@at is @len. About 0.5 to 2 ns a word that is no pointer into a slab.
 *
 * Return: number of hits.
 */
u32 slabscan_objset_hits(const struct slabscan_objset *o, const u64 *block, u32 len, u32 *at, const unsigned long *bitmap,
			 struct slabscan_objset_hit *ret);

/**
 * slabscan_objset_hits_of - those of some words that point into objects
 * @o: sealed set
 * @words: them
 * @nr: how many
 * @next: in: index of the first to look at; out: where to go on, @nr at the end
 * @bitmap: as for slabscan_objset_hits()
 * @ret: SLABSCAN_OBJSET_BATCH hits; their @at is that of the word
 *
 * Return: number of hits.
 */
u32 slabscan_objset_hits_of(const struct slabscan_objset *o, const struct slabscan_objset_word *words, u32 nr, u32 *next, const unsigned long *bitmap,
			    struct slabscan_objset_hit *ret);

/**
 * slabscan_objset_slab_with - which slab has this object?
 * @o: sealed set
 * @object: a valid number
 *
 * Binary search.
 *
 * Return: index into @o->slabs.
 */
u32 slabscan_objset_slab_with(const struct slabscan_objset *o, u32 object);

/* address of object number @object, which lies in slab number @slab */
static inline u64 slabscan_objset_address_in(const struct slabscan_objset *o, u32 slab, u32 object)
{
	const struct slabscan_objset_slab *s = &o->slabs[slab];
	const struct slabscan_objset_class *c = &o->classes[s->class];

	return o->base + ((u64)s->page << SLABSCAN_OBJSET_SHIFT) + c->first + (u64)(object - s->object) * c->stride;
}

/* address of object number @object */
static inline u64 slabscan_objset_address(const struct slabscan_objset *o, u32 object)
{
	return slabscan_objset_address_in(o, slabscan_objset_slab_with(o, object), object);
}

/* bytes of object number @object, which lies in slab number @slab */
static inline u32 slabscan_objset_size_in(const struct slabscan_objset *o, u32 slab)
{
	return o->classes[o->slabs[slab].class].size;
}

#endif /* SLABSCAN_OBJSET_H */
