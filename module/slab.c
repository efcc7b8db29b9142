// SPDX-License-Identifier: GPL-2.0-only
/*
 * slab.c - one slab at a time: what it holds, and which of its objects are allocated
 *
 * A free object is in exactly one of these places:
 *   - the freelist of its slab. Its length is objects - inuse, which is checked;
 *   - the freelist of the CPU whose slab this is (before v7.0): objects taken from the slab in one go, not handed out yet. Such a slab is frozen;
 *   - a sheaf of a CPU or of a node (since v6.18), see struct slabscan_parked;
 *   - nowhere for a moment, while the allocator carries it from one to another; or, after kfree_rcu(), until the grace period is over.
 * All other objects are allocated.
 *
 * Nothing is locked and nothing is stopped. A slab is copied, then parsed in the copy, then its descriptor is read again; if it changed, once more,
 * up to MAX_TRIES times. Under constant traffic it may never stand still. Then the last copy counts, with this certainty: a link of a
 * freelist that leads to an object of the same slab was written when that object was free, so an object that was allocated all the time is on
 * no list and is never taken for free. (A word that a user stored where the link was decodes to such an address with a probability of 2^-50 on a
 * hardened freelist. On one that is not hardened it could well be a pointer to a neighbour, so there an unsettled list is not believed at
 * all.) The other error, taking an object for allocated that is on its way between two stores, is possible; such slabs are counted.
 *
 * Locks: slab_mutex, through slabscan_cache_lock(), while sheaves are collected, so that the barns stay; inside it each barn's own lock for the
 * copy of a few pointers per sheaf. Callers of everything that takes a struct page are inside slabscan_kmem_hold().
 */
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "compat/compat.h"
#include "core/freelist.h"
#include "kmem.h"
#include "layout.h"
#include "own.h"
#include "slab.h"

#define MAX_TRIES	8
#define MAX_SHEAF	4096	/* objects; a larger sheaf_capacity can't be true */
#define MAX_BARN	64	/* full sheaves in a barn; the kernel keeps at most 10 */

static unsigned long page_word(const struct page *page, enum slabscan_field f)
{
	return READ_ONCE(*(unsigned long *)slabscan_at((unsigned long)page, f));
}

static unsigned int counter(unsigned long counters, enum slabscan_field f)
{
	const struct slabscan_field_place *p = &slabscan_layout[f];
	unsigned int shift = p->bit - slabscan_layout[SLABSCAN_SLAB_COUNTERS].offset * 8;
	unsigned int bits = p->bits ? p->bits : p->size * 8;

	return (counters >> shift) & GENMASK(bits - 1, 0);
}

/**
 * slabscan_slab_head() - read a slab's descriptor
 * @page: from slabscan_kmem_page()
 * @ret: filled if it is the first page of a slab
 *
 * Context: inside slabscan_kmem_hold(). Does not sleep.
 * Return: false if it is not, or not any more.
 */
bool slabscan_slab_head(struct page *page, struct slabscan_slab_head *ret)
{
	if (PageTail(page) || !PageSlab(page))
		return false;
	ret->page = page;
	ret->order = compound_order(page);
	ret->cache = page_word(page, SLABSCAN_SLAB_CACHE);
	ret->freelist = page_word(page, SLABSCAN_SLAB_FREELIST);
	ret->counters = page_word(page, SLABSCAN_SLAB_COUNTERS);
	ret->objects = counter(ret->counters, SLABSCAN_SLAB_OBJECTS);
	ret->inuse = counter(ret->counters, SLABSCAN_SLAB_INUSE);
	ret->frozen = counter(ret->counters, SLABSCAN_SLAB_FROZEN);
	/* the order counts only if the page still is what it was: a walk skips so many */
	return PageSlab(page) && compound_order(page) == ret->order;
}

/* How many pages from here on are one thing that is no slab. */
static unsigned long pages_to_skip(struct page *page, unsigned long pfn)
{
	unsigned long order = 0;

	/* What was read counts only if the page still is what it was: these words mean something else a moment later. */
	if (PageBuddy(page)) {
		order = READ_ONCE(page_private(page));
		if (!PageBuddy(page) || READ_ONCE(page_private(page)) != order)
			return 1;
	} else if (PageHead(page)) {
		order = compound_order(page);
		if (!PageHead(page) || compound_order(page) != order)
			return 1;
	}
	if (order >= MAX_ORDER_NR_PAGES || (1UL << order) > MAX_ORDER_NR_PAGES || !IS_ALIGNED(pfn, 1UL << order))
		return 1;
	return 1UL << order;
}

/**
 * slabscan_slab_next() - the next slab of any cache
 * @pfn: page frame to start at; moved behind the slab that was found, or to @end or behind
 * @end: first page frame not to look at
 * @ret: filled
 *
 * SLUB keeps no list of full slabs, so a walk over the memory map is the only complete enumeration.
 *
 * Context: inside slabscan_kmem_hold(). Does not sleep: give pieces of some thousand page frames.
 * Return: false if there is no more slab before @end.
 */
bool slabscan_slab_next(unsigned long *pfn, unsigned long end, struct slabscan_slab_head *ret)
{
	while (*pfn < end) {
		/* memory comes and goes by subsections, and has its struct pages in a row */
		unsigned long stop = ALIGN(*pfn + 1, PAGES_PER_SUBSECTION), start = *pfn;
		struct page *first = slabscan_kmem_page(start);

		while (first && *pfn < min(stop, end)) {
			struct page *page = first + (*pfn - start);

			if (slabscan_slab_head(page, ret)) {
				*pfn += 1UL << min_t(unsigned int, ret->order, ilog2(MAX_ORDER_NR_PAGES));
				return true;
			}
			*pfn += PageTail(page) ? 1 : pages_to_skip(page, *pfn);
		}
		if (!first)
			*pfn = stop;
	}
	return false;
}

/* Sheaves */

static bool parked_add(struct slabscan_parked *p, unsigned long object)
{
	unsigned int mask = (1U << p->bits) - 1;
	unsigned int at = hash_long(object, p->bits);

	if (!object)
		return true;
	for (; p->set[at]; at = (at + 1) & mask)
		if (p->set[at] == object)
			return true;
	if (p->nr > mask / 2)	/* stay sparse, so that searches end */
		return false;
	p->set[at] = object;
	p->nr++;
	return true;
}

/**
 * slabscan_parked_has() - was this object parked when the set was collected?
 * @p: the set; NULL is an empty one
 * @object: start of an object
 *
 * Context: any.
 */
bool slabscan_parked_has(const struct slabscan_parked *p, unsigned long object)
{
	unsigned int mask, at;

	if (!p || !p->nr)
		return false;
	mask = (1U << p->bits) - 1;
	for (at = hash_long(object, p->bits); p->set[at]; at = (at + 1) & mask)
		if (p->set[at] == object)
			return true;
	return false;
}

static unsigned int parked_bits(const struct slabscan_cache *cache)
{
	/* three sheaves a CPU, a dozen a node, and as much again to stay sparse */
	return order_base_2((3UL * num_possible_cpus() + 12UL * nr_node_ids) * max(cache->sheaf_capacity, 16U)) + 1;
}

/**
 * slabscan_parked_size() - bytes that slabscan_parked_init() will allocate
 * @cache: whose sheaves
 */
size_t slabscan_parked_size(const struct slabscan_cache *cache)
{
	if (!cache->cpu_sheaves)
		return 0;
	return (sizeof(unsigned long) << parked_bits(cache)) + min(cache->sheaf_capacity, (unsigned int)MAX_SHEAF) * sizeof(unsigned long);
}

/**
 * slabscan_parked_largest() - the largest that slabscan_parked_init() will allocate for one of them
 * @all: the caches
 */
size_t slabscan_parked_largest(const struct slabscan_caches *all)
{
	size_t size = 0;
	u32 i;

	for (i = 0; i < all->nr; i++)
		size = max(size, slabscan_parked_size(&all->cache[i]));
	return size;
}

/**
 * slabscan_parked_init() - make an empty set
 * @p: on the caller's memory
 * @cache: whose sheaves; without sheaves nothing is allocated and the set stays empty
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM; slabscan_parked_deinit() is allowed in both cases.
 */
int slabscan_parked_init(struct slabscan_parked *p, const struct slabscan_cache *cache)
{
	memset(p, 0, sizeof(*p));
	if (!cache->cpu_sheaves)
		return 0;
	p->bits = parked_bits(cache);
	p->scratch_nr = min(cache->sheaf_capacity, (unsigned int)MAX_SHEAF);
	p->set = slabscan_own_alloc(sizeof(*p->set) << p->bits);
	p->scratch = slabscan_own_alloc(max(p->scratch_nr, 1U) * sizeof(*p->scratch));
	return p->set && p->scratch ? 0 : -ENOMEM;
}

/**
 * slabscan_parked_deinit() - undo slabscan_parked_init()
 * @p: the set
 */
void slabscan_parked_deinit(struct slabscan_parked *p)
{
	slabscan_own_free(p->set);
	slabscan_own_free(p->scratch);
	memset(p, 0, sizeof(*p));
}

/* Copies the live part of a sheaf to p->scratch. Returns the number of objects, or -EAGAIN if this is no sheaf of the cache (any more). */
static int copy_sheaf(struct slabscan_parked *p, const struct slabscan_cache *cache, unsigned long sheaf)
{
	unsigned long owner, size;

	if (slabscan_field_read(sheaf, SLABSCAN_SHEAF_CACHE, &owner) || slabscan_field_read(sheaf, SLABSCAN_SHEAF_SIZE, &size))
		return -EAGAIN;
	if (!size)
		return 0;	/* the bootstrap sheaf, which stands for "none", has no cache */
	if (owner != cache->addr || size > p->scratch_nr ||
	    slabscan_kmem_read(p->scratch, slabscan_at(sheaf, SLABSCAN_SHEAF_OBJECTS), size * sizeof(unsigned long)))
		return -EAGAIN;
	return size;
}

static void add_scratch(struct slabscan_parked *p, int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		if (!parked_add(p, p->scratch[i])) {
			p->unsettled++;
			return;
		}
}

/* A CPU's sheaf: it may be swapped for another, or freed, while it is copied. So it counts only if it is still in its place afterwards. */
static void collect_cpu_sheaf(struct slabscan_parked *p, const struct slabscan_cache *cache, unsigned long pcs, enum slabscan_field place)
{
	unsigned long sheaf, again, owner;
	unsigned int try;

	for (try = 0; try < MAX_TRIES; try++) {
		int nr;

		if (slabscan_field_read(pcs, place, &sheaf))
			break;
		if (!sheaf)
			return;
		nr = copy_sheaf(p, cache, sheaf);
		if (nr == 0)
			return;
		if (nr > 0 && !slabscan_field_read(pcs, place, &again) && again == sheaf &&
		    !slabscan_field_read(sheaf, SLABSCAN_SHEAF_CACHE, &owner) && owner == cache->addr) {
			add_scratch(p, nr);
			return;
		}
		cpu_relax();
	}
	p->unsettled++;
}

/* A barn's sheaves stay where they are as long as its lock is held. */
static void collect_barn(struct slabscan_parked *p, const struct slabscan_cache *cache, unsigned long barn)
{
	spinlock_t *lock = (spinlock_t *)slabscan_at(barn, SLABSCAN_BARN_LOCK);
	unsigned long head = slabscan_at(barn, SLABSCAN_BARN_FULL);
	unsigned long flags, pos;
	unsigned int n;

	spin_lock_irqsave(lock, flags);
	if (slabscan_kmem_word(head, &pos))
		pos = head;
	for (n = 0; pos != head && n < MAX_BARN; n++) {
		int nr = copy_sheaf(p, cache, pos - slabscan_layout[SLABSCAN_SHEAF_LIST].offset);

		if (nr < 0) {
			p->unsettled++;
			break;
		}
		add_scratch(p, nr);
		if (slabscan_kmem_word(pos, &pos))
			break;
	}
	spin_unlock_irqrestore(lock, flags);
}

static unsigned long node_barn(const struct slabscan_cache *cache, int node)
{
	unsigned long at, barn = 0;

	if (slabscan_has(SLABSCAN_PER_NODE_BARN)) {
		at = slabscan_at(cache->addr, SLABSCAN_PER_NODE_BARN) + (unsigned long)node * slabscan_layout[SLABSCAN_S_PER_NODE].element;
		if (slabscan_kmem_word(at, &barn))
			return 0;
		return barn;
	}
	at = slabscan_at(cache->addr, SLABSCAN_S_NODE) + (unsigned long)node * sizeof(unsigned long);
	if (slabscan_kmem_word(at, &at) || !at || slabscan_field_read(at, SLABSCAN_N_BARN, &barn))
		return 0;
	return barn;
}

/**
 * slabscan_parked_collect() - find out which objects are parked now
 * @p: the set; replaced
 * @cache: whose
 *
 * Also the place where a scan learns that its cache is gone. Call it every few milliseconds: objects move.
 *
 * Context: process context; takes slab_mutex and, one after the other, the locks of the cache's barns.
 * Return: 0; -ESTALE if the cache was destroyed.
 */
int slabscan_parked_collect(struct slabscan_parked *p, const struct slabscan_cache *cache)
{
	int cpu, node, err;
	u64 start;

	p->cache = NULL;
	err = slabscan_cache_lock(cache, &start);
	if (err)
		return err;
	p->nr = 0;
	p->unsettled = 0;
	if (cache->cpu_sheaves && p->set) {
		memset(p->set, 0, sizeof(*p->set) << p->bits);
		for_each_possible_cpu(cpu) {
			unsigned long pcs = cache->cpu_sheaves + per_cpu_offset(cpu);

			collect_cpu_sheaf(p, cache, pcs, SLABSCAN_PCS_MAIN);
			collect_cpu_sheaf(p, cache, pcs, SLABSCAN_PCS_SPARE);
			collect_cpu_sheaf(p, cache, pcs, SLABSCAN_PCS_RCU_FREE);
		}
		for_each_online_node(node) {
			unsigned long barn = node_barn(cache, node);

			if (barn)
				collect_barn(p, cache, barn);
		}
	}
	p->cache = cache;
	p->collected = ktime_get_ns();
	p->held_ns = p->collected - start;
	slabscan_cache_unlock();
	return 0;
}

/* Slabs */

/**
 * slabscan_slab_size() - bytes that slabscan_slab_init() will allocate
 * @order: of the largest slab to be copied
 * @max_objects: in a slab
 */
size_t slabscan_slab_size(unsigned int order, unsigned int max_objects)
{
	return (PAGE_SIZE << order) + 2 * BITS_TO_LONGS(max_objects) * sizeof(unsigned long);
}

/**
 * slabscan_slab_init() - make room for the copy of a slab
 * @s: on the caller's memory
 * @order: of the largest slab to be copied
 * @max_objects: in a slab
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM; slabscan_slab_deinit() is allowed in both cases.
 */
int slabscan_slab_init(struct slabscan_slab *s, unsigned int order, unsigned int max_objects)
{
	memset(s, 0, sizeof(*s));
	s->max_objects = max_objects;
	s->image_size = PAGE_SIZE << order;
	s->image = slabscan_own_alloc(s->image_size);
	s->live = kvcalloc(BITS_TO_LONGS(max_objects), sizeof(long), SLABSCAN_GFP);
	s->free = kvcalloc(BITS_TO_LONGS(max_objects), sizeof(long), SLABSCAN_GFP);
	return s->image && s->live && s->free ? 0 : -ENOMEM;
}

/**
 * slabscan_slab_deinit() - undo slabscan_slab_init()
 * @s: the slab
 */
void slabscan_slab_deinit(struct slabscan_slab *s)
{
	slabscan_own_free(s->image);
	kvfree(s->live);
	kvfree(s->free);
	memset(s, 0, sizeof(*s));
}

/* The per-cpu structure of the CPU whose slab this is, or 0. */
static unsigned long slab_owner(const struct slabscan_cache *cache, const struct page *page)
{
	unsigned long c, slab;
	int cpu;

	for_each_possible_cpu(cpu) {
		c = cache->cpu_slab + per_cpu_offset(cpu);
		if (!slabscan_field_read(c, SLABSCAN_C_SLAB, &slab) && slab == (unsigned long)page)
			return c;
	}
	return 0;
}

/*
 * Frees everything on one list, in the copy. Returns the length of the list; a negative errno if the list can't be right: then what was found before
 * the fault is marked as free all the same on a hardened freelist, see the top of this file.
 */
static int free_list(struct slabscan_slab *s, unsigned long head)
{
	const struct slabscan_freelist_geometry *g = &s->cache->freelist;
	u32 nr = 0;
	int err;

	if (!head)
		return 0;
	if (g->coding == SLABSCAN_FREELIST_PLAIN)
		bitmap_copy(s->live, s->free, s->objects);
	err = slabscan_freelist_decode(g, s->image, s->image_size, s->addr, s->objects, head, s->free, &nr);
	if (err && g->coding == SLABSCAN_FREELIST_PLAIN)
		bitmap_copy(s->free, s->live, s->objects);
	return err ? err : nr;
}

/*
 * One try. Returns 0 with s->free filled; -EAGAIN if something changed meanwhile (s->free is filled as far as it can be believed); -ENOENT if this
 * is no slab of the cache; -EIO if it can't be read.
 */
static int copy_once(struct slabscan_slab *s, struct page *page)
{
	struct slabscan_slab_head head, again;
	unsigned long owner = 0, tid, tid_again, slab, cpu_list;
	int err = 0, nr;

	if (!slabscan_slab_head(page, &head) || head.cache != s->cache->addr || !head.objects)
		return -ENOENT;
	if (head.objects > s->max_objects || PAGE_SIZE << head.order > s->image_size ||
	    (u64)head.objects * s->cache->size > PAGE_SIZE << head.order)
		return -ENOENT;	/* being made or unmade */
	if (!slabscan_kmem_readable(page, head.order))
		return -EIO;

	s->addr = (unsigned long)page_address(page);
	s->objects = head.objects;
	bitmap_zero(s->free, head.objects);

	if (head.frozen && s->cache->cpu_slab)
		owner = slab_owner(s->cache, page);
	if (owner && (slabscan_field_read(owner, SLABSCAN_C_TID, &tid) || slabscan_field_read(owner, SLABSCAN_C_FREELIST, &cpu_list)))
		owner = 0;
	if (owner && !slabscan_field_read(owner, SLABSCAN_C_SLAB, &slab) && slab != (unsigned long)page) {
		owner = 0;
		err = -EAGAIN;
	}
	/* nobody's, and yet full: a CPU gave it up and has its freelist in hand */
	if (head.frozen && s->cache->cpu_slab && !owner && head.inuse == head.objects)
		err = -EAGAIN;

	if (slabscan_kmem_read(s->image, s->addr, PAGE_SIZE << head.order))
		return -EIO;

	nr = free_list(s, head.freelist);
	if (nr != (int)(head.objects - head.inuse))
		err = -EAGAIN;
	if (owner) {
		if (free_list(s, cpu_list) < 0 || slabscan_field_read(owner, SLABSCAN_C_TID, &tid_again) || tid_again != tid)
			err = -EAGAIN;
	}
	if (!slabscan_slab_head(page, &again) || again.cache != head.cache)
		return -ENOENT;
	if (again.counters != head.counters || again.freelist != head.freelist)
		err = -EAGAIN;
	return err;
}

/**
 * slabscan_slab_copy() - copy a slab and tell its live objects
 * @s: from slabscan_slab_init(), with room enough; its content is replaced
 * @cache: the slab's cache; must live as long as @s is used
 * @page: first page of what may be a slab of @cache
 * @parked: objects in sheaves, collected not long ago; NULL without sheaves
 *
 * Context: inside slabscan_kmem_hold(). Does not sleep; the work is that of a few copies of one slab at most.
 * Return: 0; -ENOENT if this is no slab of the cache (any more); -EIO if its memory can't be read (hardware error, KFENCE, unmapped): @s->objects
 * tells how many objects it has.
 */
int slabscan_slab_copy(struct slabscan_slab *s, const struct slabscan_cache *cache, struct page *page, const struct slabscan_parked *parked)
{
	unsigned int try, i;
	int err = -EAGAIN;

	s->cache = cache;
	for (try = 0; try < MAX_TRIES && err == -EAGAIN; try++)
		err = copy_once(s, page);
	if (err && err != -EAGAIN)
		return err;

	s->settled = !err;
	s->nr_parked = 0;
	bitmap_complement(s->live, s->free, s->objects);
	if (parked && parked->nr) {
		for_each_set_bit(i, s->live, s->objects)
			if (slabscan_parked_has(parked, slabscan_slab_object(s, i))) {
				__clear_bit(i, s->live);
				s->nr_parked++;
			}
	}
	s->nr_live = bitmap_weight(s->live, s->objects);
	return 0;
}
