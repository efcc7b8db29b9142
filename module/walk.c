// SPDX-License-Identifier: GPL-2.0-only
/*
 * walk.c - one pass over all slabs of one cache
 *
 * Threads take pieces of the memory map. In each piece: find slabs of the cache, copy one, hand it to the owner of the walk, next. Between slabs the CPU
 * is given away if somebody wants it; between pieces the owner of the job is told. Every few milliseconds the sheaves are collected anew,
 * which is also when the destruction of the cache is noticed.
 *
 * Locks: none beyond those of slab.c and kmem.c. Workers share nothing but the cursor.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "compat/compat.h"
#include "walk.h"

#define COLLECT_NS	(2 * NSEC_PER_MSEC)

/**
 * slabscan_walk_init() - prepare a pass
 * @walk: on the caller's memory
 * @job: its owner; job->memory grows, job->total is set
 * @cache: must live as long as @walk
 * @nr: threads
 * @see: gets each slab
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM; slabscan_walk_deinit() is allowed in both cases.
 */
int slabscan_walk_init(struct slabscan_walk *walk, struct slabscan_job *job, const struct slabscan_cache *cache, unsigned int nr,
		       void (*see)(struct slabscan_walk_worker *w, struct slabscan_slab *s))
{
	unsigned int i;
	int err;

	memset(walk, 0, sizeof(*walk));
	walk->job = job;
	walk->cache = cache;
	walk->see = see;
	slabscan_pfns_init(&walk->pfns);
	job->total = walk->pfns.end - walk->pfns.start;
	job->memory += nr * (sizeof(*walk->workers) + slabscan_slab_size(cache->order, cache->max_objects) + slabscan_parked_size(cache));
	walk->workers = kvcalloc(nr, sizeof(*walk->workers), GFP_KERNEL);
	if (!walk->workers)
		return -ENOMEM;
	walk->nr = nr;
	for (i = 0; i < nr; i++) {
		struct slabscan_walk_worker *w = &walk->workers[i];

		w->walk = walk;
		err = slabscan_slab_init(&w->slab, cache->order, cache->max_objects);
		if (!err)
			err = slabscan_parked_init(&w->parked, cache);
		if (err)
			return err;
	}
	return 0;
}

/**
 * slabscan_walk_deinit() - undo slabscan_walk_init()
 * @walk: the walk
 */
void slabscan_walk_deinit(struct slabscan_walk *walk)
{
	unsigned int i;

	for (i = 0; i < walk->nr; i++) {
		slabscan_slab_deinit(&walk->workers[i].slab);
		slabscan_parked_deinit(&walk->workers[i].parked);
	}
	kvfree(walk->workers);
	memset(walk, 0, sizeof(*walk));
}

/* Is the cache still there, and what is parked now? */
static int collect(struct slabscan_walk_worker *w)
{
	u64 now = ktime_get_ns();
	int err;

	if (now < w->collect_at)
		return 0;
	err = slabscan_parked_collect(&w->parked, w->walk->cache);
	if (err) {
		w->walk->stale = true;
		return err;
	}
	/* with very many CPUs collecting takes long, under the kernel's slab_mutex: all workers together hold it for a tenth of the time at most */
	w->collect_at = ktime_get_ns();
	w->collect_at += max_t(u64, COLLECT_NS, 10 * w->walk->nr * (w->collect_at - now));
	return 0;
}

static void see_slab(struct slabscan_walk_worker *w, const struct slabscan_slab_head *head)
{
	struct slabscan_slab *s = &w->slab;
	int err = slabscan_slab_copy(s, w->walk->cache, head->page, &w->parked);

	if (err == -ENOENT)
		return;
	w->slabs++;
	if (err) {
		w->objects += head->objects;
		w->skipped += head->objects;
		return;
	}
	w->objects += s->objects;
	w->live += s->nr_live;
	w->nr_parked += s->nr_parked;
	w->unsettled += !s->settled;
	if (s->nr_live)
		w->walk->see(w, s);
}

static int walk_piece(struct slabscan_walk_worker *w, unsigned long pfn, unsigned long end)
{
	struct slabscan_slab_head head;
	int hold = slabscan_kmem_hold();
	int err = 0;

	while (!err && slabscan_slab_next(&pfn, end, &head)) {
		if (head.cache != w->walk->cache->addr)
			continue;
		see_slab(w, &head);
		cond_resched();
		err = collect(w);
		if (!err && slabscan_job_cancelled(w->walk->job))
			err = -EINTR;
	}
	slabscan_kmem_release(hold);
	return err;
}

static int work(struct slabscan_job *job, void *arg)
{
	struct slabscan_walk_worker *w = arg;
	unsigned long start, end;
	int err;

	while (slabscan_pfns_take(&w->walk->pfns, 4 * MAX_ORDER_NR_PAGES, &start, &end)) {
		err = collect(w);
		if (!err)
			err = walk_piece(w, start, end);
		if (err)
			return err;
		if (!slabscan_job_step(job, end - start))
			return -EINTR;
	}
	return 0;
}

/**
 * slabscan_walk_run() - do it
 * @walk: prepared; once only
 *
 * Sets complete and reason of the job's result if something is missing from it.
 *
 * Context: the job's thread. Takes as long as it takes.
 * Return: 0, also if the cache was destroyed meanwhile; -EINTR if the job was cancelled.
 */
int slabscan_walk_run(struct slabscan_walk *walk)
{
	struct slabscan_job *job = walk->job;
	void **args;
	unsigned int i;
	int err;

	args = kcalloc(walk->nr, sizeof(*args), GFP_KERNEL);
	if (!args)
		return -ENOMEM;
	for (i = 0; i < walk->nr; i++)
		args[i] = &walk->workers[i];
	err = slabscan_job_parallel(job, walk->nr, work, args);
	kfree(args);
	if (walk->stale) {
		job->reason = "the cache was destroyed meanwhile";
		err = 0;
	}
	job->result->complete = !err && !walk->stale;
	return err;
}

/**
 * slabscan_walk_summary() - write RECORD_SUMMARY
 * @walk: after slabscan_walk_run()
 * @r: where to
 * @count_error: no count of a cluster is off by more
 */
void slabscan_walk_summary(const struct slabscan_walk *walk, struct slabscan_result *r, u64 count_error)
{
	struct slabscan_walk_worker sum = { 0 };
	unsigned int i;

	for (i = 0; i < walk->nr; i++) {
		const struct slabscan_walk_worker *w = &walk->workers[i];

		sum.slabs += w->slabs;
		sum.objects += w->objects;
		sum.live += w->live;
		sum.nr_parked += w->nr_parked;
		sum.skipped += w->skipped;
		sum.unsettled += w->unsettled;
	}
	slabscan_record_begin(r, SLABSCAN_A_RECORD_SUMMARY);
	slabscan_put_cache(r, walk->cache);
	slabscan_put_u64(r, SLABSCAN_A_SLABS, sum.slabs);
	slabscan_put_u64(r, SLABSCAN_A_OBJECTS, sum.objects);
	slabscan_put_u64(r, SLABSCAN_A_LIVE, sum.live);
	slabscan_put_u64(r, SLABSCAN_A_SCANNED, sum.live);
	slabscan_put_u64(r, SLABSCAN_A_SKIPPED, sum.skipped);
	slabscan_put_u64(r, SLABSCAN_A_UNSETTLED, sum.unsettled);
	slabscan_put_u64(r, SLABSCAN_A_PARKED, sum.nr_parked);
	slabscan_put_u64(r, SLABSCAN_A_COUNT_ERROR, count_error);
	slabscan_put_effort(r, walk->job->started, walk->job->memory);
	slabscan_record_end(r);
}
