// SPDX-License-Identifier: GPL-2.0-only
/*
 * walk.c - one pass over all slabs of some caches
 *
 * Threads take pieces of the memory map. In each piece: find slabs of the caches, copy one, hand it to the owner of the walk, next. Between slabs the CPU
 * is given away if somebody wants it; between pieces the owner of the job is told. Before a slab is copied the sheaves of its cache are collected anew if that
 * is some milliseconds ago, which is also when the destruction of the cache is noticed.
 *
 * Locks: none beyond those of slab.c and kmem.c. Workers share nothing but the cursor, and the flags that say which cache is gone.
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
#define COLLECT_MAX_NS	(300 * NSEC_PER_SEC)

static int init_worker(struct slabscan_walk *walk, struct slabscan_walk_worker *w, unsigned int order, unsigned int objects)
{
	unsigned int i;
	int err;

	w->walk = walk;
	w->part = kvcalloc(walk->nr_caches, sizeof(*w->part), SLABSCAN_GFP);
	if (!w->part)
		return -ENOMEM;
	err = slabscan_slab_init(&w->slab, order, objects);
	for (i = 0; !err && i < walk->nr_caches; i++)
		err = slabscan_parked_init(&w->part[i].parked, walk->cache[i]);
	return err;
}

/* The largest slab of any of these caches. */
static void largest(const struct slabscan_caches *all, const u32 *caches, unsigned int nr_caches, unsigned int *order, unsigned int *objects)
{
	unsigned int i;

	*order = 0;
	*objects = 0;
	for (i = 0; i < nr_caches; i++) {
		*order = max(*order, all->cache[caches[i]].order);
		*objects = max(*objects, all->cache[caches[i]].max_objects);
	}
}

/**
 * slabscan_walk_size() - bytes that slabscan_walk_init() will take
 * @all: the list of caches
 * @caches: numbers of caches in it
 * @nr_caches: how many
 * @nr: threads
 */
size_t slabscan_walk_size(const struct slabscan_caches *all, const u32 *caches, unsigned int nr_caches, unsigned int nr)
{
	unsigned int order, objects, i;
	size_t size = sizeof(struct slabscan_walk_worker);

	largest(all, caches, nr_caches, &order, &objects);
	size += slabscan_slab_size(order, objects);
	for (i = 0; i < nr_caches; i++)
		size += sizeof(struct slabscan_walk_part) + slabscan_parked_size(&all->cache[caches[i]]);
	return nr * size + nr_caches * (sizeof(struct slabscan_cache *) + sizeof(bool) + sizeof(u64)) + all->nr * sizeof(u16);
}

/**
 * slabscan_walk_init() - prepare a pass
 * @walk: on the caller's memory
 * @job: its owner; job->total grows
 * @caches: numbers of the caches in job->caches, which must live as long as @walk
 * @nr_caches: how many
 * @nr: threads
 * @see: gets each slab that has live objects
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM; slabscan_walk_deinit() is allowed in both cases.
 */
int slabscan_walk_init(struct slabscan_walk *walk, struct slabscan_job *job, const u32 *caches, unsigned int nr_caches, unsigned int nr,
		       void (*see)(struct slabscan_walk_part *part, struct slabscan_slab *s))
{
	unsigned int order, objects, i;
	int err = 0;

	memset(walk, 0, sizeof(*walk));
	walk->job = job;
	walk->see = see;
	slabscan_pfns_init(&walk->pfns);
	job->total += walk->pfns.end - walk->pfns.start;
	walk->nr_caches = nr_caches;
	walk->cache = kvcalloc(nr_caches, sizeof(*walk->cache), SLABSCAN_GFP);
	walk->stale = kvcalloc(nr_caches, sizeof(*walk->stale), SLABSCAN_GFP);
	walk->check_at = kvcalloc(nr_caches, sizeof(*walk->check_at), SLABSCAN_GFP);
	walk->at = kvcalloc(job->caches->nr, sizeof(*walk->at), SLABSCAN_GFP);
	walk->workers = kvcalloc(nr, sizeof(*walk->workers), SLABSCAN_GFP);
	if (!walk->cache || !walk->stale || !walk->check_at || !walk->at || !walk->workers)
		return -ENOMEM;
	walk->nr = nr;
	for (i = 0; i < nr_caches; i++) {
		walk->cache[i] = &job->caches->cache[caches[i]];
		walk->at[caches[i]] = i + 1;
	}
	largest(job->caches, caches, nr_caches, &order, &objects);
	for (i = 0; !err && i < nr; i++)
		err = init_worker(walk, &walk->workers[i], order, objects);
	return err;
}

static void deinit_worker(struct slabscan_walk *walk, struct slabscan_walk_worker *w)
{
	unsigned int i;

	slabscan_slab_deinit(&w->slab);
	for (i = 0; w->part && i < walk->nr_caches; i++)
		slabscan_parked_deinit(&w->part[i].parked);
	kvfree(w->part);
}

/**
 * slabscan_walk_deinit() - undo slabscan_walk_init()
 * @walk: the walk
 */
void slabscan_walk_deinit(struct slabscan_walk *walk)
{
	unsigned int i;

	for (i = 0; i < walk->nr; i++)
		deinit_worker(walk, &walk->workers[i]);
	kvfree(walk->workers);
	kvfree(walk->at);
	kvfree(walk->check_at);
	kvfree(walk->stale);
	kvfree(walk->cache);
	memset(walk, 0, sizeof(*walk));
}

/* Makes sure that what is known of parked objects is new. Return: false if the cache is gone. */
static bool collect(struct slabscan_walk *walk, struct slabscan_walk_part *part, unsigned int i)
{
	bool sheaves = walk->cache[i]->cpu_sheaves;
	u64 *collect_at = sheaves ? &part->collect_at : &walk->check_at[i], all;

	if (READ_ONCE(walk->stale[i]))
		return false;
	if (ktime_get_ns() < READ_ONCE(*collect_at))
		return true;
	if (slabscan_parked_collect(&part->parked, walk->cache[i])) {
		WRITE_ONCE(walk->stale[i], true);
		return false;
	}
	/*
	 * With very many CPUs collecting takes long, under the kernel's slab_mutex, and so does going through a long list of caches: all workers together
	 * hold it for a tenth of the time at most. Without sheaves there is nothing to collect, and one asks for all whether the cache is still there.
	 */
	all = part->parked.held_ns * walk->nr_caches * (sheaves ? walk->nr : 1);
	WRITE_ONCE(*collect_at, ktime_get_ns() + clamp_t(u64, 10 * all, COLLECT_NS, COLLECT_MAX_NS));
	return true;
}

static void see_slab(struct slabscan_walk_worker *w, unsigned int i, const struct slabscan_slab_head *head)
{
	struct slabscan_walk_part *part = &w->part[i];
	struct slabscan_slab *s = &w->slab;
	int err;

	if (!collect(w->walk, part, i))
		return;
	err = slabscan_slab_copy(s, w->walk->cache[i], head->page, &part->parked);
	if (err == -ENOENT)
		return;
	part->slabs++;
	if (err) {
		part->objects += head->objects;
		part->skipped += head->objects;
		return;
	}
	part->objects += s->objects;
	part->live += s->nr_live;
	part->nr_parked += s->nr_parked;
	part->unsettled += !s->settled;
	if (s->nr_live)
		w->walk->see(part, s);
}

static int walk_piece(struct slabscan_walk_worker *w, unsigned long pfn, unsigned long end)
{
	struct slabscan_walk *walk = w->walk;
	struct slabscan_slab_head head;
	int hold = slabscan_kmem_hold();
	int err = 0;

	while (!err && slabscan_slab_next(&pfn, end, &head)) {
		int at = slabscan_caches_find(walk->job->caches, head.cache);

		if (at < 0 || !walk->at[at])
			continue;
		see_slab(w, walk->at[at] - 1, &head);
		cond_resched_tasks_rcu_qs();
		if (slabscan_job_cancelled(walk->job))
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
		err = walk_piece(w, start, end);
		if (err)
			return err;
		if (!slabscan_job_step(job, end - start))
			return -EINTR;
	}
	return 0;
}

/* Caches that were destroyed, with or without a slab of theirs being met since. Return: are all of them? */
static bool find_stale(struct slabscan_walk *walk)
{
	bool all = true;
	unsigned int i;
	u64 since;

	for (i = 0; i < walk->nr_caches; i++) {
		if (!walk->stale[i] && !slabscan_cache_lock(walk->cache[i], &since)) {
			slabscan_cache_unlock();
			all = false;
			continue;
		}
		walk->stale[i] = true;
	}
	return all;
}

/**
 * slabscan_walk_run() - do it
 * @walk: prepared; once only
 *
 * Context: the job's thread. Takes as long as it takes.
 * Return: 0, also if some caches were destroyed meanwhile; -ESTALE if all were; -EINTR if the job was cancelled.
 */
int slabscan_walk_run(struct slabscan_walk *walk)
{
	struct slabscan_job *job = walk->job;
	void **args;
	unsigned int i;
	int err;

	args = kcalloc(walk->nr, sizeof(*args), SLABSCAN_GFP);
	if (!args)
		return -ENOMEM;
	for (i = 0; i < walk->nr; i++)
		args[i] = &walk->workers[i];
	err = slabscan_job_parallel(job, walk->nr, work, args);
	kfree(args);
	return find_stale(walk) && !err ? -ESTALE : err;
}

/**
 * slabscan_walk_sum() - add up what the threads counted
 * @walk: after slabscan_walk_run()
 * @stale: also of caches that were destroyed meanwhile
 * @sum: the counts are added to its own
 */
void slabscan_walk_sum(const struct slabscan_walk *walk, bool stale, struct slabscan_walk_part *sum)
{
	unsigned int i, k;

	for (i = 0; i < walk->nr; i++) {
		for (k = 0; k < walk->nr_caches; k++) {
			const struct slabscan_walk_part *part = &walk->workers[i].part[k];

			if (walk->stale[k] && !stale)
				continue;
			sum->slabs += part->slabs;
			sum->objects += part->objects;
			sum->live += part->live;
			sum->nr_parked += part->nr_parked;
			sum->skipped += part->skipped;
			sum->unsettled += part->unsettled;
		}
	}
}

/**
 * slabscan_walk_summary() - put what was counted into a record
 * @job: whose result has an open RECORD_SUMMARY
 * @sum: the counts
 * @count_error: no count of a cluster is off by more
 */
void slabscan_walk_summary(const struct slabscan_job *job, const struct slabscan_walk_part *sum, u64 count_error)
{
	struct slabscan_result *r = job->result;

	slabscan_put_u64(r, SLABSCAN_A_SLABS, sum->slabs);
	slabscan_put_u64(r, SLABSCAN_A_OBJECTS, sum->objects);
	slabscan_put_u64(r, SLABSCAN_A_LIVE, sum->live);
	slabscan_put_u64(r, SLABSCAN_A_SCANNED, sum->live);
	slabscan_put_u64(r, SLABSCAN_A_SKIPPED, sum->skipped);
	slabscan_put_u64(r, SLABSCAN_A_UNSETTLED, sum->unsettled);
	slabscan_put_u64(r, SLABSCAN_A_PARKED, sum->nr_parked);
	slabscan_put_u64(r, SLABSCAN_A_COUNT_ERROR, count_error);
	slabscan_put_effort(r, job->started, job->memory);
}
