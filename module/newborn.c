// SPDX-License-Identifier: GPL-2.0-only
/*
 * newborn.c - objects that came after it was found out what is allocated
 *
 * A search knows what was allocated when it began, and takes long. Some references never stand still for so long: with RCU a node of a tree is not
 * changed but replaced by a copy (the maple tree of a process that maps and unmaps memory all the time, since v6.1), and new entries come in at the
 * head of a list. What hangs on such an object only would look lost, and in each search anew.
 *
 * So the places are remembered that point to what was free then. In the end each is read again: what it points to now is copied together with the state
 * of its slab, and believed if it is allocated and the place still points there. Between the two looks at the place lie microseconds, however fast it
 * changes, and if it did change, it is tried again.
 *
 * What was there, and was replaced before it was read itself, has no place that is known. So the caches of such objects, and of those that point to them,
 * are gone through again and again for a while, slab by slab, as far as they have to do with what looks lost. That takes milliseconds, a search takes
 * far longer than most nodes live.
 *
 * Slabs that are new as a whole are read as the roots are, before and after that.
 *
 * Locks: @one, around the look at one object, which needs the search's only set of parked ones.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "compat/compat.h"
#include "layout.h"
#include "newborn.h"
#include "own.h"

#define PIECE		(4UL * MAX_ORDER_NR_PAGES)	/* page frames */
#define MIN_PLACES	65536	/* some hundreds are met in a busy guest; one for each CPU and cache is its freelist */
#define TRIES		32
#define FRESH_NS	(2 * NSEC_PER_MSEC)
#define HELD_NS		(10 * NSEC_PER_SEC)	/* slab_mutex, in all */

/**
 * slabscan_newborn_init() - prepare
 * @b: on the caller's memory, zeroed
 * @r: initialised
 * @memory: grows by the bytes allocated
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM; slabscan_newborn_deinit() is allowed in both cases.
 */
int slabscan_newborn_init(struct slabscan_newborn *b, const struct slabscan_reach *r, u64 *memory)
{
	mutex_init(&b->one);
	b->max = MIN_PLACES + r->max_objects / 128;
	b->place = slabscan_own_alloc(b->max * sizeof(*b->place));
	b->free = slabscan_own_alloc(slabscan_reach_bitmap_size(r));
	b->hot = slabscan_own_alloc(BITS_TO_LONGS(r->job->caches->nr) * sizeof(long));
	*memory += slabscan_reach_bitmap_size(r) + b->max * sizeof(*b->place) + BITS_TO_LONGS(r->job->caches->nr) * sizeof(long);
	return b->free && b->place && b->hot ? 0 : -ENOMEM;
}

/**
 * slabscan_newborn_deinit() - undo slabscan_newborn_init()
 * @b: initialised, or zeroed
 */
void slabscan_newborn_deinit(struct slabscan_newborn *b)
{
	slabscan_own_free(b->free);
	slabscan_own_free(b->place);
	slabscan_own_free(b->hot);
}

static void heat(struct slabscan_newborn *b, const struct slabscan_objset *set, u32 object)
{
	if (object != SLABSCAN_OBJSET_NONE)
		set_bit(set->slabs[slabscan_objset_slab_with(set, object)].class, b->hot);
}

/**
 * slabscan_newborn_meet() - here stands the address of an object that was free
 * @b: initialised
 * @place: 8-aligned, of memory that was read just now: the direct map, or the stack of a task that can't go away
 *
 * Context: any; any number of threads.
 */
void slabscan_newborn_meet(struct slabscan_newborn *b, unsigned long place)
{
	int i;

	/* what is mapped there later may be a device */
	place = slabscan_kmem_direct(place);
	if (!place)
		return;
	i = atomic_fetch_add_unless(&b->nr, 1, b->max);
	if (i < b->max)
		smp_store_release(&b->place[i], place);
	else
		atomic_set(&b->lost, 1);
}

/**
 * slabscan_newborn_places() - how many places were met
 * @b: initialised
 */
u32 slabscan_newborn_places(const struct slabscan_newborn *b)
{
	return atomic_read(&b->nr);
}

/**
 * slabscan_newborn_forget() - forget the places, all of which were looked at
 * @b: initialised
 *
 * Context: no worker uses them.
 */
void slabscan_newborn_forget(struct slabscan_newborn *b)
{
	memset(b->place, 0, atomic_read(&b->nr) * sizeof(*b->place));
	atomic_set(&b->nr, 0);
	atomic_set(&b->next, 0);
}

/**
 * slabscan_newborn_begin() - a look begins
 * @b: initialised
 * @bytes: of the bitmap over the objects
 *
 * Context: no worker uses it; may sleep.
 */
void slabscan_newborn_begin(struct slabscan_newborn *b, size_t bytes)
{
	slabscan_newborn_forget(b);
	atomic_set(&b->lost, 0);
	slabscan_own_fill(b->free, 0, bytes);
}

/**
 * slabscan_newborn_lost() - was there a place that could not be remembered, or that changed whenever it was looked at?
 * @b: initialised
 */
bool slabscan_newborn_lost(const struct slabscan_newborn *b)
{
	return atomic_read(&b->lost);
}

/* An object as it is now, in the copy of its slab; NULL if that has it as free, or is no slab of the set any more. */
static void *content_of(const struct slabscan_reach *r, struct slabscan_reach_worker *w, u32 slab, u32 object)
{
	const struct slabscan_objset_slab *s = &r->set->slabs[slab];
	unsigned int i = object - s->object;

	if (!slabscan_reach_copy(w, slab) || !test_bit(i, w->slab.live))
		return NULL;
	return w->slab.image + (slabscan_slab_object(&w->slab, i) - w->slab.addr);
}

/* Is it free for all that, or one of those that are never followed? One thread at a time, for the sake of @r->parked. */
static bool is_parked(struct slabscan_newborn *b, struct slabscan_reach *r, struct slabscan_reach_worker *w, u32 slab, u32 object)
{
	const struct slabscan_objset_slab *s = &r->set->slabs[slab];
	const struct slabscan_cache *cache = &r->job->caches->cache[s->class];
	unsigned long addr = slabscan_slab_object(&w->slab, object - s->object), owner;

	/*
	 * Collecting takes slab_mutex, longer the more CPUs there are. One that was not parked a moment ago need not be asked for again: if it is free by now, stale
	 * words count as references. One that was may have been allocated since.
	 */
	if (cache->cpu_sheaves &&
	    (r->parked.cache != cache || ktime_get_ns() - r->parked.collected > FRESH_NS || slabscan_parked_has(&r->parked, addr))) {
		if (b->held > HELD_NS) {
			atomic_set(&b->lost, 1);
			return true;
		}
		if (!slabscan_parked_collect(&r->parked, cache)) {
			b->held += r->parked.held_ns;
			if (slabscan_parked_has(&r->parked, addr))
				return true;
		}
	}
	if (slabscan_reach_has_sheaves(cache)) {
		memcpy(&owner, w->slab.image + (addr - w->slab.addr) + slabscan_layout[SLABSCAN_SHEAF_CACHE].offset, sizeof(owner));
		if (slabscan_caches_find(r->job->caches, owner) >= 0)
			return true;
	}
	return slabscan_own_has(addr);
}

/*
 * Is this place the head of a CPU's free list? It leads to free objects only; and it changes with each object that is allocated there: on a CPU that does so all
 * the time it never stands still.
 */
static bool is_cpu_freelist(const struct slabscan_cache *cache, unsigned long place)
{
	unsigned long at;
	int cpu;

	if (!cache->cpu_slab)
		return false;
	for_each_possible_cpu(cpu) {
		at = slabscan_at(cache->cpu_slab + per_cpu_offset(cpu), SLABSCAN_C_FREELIST);
		if (offset_in_page(at) == offset_in_page(place) && slabscan_kmem_direct(at) == place)
			return true;
	}
	return false;
}

static bool look_at(struct slabscan_newborn *b, struct slabscan_reach_worker *w, unsigned long place, slabscan_newborn_see_t see)
{
	struct slabscan_reach *r = w->reach;
	unsigned long value, again;
	u32 object, slab;
	void *content;
	bool parked;

	if (slabscan_kmem_read_object(&value, place, sizeof(value)))
		return true;
	object = slabscan_objset_find(r->set, value);
	if (object == SLABSCAN_OBJSET_NONE)
		return true;	/* slabs that are new as a whole are read anyway */
	slab = slabscan_objset_slab_with(r->set, object);
	if (!test_bit(object, b->free)) {
		/* no newborn: this one counts as any other */
		see(w, SLABSCAN_NEWBORN_WORD, place, &value, sizeof(value));
		return true;
	}
	content = content_of(r, w, slab, object);
	if (slabscan_kmem_read_object(&again, place, sizeof(again)))
		return true;
	if (again != value)
		return is_cpu_freelist(&r->job->caches->cache[r->set->slabs[slab].class], place);
	if (!content)
		return true;
	mutex_lock(&b->one);
	parked = is_parked(b, r, w, slab, object);
	mutex_unlock(&b->one);
	if (parked)
		return true;
	clear_bit(object, b->free);
	heat(b, r->set, object);
	heat(b, r->set, slabscan_objset_find(r->set, place));
	see(w, r->set->slabs[slab].class, slabscan_objset_address_in(r->set, slab, object), content,
	    round_down(slabscan_objset_size_in(r->set, slab), 8));
	return true;
}

/**
 * slabscan_newborn_follow() - look at all places that were met
 * @b: initialised, @free filled
 * @w: the calling worker
 * @see: called with a copy of each object that came meanwhile; inside slabscan_kmem_hold()
 *
 * What @see meets is looked at, too.
 *
 * Context: process context; sleeps. Any number of workers.
 * Return: 0 or -EINTR.
 */
int slabscan_newborn_follow(struct slabscan_newborn *b, struct slabscan_reach_worker *w, slabscan_newborn_see_t see)
{
	for (;;) {
		int i = atomic_read(&b->next), hold;
		unsigned long place;
		u32 try;

		/* not by adding unless it is what @nr was a moment ago: others may have met and taken more since, and one would be passed over */
		do {
			if (i >= atomic_read(&b->nr))
				return 0;
		} while (!atomic_try_cmpxchg(&b->next, &i, i + 1));
		/* whoever met it has its number, and is about to write it down */
		while (!(place = smp_load_acquire(&b->place[i])))
			cond_resched_tasks_rcu_qs();
		hold = slabscan_kmem_hold();
		for (try = 0; try < TRIES && !look_at(b, w, place, see); try++)
			;
		slabscan_kmem_release(hold);
		if (try == TRIES)
			atomic_set(&b->lost, 1);
		if (!slabscan_job_step(w->reach->job, 0))
			return -EINTR;
	}
}

/* Return: has anything in this slab to do with what looks lost? */
static bool sweep_slab(const struct slabscan_newborn *b, struct slabscan_reach *r, u32 slab, const unsigned long *marked, slabscan_newborn_asks_t asks,
		       slabscan_newborn_see_t see)
{
	const struct slabscan_objset_slab *s = &r->set->slabs[slab];
	u32 len = round_down(slabscan_objset_size_in(r->set, slab), 8), object, end = s->object + s->nr;
	struct slabscan_reach_worker *w = &r->workers[0];
	bool yes = false;

	if (!slabscan_reach_copy(w, slab))
		return false;
	for (object = s->object; object < end; object++) {
		unsigned long addr = slabscan_objset_address_in(r->set, slab, object);
		void *content = w->slab.image + (addr - w->slab.addr);

		/* not what was free: in a sheaf it may be so still, whatever the slab says */
		if (!test_bit(object, marked) || test_bit(object, b->free) || !test_bit(object - s->object, w->slab.live))
			continue;
		yes = yes || asks(w, content, len);
		see(w, s->class, addr, content, len);
	}
	return yes;
}

/**
 * slabscan_newborn_sweep() - go through the caches whose objects are replaced
 * @b: after slabscan_newborn_follow()
 * @r: its search
 * @marked: one bit an object: it is read, if it was not free when the search looked or has come since
 * @until: not longer than that, by ktime_get_ns()
 * @asks: has this object to do with what looks lost? If none of its cache has, the cache is not gone through the next time
 * @see: called with a copy of each object
 *
 * Context: the job's thread.
 * Return: 0 or -EINTR.
 */
int slabscan_newborn_sweep(struct slabscan_newborn *b, struct slabscan_reach *r, const unsigned long *marked, u64 until,
			   slabscan_newborn_asks_t asks, slabscan_newborn_see_t see)
{
	const struct slabscan_objset *set = r->set;
	u32 class, slab, n;

	for_each_set_bit(class, b->hot, set->nr_classes) {
		bool yes = false;
		int hold = slabscan_kmem_hold();

		for (slab = 0, n = 0; slab < set->nr_slabs; slab++) {
			if (set->slabs[slab].class == class) {
				yes |= sweep_slab(b, r, slab, marked, asks, see);
				n += 64;
			}
			if (++n < 4096)
				continue;
			n = 0;
			slabscan_kmem_release(hold);
			if (!slabscan_job_step(r->job, 0))
				return -EINTR;
			if (ktime_get_ns() >= until)
				return 0;
			hold = slabscan_kmem_hold();
		}
		slabscan_kmem_release(hold);
		if (!yes)
			__clear_bit(class, b->hot);
		if (!slabscan_job_step(r->job, 0))
			return -EINTR;
	}
	return 0;
}

/* Is it no slab of the set, or another one than it was? */
static bool is_new_slab(const struct slabscan_reach *r, const struct slabscan_slab_head *head)
{
	unsigned long address = (unsigned long)page_address(head->page);
	const struct slabscan_objset *set = r->set;
	const struct slabscan_objset_slab *s;
	u64 page;

	if (!slabscan_objset_page(set, address, &page))
		return true;
	s = &set->slabs[slabscan_objset_slab_of(set, page)];
	return s->page != page || s->nr != head->objects || set->classes[s->class].tag != head->cache;
}

/**
 * slabscan_newborn_slabs() - read slabs that are new as a whole
 * @r: after slabscan_reach_roots(), whose callback is told of them
 *
 * Context: the job's thread.
 * Return: 0 or -EINTR.
 */
int slabscan_newborn_slabs(struct slabscan_reach *r)
{
	struct slabscan_slab_head head;
	unsigned long pfn, end;

	slabscan_pfns_init(&r->pfns);
	while (slabscan_pfns_take(&r->pfns, PIECE, &pfn, &end)) {
		int hold = slabscan_kmem_hold();

		while (slabscan_slab_next(&pfn, end, &head))
			if (is_new_slab(r, &head) && slabscan_kmem_readable(head.page, head.order)) {
				slabscan_reach_feed(&r->workers[0], page_to_pfn(head.page), 1UL << head.order);
				cond_resched_tasks_rcu_qs();
			}
		slabscan_kmem_release(hold);
		if (!slabscan_job_step(r->job, 0))
			return -EINTR;
	}
	return 0;
}
