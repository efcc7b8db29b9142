// SPDX-License-Identifier: GPL-2.0-only
/*
 * account.c - what all of memory is used for
 *
 * The counters of /proc/meminfo overlap. What is taken out of what: Cached holds shared memory, VmallocUsed holds the stacks of tasks
 * (they are mapped there), and Slab holds the large kmalloc()s, which are in no cache.
 */
#include <unistd.h>

#include "account.h"

static uint64_t get(const struct sample *s, enum gauge g)
{
	return sample_has(s, g) ? s->gauge[g] : 0;
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static void put(struct account *a, enum account_use use, uint64_t bytes)
{
	a->bytes[use] = bytes;
	a->known |= 1U << use;
}

void account_make(struct account *a, const struct sample *s)
{
	uint64_t slab = 0, used = 0, large = 0, page = (uint64_t)sysconf(_SC_PAGESIZE);

	*a = (struct account){ .total = get(s, GAUGE_TOTAL) };
	put(a, ACCOUNT_FREE, get(s, GAUGE_FREE));
	put(a, ACCOUNT_SHMEM, get(s, GAUGE_SHMEM));
	put(a, ACCOUNT_PAGE_CACHE, less(get(s, GAUGE_CACHED) + get(s, GAUGE_BUFFERS) + get(s, GAUGE_SWAP_CACHED), get(s, GAUGE_SHMEM)));
	put(a, ACCOUNT_ANON, get(s, GAUGE_ANON));
	put(a, ACCOUNT_SLAB_RECLAIMABLE, get(s, GAUGE_SLAB_RECLAIMABLE));
	for (size_t i = 0; i < s->cache_count; i++)
		slab += s->caches[i].bytes;
	if (s->cache_count) {
		large = less(get(s, GAUGE_SLAB_RECLAIMABLE) + get(s, GAUGE_SLAB_UNRECLAIMABLE), slab);
		if (large > get(s, GAUGE_SLAB_UNRECLAIMABLE))
			large = get(s, GAUGE_SLAB_UNRECLAIMABLE);
		put(a, ACCOUNT_LARGE_KMALLOC, large);
	}
	put(a, ACCOUNT_SLAB_UNRECLAIMABLE, get(s, GAUGE_SLAB_UNRECLAIMABLE) - large);
	if (sample_has(s, GAUGE_VMALLOC_AREAS))
		put(a, ACCOUNT_VMALLOC, get(s, GAUGE_VMALLOC_AREAS));
	else if (sample_has(s, GAUGE_VMALLOC_USED))
		put(a, ACCOUNT_VMALLOC, less(get(s, GAUGE_VMALLOC_USED), get(s, GAUGE_KERNEL_STACK)));
	put(a, ACCOUNT_KERNEL_STACK, get(s, GAUGE_KERNEL_STACK));
	put(a, ACCOUNT_PAGE_TABLES, get(s, GAUGE_PAGE_TABLES) + get(s, GAUGE_SEC_PAGE_TABLES));
	if (sample_has(s, GAUGE_PERCPU))
		put(a, ACCOUNT_PERCPU, get(s, GAUGE_PERCPU));
	if (sample_has(s, GAUGE_HUGETLB))
		put(a, ACCOUNT_HUGETLB, get(s, GAUGE_HUGETLB));
	if (sample_has(s, GAUGE_ZSPAGES) || sample_has(s, GAUGE_ZSWAP)) {
		uint64_t zspages = get(s, GAUGE_ZSPAGES) * page, zswap = get(s, GAUGE_ZSWAP);

		put(a, ACCOUNT_COMPRESSED, zspages > zswap ? zspages : zswap);
	}
	if (sample_has(s, GAUGE_BALLOON))
		put(a, ACCOUNT_BALLOON, get(s, GAUGE_BALLOON));
	else if (sample_has(s, GAUGE_BALLOON_INFLATE))
		put(a, ACCOUNT_BALLOON, less(get(s, GAUGE_BALLOON_INFLATE), get(s, GAUGE_BALLOON_DEFLATE)) * page);

	for (int i = 0; i < ACCOUNT_OTHER; i++)
		used += a->bytes[i];
	a->excess = less(used, a->total);
	put(a, ACCOUNT_OTHER, less(a->total, used));
}

static const struct { const char *key, *text; } uses[] = {
	[ACCOUNT_FREE]			= { "free", "free" },
	[ACCOUNT_PAGE_CACHE]		= { "page_cache", "page cache" },
	[ACCOUNT_SHMEM]			= { "shmem", "tmpfs and shared memory" },
	[ACCOUNT_ANON]			= { "anon", "memory of processes" },
	[ACCOUNT_SLAB_RECLAIMABLE]	= { "slab_reclaimable", "slab, reclaimable" },
	[ACCOUNT_SLAB_UNRECLAIMABLE]	= { "slab_unreclaimable", "slab, unreclaimable" },
	[ACCOUNT_LARGE_KMALLOC]		= { "large_kmalloc", "large kmalloc" },
	[ACCOUNT_VMALLOC]		= { "vmalloc", "vmalloc" },
	[ACCOUNT_KERNEL_STACK]		= { "kernel_stack", "kernel stacks" },
	[ACCOUNT_PAGE_TABLES]		= { "page_tables", "page tables" },
	[ACCOUNT_PERCPU]		= { "percpu", "per-CPU memory" },
	[ACCOUNT_HUGETLB]		= { "hugetlb", "huge page pool" },
	[ACCOUNT_COMPRESSED]		= { "compressed", "zram and zswap" },
	[ACCOUNT_BALLOON]		= { "balloon", "balloon of the hypervisor" },
	[ACCOUNT_OTHER]			= { "other", "other pages (not accounted)" },
};

const char *account_key(enum account_use use)
{
	return uses[use].key;
}

const char *account_text(enum account_use use)
{
	return uses[use].text;
}
