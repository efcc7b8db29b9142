// SPDX-License-Identifier: GPL-2.0-only
/*
 * leaks_report.c - what the search for lost objects says in the end
 *
 * Locks: none; the search is over.
 */
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "compat/compat.h"
#include "innocent.h"
#include "leaks_report.h"
#include "scan.h"

#define ADDRESSES	16	/* in a record */
#define MAX_ADDRESSES	1000000

/**
 * slabscan_leaks_read() - copy a candidate into @l->object
 * @l: the search
 * @object: a candidate, by the first set
 * @slab: its slab there
 *
 * Context: process context.
 * Return: false if it can't be read any more.
 */
bool slabscan_leaks_read(struct leaks *l, u32 object, u32 slab)
{
	const struct slabscan_cache *cache = &l->reach.job->caches->cache[l->set[0].slabs[slab].class];
	int hold = slabscan_kmem_hold();
	int err = slabscan_kmem_read_object(l->object, slabscan_objset_address_in(&l->set[0], slab, object), cache->object_size);

	slabscan_kmem_release(hold);
	return !err;
}

/**
 * slabscan_leaks_excuse() - the reason why an object is innocent
 * @l: the search
 * @object: a candidate, by the first set
 * @slab: its slab there
 *
 * Context: process context.
 * Return: its number, or 0.
 */
u32 slabscan_leaks_excuse(struct leaks *l, u32 object, u32 slab)
{
	const struct slabscan_cache *cache = &l->reach.job->caches->cache[l->set[0].slabs[slab].class];

	return slabscan_leaks_read(l, object, slab) ? slabscan_innocent(cache, l->object) : 0;
}

static int more_bytes(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;

	return x->unreferenced < y->unreferenced ? 1 : x->unreferenced > y->unreferenced ? -1 : 0;
}

static int report_cache(struct slabscan_job *job, struct tally *t, u32 *rank)
{
	struct leaks *l = job->private;
	const struct slabscan_cache *cache = &job->caches->cache[t->cache];
	u32 object, slab = 0, n = 0, reason, reasons = slabscan_innocent_reasons();
	struct slabscan_cluster_set *set;

	/* first what is suspect, then what has an excuse, by its reason */
	for (reason = 0; reason <= reasons; reason++) {
		u64 fed = 0;
		int hold;

		if (!(t->reasons & 1U << reason))
			continue;
		hold = slabscan_kmem_hold();
		set = slabscan_cluster_init(l->clusters, cache->object_size, &l->env);
		for (object = 0, slab = 0; slabscan_suspect_next(&l->suspect, &object, &slab); object++) {
			const struct slabscan_objset_slab *s = &l->set[0].slabs[slab];
			u64 addr;

			if (++n % 64 == 0) {
				slabscan_kmem_release(hold);
				if (!slabscan_job_step(job, 0))
					return -EINTR;
				hold = slabscan_kmem_hold();
			}
			if (s->class != t->cache) {
				object = s->object + s->nr - 1;
				continue;
			}
			addr = slabscan_objset_address_in(&l->set[0], slab, object);
			if (slabscan_kmem_read_object(l->object, addr, cache->object_size) || slabscan_innocent(cache, l->object) != reason)
				continue;
			slabscan_cluster_feed(set, l->object, addr);
			fed++;
		}
		slabscan_kmem_release(hold);
		if (!fed)
			continue;
		slabscan_cluster_finish(set);
		slabscan_report_groups(job->result, job->caches, cache, set, fed, job->params.limit, reason ? slabscan_innocent_text(reason) : NULL, rank);
	}
	return 0;
}

static int report_groups(struct slabscan_job *job)
{
	struct leaks *l = job->private;
	u32 i, rank = 0;
	int err = 0;

	slabscan_env_init(&l->env, job->caches);
	for (i = 0; i < job->caches->nr; i++) {
		l->tally[i].cache = i;
		l->tally[i].unreferenced *= job->caches->cache[i].size;
	}
	sort(l->tally, job->caches->nr, sizeof(*l->tally), more_bytes, NULL);
	for (i = 0; !err && i < job->caches->nr && l->tally[i].unreferenced; i++)
		err = report_cache(job, &l->tally[i], &rank);
	return err;
}

/* The addresses themselves, for whoever wants to look at each. */
static int report_objects(struct slabscan_job *job)
{
	struct leaks *l = job->private;
	u32 object, slab = 0, n = 0, seen = 0;

	for (object = 0; slabscan_suspect_next(&l->suspect, &object, &slab) && n < MAX_ADDRESSES; object++) {
		u32 class = l->set[0].slabs[slab].class;

		if (++seen % 1024 == 0 && !slabscan_job_step(job, 0))
			break;
		if (!slabscan_leaks_is_asked_for(l, class) || slabscan_leaks_excuse(l, object, slab))
			continue;
		if (n % ADDRESSES == 0) {
			if (n)
				slabscan_record_end(job->result);
			slabscan_record_begin(job->result, SLABSCAN_A_RECORD_OBJECTS);
		}
		slabscan_put_u64(job->result, SLABSCAN_A_EXAMPLE, slabscan_objset_address_in(&l->set[0], slab, object));
		n++;
	}
	if (n)
		slabscan_record_end(job->result);
	return slabscan_job_cancelled(job) ? -EINTR : 0;
}

/**
 * slabscan_leaks_report() - write what looks lost: groups by cache and content, and all addresses if they were asked for
 * @job: its search is over
 *
 * Context: the job's thread.
 * Return: 0 or -EINTR.
 */
int slabscan_leaks_report(struct slabscan_job *job)
{
	int err = report_groups(job);

	if (!err && job->params.all)
		err = report_objects(job);
	return err;
}

/**
 * slabscan_leaks_summarise() - write the numbers of a search
 * @job: its search is over, or has failed
 *
 * Context: the job's thread.
 */
void slabscan_leaks_summarise(struct slabscan_job *job)
{
	struct leaks *l = job->private;
	struct slabscan_result *r = job->result;
	u64 words = 0;
	unsigned int i;

	for (i = 0; i < l->nr; i++)
		words += l->workers[i].marker.words;
	slabscan_record_begin(r, SLABSCAN_A_RECORD_SUMMARY);
	if (l->only >= 0)
		slabscan_put_cache(r, &job->caches->cache[l->only]);
	slabscan_put_u64(r, SLABSCAN_A_SLABS, l->reach.set ? l->reach.set->nr_slabs : 0);
	slabscan_put_u64(r, SLABSCAN_A_OBJECTS, l->reach.set ? l->reach.set->nr_objects : 0);
	slabscan_put_u64(r, SLABSCAN_A_LIVE, l->live);
	slabscan_put_u64(r, SLABSCAN_A_UNREFERENCED, l->unreferenced);
	slabscan_put_u64(r, SLABSCAN_A_INNOCENT, l->innocent);
	slabscan_put_u64(r, SLABSCAN_A_UNDECIDED, l->changed + l->young + l->reach.skipped);
	slabscan_put_u64(r, SLABSCAN_A_CHANGED, l->changed);
	slabscan_put_u64(r, SLABSCAN_A_YOUNG, l->young);
	slabscan_put_u64(r, SLABSCAN_A_SKIPPED, l->reach.skipped);
	slabscan_put_u64(r, SLABSCAN_A_UNSETTLED, l->reach.unsettled);
	slabscan_put_u64(r, SLABSCAN_A_ROOT_BYTES, l->reach.root_bytes);
	slabscan_put_u64(r, SLABSCAN_A_UNREAD_BYTES, l->reach.unread);
	slabscan_put_u64(r, SLABSCAN_A_WORDS, words);
	slabscan_put_u64(r, SLABSCAN_A_WAIT_NS, l->wait_ns);
	slabscan_put_u64(r, SLABSCAN_A_SEARCH_NS, l->search_ns);
	slabscan_put_effort(r, job->started, job->memory);
	slabscan_record_end(r);
}
