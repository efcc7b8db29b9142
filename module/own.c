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
#include <linux/mmzone.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmstat.h>

#include "compat/compat.h"
#include "own.h"

#define SMALL	SZ_64K	/* who takes no more at a time is let through: it may be what tells where memory went */

struct own {
	struct list_head list;
	size_t size;
} __aligned(64);

static DEFINE_MUTEX(own_lock);
static LIST_HEAD(own_list);

/*
 * Does that leave something for others? To try would be too late: what we hold until we know that there is not enough, somebody else may be killed for.
 * What the kernel calls reclaimable slab does not count, for it may be what leaked.
 */
static bool fits(size_t size)
{
	unsigned long keep = min_t(unsigned long, totalram_pages() / 64, SZ_64M >> PAGE_SHIFT);
	long room, lower = 0;
	int node, z;

	if (size <= SMALL)
		return true;
	/* a movable zone is not for us */
	for_each_online_node(node)
		for (z = 0; z <= ZONE_NORMAL; z++) {
			struct zone *zone = &NODE_DATA(node)->node_zones[z];

			lower += zone_page_state(zone, NR_FREE_PAGES) + zone_page_state(zone, NR_ZONE_INACTIVE_FILE) +
				 zone_page_state(zone, NR_ZONE_ACTIVE_FILE);
		}
	room = min(si_mem_available() - (long)global_node_page_state_pages(NR_SLAB_RECLAIMABLE_B), lower);
	return room > (long)(keep + (size >> PAGE_SHIFT));
}

/**
 * slabscan_own_alloc() - zeroed memory that is not to be searched for references
 * @size: bytes
 *
 * Where memory is short a job has to fail, not somebody else.
 *
 * Context: may sleep.
 * Return: 64-byte aligned relative to its allocation; NULL if there is none. To be freed with slabscan_own_free().
 */
void *slabscan_own_alloc(size_t size)
{
	struct own *own;

	if (size > INT_MAX - sizeof(*own) || !fits(size))
		return NULL;
	/*
	 * Nobody is killed for it. Not __GFP_RETRY_MAYFAIL, which kvmalloc() takes for a wish for contiguous memory and has made by compaction and reclaim.
	 */
	own = kvmalloc(sizeof(*own) + size, GFP_KERNEL | __GFP_ZERO | __GFP_NORETRY | __GFP_NOWARN);
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
 * slabscan_own_fill() - set all bytes of what may be large
 * @p: memory
 * @byte: to this
 * @size: bytes
 *
 * Context: may sleep.
 */
void slabscan_own_fill(void *p, u8 byte, size_t size)
{
	size_t at, piece = 16 * PAGE_SIZE;

	for (at = 0; at < size; at += piece) {
		memset(p + at, byte, min(piece, size - at));
		cond_resched_tasks_rcu_qs();
	}
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

/**
 * slabscan_own_end() - the module goes: tell of what nobody freed, and free it
 *
 * Such memory is seen by nothing else: as long as we are loaded it is on our list, so neither kmemleak nor a search of ours calls it lost.
 *
 * Context: the last step of module exit, and of an init that failed: nobody may use any of it any more. May sleep.
 */
void slabscan_own_end(void)
{
	unsigned int nr = 0;
	struct own *own, *next;
	size_t bytes = 0;

	list_for_each_entry_safe(own, next, &own_list, list) {
		nr++;
		bytes += own->size;
		slabscan_own_free(own + 1);
	}
	if (nr)
		pr_err("%u pieces of memory were forgotten, %zu bytes: a mistake of slabscan\n", nr, bytes);
}
