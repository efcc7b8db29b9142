// SPDX-License-Identifier: GPL-2.0-only
/*
 * leaks_search.c - the readings of all memory of job "leaks": a pass, and looks at what that left
 *
 * What a reading does, and why there is more than one, is told in leaks.c. Here is how: in what order allocated objects, roots and what came meanwhile are read, and
 * what is marked by it.
 *
 * Locks: none of its own; reach.c calls slab by slab under its lock.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "compat/compat.h"
#include "leaks_report.h"
#include "own.h"

#define STEP		65536	/* bytes that are followed at a time */
#define MANY		64	/* of so many objects one was followed: it pays to go through the slabs again */
#define ROUNDS		8	/* of places that were met, at most */
#define SWEEPS		16	/* through what is replaced all the time, at most, and half as long as the look took */

static struct leaks *leaks_of(struct slabscan_reach *r)
{
	return container_of(r, struct leaks, reach);
}

/* What the pass and the looks have in common */

static void see_block(struct slabscan_reach_worker *w, const struct slabscan_block *b)
{
	struct worker *own = w->private;

	if (b->packed)
		slabscan_mark_packed(&leaks_of(w->reach)->mark, &own->marker, b->words, b->nr);
	else
		slabscan_mark_words(&leaks_of(w->reach)->mark, &own->marker, b->direct, b->len, b->words, b->nr);
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
	bool done;

	do {
		int hold = slabscan_kmem_hold();

		done = slabscan_mark_step(&l->mark, &own->marker, STEP);
		slabscan_kmem_release(hold);
		if (!done && !slabscan_job_step(w->reach->job, 0))
			return -EINTR;
	} while (!done);
	return 0;
}

static u64 followed(const struct leaks *l)
{
	u64 n = 0;
	unsigned int i;

	for (i = 0; i < l->nr; i++)
		n += l->workers[i].marker.followed;
	return n;
}

/* Slab by slab as long as many are waiting in each, then one by one. */
static int follow(struct leaks *l)
{
	u64 before;
	int err;

	do {
		before = followed(l);
		err = slabscan_reach_slabs(&l->reach, follow_slab);
		if (err)
			return err;
	} while (followed(l) - before > l->mark.set->nr_objects / MANY);
	return slabscan_reach_finish(&l->reach, follow_rest);
}

/* What was given to kfree_rcu() waits there for up to 5 s. What it still points to may be long gone, and somebody else's: it comes last, and is not followed. */
static void drop_dying(struct slabscan_reach_worker *w, const struct slabscan_block *b)
{
	struct leaks *l = leaks_of(w->reach);
	u32 i, object;

	for (i = 0; i < b->nr; i++) {
		object = slabscan_objset_find(l->mark.set, b->words[i].value);
		if (object != SLABSCAN_OBJSET_NONE)
			set_bit(object, l->mark.marked);
	}
}

/* Number all objects, for set @n. */
static int begin(struct leaks *l, unsigned int n)
{
	unsigned int i;
	size_t bitmap;
	int err;

	l->wait_ns += slabscan_reach_settle();
	l->started = ktime_get_ns();
	if (l->set[n].nr_slabs)
		slabscan_own_fill(l->mem[n], 0, slabscan_reach_set_size(&l->reach));
	err = slabscan_reach_collect(&l->reach, &l->set[n], l->mem[n]);
	if (err)
		return err;
	bitmap = slabscan_objset_bitmap_bytes(l->set[n].nr_objects);
	slabscan_own_fill(l->marked[n], 0xff, bitmap);
	slabscan_own_fill(l->pending, 0, bitmap);
	slabscan_mark_init(&l->mark, &l->set[n], l->marked[n], l->pending, slabscan_reach_read, &l->reach);
	l->mark.search = slabscan_reach_search;
	slabscan_reach_doubt(&l->reach, &l->mark);
	for (i = 0; i < l->nr; i++)
		slabscan_marker_init(&l->workers[i].marker, l->workers[i].list, SLABSCAN_LEAKS_LIST, l->workers[i].buf, SLABSCAN_LEAKS_BUFFER);
	return 0;
}

/* The pass */

static void see_slab(struct slabscan_reach_worker *w, u32 slab, const unsigned long *free)
{
	slabscan_mark_live(&leaks_of(w->reach)->mark, slab, free);
}

/* Collected here and applied when all slabs have been seen: a slab that comes later would take it back. */
static void exclude(struct slabscan_reach *r, u32 object, bool parked)
{
	__set_bit(object, leaks_of(r)->pending);
}

static void apply_excluded(struct leaks *l)
{
	u64 i, longs = slabscan_objset_bitmap_bytes(l->set[0].nr_objects) / sizeof(long);

	for (i = 0; i < longs; i++) {
		if (i % 65536 == 0)
			cond_resched_tasks_rcu_qs();
		l->marked[0][i] |= l->pending[i];
		l->pending[i] = 0;
		l->live += hweight_long(~l->marked[0][i]);
	}
}

/**
 * slabscan_leaks_pass() - the first reading: candidates are what is allocated and can't be reached
 * @job: its search is initialised; afterwards @suspect has them
 *
 * Context: the job's thread.
 * Return: 0; -EINTR; -ENOSPC if not all could be seen (job->reason says what); another negative errno.
 */
int slabscan_leaks_pass(struct slabscan_job *job)
{
	struct leaks *l = job->private;
	int err = begin(l, 0);

	if (!err)
		err = slabscan_reach_live(&l->reach, see_slab, exclude);
	if (err)
		return err;
	apply_excluded(l);
	err = slabscan_reach_roots(&l->reach, see_block);
	if (!err)
		err = follow(l);
	if (err)
		return err;
	slabscan_reach_freed(&l->reach, drop_dying);
	slabscan_suspect_init(&l->suspect, &l->set[0], l->marked[0], l->slots, l->nr_slots);
	l->search_ns += ktime_get_ns() - l->started;
	return 0;
}

/* Candidates */

static bool hash(struct leaks *l, u32 object, u32 slab, u32 *ret)
{
	if (!slabscan_leaks_read(l, object, slab))
		return false;
	*ret = slabscan_suspect_hash(l->object, slabscan_objset_size_in(&l->set[0], slab));
	return true;
}

/**
 * slabscan_leaks_note() - remember the contents of the candidates
 * @job: after slabscan_leaks_pass()
 *
 * Context: the job's thread.
 * Return: 0 or -EINTR.
 */
int slabscan_leaks_note(struct slabscan_job *job)
{
	struct leaks *l = job->private;
	u32 object, slab = 0, n = 0, sum;

	slabscan_own_fill(l->slots, 0, l->nr_slots * sizeof(*l->slots));
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

static void recheck(struct leaks *l, u32 object, u32 slab)
{
	u32 sum;

	/* one that can't be read any more differs, but for one chance in 2^32 */
	slabscan_suspect_recheck(&l->suspect, object, hash(l, object, slab, &sum) ? sum : ~0U);
}

/* A look */

static void meet(void *arg, u64 place)
{
	slabscan_newborn_meet(&leaks_of(arg)->newborn, place);
}

static void see_newborn(struct slabscan_reach_worker *w, u32 class, unsigned long address, void *copy, u32 len)
{
	struct leaks *l = leaks_of(w->reach);
	struct slabscan_mark *mark = &l->mark;
	struct worker *own = w->private;

	if (class != SLABSCAN_NEWBORN_WORD)
		slabscan_mark_disclaim(mark, class, copy, len);
	slabscan_mark_copy(mark, &own->marker, address, copy, len);
	if (class != SLABSCAN_NEWBORN_WORD && len >= 16 && test_bit(class, l->packed))
		slabscan_mark_copy(mark, &own->marker, 0, copy + 4, len - 8);
}

static int follow_newborn(struct slabscan_reach_worker *w)
{
	return slabscan_newborn_follow(&leaks_of(w->reach)->newborn, w, see_newborn);
}

/* Find out what is allocated. @leave_out is told of what is not seen at all, too: as if it were free. */
static int survey(struct leaks *l, void (*see)(struct slabscan_reach_worker *w, u32 slab, const unsigned long *free),
		  void (*leave_out)(struct slabscan_reach *r, u32 object, bool parked))
{
	const struct slabscan_objset *set = &l->set[1];
	u32 slab, object;
	int err;

	memset(l->seen, 0, BITS_TO_LONGS(set->nr_slabs) * sizeof(long));
	err = slabscan_reach_live(&l->reach, see, leave_out);
	if (err)
		return err;
	for (slab = 0; slab < set->nr_slabs; slab++) {
		const struct slabscan_objset_slab *s = &set->slabs[slab];

		if (slab % 1024 == 0)
			cond_resched_tasks_rcu_qs();
		if (test_bit(slab, l->seen))
			continue;
		for (object = s->object; object < s->object + s->nr; object++)
			leave_out(&l->reach, object, true);
	}
	return 0;
}

static void see_allocated(struct slabscan_reach_worker *w, u32 slab, const unsigned long *free)
{
	struct leaks *l = leaks_of(w->reach);
	const struct slabscan_objset_slab *s = &l->set[1].slabs[slab];
	unsigned int i;

	__set_bit(slab, l->seen);
	for_each_set_bit(i, free, s->nr) {
		__clear_bit(s->object + i, l->pending);
		__set_bit(s->object + i, l->newborn.free);
	}
}

/*
 * A free object in a sheaf of a CPU may be somebody's in a moment, and then it is a newborn. One in a sheaf that is on its way is full of stale words, and
 * nothing tells when it arrives: it is left out, as all others are.
 */
static void leave_out(struct slabscan_reach *r, u32 object, bool parked)
{
	struct leaks *l = leaks_of(r);

	__clear_bit(object, l->pending);
	if (parked)
		__set_bit(object, l->newborn.free);
	else
		__clear_bit(object, l->newborn.free);
}

/* What waits in kfree_rcu() may be somebody's in a moment, too. */
static void leave_out_dying(struct slabscan_reach_worker *w, const struct slabscan_block *b)
{
	struct leaks *l = leaks_of(w->reach);
	u32 i, object;

	for (i = 0; i < b->nr; i++) {
		object = slabscan_objset_find(l->mark.set, b->words[i].value);
		if (object != SLABSCAN_OBJSET_NONE && test_bit(object, l->pending))
			leave_out(w->reach, object, true);
	}
}

/* Candidates are unmarked, and not to be read; those that were freed since are none. */
static int unmark(struct slabscan_job *job)
{
	struct leaks *l = job->private;
	u32 object, slab = 0, last = U32_MAX, n = 0, first = 0, now;

	for (object = 0; slabscan_suspect_next(&l->suspect, &object, &slab); object++) {
		if (slab != last)
			first = slabscan_suspect_now(&l->suspect, slab, &l->set[1]);
		last = slab;
		now = first + (object - l->set[0].slabs[slab].object);
		if (first == SLABSCAN_OBJSET_NONE || !test_bit(now, l->pending)) {
			recheck(l, object, slab);
			slabscan_suspect_drop(&l->suspect, object);
		} else {
			__clear_bit(now, l->pending);
			__clear_bit(now, l->marked[1]);
		}
		if (++n % 256 == 0 && !slabscan_job_step(job, 0))
			return -EINTR;
	}
	return 0;
}

/* All that is allocated and no candidate is to be read: all there is, but for what is seen to be free or left out. */
static int begin_look(struct slabscan_job *job)
{
	struct leaks *l = job->private;
	const struct slabscan_objset *set = &l->set[1];
	int err = begin(l, 1);
	u32 slab;

	if (err)
		return err;
	slabscan_newborn_begin(&l->newborn, slabscan_objset_bitmap_bytes(set->nr_objects));
	l->mark.absent = l->newborn.free;
	/* not in the first reading: what it takes for lost for want of it is found here */
	l->mark.packed = l->packed;
	l->reach.packed = true;
	l->mark.meet = meet;
	for (slab = 0; slab < set->nr_slabs; slab++) {
		if (slab % 1024 == 0)
			cond_resched_tasks_rcu_qs();
		bitmap_set(l->pending, set->slabs[slab].object, set->slabs[slab].nr);
	}
	err = survey(l, see_allocated, leave_out);
	if (err)
		return err;
	slabscan_reach_freed(&l->reach, leave_out_dying);
	return unmark(job);
}

/* What was freed since is no candidate, nor is what is in a slab that kept changing. */
static void see_freed(struct slabscan_reach_worker *w, u32 slab, const unsigned long *free)
{
	struct leaks *l = leaks_of(w->reach);
	const struct slabscan_objset_slab *s = &l->set[1].slabs[slab];
	unsigned int i;

	__set_bit(slab, l->seen);
	if (!w->slab.settled)
		bitmap_set(l->marked[1], s->object, s->nr);
	for_each_set_bit(i, free, s->nr)
		__set_bit(s->object + i, l->marked[1]);
}

static void drop(struct slabscan_reach *r, u32 object, bool parked)
{
	__set_bit(object, leaks_of(r)->marked[1]);
}

static bool find_suspects(struct leaks *l)
{
	bool any = false;
	u32 slab;

	memset(l->suspects, 0, BITS_TO_LONGS(l->set[1].nr_classes) * sizeof(long));
	for (slab = 0; slab < l->set[1].nr_slabs; slab++) {
		const struct slabscan_objset_slab *s = &l->set[1].slabs[slab];

		if (slab % 1024 == 0)
			cond_resched_tasks_rcu_qs();
		if (find_next_zero_bit(l->marked[1], s->object + s->nr, s->object) == s->object + s->nr)
			continue;
		__set_bit(s->class, l->suspects);
		any = true;
	}
	return any;
}

static bool asks(struct slabscan_reach_worker *w, const void *copy, u32 len)
{
	struct slabscan_objset_hit hits[SLABSCAN_OBJSET_BATCH];
	struct leaks *l = leaks_of(w->reach);
	u32 at = 0, n, i;

	while (at < len) {
		n = slabscan_objset_hits(&l->set[1], copy, len, &at, NULL, hits);
		for (i = 0; i < n; i++)
			if (test_bit(l->set[1].slabs[hits[i].slab].class, l->suspects))
				return true;
	}
	return false;
}

/* All places that were met, what they lead to, and the places met on that way. */
static int follow_places(struct leaks *l)
{
	unsigned int round;
	int err;

	for (round = 0; round < ROUNDS; round++) {
		u32 before = slabscan_newborn_places(&l->newborn);

		err = slabscan_reach_finish(&l->reach, follow_newborn);
		if (!err)
			err = slabscan_reach_finish(&l->reach, follow_rest);
		if (err)
			return err;
		if (slabscan_newborn_places(&l->newborn) == before)
			break;
	}
	if (round == ROUNDS || slabscan_newborn_lost(&l->newborn))
		return -EAGAIN;
	slabscan_newborn_forget(&l->newborn);
	return 0;
}

static int sweep(struct leaks *l, u64 ns)
{
	u64 end = ktime_get_ns() + ns;
	unsigned int n;
	int err = 0;

	for (n = 0; !err && n < SWEEPS && ktime_get_ns() < end && find_suspects(l); n++) {
		err = slabscan_newborn_sweep(&l->newborn, &l->reach, l->marked[1], end, asks, see_newborn);
		if (!err)
			err = follow_places(l);
	}
	return err;
}

/**
 * slabscan_leaks_look() - a reading of everything but the candidates: what it marks in @set 1 is referenced
 * @job: after slabscan_leaks_note()
 *
 * Context: the job's thread.
 * Return: 0; -EAGAIN if references changed too fast: what it marked is marked; another negative errno.
 */
int slabscan_leaks_look(struct slabscan_job *job)
{
	struct leaks *l = job->private;
	int err = begin_look(job);

	if (!err)
		err = slabscan_reach_roots(&l->reach, see_block);
	if (!err)
		err = slabscan_newborn_slabs(&l->reach);
	if (!err)
		err = follow(l);
	if (!err)
		err = follow_places(l);
	if (!err)
		err = sweep(l, (ktime_get_ns() - l->started) / 2);
	if (!err)
		err = slabscan_newborn_slabs(&l->reach);
	if (!err)
		err = follow_places(l);
	if (!err)
		err = survey(l, see_freed, drop);
	if (!err)
		slabscan_reach_freed(&l->reach, drop_dying);
	l->search_ns += ktime_get_ns() - l->started;
	return err;
}

/**
 * slabscan_leaks_drop_changed() - drop candidates whose content has changed: they are alive, so what they point to counts
 * @job: after slabscan_leaks_look()
 *
 * Context: the job's thread.
 * Return: as slabscan_leaks_look().
 */
int slabscan_leaks_drop_changed(struct slabscan_job *job)
{
	struct leaks *l = job->private;
	struct slabscan_reach_worker *w = &l->reach.workers[0];
	u32 object, slab, n = 0;

	for (object = 0, slab = 0; slabscan_suspect_next(&l->suspect, &object, &slab); object++) {
		recheck(l, object, slab);
		if (++n % 256 == 0 && !slabscan_job_step(job, 0))
			return -EINTR;
	}
	for (object = 0, slab = 0, n = 0; slabscan_suspect_next(&l->suspect, &object, &slab); object++) {
		u32 class = l->set[0].slabs[slab].class, size = slabscan_objset_size_in(&l->set[0], slab);
		u64 address = slabscan_objset_address_in(&l->set[0], slab, object);

		if (++n % 256 == 0 && !slabscan_job_step(job, 0))
			return -EINTR;
		if (slabscan_suspect_verdict(&l->suspect, object, slab, &l->set[1], l->marked[1]) != SLABSCAN_SUSPECT_CHANGED)
			continue;
		if (slabscan_leaks_read(l, object, slab)) {
			int hold = slabscan_kmem_hold();

			see_newborn(w, class, address, l->object, round_down(size, 8));
			slabscan_kmem_release(hold);
		}
		slabscan_suspect_drop(&l->suspect, object);
		slabscan_leaks_tally(l, slab)->moving++;
		l->moving++;
		l->changed++;
	}
	return follow_places(l);
}
