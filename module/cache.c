// SPDX-License-Identifier: GPL-2.0-only
/*
 * cache.c - the caches of the machine, and whether one still exists
 *
 * Locks: slab_mutex protects the list of caches, and as long as it is held no cache on that list goes away. It is held for microseconds here:
 * holding it for a scan would block everyone who creates or destroys a cache. A scan works on a copy (struct slabscan_cache) instead and asks again
 * every few milliseconds, by slabscan_cache_lock(), whether the cache of the copy is still there. The list may hold thousands of caches on a
 * machine that gives each container its own; a walk over that many takes well under a millisecond.
 *
 * An address alone does not identify a cache, since a new one may be made where an old one was. The freelist key differs then.
 */
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat/compat.h"
#include "cache.h"
#include "kmem.h"
#include "ksym.h"
#include "layout.h"

/* The list can't be longer without something being very wrong: the index fits 16 bits. */
#define MAX_CACHES 32768

static unsigned long list_to_cache(const struct list_head *l)
{
	return (unsigned long)l - slabscan_layout[SLABSCAN_S_LIST].offset;
}

static u32 public_flags(const struct slabscan_cache *c, unsigned long ctor, unsigned long refcount)
{
	u32 flags = 0;

	if (c->slab_flags & (__force u32)SLAB_RECLAIM_ACCOUNT)
		flags |= SLABSCAN_CACHE_RECLAIMABLE;
	if (c->slab_flags & (__force u32)SLAB_TYPESAFE_BY_RCU)
		flags |= SLABSCAN_CACHE_RCU;
	if (c->slab_flags & (__force u32)SLAB_ACCOUNT)
		flags |= SLABSCAN_CACHE_ACCOUNT;
	if (c->slab_flags & (__force u32)(SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_CONSISTENCY_CHECKS))
		flags |= SLABSCAN_CACHE_DEBUG;
	if (ctor)
		flags |= SLABSCAN_CACHE_CTOR;
	if (refcount > 1)
		flags |= SLABSCAN_CACHE_MERGED;
	return flags;
}

/**
 * slabscan_cache_copy() - copy what slabscan needs of a kmem_cache
 * @addr: address of the kmem_cache
 * @ret: filled
 *
 * Context: any; the caller makes sure that @addr is a cache (holds slab_mutex, or owns it).
 * Return: 0, or -EFAULT if it can't be read or can't be true.
 */
int slabscan_cache_copy(unsigned long addr, struct slabscan_cache *ret)
{
	unsigned long flags, size, object_size, offset, oo, min, ctor, refcount, name, v;

	memset(ret, 0, sizeof(*ret));
	ret->addr = addr;
	if (slabscan_field_read(addr, SLABSCAN_S_FLAGS, &flags) ||
	    slabscan_field_read(addr, SLABSCAN_S_SIZE, &size) ||
	    slabscan_field_read(addr, SLABSCAN_S_OBJECT_SIZE, &object_size) ||
	    slabscan_field_read(addr, SLABSCAN_S_OFFSET, &offset) ||
	    slabscan_field_read(addr, SLABSCAN_S_OO, &oo) ||
	    slabscan_field_read(addr, SLABSCAN_S_MIN, &min) ||
	    slabscan_field_read(addr, SLABSCAN_S_CTOR, &ctor) ||
	    slabscan_field_read(addr, SLABSCAN_S_REFCOUNT, &refcount) ||
	    slabscan_field_read(addr, SLABSCAN_S_NAME, &name))
		return -EFAULT;
	if (slabscan_kmem_string(ret->name, name, sizeof(ret->name)))
		return -EFAULT;

	ret->slab_flags = flags;
	ret->size = size;
	ret->object_size = object_size;
	ret->offset = offset;
	/* OO_SHIFT is 16 in every mm/slub.c since v2.6.27; the proof at load would notice another */
	ret->order = max(oo >> 16, min >> 16);
	ret->max_objects = max(oo & 0xffff, min & 0xffff);
	if (!slabscan_field_read(addr, SLABSCAN_S_RED_LEFT_PAD, &v))
		ret->red_left_pad = v;
	if (!slabscan_field_read(addr, SLABSCAN_S_RANDOM, &v))
		ret->random = v;
	if (!slabscan_field_read(addr, SLABSCAN_S_CPU_SLAB, &v))
		ret->cpu_slab = v;
	if (!slabscan_field_read(addr, SLABSCAN_S_CPU_SHEAVES, &v))
		ret->cpu_sheaves = v;
	if (!slabscan_field_read(addr, SLABSCAN_S_SHEAF_CAPACITY, &v))
		ret->sheaf_capacity = v;
	ret->flags = public_flags(ret, ctor, refcount);

	if (!ret->size || ret->object_size > ret->size || ret->offset >= ret->size || ret->order > 20 || !ret->max_objects ||
	    (u64)ret->max_objects * ret->size > PAGE_SIZE << ret->order)
		return -EFAULT;

	/* the byte swap came with v5.7, 1ad53d9fa3f6 "slub: improve bit diffusion for freelist ptr obfuscation" */
	ret->freelist.coding = slabscan_has(SLABSCAN_S_RANDOM) ? SLABSCAN_FREELIST_SWAB : SLABSCAN_FREELIST_PLAIN;
	ret->freelist.stride = ret->size;
	ret->freelist.first = ret->red_left_pad;
	ret->freelist.link = ret->offset;
	ret->freelist.random = ret->random;
	return slabscan_freelist_init(&ret->freelist) ? -EFAULT : 0;
}

/* The list of caches, bounded. Holds slab_mutex. */
#define for_each_cache(pos, n) \
	for (pos = slabscan_ksyms.slab_caches->next, n = 0; pos != slabscan_ksyms.slab_caches && n < MAX_CACHES; pos = pos->next, n++)

static void hash_cache(struct slabscan_caches *all, unsigned int i)
{
	unsigned int mask = (1U << all->bits) - 1;
	unsigned int at = hash_long(all->cache[i].addr, all->bits);

	while (all->hash[at])	/* ends: the table is at most half full */
		at = (at + 1) & mask;
	all->hash[at] = i + 1;
}

/**
 * slabscan_caches_create() - copy the list of all caches
 *
 * Context: process context; takes slab_mutex; may sleep.
 * Return: to be freed with slabscan_caches_destroy(); ERR_PTR(-ENOMEM), or ERR_PTR(-EFAULT) if a cache can't be read.
 */
struct slabscan_caches *slabscan_caches_create(void)
{
	struct slabscan_caches *all;
	struct list_head *pos;
	unsigned int n, room, i, j;
	int err = 0;

	mutex_lock(slabscan_ksyms.slab_mutex);
	for_each_cache(pos, n)
		;
	mutex_unlock(slabscan_ksyms.slab_mutex);

	room = n + 64;	/* for those that come before we look again */
	all = kvzalloc(struct_size(all, cache, room), SLABSCAN_GFP);
	if (!all)
		return ERR_PTR(-ENOMEM);
	all->bits = order_base_2(room) + 1;
	all->hash = kvcalloc(1UL << all->bits, sizeof(*all->hash), SLABSCAN_GFP);
	if (!all->hash) {
		kvfree(all);
		return ERR_PTR(-ENOMEM);
	}

	mutex_lock(slabscan_ksyms.slab_mutex);
	for_each_cache(pos, n) {
		if (n == room)
			break;
		err = slabscan_cache_copy(list_to_cache(pos), &all->cache[n]);
		if (err)
			break;
	}
	mutex_unlock(slabscan_ksyms.slab_mutex);
	if (err) {
		slabscan_caches_destroy(all);
		return ERR_PTR(err);
	}

	all->nr = n;
	for (i = 0; i < n; i++) {
		hash_cache(all, i);
		for (j = 0; j < i; j++)
			if (!strcmp(all->cache[i].name, all->cache[j].name))
				all->cache[i].index++;
		cond_resched_tasks_rcu_qs();
	}
	return all;
}

/**
 * slabscan_caches_destroy() - free a list of caches
 * @all: from slabscan_caches_create(), or NULL
 */
void slabscan_caches_destroy(struct slabscan_caches *all)
{
	if (!all)
		return;
	kvfree(all->hash);
	kvfree(all);
}

/**
 * slabscan_caches_find() - which cache is this the address of?
 * @all: the list
 * @addr: any word
 *
 * Context: any.
 * Return: index in @all, or -1.
 */
int slabscan_caches_find(const struct slabscan_caches *all, unsigned long addr)
{
	unsigned int mask = (1U << all->bits) - 1;
	unsigned int at = hash_long(addr, all->bits);

	for (; all->hash[at]; at = (at + 1) & mask)
		if (all->cache[all->hash[at] - 1].addr == addr)
			return all->hash[at] - 1;
	return -1;
}

/**
 * slabscan_caches_named() - which cache has this name?
 * @all: the list
 * @name: as the kernel lists it (aliases of merged caches are known to sysfs only)
 * @index: which of several, from 0; -1: there must be just one
 *
 * Context: any.
 * Return: index in @all; -ENOENT; -ENOTUNIQ.
 */
int slabscan_caches_named(const struct slabscan_caches *all, const char *name, int index)
{
	int found = -ENOENT;
	unsigned int i;

	for (i = 0; i < all->nr; i++) {
		if (strcmp(all->cache[i].name, name))
			continue;
		if (index >= 0 && all->cache[i].index == index)
			return i;
		if (index < 0 && found >= 0)
			return -ENOTUNIQ;
		if (index < 0)
			found = i;
	}
	return found;
}

/**
 * slabscan_caches_largest() - the largest slab of any cache
 * @all: the list
 * @order: 2^order pages
 * @objects: most objects in a slab (not necessarily of the same cache)
 */
void slabscan_caches_largest(const struct slabscan_caches *all, unsigned int *order, unsigned int *objects)
{
	unsigned int i;

	*order = 0;
	*objects = 1;
	for (i = 0; i < all->nr; i++) {
		*order = max(*order, all->cache[i].order);
		*objects = max(*objects, all->cache[i].max_objects);
	}
}

/**
 * slabscan_cache_count() - how many slabs and slots a cache has, by the counters of its nodes
 * @cache: a copy; if the cache is gone the numbers mean nothing
 * @slabs: the number is added
 * @slots: likewise
 *
 * Context: process context, not inside slabscan_kmem_hold().
 * Return: 0; -EOPNOTSUPP if this kernel does not count (CONFIG_SLUB_DEBUG).
 */
int slabscan_cache_count(const struct slabscan_cache *cache, u64 *slabs, u64 *slots)
{
	int node, hold;

	if (!slabscan_has(SLABSCAN_N_NR_SLABS) || !slabscan_has(SLABSCAN_N_OBJECTS))
		return -EOPNOTSUPP;
	hold = slabscan_kmem_hold();
	for_each_online_node(node) {
		unsigned long at, n, o;

		if (slabscan_has(SLABSCAN_PER_NODE_NODE))
			at = slabscan_at(cache->addr, SLABSCAN_PER_NODE_NODE) + (unsigned long)node * slabscan_layout[SLABSCAN_S_PER_NODE].element;
		else
			at = slabscan_at(cache->addr, SLABSCAN_S_NODE) + (unsigned long)node * sizeof(long);
		/* of a cache that is gone this may be any word, and lead to a device */
		if (slabscan_kmem_word(at, &at) || slabscan_kmem_read_object(&n, slabscan_at(at, SLABSCAN_N_NR_SLABS), sizeof(n)) ||
		    slabscan_kmem_read_object(&o, slabscan_at(at, SLABSCAN_N_OBJECTS), sizeof(o)))
			continue;
		*slabs += n;
		*slots += o;
	}
	slabscan_kmem_release(hold);
	return 0;
}

/**
 * slabscan_cache_lock() - keep a cache from being destroyed
 * @cache: a copy
 * @since: when slab_mutex was got, ktime_get_ns(): the search for the cache in the list is in the time for which it is held
 *
 * Context: process context; takes slab_mutex if it succeeds. Hold it for microseconds.
 * Return: 0; -ESTALE if that cache is gone (then nothing is held).
 */
int slabscan_cache_lock(const struct slabscan_cache *cache, u64 *since)
{
	struct list_head *pos;
	unsigned long random;
	unsigned int n;

	mutex_lock(slabscan_ksyms.slab_mutex);
	*since = ktime_get_ns();
	for_each_cache(pos, n) {
		if (list_to_cache(pos) != cache->addr)
			continue;
		/* without CONFIG_SLAB_FREELIST_HARDENED there is none */
		if (slabscan_field_read(cache->addr, SLABSCAN_S_RANDOM, &random))
			random = 0;
		if (random == cache->random)
			return 0;
		break;
	}
	mutex_unlock(slabscan_ksyms.slab_mutex);
	return -ESTALE;
}

/**
 * slabscan_cache_unlock() - undo slabscan_cache_lock()
 */
void slabscan_cache_unlock(void)
{
	mutex_unlock(slabscan_ksyms.slab_mutex);
}
