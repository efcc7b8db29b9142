// SPDX-License-Identifier: GPL-2.0-only
/*
 * leaks.c - job "leaks": allocated objects that nothing points to any more
 *
 *   settle; pass 1; candidates = allocated and not reached; hash their contents
 *   settle; pass 2, everything anew; a candidate stays one if it is at the same place in the same cache, allocated, not reached, and unchanged
 *   if there are any: a third look, at all that was reached and at what came since (newborn.c): nothing of that may point to one
 *
 * What a machine does meanwhile can make a referenced object look unreferenced in one pass: a pointer that moves from a place not yet read to one that
 * was. It has to happen to the same object each time, and nobody may have touched it in between, for a false alarm. Everything that is not unreferenced
 * each time, but is so in the second pass, is told as a number with its reason, never listed. If a cache has as many of these as of those that would be
 * listed, these are chance, too: what is missed in one look only by chance is so more often than what is missed in all. (An object without telltale
 * content that is freed and allocated again between all looks is one that was "unchanged".)
 *
 * Memory: two sets (core/objset.h), four bitmaps over the objects, a sum of hashes for 64 objects each, a place for 128: 5 bits an object, all got beforehand.
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
#define LIST		4096	/* objects that a thread remembers to follow */
#define BUFFER		16384U	/* bytes; neighbours are read by half as many */
#define STEP		65536	/* bytes that are followed at a time */
#define MANY		64	/* of so many objects one was followed: it pays to go through the slabs again */
#define LOOKS		8	/* at what came meanwhile, at most */
#define SWEEPS		16	/* through what is replaced all the time, at most, and half as long as the third look took */
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
	job->total = 3 * slabscan_reach_units(&l->reach);

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
	err = slabscan_newborn_init(&l->newborn, &l->reach, &job->memory);
	if (err)
		return err;
	l->pending = get(job, slabscan_reach_bitmap_size(&l->reach));
	l->suspects = get(job, BITS_TO_LONGS(all->nr) * sizeof(long));
	l->seen = get(job, BITS_TO_LONGS(l->reach.max_slabs) * sizeof(long));
	l->slots = get(job, l->nr_slots * sizeof(*l->slots));
	l->clusters = get(job, cluster);
	l->object = get(job, object);
	l->tally = get(job, all->nr * sizeof(*l->tally));
	l->workers = get(job, nr * sizeof(*l->workers));
	if (!l->pending || !l->suspects || !l->seen || !l->slots || !l->clusters || !l->object || !l->tally || !l->workers)
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
	slabscan_own_free(l->suspects);
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
static void exclude(struct slabscan_reach *r, u32 object, bool parked)
{
	__set_bit(object, leaks_of(r)->pending);
}

static void apply_excluded(struct leaks *l, unsigned long *marked, u32 nr_objects)
{
	u64 i, longs = slabscan_objset_bitmap_bytes(nr_objects) / sizeof(long);

	l->live = 0;
	for (i = 0; i < longs; i++) {
		marked[i] |= l->pending[i];
		l->newborn.free[i] = marked[i];
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
	} while (followed(l) - before > l->set[0].nr_objects / MANY);
	return slabscan_reach_finish(&l->reach, follow_rest);
}

/*
 * What was given to kfree_rcu() waits there for up to 5 s and is no suspect; but what it still points to may be long gone, and somebody else's, so it comes
 * when everything has been followed. It may be somebody's in a moment, too: for the third look it is as good as free.
 */
static void drop_dying(struct slabscan_reach_worker *w, const struct slabscan_block *b)
{
	struct leaks *l = leaks_of(w->reach);
	u32 i, object;

	for (i = 0; i < b->nr; i++) {
		object = slabscan_objset_find(l->mark.set, b->words[i].value);
		if (object == SLABSCAN_OBJSET_NONE || test_bit(object, l->mark.marked))
			continue;
		__set_bit(object, l->mark.marked);
		__set_bit(object, l->newborn.free);
	}
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
	if (!err)
		err = follow(l);
	if (!err)
		slabscan_reach_freed(&l->reach, drop_dying);
	return err;
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

/* The third look */

static bool any_left(struct slabscan_job *job)
{
	struct leaks *l = job->private;
	u32 object, slab = 0;

	for (object = 0; slabscan_suspect_next(&l->suspect, &object, &slab); object++)
		if (slabscan_suspect_verdict(&l->suspect, object, slab, &l->set[1], l->marked[1]) != SLABSCAN_SUSPECT_CLEARED)
			return true;
	return false;
}

static void meet(void *arg, u64 place)
{
	slabscan_newborn_meet(&leaks_of(arg)->newborn, place);
}

static void see_newborn(struct slabscan_reach_worker *w, u32 class, unsigned long address, void *copy, u32 len)
{
	struct slabscan_mark *mark = &leaks_of(w->reach)->mark;
	struct worker *own = w->private;

	if (class != SLABSCAN_NEWBORN_WORD)
		slabscan_mark_disclaim(mark, class, copy, len);
	slabscan_mark_copy(mark, &own->marker, address, copy, len);
}

static int follow_newborn(struct slabscan_reach_worker *w)
{
	return slabscan_newborn_follow(&leaks_of(w->reach)->newborn, w, see_newborn);
}

/* Of what was reached, what is allocated still is read again. What is not is no suspect any more, and may be somebody else's in a moment. */
static void see_again(struct slabscan_reach_worker *w, u32 slab, const unsigned long *free)
{
	struct leaks *l = leaks_of(w->reach);
	const struct slabscan_objset_slab *s = &l->set[1].slabs[slab];
	unsigned int i;

	__set_bit(slab, l->seen);
	for_each_set_bit(i, free, s->nr) {
		__set_bit(s->object + i, l->newborn.free);
		__clear_bit(s->object + i, l->pending);
	}
}

/*
 * A free object in a sheaf of a CPU may be somebody's in a moment, and then it is a newborn. One in a sheaf that is on its way is full of stale words, and
 * nothing tells when it arrives: it is left out, as all others are.
 */
static void exclude_again(struct slabscan_reach *r, u32 object, bool parked)
{
	struct leaks *l = leaks_of(r);

	__clear_bit(object, l->pending);
	__set_bit(object, l->marked[1]);
	if (parked)
		__set_bit(object, l->newborn.free);
	else
		__clear_bit(object, l->newborn.free);
}

static int find_what_is_left(struct leaks *l)
{
	u64 i, longs = slabscan_objset_bitmap_bytes(l->set[1].nr_objects) / sizeof(long);
	u32 slab, object;
	int err;

	memset(l->seen, 0, BITS_TO_LONGS(l->set[1].nr_slabs) * sizeof(long));
	for (i = 0; i < longs; i++) {
		if (i % 65536 == 0)
			cond_resched();
		l->pending[i] = l->marked[1][i] & ~l->newborn.free[i];
	}
	err = slabscan_reach_live(&l->reach, see_again, exclude_again);
	if (err)
		return err;
	for (slab = 0; slab < l->set[1].nr_slabs; slab++) {
		const struct slabscan_objset_slab *s = &l->set[1].slabs[slab];

		if (slab % 1024 == 0)
			cond_resched();
		if (test_bit(slab, l->seen))
			continue;
		for (object = s->object; object < s->object + s->nr; object++)
			exclude_again(&l->reach, object, true);
	}
	for (i = 0; i < longs; i++) {
		if (i % 65536 == 0)
			cond_resched();
		l->marked[1][i] |= l->newborn.free[i];
	}
	return 0;
}

/* Nor is what was freed since. */
static void drop_freed(struct slabscan_reach_worker *w, u32 slab)
{
	struct leaks *l = leaks_of(w->reach);
	const struct slabscan_objset_slab *s = &l->set[1].slabs[slab];
	u32 end = s->object + s->nr, object = find_next_zero_bit(l->marked[1], end, s->object);
	bool live;

	if (object >= end)
		return;
	live = slabscan_reach_copy(w, slab);
	for (; object < end; object = find_next_zero_bit(l->marked[1], end, object + 1))
		if (!live || !test_bit(object - s->object, w->slab.live))
			set_bit(object, l->marked[1]);
}

static bool find_suspects(struct leaks *l)
{
	bool any = false;
	u32 slab;

	memset(l->suspects, 0, BITS_TO_LONGS(l->set[1].nr_classes) * sizeof(long));
	for (slab = 0; slab < l->set[1].nr_slabs; slab++) {
		const struct slabscan_objset_slab *s = &l->set[1].slabs[slab];

		if (slab % 1024 == 0)
			cond_resched();
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
	unsigned int look;
	int err;

	for (look = 0; look < LOOKS; look++) {
		u32 before = slabscan_newborn_places(&l->newborn);

		err = slabscan_reach_finish(&l->reach, follow_newborn);
		if (!err)
			err = slabscan_reach_finish(&l->reach, follow_rest);
		if (err)
			return err;
		if (slabscan_newborn_places(&l->newborn) == before)
			break;
	}
	if (look < LOOKS && !slabscan_newborn_lost(&l->newborn)) {
		slabscan_newborn_forget(&l->newborn);
		return 0;
	}
	l->reach.job->reason = "references changed faster than they could be followed: what looks lost may not be";
	return -ENOSPC;
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

static int look_again(struct slabscan_job *job)
{
	struct leaks *l = job->private;
	u64 start = ktime_get_ns();
	int err;

	err = find_what_is_left(l);
	if (err)
		return err;
	l->mark.absent = l->newborn.free;
	l->mark.meet = meet;
	err = slabscan_reach_roots(&l->reach, see_block);
	if (!err)
		err = slabscan_newborn_slabs(&l->reach);
	if (!err)
		err = follow(l);
	if (!err)
		err = follow_places(l);
	if (!err)
		err = sweep(l, (ktime_get_ns() - start) / 2);
	if (err)
		return err;
	slabscan_reach_freed(&l->reach, drop_dying);
	return slabscan_reach_slabs(&l->reach, drop_freed);
}

static int confirm(struct slabscan_job *job)
{
	struct leaks *l = job->private;
	u64 start = ktime_get_ns();
	int err = any_left(job) ? look_again(job) : 0;

	l->search_ns += ktime_get_ns() - start;
	return err;
}

/* All that was not reached in the second pass: @moving, until they turn out to be something else. */
static u64 count_unreached(struct leaks *l)
{
	u64 all = 0;
	u32 slab;

	for (slab = 0; slab < l->set[1].nr_slabs; slab++) {
		const struct slabscan_objset_slab *s = &l->set[1].slabs[slab];
		u32 end = s->object + s->nr, object, n = 0;

		if (slab % 1024 == 0)
			cond_resched();
		for (object = find_next_zero_bit(l->marked[1], end, s->object); object < end; object = find_next_zero_bit(l->marked[1], end, object + 1))
			n++;
		l->tally[s->class].moving += n;
		all += n;
	}
	return all;
}

static void accuse(struct leaks *l, u32 object, u32 slab)
{
	struct tally *t = &l->tally[l->set[0].slabs[slab].class];
	u32 reason = slabscan_leaks_excuse(l, object, slab);

	t->moving--;
	t->unreferenced++;
	t->reasons |= 1U << reason;
	t->innocent += !!reason;
}

/* Innocents stand still and say nothing of chance. */
static bool is_chance(const struct tally *t)
{
	u64 suspects = t->unreferenced - t->innocent;

	return suspects && suspects <= t->moving;
}

/* Takes back what may be chance, and counts the rest. */
static void acquit(struct leaks *l)
{
	u32 object, slab = 0, i, n = 0;

	for (object = 0; slabscan_suspect_next(&l->suspect, &object, &slab); object++) {
		if (is_chance(&l->tally[l->set[0].slabs[slab].class]))
			slabscan_suspect_drop(&l->suspect, object);
		if (++n % 4096 == 0)
			cond_resched();
	}
	for (i = 0; i < l->reach.job->caches->nr; i++) {
		struct tally *t = &l->tally[i];

		if (is_chance(t)) {
			l->young += t->unreferenced;
			t->unreferenced = 0;
		} else if (l->only >= 0 && l->only != i) {
			t->unreferenced = 0;
		} else {
			l->innocent += t->innocent;
			l->unreferenced += t->unreferenced - t->innocent;
		}
	}
}

/* Leaves those that are unreferenced in the bitmap of candidates. */
static int judge(struct slabscan_job *job)
{
	struct leaks *l = job->private;
	u32 object, slab, n = 0, sum;
	u64 again;

	for (object = 0, slab = 0; slabscan_suspect_next(&l->suspect, &object, &slab); object++) {
		/* one that can't be read any more differs, but for one chance in 2^32 */
		if (!hash(l, object, slab, &sum))
			sum = ~0U;
		slabscan_suspect_recheck(&l->suspect, object, sum);
		if (++n % 256 == 0 && !slabscan_job_step(job, 0))
			return -EINTR;
	}
	again = count_unreached(l);
	for (object = 0, slab = 0, n = 0; slabscan_suspect_next(&l->suspect, &object, &slab); object++) {
		switch (slabscan_suspect_verdict(&l->suspect, object, slab, &l->set[1], l->marked[1])) {
		case SLABSCAN_SUSPECT_UNREFERENCED:
			again--;
			accuse(l, object, slab);
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
	acquit(l);
	return 0;
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
