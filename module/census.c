// SPDX-License-Identifier: GPL-2.0-only
/*
 * census.c - job "caches": how many slabs, slots and allocated objects each cache has
 *
 * One walk over the memory map. The descriptor of a slab tells how many of its objects are taken, so its memory has to be looked at only if
 * it belongs to a CPU. What is parked in sheaves is taken off at the end, cache by cache. On a quiet cache the count is exact; while objects
 * move it may be off by as many as moved.
 *
 * Locks: as slab.c. Lifetime: all memory belongs to the job.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/slab.h>

#include "compat/compat.h"
#include "job.h"
#include "kmem.h"
#include "slab.h"

struct tally {
	u64 slabs, objects, live, parked;
};

struct census {
	struct slabscan_slab slab;
	struct slabscan_pfns walk;
	struct tally tally[];
};

static int prepare(struct slabscan_job *job, struct netlink_ext_ack *extack)
{
	unsigned int order, objects;
	struct census *c;

	c = kvzalloc(struct_size(c, tally, job->caches->nr), SLABSCAN_GFP);
	if (!c)
		return -ENOMEM;
	job->private = c;
	slabscan_caches_largest(job->caches, &order, &objects);
	job->memory = struct_size(c, tally, job->caches->nr) + slabscan_slab_size(order, objects) + slabscan_parked_largest(job->caches);
	slabscan_pfns_init(&c->walk);
	job->total = c->walk.end - c->walk.start;
	return slabscan_slab_init(&c->slab, order, objects);
}

static void release(struct slabscan_job *job)
{
	struct census *c = job->private;

	if (!c)
		return;
	slabscan_slab_deinit(&c->slab);
	kvfree(c);
}

static void count_slab(struct slabscan_job *job, const struct slabscan_slab_head *head)
{
	struct census *c = job->private;
	int at = slabscan_caches_find(job->caches, head->cache);
	const struct slabscan_cache *cache;
	struct tally *t;

	if (at < 0)
		return;	/* of a cache that was made after we began, or being made itself */
	cache = &job->caches->cache[at];
	t = &c->tally[at];
	t->slabs++;
	t->objects += head->objects;
	if (head->frozen && cache->cpu_slab && !slabscan_slab_copy(&c->slab, cache, head->page, NULL)) {
		t->live += c->slab.nr_live;
		t->parked += head->inuse > c->slab.nr_live ? head->inuse - c->slab.nr_live : 0;
	} else {
		t->live += head->inuse;
	}
}

static int count_sheaves(struct slabscan_job *job, unsigned int i)
{
	const struct slabscan_cache *cache = &job->caches->cache[i];
	struct census *c = job->private;
	struct slabscan_parked parked;
	int err;

	if (!cache->cpu_sheaves)
		return 0;
	err = slabscan_parked_init(&parked, cache);
	if (!err && !slabscan_parked_collect(&parked, cache)) {
		u64 nr = min_t(u64, parked.nr, c->tally[i].live);

		c->tally[i].parked += nr;
		c->tally[i].live -= nr;
	}
	slabscan_parked_deinit(&parked);
	return err;
}

static void report(struct slabscan_job *job, u64 slabs)
{
	struct slabscan_result *r = job->result;
	struct census *c = job->private;
	unsigned int i;

	slabscan_record_begin(r, SLABSCAN_A_RECORD_SUMMARY);
	slabscan_put_u32(r, SLABSCAN_A_COMPLETE, r->complete);
	slabscan_put_u64(r, SLABSCAN_A_ELAPSED_NS, ktime_get_ns() - job->started);
	slabscan_put_u64(r, SLABSCAN_A_SLABS, slabs);
	slabscan_record_end(r);

	for (i = 0; i < job->caches->nr; i++) {
		const struct slabscan_cache *cache = &job->caches->cache[i];
		const struct tally *t = &c->tally[i];

		slabscan_record_begin(r, SLABSCAN_A_RECORD_CACHE);
		slabscan_put_string(r, SLABSCAN_A_NAME, cache->name);
		slabscan_put_u32(r, SLABSCAN_A_CACHE_INDEX, cache->index);
		slabscan_put_u32(r, SLABSCAN_A_OBJECT_SIZE, cache->object_size);
		slabscan_put_u32(r, SLABSCAN_A_SLOT_SIZE, cache->size);
		slabscan_put_u32(r, SLABSCAN_A_CACHE_FLAGS, cache->flags);
		slabscan_put_u64(r, SLABSCAN_A_SLABS, t->slabs);
		slabscan_put_u64(r, SLABSCAN_A_OBJECTS, t->objects);
		slabscan_put_u64(r, SLABSCAN_A_LIVE, t->live);
		slabscan_put_u64(r, SLABSCAN_A_PARKED, t->parked);
		slabscan_put_u64(r, SLABSCAN_A_BYTES, t->objects * cache->size);
		slabscan_record_end(r);
	}
}

static int run(struct slabscan_job *job)
{
	struct census *c = job->private;
	unsigned long pfn, start, end;
	struct slabscan_slab_head head;
	bool going = true;
	u64 slabs = 0;
	unsigned int i;

	while (going && slabscan_pfns_take(&c->walk, 4 * MAX_ORDER_NR_PAGES, &start, &end)) {
		int hold = slabscan_kmem_hold();

		for (pfn = start; slabscan_slab_next(&pfn, end, &head); slabs++) {
			count_slab(job, &head);
			cond_resched_tasks_rcu_qs();
		}
		slabscan_kmem_release(hold);
		going = slabscan_job_step(job, end - start);
	}
	for (i = 0; going && i < job->caches->nr; i++) {
		if (count_sheaves(job, i)) {
			job->reason = "there was no memory to look into sheaves";
			return -ENOMEM;
		}
		going = slabscan_job_step(job, 0);
	}
	job->result->complete = going;
	report(job, slabs);
	return going ? 0 : -EINTR;
}

const struct slabscan_job_ops slabscan_census_ops = {
	.attrs = (const u8[]){ SLABSCAN_A_KIND, 0 },
	.prepare = prepare,
	.run = run,
	.release = release,
};
