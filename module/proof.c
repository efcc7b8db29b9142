// SPDX-License-Identifier: GPL-2.0-only
/*
 * proof.c - trust before use
 *
 * Offsets from BTF can be right and the meaning of a member can still have changed. So at load slabscan makes caches of its own, allocates and
 * frees a pattern in them that fills several slabs, and looks at them with the very functions that scans use: exactly the live objects have to be seen
 * as live, with their content. If not, the module does not load. That makes it safe on a kernel that nobody has tested.
 *
 * Two caches, since free pointers lie inside or behind the object, depending on whether there is a constructor. And one of large objects, so that
 * slabs of several pages are seen, whose order is not the smallest that the cache would put up with.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "compat/compat.h"
#ifdef SLABSCAN_HAVE_KFENCE
#include <linux/kfence.h>
#endif
#include "cache.h"
#include "kmem.h"
#include "proof.h"
#include "slab.h"

#define NR	400
#define SIZE	88	/* of no other cache, odd enough to notice a wrong stride */
#define LARGE	1016

struct proof {
	struct kmem_cache *s;
	unsigned int size;
	struct slabscan_cache cache;
	struct slabscan_slab slab;
	struct slabscan_parked parked;
	void *object[NR];	/* all that were allocated, freed ones included */
	bool live[NR];
	bool seen[NR];
};

static void construct(void *object)
{
	memset(object, 0, SIZE);
}

static u64 pattern(const void *object, unsigned int word)
{
	return (unsigned long)object * 0x9e3779b97f4a7c15ULL + word;
}

static void fill(struct proof *p, unsigned int i)
{
	u64 *w = p->object[i];
	unsigned int k;

	for (k = 0; k < p->size / sizeof(*w); k++)
		w[k] = pattern(w, k);
}

static bool is_kfence(const void *object)
{
#ifdef SLABSCAN_HAVE_KFENCE
	return is_kfence_address(object);
#else
	return false;
#endif
}

/* Allocate, free two of three, allocate some again: slabs that are full, partial, empty and active, on whatever CPUs we run. */
static int plant(struct proof *p)
{
	unsigned int i;

	for (i = 0; i < NR; i++) {
		p->object[i] = kmem_cache_alloc(p->s, GFP_KERNEL);
		if (!p->object[i])
			return -ENOMEM;
		p->live[i] = true;
		fill(p, i);
	}
	for (i = 0; i < NR; i++) {
		if (i % 3 == 0 || i / 50 == 3)
			continue;
		kmem_cache_free(p->s, p->object[i]);
		p->live[i] = false;
	}
	for (i = 0; i < NR / 8; i++) {
		void *object = kmem_cache_alloc(p->s, GFP_KERNEL);
		unsigned int k;

		if (!object)
			return -ENOMEM;
		for (k = 0; k < NR; k++)
			if (p->object[k] == object)
				break;
		if (k == NR) {	/* from a new slab: not needed, and its slab is one more to look at */
			kmem_cache_free(p->s, object);
			continue;
		}
		p->live[k] = true;
		fill(p, k);
	}
	return 0;
}

static int index_of(const struct proof *p, unsigned long object)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		if ((unsigned long)p->object[i] == object)
			return i;
	return -1;
}

/* One slab, as a scan would see it. */
static int check_slab(struct proof *p, struct page *page)
{
	struct slabscan_slab *s = &p->slab;
	unsigned int i, k;
	int err;

	err = slabscan_slab_copy(s, &p->cache, page, &p->parked);
	if (err) {
		pr_err("proof failed: a slab of our own cache could not be copied (error %d)\n", err);
		return err;
	}
	if (!s->settled) {
		pr_err("proof failed: the freelists of a quiet slab contradict its counters\n");
		return -EUCLEAN;
	}
	for (i = 0; i < s->objects; i++) {
		int at = index_of(p, slabscan_slab_object(s, i));
		bool live = test_bit(i, s->live);
		const u64 *w = s->image + s->cache->red_left_pad + (size_t)i * s->cache->size;

		if (live != (at >= 0 && p->live[at])) {
			pr_err("proof failed: object %u of a slab is %s, but was seen as %s\n", i, live ? "free" : "allocated", live ? "allocated" : "free");
			return -EUCLEAN;
		}
		if (at < 0)
			continue;
		p->seen[at] = true;
		for (k = 0; live && k < p->size / sizeof(*w); k++)
			if (w[k] != pattern(p->object[at], k)) {
				pr_err("proof failed: word %u of an object was read wrong\n", k);
				return -EUCLEAN;
			}
	}
	return 0;
}

/* Finds the slabs by walking the memory map around each object, as a scan does everywhere. */
static int check(struct proof *p)
{
	unsigned int i;

	for (i = 0; i < NR; i++) {
		unsigned long pfn, end;
		struct slabscan_slab_head head;

		if (p->seen[i] || is_kfence(p->object[i]))
			continue;
		pfn = ALIGN_DOWN(page_to_pfn(virt_to_page(p->object[i])), MAX_ORDER_NR_PAGES);
		for (end = pfn + MAX_ORDER_NR_PAGES; slabscan_slab_next(&pfn, end, &head); ) {
			int err;

			if (head.cache != p->cache.addr)
				continue;
			err = check_slab(p, head.page);
			if (err)
				return err;
		}
		if (!p->seen[i] && p->live[i]) {
			pr_err("proof failed: an allocated object of our own was not found by walking the memory map\n");
			return -EUCLEAN;
		}
		cond_resched_tasks_rcu_qs();
	}
	return 0;
}

static int prove(struct kmem_cache *s, unsigned int size)
{
	struct proof *p;
	unsigned int i;
	int err, hold;

	p = kvzalloc(sizeof(*p), GFP_KERNEL);
	if (!p)
		return -ENOMEM;
	p->s = s;
	p->size = size;
	err = slabscan_cache_copy((unsigned long)s, &p->cache);
	if (err) {
		pr_err("proof failed: what was read of our own cache can't be true\n");
		goto out_free;
	}
	if (p->cache.object_size != p->size || p->cache.size < p->size || strcmp(p->cache.name, "slabscan_proof")) {
		/* what was read instead stays untold: it may be any memory of the kernel */
		pr_err("proof failed: our own cache was read with another name or size than it has\n");
		err = -EUCLEAN;
		goto out_free;
	}
	err = slabscan_slab_init(&p->slab, p->cache.order, p->cache.max_objects);
	if (!err)
		err = slabscan_parked_init(&p->parked, &p->cache);
	if (!err)
		err = plant(p);
	if (!err) {
		err = slabscan_parked_collect(&p->parked, &p->cache);
		if (err)
			pr_err("proof failed: our own cache is not on the kernel's list\n");
	}
	if (!err) {
		hold = slabscan_kmem_hold();
		err = check(p);
		slabscan_kmem_release(hold);
	}
	for (i = 0; i < NR; i++)
		if (p->live[i])
			kmem_cache_free(s, p->object[i]);
	slabscan_parked_deinit(&p->parked);
	slabscan_slab_deinit(&p->slab);
out_free:
	kvfree(p);
	return err;
}

/**
 * slabscan_proof() - check our view of the allocator against a known truth
 *
 * Context: module init, after ksym, layout and kmem. Some milliseconds. Leaves nothing behind.
 * Return: 0, or a negative errno after a sentence in the log.
 */
int slabscan_proof(void)
{
	/* none merges: they have a region for user copies, or a constructor */
	static const struct {
		unsigned int size, usersize;
		void (*ctor)(void *object);
	} caches[] = {
		{ SIZE, 8, NULL }, { SIZE, 0, construct }, { LARGE, 8, NULL },
	};
	struct kmem_cache *s;
	size_t i;
	int err = 0;

	for (i = 0; !err && i < ARRAY_SIZE(caches); i++) {
		s = kmem_cache_create_usercopy("slabscan_proof", caches[i].size, 8, 0, 0, caches[i].usersize, caches[i].ctor);
		if (!s)
			return -ENOMEM;
		err = prove(s, caches[i].size);
		kmem_cache_destroy(s);
	}
	return err;
}
