// SPDX-License-Identifier: GPL-2.0-only
/* v6.1 2c1d697fb8ba "mm/slab_common: drop kmem_alloc & avoid dereferencing fields when not using": the tracepoint tells the cache, and one event does for all nodes. */
#include <linux/slab.h>
#include <trace/events/kmem.h>

static void hook(void *data, unsigned long ip, const void *ptr, struct kmem_cache *s, gfp_t gfp, int node)
{
}

int probe(void);
int probe(void)
{
	return register_trace_kmem_cache_alloc(hook, NULL);
}
