/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * freelist.h - which objects of a copied slab are on this freelist?
 */
#ifndef SLABSCAN_FREELIST_H
#define SLABSCAN_FREELIST_H

#include "core.h"

/* SLUB keeps the number of objects of a slab in 15 bits. */
#define SLABSCAN_SLAB_MAX_OBJECTS 32767

/**
 * enum slabscan_freelist_coding - how a link to the next free object is stored
 * @SLABSCAN_FREELIST_PLAIN: as it is (no CONFIG_SLAB_FREELIST_HARDENED)
 * @SLABSCAN_FREELIST_XOR: xored with the cache's secret and the link's own address (hardened, before v5.7)
 * @SLABSCAN_FREELIST_SWAB: the same with the address byte-swapped (hardened, since v5.7; every Debian kernel that is supported)
 */
enum slabscan_freelist_coding {
	SLABSCAN_FREELIST_PLAIN,
	SLABSCAN_FREELIST_XOR,
	SLABSCAN_FREELIST_SWAB,
};

/**
 * struct slabscan_freelist_geometry - what all slabs of one cache have in common
 * @stride: bytes from one object to the next (kmem_cache.size)
 * @first: bytes from the slab's start to object 0 (kmem_cache.red_left_pad, 0 without red zones)
 * @link: bytes from an object's start to its link (kmem_cache.offset); the link lies within the stride
 * @coding: how links are stored
 * @random: the cache's secret (kmem_cache.random); unused with plain coding
 *
 * All freelist pointers point to object starts *behind* the left red zone: fixup_red_left() is applied before the first link is written.
 */
struct slabscan_freelist_geometry {
	u32 stride;
	u32 first;
	u32 link;
	enum slabscan_freelist_coding coding;
	u64 random;
	/* private: set by slabscan_freelist_init() */
	u64 reciprocal;
};

/**
 * slabscan_freelist_init - check a geometry and prepare it for use
 * @g: public members filled in by the caller
 *
 * Return: 0; -EINVAL for a stride under 8 bytes or above 2^28, a link that does not lie within the stride, or an unknown coding.
 */
int slabscan_freelist_init(struct slabscan_freelist_geometry *g);

/**
 * slabscan_freelist_next - decode one link
 * @g: prepared geometry
 * @stored: the word found at object + @g->link
 * @object: address of that object in the slab, not in the copy
 *
 * For lists that are not read from a slab copy, as a cpu's. The result is as trustworthy as @stored: check it before use.
 *
 * Return: the next free object's address, 0 at the end.
 */
static inline u64 slabscan_freelist_next(const struct slabscan_freelist_geometry *g, u64 stored, u64 object)
{
	u64 at = object + g->link;

	switch (g->coding) {
	case SLABSCAN_FREELIST_SWAB:
		return stored ^ g->random ^ swab64(at);
	case SLABSCAN_FREELIST_XOR:
		return stored ^ g->random ^ at;
	default:
		return stored;
	}
}

/**
 * slabscan_freelist_index - which object of a slab is this?
 * @g: prepared geometry
 * @base: address of the slab
 * @nr: its objects
 * @address: any address
 *
 * Return: 0 to @nr - 1 if @address is exactly an object's start; -ERANGE outside of the slab's objects; -EINVAL between two starts.
 */
int slabscan_freelist_index(const struct slabscan_freelist_geometry *g, u64 base, u32 nr, u64 address);

/**
 * slabscan_freelist_decode - walk a freelist inside a copy of its slab
 * @g: prepared geometry
 * @copy: the slab's bytes
 * @len: bytes copied; must hold all @nr objects (the last one to the end of its link)
 * @base: address that @copy was made from
 * @nr: objects of the slab, 1 to SLABSCAN_SLAB_MAX_OBJECTS
 * @head: first free object, plain, as found in struct slab, in a cpu slab; 0 for an empty list
 * @free: @nr bits; those of the list's objects are set, others stay, so several lists of one slab add up
 * @ret: objects newly set in @free, also on failure
 *
 * Never sleeps, never reads outside of @copy, takes at most @nr steps whatever the memory holds.
 *
 * Return: 0; -EINVAL for arguments that contradict each other (nothing done); and for a list that cannot be right, with the part up to the
 * fault in @free: -ERANGE a link that leaves the slab, -EUCLEAN a link that is no object's start, -ELOOP an object met twice (in this
 * list or in an earlier one of the same @free).
 */
int slabscan_freelist_decode(const struct slabscan_freelist_geometry *g, const void *copy, size_t len, u64 base, u32 nr, u64 head,
			     unsigned long *free, u32 *ret);

#endif /* SLABSCAN_FREELIST_H */
