// SPDX-License-Identifier: GPL-2.0-only
/*
 * reach.c - a look at all slab objects and all roots: what the searches for unreferenced objects and for referrers have in common
 *
 *   slabscan_reach_collect()  number all objects of all caches: one walk over the memory map, no slab is opened
 *   slabscan_reach_live()     which of them are allocated; what shall not be followed although it is
 *   slabscan_reach_roots()    feed everything that can hold references, by any number of threads
 *   slabscan_reach_slabs()    go through all slabs, by any number of threads
 *   slabscan_reach_finish()   a last step in each thread
 *
 * Objects that are excluded from being followed, and from being reported:
 *   - free objects in sheaves (since v6.18), which for their slab are taken;
 *   - sheaves themselves: kmalloc objects full of addresses of free objects. They are known by their shape, so that those count which an owner
 *     filled beforehand or which wait for a grace period, too: no list of the kernel's has these;
 *   - network namespaces that are dead (reservoirs.c);
 *   - kmemleak's records, on a kernel that runs with it: each has the address of an object;
 *   - our own memory.
 *
 * Of a task_struct the saved user registers are not followed: they hold whatever the program last copied, addresses out of our own answers too.
 *
 * Locks: @lock, while a worker tells its owner of a slab or of an excluded object: owners need no lock of their own. Never held while anything is read.
 * Memory map and pages: inside slabscan_kmem_hold(), released after each piece.
 */
#ifdef CONFIG_ARCH_HAS_CC_PLATFORM
#include <linux/cc_platform.h>
#endif
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/netlink.h>
#include <linux/nodemask.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat/compat.h"
#include "compat/rcu.h"
#include "layout.h"
#include "own.h"
#include "reach.h"
#include "reservoirs.h"

#define PIECE		(4UL * MAX_ORDER_NR_PAGES)	/* page frames between two reports of progress */
#define SLABS_AT_ONCE	256
#define BLOCK_WORDS	(PAGE_SIZE / sizeof(long))
#define SPARE_SLABS	4096	/* that may come between counting and collecting, besides an eighth */

/* How many slabs and objects there are, by the counters of all nodes. */
static int count(const struct slabscan_caches *all, u64 *slabs, u64 *objects)
{
	unsigned int i;

	*slabs = 0;
	*objects = 0;
	for (i = 0; i < all->nr; i++) {
		int err = slabscan_cache_count(&all->cache[i], slabs, objects);

		if (err)
			return err;
	}
	return 0;
}

static int init_worker(struct slabscan_reach *r, struct slabscan_reach_worker *w, unsigned int order, unsigned int objects)
{
	w->reach = r;
	w->words = slabscan_own_alloc(BLOCK_WORDS * sizeof(*w->words));
	w->none_free = slabscan_own_alloc(BITS_TO_LONGS(objects) * sizeof(long));
	if (!w->words || !w->none_free)
		return -ENOMEM;
	return slabscan_slab_init(&w->slab, order, objects);
}

/*
 * In a TDX or SEV-SNP guest it is fatal to read memory that was not accepted yet; and a page that is on its way to be shared with the hypervisor, or back, while
 * the page tables and the hypervisor do not agree on it (amd_enc_status_change_prepare()). Roots may be among both.
 */
static bool is_encrypted(void)
{
#ifdef CONFIG_ARCH_HAS_CC_PLATFORM
	return cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT);
#else
	return false;
#endif
}

/**
 * slabscan_reach_init() - prepare a search
 * @r: on the caller's memory
 * @job: its owner; job->memory grows
 * @nr: threads
 * @extack: told why not
 *
 * Context: may sleep.
 * Return: 0 or a negative errno; slabscan_reach_deinit() is allowed in both cases.
 */
int slabscan_reach_init(struct slabscan_reach *r, struct slabscan_job *job, unsigned int nr, struct netlink_ext_ack *extack)
{
	unsigned int order, objects_a_slab, i, largest = 0;
	u64 slabs, objects;
	size_t parked = 0;
	int err;

	memset(r, 0, sizeof(*r));
	r->job = job;
	spin_lock_init(&r->lock);
	if (is_encrypted()) {
		NL_SET_ERR_MSG(extack, "this guest's memory is encrypted: to read a page just when it is shared with the hypervisor could end the guest");
		return -EOPNOTSUPP;
	}
	err = count(job->caches, &slabs, &objects);
	if (err) {
		NL_SET_ERR_MSG(extack, "this kernel does not count its slabs (CONFIG_SLUB_DEBUG)");
		return err;
	}
	slabs += slabs / 8 + SPARE_SLABS;
	objects += objects / 8 + SPARE_SLABS * 64;
	if (slabs > S32_MAX || objects > S32_MAX - 1 || job->caches->nr > U16_MAX) {
		NL_SET_ERR_MSG(extack, "there are more than 2^31 objects");
		return -EOPNOTSUPP;
	}
	r->max_slabs = slabs;
	r->max_objects = objects;
	slabscan_pfns_init(&r->pfns);
	r->nr_pages = r->pfns.end;
	if (r->nr_pages > U32_MAX) {
		NL_SET_ERR_MSG(extack, "there are physical addresses above 16 TiB");
		return -EOPNOTSUPP;
	}

	r->roots.nr_pages = r->nr_pages;
	r->skip_bytes = BITS_TO_LONGS(r->nr_pages) * sizeof(long);
	r->roots.skip = slabscan_own_alloc(r->skip_bytes);
	if (!r->roots.skip)
		return -ENOMEM;

	err = slabscan_memmap_init(&r->memmap);
	if (err)
		return err;

	slabscan_caches_largest(job->caches, &order, &objects_a_slab);
	for (i = 0; i < job->caches->nr; i++) {
		size_t size = slabscan_parked_size(&job->caches->cache[i]);

		if (size > parked) {
			parked = size;
			largest = i;
		}
	}
	r->parked_ready = true;
	err = slabscan_parked_init(&r->parked, &job->caches->cache[largest]);
	if (err)
		return err;
	r->workers = kvcalloc(nr, sizeof(*r->workers), SLABSCAN_GFP);
	r->args = slabscan_own_alloc(nr * sizeof(*r->args));
	if (!r->workers || !r->args)
		return -ENOMEM;
	r->nr = nr;
	for (i = 0; i < nr; i++) {
		err = init_worker(r, &r->workers[i], order, objects_a_slab);
		if (err)
			return err;
	}
	job->memory += r->skip_bytes + r->memmap.max * sizeof(*r->memmap.run) + parked +
		       nr * (sizeof(*r->workers) + BLOCK_WORDS * sizeof(struct slabscan_objset_word) + BITS_TO_LONGS(objects_a_slab) * sizeof(long) +
			     slabscan_slab_size(order, objects_a_slab));
	return 0;
}

/**
 * slabscan_reach_deinit() - undo slabscan_reach_init()
 * @r: the search
 */
void slabscan_reach_deinit(struct slabscan_reach *r)
{
	unsigned int i;

	for (i = 0; i < r->nr; i++) {
		slabscan_own_free(r->workers[i].words);
		slabscan_own_free(r->workers[i].none_free);
		slabscan_slab_deinit(&r->workers[i].slab);
	}
	kvfree(r->workers);
	slabscan_own_free(r->args);
	if (r->parked_ready)
		slabscan_parked_deinit(&r->parked);
	slabscan_memmap_deinit(&r->memmap);
	slabscan_own_free(r->roots.skip);
	memset(r, 0, sizeof(*r));
}

/* Bytes of memory that slabscan_reach_collect() wants. */
size_t slabscan_reach_set_size(const struct slabscan_reach *r)
{
	return slabscan_objset_bytes(r->nr_pages, r->max_slabs, r->job->caches->nr);
}

/* Bytes of a bitmap over all objects. */
size_t slabscan_reach_bitmap_size(const struct slabscan_reach *r)
{
	return slabscan_objset_bitmap_bytes(r->max_objects);
}

/* Units of progress of one pass: the three functions below. */
u64 slabscan_reach_units(const struct slabscan_reach *r)
{
	u64 pages = r->pfns.end - r->pfns.start;

	return pages / 8 + pages / 4 + pages;
}

static int collect_piece(struct slabscan_reach *r, unsigned long pfn, unsigned long end)
{
	struct slabscan_slab_head head;
	int hold = slabscan_kmem_hold(), err = 0;

	while (slabscan_slab_next(&pfn, end, &head)) {
		int at = slabscan_caches_find(r->job->caches, head.cache);

		if (at < 0 || !head.objects || !slabscan_kmem_readable(head.page, head.order))
			continue;
		if (r->set->nr_objects + head.objects > r->max_objects) {
			err = -ENOSPC;
			break;
		}
		err = slabscan_objset_add_slab(r->set, (unsigned long)page_address(head.page), 1U << head.order, at, head.objects);
		if (err == -ENOSPC || err == -E2BIG)
			break;
		err = 0;	/* a slab that is being made or unmade: what it says of itself does not fit together */
		cond_resched_tasks_rcu_qs();
	}
	slabscan_kmem_release(hold);
	return err;
}

/* Bytes of an object that can hold references. A task's registers as the user left them lie behind its structure. */
static u32 size_to_follow(const struct slabscan_cache *c)
{
	u32 size = c->object_size;

	if (strcmp(c->name, "task_struct"))
		return size;
	if (slabscan_has(SLABSCAN_TASK_REGS))
		size = slabscan_layout[SLABSCAN_TASK_REGS].offset;
	else if (slabscan_has(SLABSCAN_FPU_REGS))
		size = sizeof(struct task_struct) + slabscan_layout[SLABSCAN_FPU_REGS].offset;
	return min(size, c->object_size);
}

/**
 * slabscan_reach_collect() - number all objects
 * @r: the search; @set becomes its set
 * @set: on the caller's memory
 * @mem: slabscan_reach_set_size() bytes, zeroed; stays the caller's
 *
 * Context: the job's thread.
 * Return: 0; -EINTR; -ENOSPC when there are too many: job->reason is set.
 */
int slabscan_reach_collect(struct slabscan_reach *r, struct slabscan_objset *set, void *mem)
{
	const struct slabscan_caches *all = r->job->caches;
	unsigned long start, end;
	unsigned int i;
	int err;

	err = slabscan_objset_init(set, PAGE_OFFSET, r->nr_pages, r->max_slabs, all->nr, mem, slabscan_reach_set_size(r));
	for (i = 0; !err && i < all->nr; i++) {
		const struct slabscan_cache *c = &all->cache[i];
		int class = slabscan_objset_add_class(set, c->addr, c->size, c->red_left_pad, size_to_follow(c));

		err = class < 0 ? class : 0;	/* numbers of classes are those of the caches */
	}
	r->set = set;
	r->roots.set = set;
	r->base = set->base;
	r->span = set->nr_pages << SLABSCAN_OBJSET_SHIFT;
	slabscan_pfns_init(&r->pfns);
	while (!err && slabscan_pfns_take(&r->pfns, PIECE, &start, &end)) {
		err = collect_piece(r, start, end);
		if (err) {
			r->job->reason = "there came more slabs than there was room for";
			return -ENOSPC;
		}
		if (!slabscan_job_step(r->job, (end - start) / 8))
			err = -EINTR;
	}
	if (!err)
		slabscan_objset_seal(set);
	return err;
}

static void exclude(struct slabscan_reach *r, unsigned long addr, bool parked)
{
	u32 object = slabscan_objset_find(r->set, addr);

	if (object == SLABSCAN_OBJSET_NONE)
		return;
	spin_lock(&r->lock);
	r->exclude(r, object, parked);
	spin_unlock(&r->lock);
}

/**
 * slabscan_reach_has_sheaves() - can objects of this cache be sheaves?
 * @cache: the cache
 */
bool slabscan_reach_has_sheaves(const struct slabscan_cache *cache)
{
	return slabscan_has(SLABSCAN_S_CPU_SHEAVES) && !strncmp(cache->name, "kmalloc", 7) &&
	       cache->object_size >= slabscan_layout[SLABSCAN_SHEAF_OBJECTS].offset;
}

/* Is this object of a kmalloc cache a sheaf of some cache? Then what it holds is free, and what it held no matter. */
static void exclude_sheaf(struct slabscan_reach *r, unsigned long addr, unsigned int room)
{
	const struct slabscan_caches *all = r->job->caches;
	unsigned long owner, size, object, i;
	int at;

	if (slabscan_field_read(addr, SLABSCAN_SHEAF_CACHE, &owner))
		return;
	at = slabscan_caches_find(all, owner);
	if (at < 0 || !all->cache[at].sheaf_capacity || slabscan_field_read(addr, SLABSCAN_SHEAF_SIZE, &size) || size > all->cache[at].sheaf_capacity ||
	    slabscan_layout[SLABSCAN_SHEAF_OBJECTS].offset + all->cache[at].sheaf_capacity * sizeof(long) > room)
		return;
	for (i = 0; i < size; i++) {
		u32 in, n;

		if (slabscan_kmem_word(slabscan_at(addr, SLABSCAN_SHEAF_OBJECTS) + i * sizeof(long), &object))
			return;
		n = slabscan_objset_find(r->set, object);
		if (n == SLABSCAN_OBJSET_NONE)
			continue;
		in = slabscan_objset_slab_with(r->set, n);
		if (slabscan_objset_address_in(r->set, in, n) != object || r->set->classes[r->set->slabs[in].class].tag != owner)
			return;	/* it only looked like one */
		exclude(r, object, false);
	}
	exclude(r, addr, false);
}

static void exclude_sheaves(struct slabscan_reach *r, u32 slab, const unsigned long *free)
{
	const struct slabscan_objset_slab *s = &r->set->slabs[slab];
	const struct slabscan_cache *cache = &r->job->caches->cache[s->class];
	unsigned int i;

	if (!slabscan_reach_has_sheaves(cache))
		return;
	for_each_clear_bit(i, free, s->nr)
		exclude_sheaf(r, slabscan_objset_address_in(r->set, slab, s->object + i), cache->object_size);
}

/* Has it an address of everything that is allocated, for its own search? */
static bool is_kmemleak(const struct slabscan_cache *c)
{
	return !strcmp(c->name, "kmemleak_object") || !strcmp(c->name, "kmemleak_scan_area");
}

/* A slab of the set, as it is now: its first page; NULL if it is no such slab any more, or none that is looked into. */
static struct page *page_of(const struct slabscan_reach *r, u32 slab, struct slabscan_slab_head *head)
{
	const struct slabscan_objset_slab *s = &r->set->slabs[slab];
	const struct slabscan_cache *cache = &r->job->caches->cache[s->class];
	struct page *page = slabscan_kmem_page((__pa(PAGE_OFFSET) >> PAGE_SHIFT) + s->page);

	if (is_kmemleak(cache) || !page || !slabscan_slab_head(page, head) || head->cache != cache->addr || head->objects != s->nr)
		return NULL;
	return page;
}

/**
 * slabscan_reach_copy() - copy a slab of the set, as it is now
 * @w: the calling worker; its @slab is filled
 * @slab: its number, after slabscan_reach_collect()
 *
 * Context: inside slabscan_kmem_hold().
 * Return: false if it is no such slab any more, is none that is looked into, has nothing allocated or can't be read.
 */
bool slabscan_reach_copy(struct slabscan_reach_worker *w, u32 slab)
{
	const struct slabscan_reach *r = w->reach;
	const struct slabscan_objset_slab *s = &r->set->slabs[slab];
	struct slabscan_slab_head head;
	struct page *page = page_of(r, slab, &head);

	return page && head.inuse && !slabscan_slab_copy(&w->slab, &r->job->caches->cache[s->class], page, NULL) && w->slab.objects == s->nr;
}

static void see_slab(struct slabscan_reach_worker *w, u32 slab)
{
	struct slabscan_reach *r = w->reach;
	const struct slabscan_objset_slab *s = &r->set->slabs[slab];
	const struct slabscan_cache *cache = &r->job->caches->cache[s->class];
	struct slabscan_slab *copy = &w->slab;
	const unsigned long *free = w->none_free;
	struct slabscan_slab_head head;
	struct page *page = page_of(r, slab, &head);

	if (!page)
		return;	/* if it was freed, nothing lives there */
	copy->settled = true;
	if (head.inuse != head.objects || (head.frozen && cache->cpu_slab)) {
		int err = slabscan_slab_copy(copy, cache, page, NULL);

		if (err == -EIO)
			w->skipped += s->nr;
		if (err || copy->objects != s->nr)
			return;
		w->unsettled += !copy->settled;
		bitmap_complement(copy->free, copy->live, s->nr);
		free = copy->free;
	}
	w->live += s->nr - bitmap_weight(free, s->nr);
	spin_lock(&r->lock);
	r->see_slab(w, slab, free);
	spin_unlock(&r->lock);
	exclude_sheaves(r, slab, free);
}

static int slabs_work(struct slabscan_job *job, void *arg)
{
	struct slabscan_reach_worker *w = arg;
	struct slabscan_reach *r = w->reach;

	for (;;) {
		u32 slab = (u32)atomic_add_return(SLABS_AT_ONCE, &r->next_slab) - SLABS_AT_ONCE;
		u32 end = min(slab + SLABS_AT_ONCE, r->set->nr_slabs), n = end - slab;
		int hold;

		if (slab >= r->set->nr_slabs)
			return 0;
		hold = slabscan_kmem_hold();
		for (; slab < end; slab++) {
			r->each_slab(w, slab);
			cond_resched_tasks_rcu_qs();
		}
		slabscan_kmem_release(hold);
		if (!slabscan_job_step(job, div_u64(r->slab_units * n, r->set->nr_slabs)))
			return -EINTR;
	}
}

static int parallel(struct slabscan_reach *r, int (*work)(struct slabscan_job *job, void *arg))
{
	unsigned int i;

	for (i = 0; i < r->nr; i++)
		r->args[i] = &r->workers[i];
	return slabscan_job_parallel(r->job, r->nr, work, r->args);
}

static int each_slab(struct slabscan_reach *r, void (*see)(struct slabscan_reach_worker *w, u32 slab), u64 units)
{
	r->each_slab = see;
	r->slab_units = units;
	atomic_set(&r->next_slab, 0);
	return parallel(r, slabs_work);
}

static int exclude_parked(struct slabscan_reach *r)
{
	const struct slabscan_caches *all = r->job->caches;
	unsigned int i, n;

	for (i = 0; i < all->nr; i++) {
		if (!all->cache[i].cpu_sheaves || slabscan_parked_collect(&r->parked, &all->cache[i]))
			continue;
		for (n = 0; n < 1U << r->parked.bits; n++)
			if (r->parked.set[n]) {
				exclude(r, r->parked.set[n], true);
				cond_resched_tasks_rcu_qs();
			}
		if (!slabscan_job_step(r->job, 0))
			return -EINTR;
	}
	return 0;
}

static void exclude_dead(void *arg, unsigned long addr)
{
	struct slabscan_reach *r = arg;
	u32 object = slabscan_objset_find(r->set, addr), slab;

	if (object == SLABSCAN_OBJSET_NONE)
		return;
	slab = slabscan_objset_slab_with(r->set, object);
	if (slabscan_objset_address_in(r->set, slab, object) == addr &&
	    !strcmp(r->job->caches->cache[r->set->slabs[slab].class].name, "net_namespace"))
		exclude(r, addr, false);
}

static void exclude_own(void *arg, unsigned long start, unsigned long end)
{
	exclude(arg, start, false);
}

/**
 * slabscan_reach_live() - find out which objects are allocated
 * @r: after slabscan_reach_collect()
 * @see: called with each slab that has live objects, its number and its free ones; holding @r->lock
 * @exclude_one: called with each live object that is neither to be followed nor reported, some more than once; holding @r->lock. It may come before @see
 *	for the object's slab: what is excluded has to stay so. Last, and marked as such, come the free objects that may be allocated any time
 *
 * Context: the job's thread.
 * Return: 0 or -EINTR.
 */
int slabscan_reach_live(struct slabscan_reach *r, void (*see)(struct slabscan_reach_worker *w, u32 slab, const unsigned long *free),
			void (*exclude_one)(struct slabscan_reach *r, u32 object, bool parked))
{
	unsigned int i;
	int err, hold;

	r->see_slab = see;
	r->exclude = exclude_one;
	r->live = 0;
	r->skipped = 0;
	r->unsettled = 0;
	for (i = 0; i < r->nr; i++) {
		r->workers[i].live = 0;
		r->workers[i].skipped = 0;
		r->workers[i].unsettled = 0;
	}
	err = each_slab(r, see_slab, (r->pfns.end - r->pfns.start) / 4);
	if (!err)
		err = exclude_parked(r);
	slabscan_own_each(exclude_own, r);
	hold = slabscan_kmem_hold();
	slabscan_reservoirs_dead(exclude_dead, r);
	slabscan_kmem_release(hold);
	for (i = 0; i < r->nr; i++) {
		r->live += r->workers[i].live;
		r->skipped += r->workers[i].skipped;
		r->unsettled += r->workers[i].unsettled;
	}
	return err;
}

/* Up to a page; @direct is its address in the direct map. */
static void feed(struct slabscan_reach_worker *w, unsigned long addr, unsigned long direct, u32 len, struct task_struct *task)
{
	const struct slabscan_reach *r = w->reach;
	struct slabscan_block b = { .words = w->words, .len = len, .addr = addr, .direct = direct, .task = task };
	int nr = slabscan_kmem_search(direct, len, r->base, r->span, w->words);

	if (nr < 0) {
		w->unread += len;
		return;
	}
	w->root_bytes += len;
	b.nr = slabscan_memmap_forget_freelists(&r->memmap, r->set, direct, len, w->words, nr);
	r->see_block(w, &b);
}

/* The same page once more, from its fourth byte on. */
static void feed_packed(struct slabscan_reach_worker *w, unsigned long pfn)
{
	const struct slabscan_reach *r = w->reach;
	unsigned long addr = (unsigned long)__va((phys_addr_t)pfn << PAGE_SHIFT) + 4;
	struct slabscan_block b = { .words = w->words, .addr = addr, .direct = addr, .packed = true };
	int nr;

	b.len = slabscan_roots_packed(&r->roots, pfn);
	if (!b.len)
		return;
	nr = slabscan_kmem_search(addr, b.len, r->base, r->span, w->words);
	if (nr <= 0)
		return;
	b.nr = nr;
	r->see_block(w, &b);
}

/**
 * slabscan_reach_feed() - read some pages
 * @w: of a search whose roots were read
 * @pfn: the first
 * @nr: how many
 *
 * Context: inside slabscan_kmem_hold(); the callback of slabscan_reach_roots() is called.
 */
void slabscan_reach_feed(struct slabscan_reach_worker *w, unsigned long pfn, unsigned long nr)
{
	unsigned long addr = (unsigned long)__va((phys_addr_t)pfn << PAGE_SHIFT), i;

	for (i = 0; i < nr; i++) {
		feed(w, addr + i * PAGE_SIZE, addr + i * PAGE_SIZE, PAGE_SIZE, NULL);
		if (w->reach->packed)
			feed_packed(w, pfn + i);
	}
}

static int roots_work(struct slabscan_job *job, void *arg)
{
	struct slabscan_reach_worker *w = arg;
	struct slabscan_reach *r = w->reach;
	unsigned long start, end, pfn, at, nr;

	while (slabscan_pfns_take(&r->pfns, PIECE, &start, &end)) {
		int hold = slabscan_kmem_hold();

		for (pfn = start; slabscan_roots_next(&r->roots, &pfn, end, &at, &nr); ) {
			slabscan_reach_feed(w, at, nr);
			cond_resched_tasks_rcu_qs();
			if (slabscan_job_cancelled(job))
				break;
		}
		slabscan_kmem_release(hold);
		if (!slabscan_job_step(job, end - start))
			return -EINTR;
	}
	return 0;
}

/*
 * A stack may be in vmalloc space, and its task be gone. There it is read in the direct map: up to v5.17 a stack is unmapped without a grace period, and what is mapped
 * there next may be a device.
 */
static void live_part(void *arg, unsigned long start, unsigned long end, struct task_struct *task)
{
	struct slabscan_reach_worker *w = arg;
	unsigned long next;

	for (; start < end; start = next) {
		unsigned long direct = slabscan_kmem_direct(start);

		next = min(round_down(start, PAGE_SIZE) + PAGE_SIZE, end);
		if (direct)
			feed(w, start, direct, next - start, task);
		else
			w->unread += next - start;
	}
}

/**
 * slabscan_reach_roots() - read everything that can hold references
 * @r: after slabscan_reach_live()
 * @see: called with each block, by any thread; for blocks with a task under rcu_read_lock(): may not sleep
 *
 * Context: the job's thread.
 * Return: 0; -EINTR; -ENOSPC if not everything could be seen: job->reason is set.
 */
int slabscan_reach_roots(struct slabscan_reach *r, void (*see)(struct slabscan_reach_worker *w, const struct slabscan_block *b))
{
	unsigned int i;
	int err;

	r->see_block = see;
	for (i = 0; i < r->nr; i++) {
		r->workers[i].root_bytes = 0;
		r->workers[i].unread = 0;
	}
	slabscan_own_fill(r->roots.skip, 0, r->skip_bytes);
	r->roots.mapping = 0;
	slabscan_reservoirs_skip(&r->roots);

	err = slabscan_memmap_find(&r->memmap, r->set);
	if (err) {
		r->job->reason = "the memory map is in more pieces than there was room for";
		return -ENOSPC;
	}
	slabscan_pfns_init(&r->pfns);
	err = parallel(r, roots_work);
	if (!err && !slabscan_reservoirs_live(live_part, &r->workers[0])) {
		r->job->reason = "tasks come and go too fast to see the stacks of all";
		err = -ENOSPC;
	}
	r->root_bytes = 0;
	r->unread = 0;
	for (i = 0; i < r->nr; i++) {
		r->root_bytes += r->workers[i].root_bytes;
		r->unread += r->workers[i].unread;
	}
	return err;
}

/**
 * slabscan_reach_freed() - read the addresses of what was given to kfree_rcu() and is not freed yet
 * @r: after slabscan_reach_roots()
 * @see: called with some at a time; a few may be missed, and others be somebody else's by now
 *
 * Context: the job's thread.
 */
void slabscan_reach_freed(struct slabscan_reach *r, void (*see)(struct slabscan_reach_worker *w, const struct slabscan_block *b))
{
	r->see_block = see;
	slabscan_reservoirs_freed(live_part, &r->workers[0]);
}

/**
 * slabscan_reach_slabs() - go through all slabs
 * @r: after slabscan_reach_collect()
 * @see: called with each slab's number, by any thread, inside slabscan_kmem_hold(); may sleep
 *
 * Context: the job's thread.
 * Return: 0 or -EINTR.
 */
int slabscan_reach_slabs(struct slabscan_reach *r, void (*see)(struct slabscan_reach_worker *w, u32 slab))
{
	return each_slab(r, see, 0);
}

static int rest_work(struct slabscan_job *job, void *arg)
{
	struct slabscan_reach_worker *w = arg;

	return w->reach->rest(w);
}

/**
 * slabscan_reach_finish() - a last step
 * @r: the search
 * @rest: called once in each thread; may sleep
 *
 * Context: the job's thread.
 * Return: 0 or what @rest says.
 */
int slabscan_reach_finish(struct slabscan_reach *r, int (*rest)(struct slabscan_reach_worker *w))
{
	r->rest = rest;
	return parallel(r, rest_work);
}

/**
 * slabscan_reach_settle() - let everything that waits for a grace period be freed
 *
 * With sheaves (v6.18) kvfree_rcu_barrier() would flush those of all caches on all CPUs, holding cpus_read_lock() and slab_mutex (ec66e0d59952 "slab: add
 * sheaf support for batching kfree_rcu() operations"). What waits in them is known as parked, and what was handed to RCU is what rcu_barrier() waits for.
 *
 * Context: may sleep, for some grace periods; waits for all RCU callbacks that are queued now.
 * Return: how long it took, ns.
 */
u64 slabscan_reach_settle(void)
{
	u64 start = ktime_get_ns();

	synchronize_rcu();
	if (!slabscan_has(SLABSCAN_S_CPU_SHEAVES))
		slabscan_kvfree_rcu_barrier();
	rcu_barrier();
	return ktime_get_ns() - start;
}
