// SPDX-License-Identifier: GPL-2.0-only
/* v6.1 2c1d697fb8ba "mm/slab_common: drop kmem_alloc & avoid dereferencing fields when not using": kmem_cache_free tells the cache, and comes before the free. */
#include <linux/slab.h>
#include <trace/events/kmem.h>

static void hook(void *data, unsigned long ip, const void *ptr, const struct kmem_cache *s)
{
}

int probe(void);
int probe(void)
{
	return register_trace_kmem_cache_free(hook, NULL);
}
