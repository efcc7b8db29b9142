// SPDX-License-Identifier: GPL-2.0-only
/*
 * refs.c - job "refs": who points to an object, or to the objects of a cluster
 *
 * The same look at all memory as for unreferenced objects, with the question turned round: each word of a root or of an allocated object that points to
 * a target is counted by where it is. Nothing is followed, so one pass is enough, and every allocated object counts as a referrer, whether
 * something refers to it or not. Stale pointers are left out as there.
 *
 * Targets: the slab object that an address lies in; for an address in no slab the page that it lies in; or all objects of a cache that look like one
 * cluster of its newest scan.
 *
 * Locks: count_lock protects the histogram.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "compat/compat.h"
#include "core/cluster.h"
#include "core/mark.h"
#include "own.h"
#include "reach.h"
#include "referrers.h"
#include "resolve.h"
#include "scan.h"

#define DEFAULT_LIMIT	40

struct refs {
	struct slabscan_reach reach;
	struct slabscan_objset set;
	void *mem;
	unsigned long *dead;	/* not to be read: free, or excluded */
	unsigned long *excluded;
	unsigned long *targets;
	unsigned long *pointed;	/* targets that something points to */
	unsigned long *held;	/* targets that something else than a target points to */
	struct slabscan_mark mark;
	struct slabscan_referrers referrers;
	spinlock_t count_lock;
	struct slabscan_model *model;
	int cache;		/* of the cluster, or -1 */
	u64 not_addr;		/* the address that was asked for, inverted: so it is no reference */
	u64 page;		/* the target if it is no slab object: start of its page; else 0 */
	u64 nr_targets, inside, live;
	bool sealed;
	void *object, *clusters;	/* one object, and what some have in common */
	struct slabscan_env env;
};

static void *get(struct slabscan_job *job, size_t size)
{
	job->memory += size;
	return slabscan_own_alloc(size);
}

static int pick_cluster(struct slabscan_job *job, struct refs *f, struct netlink_ext_ack *extack)
{
	u32 i;

	f->cache = slabscan_job_pick_cache(job, extack);
	if (f->cache < 0)
		return f->cache;
	if (!job->params.has_fingerprint) {
		NL_SET_ERR_MSG(extack, "a cache without FINGERPRINT: which of its clusters?");
		return -EINVAL;
	}
	f->model = slabscan_model_take(job->params.cache);
	if (!f->model || f->model->random != job->caches->cache[f->cache].random) {
		NL_SET_ERR_MSG(extack, "that cache was not scanned, or another one since");
		return -ENOENT;
	}
	for (i = 0; i < f->model->nr; i++)
		if (f->model->fingerprints[i] == job->params.fingerprint)
			return 0;
	NL_SET_ERR_MSG(extack, "the last scan of that cache found no cluster with that fingerprint");
	return -ENOENT;
}

static int prepare(struct slabscan_job *job, struct netlink_ext_ack *extack)
{
	unsigned int nr = min(max(job->params.cpus, 1U), num_online_cpus()), i;
	size_t bitmap, object = 8, cluster = 0;
	struct refs *f;
	int err;

	f = kvzalloc(sizeof(*f), SLABSCAN_GFP);
	if (!f)
		return -ENOMEM;
	job->private = f;
	job->memory = sizeof(*f) + slabscan_referrers_size();
	f->cache = -1;
	spin_lock_init(&f->count_lock);
	if (!job->params.limit)
		job->params.limit = DEFAULT_LIMIT;
	if (job->params.cache[0]) {
		err = pick_cluster(job, f, extack);
		if (err)
			return err;
	} else if (!job->params.addr) {
		NL_SET_ERR_MSG(extack, "neither ADDR nor CACHE and FINGERPRINT are given");
		return -EINVAL;
	}
	f->not_addr = ~job->params.addr;
	job->params.addr = 0;
	err = slabscan_reach_init(&f->reach, job, nr, extack);
	if (err)
		return err;
	err = slabscan_referrers_init(&f->referrers);
	if (err)
		return err;
	f->reach.packed = true;
	job->total = slabscan_reach_units(&f->reach);
	for (i = 0; i < job->caches->nr; i++) {
		object = max_t(size_t, object, job->caches->cache[i].object_size);
		cluster = max(cluster, slabscan_cluster_size(job->caches->cache[i].object_size));
	}
	bitmap = slabscan_reach_bitmap_size(&f->reach);
	f->mem = get(job, slabscan_reach_set_size(&f->reach));
	f->dead = get(job, bitmap);
	f->excluded = get(job, bitmap);
	f->targets = get(job, bitmap);
	f->pointed = get(job, bitmap);
	f->held = get(job, bitmap);
	f->object = get(job, object);
	f->clusters = get(job, cluster);
	return f->mem && f->dead && f->excluded && f->targets && f->pointed && f->held && f->object && f->clusters ? 0 : -ENOMEM;
}

static void release(struct slabscan_job *job)
{
	struct refs *f = job->private;

	if (!f)
		return;
	slabscan_model_give_back(f->model);
	slabscan_own_free(f->clusters);
	slabscan_own_free(f->object);
	slabscan_own_free(f->held);
	slabscan_own_free(f->pointed);
	slabscan_own_free(f->targets);
	slabscan_own_free(f->excluded);
	slabscan_own_free(f->dead);
	slabscan_own_free(f->mem);
	slabscan_referrers_deinit(&f->referrers);
	slabscan_reach_deinit(&f->reach);
	kvfree(f);
}

static struct refs *refs_of(struct slabscan_reach *r)
{
	return container_of(r, struct refs, reach);
}

static void see_slab(struct slabscan_reach_worker *w, u32 slab, const unsigned long *free)
{
	slabscan_mark_live(&refs_of(w->reach)->mark, slab, free);
}

static void exclude(struct slabscan_reach *r, u32 object, bool parked)
{
	__set_bit(object, refs_of(r)->excluded);
}

/* Targets */

static bool in_cluster(struct refs *f, const struct slabscan_cache *cache, u64 addr, u32 fingerprint)
{
	int hold = slabscan_kmem_hold(), rank = -1;

	if (!slabscan_kmem_read_object(f->object, addr, cache->object_size))
		rank = slabscan_cluster_match(f->model->set, f->object, addr);
	slabscan_kmem_release(hold);
	return rank >= 0 && rank < f->model->nr && f->model->fingerprints[rank] == fingerprint;
}

static int find_cluster(struct slabscan_job *job, struct refs *f)
{
	const struct slabscan_cache *cache = &job->caches->cache[f->cache];
	u32 slab, object, n = 0;

	for (slab = 0; slab < f->set.nr_slabs; slab++) {
		const struct slabscan_objset_slab *s = &f->set.slabs[slab];

		if (s->class != f->cache)
			continue;
		for (object = s->object; object < s->object + s->nr; object++) {
			if (test_bit(object, f->dead))
				continue;
			if (in_cluster(f, cache, slabscan_objset_address_in(&f->set, slab, object), job->params.fingerprint)) {
				__set_bit(object, f->targets);
				f->nr_targets++;
			}
			if (++n % 64 == 0 && !slabscan_job_step(job, 0))
				return -EINTR;
		}
	}
	return 0;
}

static int find_targets(struct slabscan_job *job, struct refs *f)
{
	u64 addr = ~f->not_addr;
	u32 object;

	if (f->cache >= 0)
		return find_cluster(job, f);
	f->nr_targets = 1;
	object = slabscan_objset_find(&f->set, addr);
	if (object != SLABSCAN_OBJSET_NONE) {
		__set_bit(object, f->targets);
		return 0;
	}
	f->page = addr & PAGE_MASK;
	f->reach.base = f->page;
	f->reach.span = PAGE_SIZE;
	return 0;
}

/* Referrers */

struct source {
	const struct slabscan_block *block;	/* a root, or */
	u32 slab;				/* a slab */
};

static void count(struct refs *f, const struct source *src, u32 at, u32 target)
{
	u32 object, class, offset;
	bool inside;
	u64 addr;

	if (src->block) {
		spin_lock(&f->count_lock);
		slabscan_referrers_root(&f->referrers, src->block->addr + at, src->block->task);
		if (target != SLABSCAN_OBJSET_NONE) {
			__set_bit(target, f->pointed);
			__set_bit(target, f->held);
		}
		spin_unlock(&f->count_lock);
		return;
	}
	addr = f->set.base + ((u64)f->set.slabs[src->slab].page << SLABSCAN_OBJSET_SHIFT) + at;
	object = slabscan_objset_object_of(&f->set, src->slab, addr);
	if (object == SLABSCAN_OBJSET_NONE || test_bit(object, f->dead) || object == target)
		return;
	class = f->set.slabs[src->slab].class;
	offset = addr - slabscan_objset_address_in(&f->set, src->slab, object);
	if (offset >= f->set.classes[class].size)
		return;	/* behind what the owner may use */
	inside = test_bit(object, f->targets);
	spin_lock(&f->count_lock);
	slabscan_referrers_slab(&f->referrers, class, offset, inside, addr - offset);
	f->inside += inside;
	if (target != SLABSCAN_OBJSET_NONE) {
		__set_bit(target, f->pointed);
		if (!inside)
			__set_bit(target, f->held);
	}
	spin_unlock(&f->count_lock);
}

/* @words are from byte @from of the slab */
static void search(struct refs *f, const struct source *src, const u64 *words, u32 from, u32 len)
{
	struct slabscan_objset_hit hits[SLABSCAN_OBJSET_BATCH];
	u32 i, n, at = 0;

	if (f->page) {
		for (i = 0; i < len / 8; i++)
			if (words[i] - f->page < PAGE_SIZE)
				count(f, src, from + i * 8, SLABSCAN_OBJSET_NONE);
		return;
	}
	while (at < len) {
		n = slabscan_objset_hits(&f->set, words, len, &at, f->targets, hits);
		for (i = 0; i < n; i++)
			if (test_bit(hits[i].object, f->targets) && !slabscan_mark_is_stale(&f->mark, words, len, hits[i].at))
				count(f, src, from + hits[i].at, hits[i].object);
	}
}

static void see_block(struct slabscan_reach_worker *w, const struct slabscan_block *b)
{
	struct slabscan_objset_hit hits[SLABSCAN_OBJSET_BATCH];
	struct refs *f = refs_of(w->reach);
	const struct source src = { .block = b };
	u32 i, n, next = 0;

	if (f->page) {
		for (i = 0; i < b->nr; i++)
			count(f, &src, b->words[i].at, SLABSCAN_OBJSET_NONE);
		return;
	}
	while (next < b->nr) {
		n = slabscan_objset_hits_of(&f->set, b->words, b->nr, &next, f->targets, hits);
		for (i = 0; i < n; i++)
			if (test_bit(hits[i].object, f->targets) && !slabscan_mark_was_deleted(&f->mark, b->direct, b->len, hits[i].at) &&
			    !slabscan_mark_is_spent(&f->mark, b->direct + hits[i].at))
				count(f, &src, hits[i].at, hits[i].object);
	}
}

static void see_objects(struct slabscan_reach_worker *w, u32 slab)
{
	struct refs *f = refs_of(w->reach);
	const struct slabscan_objset_slab *s = &f->set.slabs[slab];
	const struct slabscan_objset_class *c = &f->set.classes[s->class];
	const struct source src = { .slab = slab };
	u64 addr = f->set.base + ((u64)s->page << SLABSCAN_OBJSET_SHIFT);
	u32 len = round_up(c->first + s->nr * c->stride, 8), i;

	if (find_next_zero_bit(f->dead, s->object + s->nr, s->object) >= s->object + s->nr)
		return;
	if (slabscan_kmem_read_object(w->slab.image, addr, min_t(size_t, len, w->slab.image_size)))
		return;
	for (i = 0; s->class == f->mark.claim.class && i < s->nr; i++)
		slabscan_mark_disclaim(&f->mark, s->class, w->slab.image + c->first + i * c->stride, c->size);
	search(f, &src, w->slab.image, 0, len);
	if (slabscan_reach_is_packed(&w->reach->job->caches->cache[s->class]) && len >= 16)
		search(f, &src, w->slab.image + 4, 4, len - 8);
}

static u64 weight(const unsigned long *bitmap, u32 bits)
{
	u64 i, n = 0;

	for (i = 0; i < BITS_TO_LONGS(bits); i++) {
		if (i % 65536 == 0)
			cond_resched_tasks_rcu_qs();
		n += hweight_long(bitmap[i]);
	}
	return n;
}

static void report(struct slabscan_job *job, struct refs *f)
{
	const struct slabscan_referrers_look look = { .clusters = f->clusters, .object = f->object, .env = &f->env };
	struct slabscan_result *r = job->result;

	slabscan_record_begin(r, SLABSCAN_A_RECORD_SUMMARY);
	if (f->cache >= 0) {
		slabscan_put_cache(r, &job->caches->cache[f->cache]);
		slabscan_put_u32(r, SLABSCAN_A_FINGERPRINT, job->params.fingerprint);
	} else {
		u32 object = f->page || !f->sealed ? SLABSCAN_OBJSET_NONE : slabscan_objset_find(&f->set, ~f->not_addr);

		slabscan_put_u64(r, SLABSCAN_A_ADDR, ~f->not_addr);
		if (object != SLABSCAN_OBJSET_NONE) {
			u32 slab = slabscan_objset_slab_with(&f->set, object);

			slabscan_put_string(r, SLABSCAN_A_CACHE, job->caches->cache[f->set.slabs[slab].class].name);
			slabscan_put_u64(r, SLABSCAN_A_OBJECT_ADDR, slabscan_objset_address_in(&f->set, slab, object));
			slabscan_put_u32(r, SLABSCAN_A_OBJECT_STATE, test_bit(object, f->dead) ? SLABSCAN_OBJECT_FREE : SLABSCAN_OBJECT_LIVE);
		}
	}
	slabscan_put_u64(r, SLABSCAN_A_OBJECTS, f->nr_targets);
	if (!f->page) {
		slabscan_put_u64(r, SLABSCAN_A_POINTED, weight(f->pointed, f->set.nr_objects));
		slabscan_put_u64(r, SLABSCAN_A_HELD, weight(f->held, f->set.nr_objects));
	}
	slabscan_put_u64(r, SLABSCAN_A_REFERENCES, f->referrers.total);
	slabscan_put_u64(r, SLABSCAN_A_INSIDE, f->inside);
	slabscan_put_u64(r, SLABSCAN_A_LOST, f->referrers.lost);
	slabscan_put_u64(r, SLABSCAN_A_LIVE, f->live);
	slabscan_put_u64(r, SLABSCAN_A_ROOT_BYTES, f->reach.root_bytes);
	slabscan_put_u64(r, SLABSCAN_A_UNREAD_BYTES, f->reach.unread);
	slabscan_put_effort(r, job->started, job->memory);
	slabscan_record_end(r);
	slabscan_env_init(&f->env, job->caches);
	slabscan_referrers_report(&f->referrers, r, job->caches, job->params.limit, &look);
}

static int run(struct slabscan_job *job)
{
	struct refs *f = job->private;
	u64 i, longs;
	int err;

	slabscan_referrers_resolve(&f->referrers);
	err = slabscan_reach_collect(&f->reach, &f->set, f->mem);
	if (err)
		goto out;
	f->sealed = true;
	longs = slabscan_objset_bitmap_bytes(f->set.nr_objects) / sizeof(long);
	slabscan_own_fill(f->dead, 0xff, longs * sizeof(long));
	slabscan_own_fill(f->excluded, 0, longs * sizeof(long));
	slabscan_mark_init(&f->mark, &f->set, f->dead, f->excluded, slabscan_reach_read, NULL);
	slabscan_reach_doubt(&f->reach, &f->mark);
	err = slabscan_reach_live(&f->reach, see_slab, exclude);
	if (err)
		goto out;
	for (i = 0; i < longs; i++) {
		if (i % 65536 == 0)
			cond_resched_tasks_rcu_qs();
		f->dead[i] |= f->excluded[i];
	}
	f->live = f->set.nr_objects - weight(f->dead, f->set.nr_objects);
	err = find_targets(job, f);
	if (!err)
		err = slabscan_reach_roots(&f->reach, see_block);
	if (!err)
		slabscan_reach_freed(&f->reach, see_block);
	if (!err)
		err = slabscan_reach_slabs(&f->reach, see_objects);
out:
	job->result->complete = !err;
	if (err == -ENOSPC)
		err = 0;	/* partial: job->reason says why */
	if (!err || err == -EINTR)
		report(job, f);
	return err;
}

const struct slabscan_job_ops slabscan_refs_ops = {
	.attrs = (const u8[]){ SLABSCAN_A_KIND, SLABSCAN_A_ADDR, SLABSCAN_A_CACHE, SLABSCAN_A_CACHE_INDEX, SLABSCAN_A_FINGERPRINT, SLABSCAN_A_LIMIT,
			       SLABSCAN_A_CPUS, 0 },
	.prepare = prepare,
	.run = run,
	.release = release,
};
