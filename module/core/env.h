/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * env.h - what core is told of the world outside the object it looks at
 */
#ifndef SLABSCAN_ENV_H
#define SLABSCAN_ENV_H

#include "core.h"

/* Addresses from start on, below end. Empty if they are equal. */
struct slabscan_range {
	u64 start, end;
};

/**
 * struct slabscan_ref - what a pointer refers to
 * @id: of a symbol: its address; of a slab object: number of its cache, from 1. Means something within one job only
 * @offset: bytes from the start of the symbol or of the object
 */
struct slabscan_ref {
	u64 id;
	u32 offset;
};

/**
 * struct slabscan_env - the address space, and who knows about it
 * @image: the kernel image without what was freed after boot
 * @image2: the rest of the image
 * @module: where modules live
 * @vmalloc: vmalloc and ioremap
 * @direct: the direct map
 * @memmap: struct page of all memory
 * @page: bytes of a struct page; 0 if nothing shall be fetched ahead
 * @percpu: per-cpu pointers before a CPU's offset is added
 * @percpu2: those of the first chunk, if they are told apart from small integers. It may overlap the image, and goes first
 * @poison1: LIST_POISON1
 * @poison2: LIST_POISON2
 * @ctx: for the callbacks
 * @symbol: is there a symbol at this address of @image or @module? May cost microseconds
 * @slab: does this address of @direct point into a slab object of a known cache? May cost a cache miss or two
 * @vector_begin: may AVX2 be used from now on, until @vector_end? NULL: never. In between nothing sleeps and no other callback is called
 * @vector_end: after a @vector_begin that said so
 */
struct slabscan_env {
	struct slabscan_range image, image2, module, vmalloc, direct, memmap, percpu, percpu2;
	u64 poison1, poison2;
	u32 page;
	void *ctx;
	bool (*symbol)(void *ctx, u64 addr, struct slabscan_ref *ret);
	bool (*slab)(void *ctx, u64 addr, struct slabscan_ref *ret);
	bool (*vector_begin)(void);
	void (*vector_end)(void);
};

#endif /* SLABSCAN_ENV_H */
