// SPDX-License-Identifier: GPL-2.0-only
/*
 * own.c - memory of ours that is full of other people's addresses
 *
 * Results, clusters and copies of memory hold addresses of objects and words out of them. To a search for references they would be references. So
 * they are allocated here, and the search asks for all of them and leaves them out.
 *
 * Locks: own_lock protects the list; taken for a few instructions, but for slabscan_own_each(), which holds it while it calls back.
 */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "compat/compat.h"
#include "own.h"

struct own {
	struct list_head list;
	size_t size;
} __aligned(64);

static DEFINE_MUTEX(own_lock);
static LIST_HEAD(own_list);

/**
 * slabscan_own_alloc() - zeroed memory that is not to be searched for references
 * @size: bytes
 *
 * What there is may be taken, but nobody is killed for it: where memory is short a job has to fail, not somebody else.
 *
 * Context: may sleep.
 * Return: 64-byte aligned relative to its allocation; NULL if there is none. To be freed with slabscan_own_free().
 */
void *slabscan_own_alloc(size_t size)
{
	struct own *own;

	if (size > INT_MAX - sizeof(*own))
		return NULL;
	own = kvzalloc(sizeof(*own) + size, GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
	if (!own)
		return NULL;
	own->size = size;
	mutex_lock(&own_lock);
	list_add(&own->list, &own_list);
	mutex_unlock(&own_lock);
	return own + 1;
}

/**
 * slabscan_own_free() - free it
 * @p: from slabscan_own_alloc(), or NULL
 *
 * Context: may sleep.
 */
void slabscan_own_free(void *p)
{
	struct own *own = p;

	if (!own)
		return;
	own--;
	mutex_lock(&own_lock);
	list_del(&own->list);
	mutex_unlock(&own_lock);
	kvfree(own);
}

/**
 * slabscan_own_has() - is this in memory of ours?
 * @addr: any address
 *
 * Context: may sleep.
 */
bool slabscan_own_has(unsigned long addr)
{
	struct own *own;
	bool has = false;

	mutex_lock(&own_lock);
	list_for_each_entry(own, &own_list, list)
		has = has || (addr >= (unsigned long)own && addr < (unsigned long)(own + 1) + own->size);
	mutex_unlock(&own_lock);
	return has;
}

/**
 * slabscan_own_each() - go through all of it
 * @see: called with the addresses of each piece; may not allocate or free here
 * @arg: for @see
 *
 * Context: may sleep.
 */
void slabscan_own_each(void (*see)(void *arg, unsigned long start, unsigned long end), void *arg)
{
	struct own *own;

	mutex_lock(&own_lock);
	list_for_each_entry(own, &own_list, list)
		see(arg, (unsigned long)own, (unsigned long)(own + 1) + own->size);
	mutex_unlock(&own_lock);
}
