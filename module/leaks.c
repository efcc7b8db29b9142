// SPDX-License-Identifier: GPL-2.0-only
/*
 * leaks.c - job "leaks": allocated objects that nothing points to any more
 *
 *   settle; a pass: all that can be reached from the roots is followed; candidates = allocated and not reached; hash their contents
 *   if there are any: settle; a look, everything anew: at all roots, at all that is allocated and no candidate, and at what came since (newborn.c).
 *   Nothing of that may point to a candidate, nor what is reached in this way, and a candidate has to be at the same place in the same cache, and unchanged
 *   if few of a cache are left, or the look cleared some: settle; a second look of the same kind
 *
 * What a machine does meanwhile can make a referenced object look unreferenced in one reading: a pointer that moves from a place not yet read to one that
 * was. It has to happen to the same object each time, and nobody may have touched it in between, for a false alarm. If the last look cleared a quarter as many
 * of a cache as it left, or few are left and as many were cleared before, these may be chance, too: is_chance(). They are told as a number, never listed. (An object
 * without telltale content that is freed and allocated again between two readings is one that was "unchanged".)
 *
 * Memory: two sets (core/objset.h), four bitmaps over the objects, two sums of hashes for 64 objects each, a place for 128: 5 1/2 bits an object, all got beforehand.
 *
 * Locks: none of its own; reach.c calls slab by slab under its lock.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "compat/compat.h"
#include "leaks_report.h"
#include "own.h"
#include "scan.h"

#define DEFAULT_LIMIT	20
#define LOOKS		2	/* at most */
#define TRIES		3	/* to look, if references change too fast */
#define FEW		32	/* so many of a cache may be chance */
#define MIN_SLOTS	65536

static void *get(struct slabscan_job *job, size_t size)
{
	job->memory += size;
	return slabscan_own_alloc(size);
}

static int prepare(struct slabscan_job *job, struct netlink_ext_ack *extack)
{
	unsigned int nr = min(max(job->params.cpus, 1U), num_online_cpus()), i;
	const struct slabscan_caches *all = job->caches;
	size_t cluster = 0, object = SLABSCAN_LEAKS_BUFFER;
	struct leaks *l;
	int err;

	l = kvzalloc(sizeof(*l), SLABSCAN_GFP);
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
	job->total = slabscan_reach_units(&l->reach) * 9 / 4;

	for (i = 0; i < all->nr; i++) {
		object = max_t(size_t, object, all->cache[i].object_size);
		if (slabscan_leaks_is_asked_for(l, i))
			cluster = max(cluster, slabscan_cluster_size(all->cache[i].object_size));
	}
	l->nr_slots = 2 * max_t(u32, l->reach.max_objects / 64, MIN_SLOTS);
	for (i = 0; i < 2; i++) {
		l->mem[i] = get(job, slabscan_reach_set_size(&l->reach));
		l->marked[i] = get(job, slabscan_reach_bitmap_size(&l->reach));
		if (!l->mem[i] || !l->marked[i])
			return -ENOMEM;
	}
	err = slabscan_newborn_init(&l->newborn, &l->reach, &job->memory);
	if (err)
		return err;
	l->pending = get(job, slabscan_reach_bitmap_size(&l->reach));
	l->suspects = get(job, BITS_TO_LONGS(all->nr) * sizeof(long));
	l->packed = get(job, BITS_TO_LONGS(all->nr) * sizeof(long));
	l->seen = get(job, BITS_TO_LONGS(l->reach.max_slabs) * sizeof(long));
	l->slots = get(job, l->nr_slots * sizeof(*l->slots));
	l->clusters = get(job, cluster);
	l->object = get(job, object);
	l->tally = get(job, all->nr * sizeof(*l->tally));
	l->workers = get(job, nr * sizeof(*l->workers));
	if (!l->pending || !l->suspects || !l->packed || !l->seen || !l->slots || !l->clusters || !l->object || !l->tally || !l->workers)
		return -ENOMEM;
	for (i = 0; i < all->nr; i++)
		if (slabscan_reach_is_packed(&all->cache[i]))
			__set_bit(i, l->packed);
	l->nr = nr;
	for (i = 0; i < nr; i++) {
		struct worker *w = &l->workers[i];

		w->list = get(job, SLABSCAN_LEAKS_LIST * sizeof(*w->list));
		w->buf = get(job, SLABSCAN_LEAKS_BUFFER);
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
	slabscan_own_free(l->suspects);
	slabscan_own_free(l->packed);
	slabscan_own_free(l->seen);
	slabscan_own_free(l->pending);
	slabscan_newborn_deinit(&l->newborn);
	for (i = 0; i < 2; i++) {
		slabscan_own_free(l->marked[i]);
		slabscan_own_free(l->mem[i]);
	}
	slabscan_reach_deinit(&l->reach);
	kvfree(l);
}

static bool any_left(const struct leaks *l)
{
	u32 object = 0, slab = 0;

	return slabscan_suspect_next(&l->suspect, &object, &slab);
}

static bool was_cleared(const struct leaks *l, u32 object, u32 slab)
{
	return slabscan_suspect_verdict(&l->suspect, object, slab, &l->set[1], l->marked[1]) == SLABSCAN_SUSPECT_CLEARED;
}

/*
 * After a look: drops the candidates that it cleared. *again: is there anything left that may be chance: few of a cache, or where the look cleared some?
 * Innocents don't count: they stand still.
 */
static int sift(struct slabscan_job *job, bool *again)
{
	struct leaks *l = job->private;
	u32 object, slab, n = 0, i;
	bool few = false;

	for (object = 0, slab = 0; slabscan_suspect_next(&l->suspect, &object, &slab); object++) {
		struct tally *t = slabscan_leaks_tally(l, slab);

		if (was_cleared(l, object, slab)) {
			slabscan_suspect_drop(&l->suspect, object);
			t->moving++;
			l->moving++;
		} else if (t->unreferenced > FEW || !slabscan_leaks_excuse(l, object, slab)) {
			t->unreferenced++;
		}
		if (++n % 256 == 0 && !slabscan_job_step(job, 0))
			return -EINTR;
	}
	l->left = 0;
	for (i = 0; i < job->caches->nr; i++) {
		struct tally *t = &l->tally[i];

		if (slabscan_leaks_is_asked_for(l, i)) {
			few |= t->unreferenced && t->unreferenced <= FEW;
			l->left += t->unreferenced;
		}
		t->unreferenced = 0;
	}
	*again = few || (l->left && l->moving);
	return 0;
}

/* Return: 0; -EAGAIN if references changed too fast, but what was cleared is; another negative errno. */
static int look_and_sift(struct slabscan_job *job, bool *again)
{
	struct leaks *l = job->private;
	unsigned int i;
	int err, seen;

	for (i = 0; i < job->caches->nr; i++) {
		l->tally[i].moved += l->tally[i].moving;
		l->tally[i].moving = 0;
	}
	seen = slabscan_leaks_look(job);
	if (seen && seen != -EAGAIN)
		return seen;
	err = slabscan_leaks_drop_changed(job);
	if (err == -EAGAIN)
		seen = err;
	else if (err)
		return err;
	err = sift(job, again);
	return err ? err : seen;
}

static int confirm(struct slabscan_job *job)
{
	struct leaks *l = job->private;
	unsigned int n, looks = 0;
	bool again = true;
	int err = 0;

	for (n = 0; n < TRIES && again && any_left(l); n++) {
		if (n)
			job->total += slabscan_reach_units(&l->reach) * 5 / 4;	/* it asks twice what is allocated */
		err = slabscan_leaks_note(job);
		if (!err)
			err = look_and_sift(job, &again);
		if (err && err != -EAGAIN)
			return err;
		if (err)
			again = l->left;
		else if (++looks == LOOKS)
			again = false;
	}
	if (!again || !any_left(l))
		return 0;
	job->reason = "references changed faster than they could be followed: what looks lost may not be";
	return -ENOSPC;
}

/*
 * An object that is referenced is missed by one reading with a chance that nobody knows; if it is below 4 of 5, more than a quarter as many as are left by chance
 * were cleared by the last look. Few may be left though it cleared none, if as many were by an earlier one. Innocents stand still and say nothing of chance.
 */
static bool is_chance(const struct tally *t)
{
	u64 suspects = t->unreferenced - t->innocent;

	return suspects && (suspects <= 4 * t->moving || (suspects <= FEW && suspects <= t->moving + t->moved));
}

/* Takes back what may be chance, and counts the rest. */
static void acquit(struct leaks *l)
{
	u32 object, slab = 0, i, n = 0;

	for (object = 0; slabscan_suspect_next(&l->suspect, &object, &slab); object++) {
		if (is_chance(slabscan_leaks_tally(l, slab)))
			slabscan_suspect_drop(&l->suspect, object);
		if (++n % 4096 == 0)
			cond_resched_tasks_rcu_qs();
	}
	for (i = 0; i < l->reach.job->caches->nr; i++) {
		struct tally *t = &l->tally[i];

		if (is_chance(t)) {
			l->young += t->unreferenced;
			t->unreferenced = 0;
		} else if (!slabscan_leaks_is_asked_for(l, i)) {
			t->unreferenced = 0;
		} else {
			l->innocent += t->innocent;
			l->unreferenced += t->unreferenced - t->innocent;
		}
	}
}

/* Counts what is left, and drops what may be chance. */
static int judge(struct slabscan_job *job)
{
	struct leaks *l = job->private;
	u32 object, slab, n = 0, reason;

	for (object = 0, slab = 0; slabscan_suspect_next(&l->suspect, &object, &slab); object++) {
		struct tally *t = slabscan_leaks_tally(l, slab);

		reason = slabscan_leaks_excuse(l, object, slab);
		t->unreferenced++;
		t->reasons |= 1U << reason;
		t->innocent += !!reason;
		if (++n % 256 == 0 && !slabscan_job_step(job, 0))
			return -EINTR;
	}
	acquit(l);
	return 0;
}

static int run(struct slabscan_job *job)
{
	int err;

	err = slabscan_leaks_pass(job);
	if (!err)
		err = confirm(job);
	if (!err)
		err = judge(job);
	job->result->complete = !err;
	if (err == -ENOSPC)
		err = 0;	/* partial: job->reason says why */
	slabscan_leaks_summarise(job);
	if (!job->result->complete)
		return err;
	err = slabscan_leaks_report(job);
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
