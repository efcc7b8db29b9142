// SPDX-License-Identifier: GPL-2.0-only
/*
 * leaks.c - job "leaks": allocated objects that nothing points to any more
 *
 *   settle; pass 1; candidates = allocated and not reached; hash their contents
 *   settle; pass 2, everything anew; a candidate stays one if it is at the same place in the same cache, allocated, not reached, and unchanged
 *
 * What a machine does meanwhile can make a referenced object look unreferenced in one pass: a pointer that moves from a place not yet read to one that
 * was. It has to happen to the same object twice, and nobody may have touched it in between, for a false alarm. Everything that is not unreferenced
 * in both, but is so in one, is told as a number with its reason, never listed.
 *
 * Memory: two sets (core/objset.h), three bitmaps over the objects, a sum of hashes for 64 objects each: 3.5 bits an object, all got beforehand.
 *
 * Locks: none of its own; reach.c calls slab by slab under its lock.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "compat/compat.h"
#include "core/cluster.h"
#include "core/mark.h"
#include "core/suspect.h"
#include "innocent.h"
#include "own.h"
#include "reach.h"
#include "report.h"
#include "scan.h"

#define DEFAULT_LIMIT	20
#define LIST		4096	/* objects that a thread remembers to follow */
#define BUFFER		16384U	/* bytes; neighbours are read by half as many */
#define STEP		65536	/* bytes that are followed at a time */
#define MANY		64	/* of so many objects one was followed: it pays to go through the slabs again */
#define MIN_SLOTS	65536
#define ADDRESSES	16	/* in a record */
#define MAX_ADDRESSES	1000000

struct worker {
	struct slabscan_marker marker;
	u64 *list;
	void *buf;
};

/* what is told of one cache */
struct tally {
	u32 cache;
	u32 reasons;		/* bit n: reason n of innocent.c, 0 for none */
	u64 unreferenced;	/* objects; bytes, when it comes to sorting */
};

struct leaks {
	struct slabscan_reach reach;
	struct slabscan_objset set[2];
	void *mem[2];
	unsigned long *marked[2], *pending;
	struct slabscan_mark mark;
	struct slabscan_suspect suspect;
	u32 *slots;
	u32 nr_slots;
	unsigned int nr;
	struct worker *workers;
	struct slabscan_env env;
	void *clusters;
	void *object;
	int only;		/* cache that is asked for, or -1 */
	struct tally *tally;
	u64 live, unreferenced, innocent, changed, young, candidates;
	u64 wait_ns, search_ns;	/* for grace periods; in both passes */
};

static void *get(struct slabscan_job *job, size_t size)
{
	job->memory += size;
	return slabscan_own_alloc(size);
}

static int prepare(struct slabscan_job *job, struct netlink_ext_ack *extack)
{
	unsigned int nr = min(max(job->params.cpus, 1U), num_online_cpus()), i;
	const struct slabscan_caches *all = job->caches;
	size_t cluster = 0, object = BUFFER;
	struct leaks *l;
	int err;

	l = kvzalloc(sizeof(*l), GFP_KERNEL);
	if (!l)
		return -ENOMEM;
	job->private = l;
	job->memory = sizeof(*l);
	l->only = -1;
	if (job->params.cache[0]) {
		l->only = slabscan_job_pick_cache(job, extack);
		if (l->only < 0)
			return l->only;
	}
	if (!job->params.limit)
		job->params.limit = DEFAULT_LIMIT;
	err = slabscan_reach_init(&l->reach, job, nr, extack);
	if (err)
		return err;
	job->total = 2 * slabscan_reach_units(&l->reach);

	for (i = 0; i < all->nr; i++) {
		object = max_t(size_t, object, all->cache[i].object_size);
		if (l->only < 0 || l->only == i)
			cluster = max(cluster, slabscan_cluster_size(all->cache[i].object_size));
	}
	l->nr_slots = max_t(u32, l->reach.max_objects / 64, MIN_SLOTS);
	for (i = 0; i < 2; i++) {
		l->mem[i] = get(job, slabscan_reach_set_size(&l->reach));
		l->marked[i] = get(job, slabscan_reach_bitmap_size(&l->reach));
		if (!l->mem[i] || !l->marked[i])
			return -ENOMEM;
	}
	l->pending = get(job, slabscan_reach_bitmap_size(&l->reach));
	l->slots = get(job, l->nr_slots * sizeof(*l->slots));
	l->clusters = get(job, cluster);
	l->object = get(job, object);
	l->tally = get(job, all->nr * sizeof(*l->tally));
	l->workers = get(job, nr * sizeof(*l->workers));
	if (!l->pending || !l->slots || !l->clusters || !l->object || !l->tally || !l->workers)
		return -ENOMEM;
	l->nr = nr;
	for (i = 0; i < nr; i++) {
		struct worker *w = &l->workers[i];

		w->list = get(job, LIST * sizeof(*w->list));
		w->buf = get(job, BUFFER);
		if (!w->list || !w->buf)
			return -ENOMEM;
		l->reach.workers[i].private = w;
	}
	return 0;
}

static void release(struct slabscan_job *job)
{
	struct leaks *l = job->private;
	unsigned int i;

	if (!l)
		return;
	for (i = 0; i < l->nr; i++) {
		slabscan_own_free(l->workers[i].list);
		slabscan_own_free(l->workers[i].buf);
	}
	slabscan_own_free(l->workers);
	slabscan_own_free(l->tally);
	slabscan_own_free(l->object);
	slabscan_own_free(l->clusters);
	slabscan_own_free(l->slots);
	slabscan_own_free(l->pending);
	for (i = 0; i < 2; i++) {
		slabscan_own_free(l->marked[i]);
		slabscan_own_free(l->mem[i]);
	}
	slabscan_reach_deinit(&l->reach);
	kvfree(l);
}

/* One pass */

static struct leaks *leaks_of(struct slabscan_reach *r)
{
	return container_of(r, struct leaks, reach);
}

static void see_slab(struct slabscan_reach_worker *w, u32 slab, const unsigned long *free)
{
	slabscan_mark_live(&leaks_of(w->reach)->mark, slab, free);
}

/* Collected here and applied when all slabs have been seen: a slab that comes later would take it back. */
static void exclude(struct slabscan_reach *r, u32 object)
{
	__set_bit(object, leaks_of(r)->pending);
}

static void apply_excluded(struct leaks *l, unsigned long *marked, u32 nr_objects)
{
	u64 i, longs = slabscan_objset_bitmap_bytes(nr_objects) / sizeof(long);

	l->live = 0;
	for (i = 0; i < longs; i++) {
		marked[i] |= l->pending[i];
		l->pending[i] = 0;
		l->live += hweight_long(~marked[i]);
	}
}

static void see_block(struct slabscan_reach_worker *w, const struct slabscan_block *b)
{
	struct worker *own = w->private;

	slabscan_mark_words(&leaks_of(w->reach)->mark, &own->marker, b->addr, b->len, b->words, b->nr);
}

static void follow_slab(struct slabscan_reach_worker *w, u32 slab)
{
	struct worker *own = w->private;

	slabscan_mark_slab(&leaks_of(w->reach)->mark, &own->marker, slab);
}

static int follow_rest(struct slabscan_reach_worker *w)
{
	struct leaks *l = leaks_of(w->reach);
	struct worker *own = w->private;

	while (!slabscan_mark_step(&l->mark, &own->marker, STEP))
		if (!slabscan_job_step(w->reach->job, 0))
			return -EINTR;
	return 0;
}

/* Slab by slab as long as many are waiting in each, then one by one. */
static int follow(struct leaks *l)
{
	u64 before, now = 0;
	unsigned int i;
	int err;

	do {
		before = now;
		err = slabscan_reach_slabs(&l->reach, follow_slab);
		if (err)
			return err;
		for (i = 0, now = 0; i < l->nr; i++)
			now += l->workers[i].marker.followed;
	} while (now - before > l->set[0].nr_objects / MANY);
	return slabscan_reach_finish(&l->reach, follow_rest);
}

static int search(struct slabscan_job *job, unsigned int n)
{
	struct leaks *l = job->private;
	unsigned int i;
	int err;

	err = slabscan_reach_collect(&l->reach, &l->set[n], l->mem[n]);
	if (err)
		return err;
	slabscan_mark_init(&l->mark, &l->set[n], l->marked[n], l->pending, slabscan_reach_read, &l->reach);
	l->mark.search = slabscan_reach_search;
	slabscan_reach_doubt(&l->reach, &l->mark);
	for (i = 0; i < l->nr; i++)
		slabscan_marker_init(&l->workers[i].marker, l->workers[i].list, LIST, l->workers[i].buf, BUFFER);
	err = slabscan_reach_live(&l->reach, see_slab, exclude);
	if (err)
		return err;
	apply_excluded(l, l->marked[n], l->set[n].nr_objects);
	err = slabscan_reach_roots(&l->reach, see_block);
	return err ? err : follow(l);
}

static int pass(struct slabscan_job *job, unsigned int n)
{
	struct leaks *l = job->private;
	u64 start;
	int err;

	l->wait_ns += slabscan_reach_settle();
	start = ktime_get_ns();
	err = search(job, n);
	l->search_ns += ktime_get_ns() - start;
	return err;
}

/* Between and after the passes */

static bool hash(struct leaks *l, u32 object, u32 slab, u32 *ret)
{
	u32 size = slabscan_objset_size_in(&l->set[0], slab);

	if (slabscan_kmem_read(l->object, slabscan_objset_address_in(&l->set[0], slab, object), size))
		return false;
	*ret = slabscan_suspect_hash(l->object, size);
	return true;
}

static int note(struct slabscan_job *job)
{
	struct leaks *l = job->private;
	u32 object, slab = 0, n = 0, sum;

	l->candidates = slabscan_suspect_init(&l->suspect, &l->set[0], l->marked[0], l->slots, l->nr_slots);
	for (object = 0; slabscan_suspect_next(&l->suspect, &object, &slab); object++) {
		if (hash(l, object, slab, &sum))
			slabscan_suspect_note(&l->suspect, object, sum);
		else
			slabscan_suspect_drop(&l->suspect, object);
		if (++n % 256 == 0 && !slabscan_job_step(job, 0))
			return -EINTR;
	}
	return 0;
}

/* The number of the reason why an object is innocent, or 0. */
static u32 excuse(struct leaks *l, u32 object, u32 slab)
{
	const struct slabscan_cache *cache = &l->reach.job->caches->cache[l->set[0].slabs[slab].class];
	u64 addr = slabscan_objset_address_in(&l->set[0], slab, object);

	return slabscan_kmem_read(l->object, addr, cache->object_size) ? 0 : slabscan_innocent(cache, l->object);
}

/* Leaves those that are unreferenced in the bitmap of candidates. */
static int judge(struct slabscan_job *job)
{
	struct leaks *l = job->private;
	u32 object, slab, n = 0, sum, reason;
	u64 i, again = 0;

	for (object = 0, slab = 0; slabscan_suspect_next(&l->suspect, &object, &slab); object++) {
		/* one that can't be read any more differs, but for one chance in 2^32 */
		if (!hash(l, object, slab, &sum))
			sum = ~0U;
		slabscan_suspect_recheck(&l->suspect, object, sum);
		if (++n % 256 == 0 && !slabscan_job_step(job, 0))
			return -EINTR;
	}
	for (i = 0; i < slabscan_objset_bitmap_bytes(l->set[1].nr_objects) / sizeof(long); i++)
		again += hweight_long(~l->marked[1][i]);
	for (object = 0, slab = 0, n = 0; slabscan_suspect_next(&l->suspect, &object, &slab); object++) {
		u32 class = l->set[0].slabs[slab].class;

		switch (slabscan_suspect_verdict(&l->suspect, object, slab, &l->set[1], l->marked[1])) {
		case SLABSCAN_SUSPECT_UNREFERENCED:
			again--;
			if (l->only >= 0 && l->only != class)
				break;
			l->tally[class].unreferenced++;
			reason = excuse(l, object, slab);
			l->tally[class].reasons |= 1U << reason;
			if (reason)
				l->innocent++;
			else
				l->unreferenced++;
			break;
		case SLABSCAN_SUSPECT_CHANGED:
			again--;
			l->changed++;
			fallthrough;
		case SLABSCAN_SUSPECT_CLEARED:
			slabscan_suspect_drop(&l->suspect, object);
			break;
		}
		if (++n % 256 == 0 && !slabscan_job_step(job, 0))
			return -EINTR;
	}
	l->young = again;
	return 0;
}

/* Groups */

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
		if ((l->only >= 0 && l->only != class) || excuse(l, object, slab))
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

static void summarise(struct slabscan_job *job)
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

static int run(struct slabscan_job *job)
{
	int err;

	err = pass(job, 0);
	if (!err)
		err = note(job);
	if (!err)
		err = pass(job, 1);
	if (!err)
		err = judge(job);
	job->result->complete = !err;
	if (err == -ENOSPC)
		err = 0;	/* partial: job->reason says why */
	summarise(job);
	if (!job->result->complete)
		return err;
	err = report_groups(job);
	if (!err && job->params.all)
		err = report_objects(job);
	if (err)
		job->result->complete = false;
	return err;
}

const struct slabscan_job_ops slabscan_leaks_ops = {
	.attrs = (const u8[]){ SLABSCAN_A_KIND, SLABSCAN_A_CACHE, SLABSCAN_A_CACHE_INDEX, SLABSCAN_A_ALL, SLABSCAN_A_LIMIT, SLABSCAN_A_CPUS, 0 },
	.prepare = prepare,
	.run = run,
	.release = release,
};
