/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * account.h - what all of memory is used for, each page counted once
 */
#ifndef SLABSCAN_ACCOUNT_H
#define SLABSCAN_ACCOUNT_H

#include "sample.h"

enum account_use {
	ACCOUNT_FREE,
	ACCOUNT_PAGE_CACHE,	/* of files and block devices, without ... */
	ACCOUNT_SHMEM,		/* ... tmpfs and shared memory */
	ACCOUNT_ANON,
	ACCOUNT_SLAB_RECLAIMABLE,
	ACCOUNT_SLAB_UNRECLAIMABLE,	/* without ... */
	ACCOUNT_LARGE_KMALLOC,	/* ... what kmalloc() takes straight from the page allocator */
	ACCOUNT_VMALLOC,	/* without kernel stacks */
	ACCOUNT_KERNEL_STACK,
	ACCOUNT_PAGE_TABLES,
	ACCOUNT_PERCPU,
	ACCOUNT_HUGETLB,
	ACCOUNT_COMPRESSED,	/* zram and zswap */
	ACCOUNT_BALLOON,	/* given back to the hypervisor */
	ACCOUNT_OTHER,		/* what nothing accounts for: pages that drivers and the network took themselves */

	ACCOUNT_USES
};

/**
 * struct account - the books
 * @bytes: by use
 * @known: bitmap over enum account_use: what could be told at all; the rest is in ACCOUNT_OTHER
 * @total: all of memory, the sum of @bytes unless @excess is not 0
 * @excess: by how much the uses exceed the total (counters are read one after the other, and drift)
 */
struct account {
	uint64_t bytes[ACCOUNT_USES];
	uint32_t known;
	uint64_t total, excess;
};

void account_make(struct account *a, const struct sample *s);

const char *account_key(enum account_use use);		/* "slab_unreclaimable" */
const char *account_text(enum account_use use);		/* "slab, unreclaimable" */

#endif
