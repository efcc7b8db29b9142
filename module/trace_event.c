// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace_event.c - what an event of the watched cache does: records it, or looks up whose object was freed
 *
 * Locks: one raw spinlock per shard, taken with interrupts off, held for one look-up. Nothing is taken inside it. Events come in any context; in an
 * NMI they are only counted, since the NMI may have interrupted the holder of a lock.
 * Order of events of one address: an allocation is seen after it was made and before its caller gets it; a free before it is made. So events of one
 * object can't overtake each other.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat/compat.h"
#ifdef SLABSCAN_HAVE_KFENCE
#include <linux/kfence.h>
#endif
#include "layout.h"
#include "own.h"
#include "trace_event.h"

#define MAX_SHARDS	256
#define INSIDE		1024	/* threads of execution below probed functions at a time */
#define INSIDE_TRIES	16

static bool kfence_object(const void *p)
{
#ifdef SLABSCAN_HAVE_KFENCE
	return is_kfence_address(p);
#else
	return false;
#endif
}

static struct slabscan_trace_shard *shard_of(const struct slabscan_trace *t, u64 hash)
{
	return &t->shards[(hash >> 56) & (t->nr_shards - 1)];
}

static u64 mask_of(u32 shift)
{
	return ((1ULL << shift) - 1) << 32;
}

/* Who runs here? A task, or an interrupt on this CPU, which is not the business of the task that it interrupted. */
static unsigned long context_key(void)
{
	unsigned long level = hardirq_count() ? 2 : in_serving_softirq() ? 1 : 0;

	return level ? (unsigned long)smp_processor_id() << 2 | level : (unsigned long)current;
}

/* A task that ends inside a function never leaves it, and another one may get its place. */
static u64 start_of(unsigned long key)
{
	return key == (unsigned long)current ? current->start_time : 0;
}

static struct slabscan_trace_inside *find_inside(const struct slabscan_trace *t, unsigned long key)
{
	unsigned long at = slabscan_track_hash(key);
	unsigned int i;

	for (i = 0; i < INSIDE_TRIES; i++, at++)
		if (atomic_long_read(&t->inside[at % INSIDE].key) == key)
			return &t->inside[at % INSIDE];
	return NULL;
}

/**
 * slabscan_trace_enter() - this thread of execution enters a function that allocations are to be below of
 * @t: the trace
 *
 * Only its own thread of execution adds or removes a key.
 *
 * Context: preemption disabled, no NMI.
 * Return: false if there was no room (which is counted): then there is no leaving.
 */
bool slabscan_trace_enter(const struct slabscan_trace *t)
{
	unsigned long key = context_key();
	struct slabscan_trace_inside *slot = find_inside(t, key);
	unsigned long at = slabscan_track_hash(key);
	unsigned int i;

	if (slot) {
		if (slot->start != start_of(key))
			slot->depth = 0;
		slot->start = start_of(key);
		slot->depth++;
		return true;
	}
	for (i = 0; i < INSIDE_TRIES; i++, at++) {
		slot = &t->inside[at % INSIDE];
		if (!atomic_long_cmpxchg(&slot->key, 0, key)) {
			slot->start = start_of(key);
			slot->depth = 1;
			return true;
		}
	}
	this_cpu_inc(t->counts->lost);
	return false;
}

/**
 * slabscan_trace_leave() - undo slabscan_trace_enter()
 * @t: the trace
 *
 * Context: preemption disabled, no NMI.
 */
void slabscan_trace_leave(const struct slabscan_trace *t)
{
	struct slabscan_trace_inside *slot = find_inside(t, context_key());

	if (slot && !--slot->depth)
		atomic_long_set(&slot->key, 0);
}

static bool is_inside(const struct slabscan_trace *t)
{
	unsigned long key = context_key();
	const struct slabscan_trace_inside *slot = find_inside(t, key);

	return slot && slot->start == start_of(key);
}

static bool is_self(const struct slabscan_trace *t)
{
	return in_task() && (current == t->self || current->tgid == t->owner);
}

/**
 * slabscan_trace_wanted() - are allocations that are made here and now to be recorded?
 * @t: the trace
 *
 * Context: any.
 */
bool slabscan_trace_wanted(const struct slabscan_trace *t)
{
	if (!READ_ONCE(t->recording) || is_self(t))
		return false;
	if (in_nmi()) {
		this_cpu_inc(t->counts->lost);
		return false;
	}
	if (t->pid && (!in_task() || current->tgid != t->pid))
		return false;
	if (t->nr_probes) {
		bool inside;

		preempt_disable();
		inside = is_inside(t);
		preempt_enable();
		return inside;
	}
	return true;
}

/**
 * slabscan_trace_record() - an object that is wanted was allocated
 * @t: the trace
 * @stack: by this chain, or 0
 * @p: the object
 * @size: bytes asked for; 0: not known
 *
 * Context: any but NMI.
 */
void slabscan_trace_record(struct slabscan_trace *t, u32 stack, const void *p, size_t size)
{
	u64 hash = slabscan_track_hash((unsigned long)p);
	struct slabscan_trace_shard *shard = shard_of(t, hash);
	struct slabscan_track_record *r;
	bool task = in_task(), replaced;
	unsigned long flags;

	if (kfence_object(p))
		return;
	this_cpu_inc(t->counts->allocs);
	slabscan_stack_count(&t->stacks, stack, 1);
	raw_spin_lock_irqsave(&shard->lock, flags);
	/* under the lock, so that nothing gets in behind slabscan_trace_thin() */
	if (hash & READ_ONCE(t->sample_mask)) {
		raw_spin_unlock_irqrestore(&shard->lock, flags);
		this_cpu_inc(t->counts->unsampled);
		return;
	}
	r = slabscan_track_add(&shard->track, (unsigned long)p, &replaced);
	if (r) {
		r->when = get_jiffies_64();
		r->stack = stack;
		r->size = size;
		r->pid = task ? current->tgid : 0;
		if (task)
			memcpy(r->task, current->comm, sizeof(r->task));
	}
	raw_spin_unlock_irqrestore(&shard->lock, flags);
	if (!r)
		this_cpu_inc(t->counts->lost);
	else if (replaced)
		this_cpu_inc(t->counts->replaced);
}

/**
 * slabscan_trace_forget() - an object was allocated that is none of those to be recorded
 * @t: the trace
 * @p: the object
 *
 * If another one is recorded there, its free went unseen. It must not be told for the one that is there now.
 *
 * Context: any. In an NMI nothing can be looked up.
 */
void slabscan_trace_forget(struct slabscan_trace *t, const void *p)
{
	u64 hash = slabscan_track_hash((unsigned long)p);
	struct slabscan_trace_shard *shard = shard_of(t, hash);
	struct slabscan_track_record r;
	unsigned long flags;
	bool known;

	if (in_nmi() || hash & READ_ONCE(t->sample_mask) || !READ_ONCE(shard->track.used))
		return;
	raw_spin_lock_irqsave(&shard->lock, flags);
	known = slabscan_track_remove(&shard->track, (unsigned long)p, &r);
	raw_spin_unlock_irqrestore(&shard->lock, flags);
	if (known)
		this_cpu_inc(t->counts->replaced);
}

/**
 * slabscan_trace_alloc() - an object of the cache was allocated
 * @t: the trace
 * @call_site: for this caller
 * @p: the object, or NULL
 * @size: bytes asked for; 0: not known
 *
 * Context: any.
 */
void slabscan_trace_alloc(struct slabscan_trace *t, unsigned long call_site, const void *p, size_t size)
{
	const struct module *within = READ_ONCE(t->within);
	u32 stack;

	if (!p)
		return;
	if (!slabscan_trace_wanted(t) || (t->module[0] && !within)) {
		slabscan_trace_forget(t, p);
		return;
	}
	if (slabscan_track_hash((unsigned long)p) & READ_ONCE(t->sample_mask)) {
		this_cpu_inc(t->counts->allocs);
		this_cpu_inc(t->counts->unsampled);
		return;
	}
	stack = slabscan_stack_save(&t->stacks, call_site, false, within);
	if (stack || !within)
		slabscan_trace_record(t, stack, p, size);
	else
		slabscan_trace_forget(t, p);
}

/**
 * slabscan_trace_free() - an object of the cache is about to be freed
 * @t: the trace
 * @call_site: for this caller
 * @p: the object
 * @how: SLABSCAN_FREE_AGAIN: if it is none of those recorded, it may have been seen before, as kfree_rcu(): then don't count it;
 *	 SLABSCAN_FREE_NOLOCK: whoever frees it may have interrupted the holder of a lock
 *
 * Context: any.
 */
void slabscan_trace_free(struct slabscan_trace *t, unsigned long call_site, const void *p, unsigned int how)
{
	u64 hash = slabscan_track_hash((unsigned long)p);
	struct slabscan_trace_shard *shard = shard_of(t, hash);
	struct slabscan_track_record r;
	unsigned long flags;
	bool known;
	u32 stack;

	if (in_nmi()) {
		this_cpu_inc(t->counts->lost_frees);
		return;
	}
	if (hash & READ_ONCE(t->sample_mask))
		return;
	if (!(how & SLABSCAN_FREE_NOLOCK)) {
		raw_spin_lock_irqsave(&shard->lock, flags);
	} else if (!raw_spin_trylock_irqsave(&shard->lock, flags)) {
		this_cpu_inc(t->counts->lost_frees);
		return;
	}
	known = slabscan_track_remove(&shard->track, (unsigned long)p, &r);
	raw_spin_unlock_irqrestore(&shard->lock, flags);
	if (!known && (how & SLABSCAN_FREE_AGAIN || is_self(t)))
		return;
	if (known)
		this_cpu_inc(t->counts->frees);
	else
		this_cpu_inc(t->counts->old_frees);
	/* with a filter, frees of what nobody asked for say nothing */
	if (!known && (t->pid || t->module[0] || t->nr_probes))
		return;
	stack = slabscan_stack_save(&t->stacks, call_site, true, NULL);
	slabscan_stack_count(&t->stacks, stack, 1);
	if (known)
		slabscan_stack_freed(&t->stacks, r.stack, stack);
}

/**
 * slabscan_trace_init() - get all memory that a trace needs
 * @t: zeroed
 * @cache: must live as long as @t
 * @records: objects to remember at a time
 * @stacks: different call chains, a power of two
 * @memory: grows by the bytes allocated
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM; slabscan_trace_deinit() is allowed in both cases.
 */
int slabscan_trace_init(struct slabscan_trace *t, const struct slabscan_cache *cache, u32 records, u32 stacks, u64 *memory)
{
	u32 each, i;
	size_t size;

	t->cache = cache;
	t->cache_addr = cache->addr;
	t->cache_size = cache->size;
	t->cache_offset = slabscan_layout[SLABSCAN_SLAB_CACHE].offset;
	t->direct_start = PAGE_OFFSET;
	t->direct_size = (unsigned long)high_memory - PAGE_OFFSET;
	t->nr_shards = min_t(u32, MAX_SHARDS, rounddown_pow_of_two(max(records / 64, 1U)));
	each = DIV_ROUND_UP(records, t->nr_shards);
	t->nr_records = each * t->nr_shards;
	size = ALIGN(slabscan_track_size(each), sizeof(u64));
	*memory += t->nr_shards * (sizeof(*t->shards) + size) + slabscan_stacks_size(stacks) + INSIDE * sizeof(*t->inside);

	t->shards = slabscan_own_alloc(t->nr_shards * sizeof(*t->shards));
	t->records = slabscan_own_alloc(t->nr_shards * size);
	t->counts = alloc_percpu_gfp(struct slabscan_trace_counts, GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
	t->inside = slabscan_own_alloc(INSIDE * sizeof(*t->inside));
	if (slabscan_stacks_init(&t->stacks, stacks) || !t->shards || !t->records || !t->counts || !t->inside)
		return -ENOMEM;
	for (i = 0; i < t->nr_shards; i++) {
		raw_spin_lock_init(&t->shards[i].lock);
		slabscan_track_init(&t->shards[i].track, t->records + i * size, each);
		cond_resched_tasks_rcu_qs();
	}
	return 0;
}

/**
 * slabscan_trace_deinit() - undo slabscan_trace_init()
 * @t: not armed
 */
void slabscan_trace_deinit(struct slabscan_trace *t)
{
	slabscan_stacks_deinit(&t->stacks);
	slabscan_own_free(t->shards);
	slabscan_own_free(t->records);
	free_percpu(t->counts);
	slabscan_own_free(t->inside);
}

/**
 * slabscan_trace_used() - records in use
 * @t: the trace
 *
 * Context: any. A moment's sum.
 */
u32 slabscan_trace_used(const struct slabscan_trace *t)
{
	u32 i, used = 0;

	for (i = 0; i < t->nr_shards; i++)
		used += READ_ONCE(t->shards[i].track.used);
	return used;
}

/**
 * slabscan_trace_thin() - make room: record half as many objects, and forget half of those recorded
 * @t: the trace
 *
 * Which ones is decided by their address, so each object is followed from allocation to free, or not at all.
 *
 * Context: process context; may sleep. The hooks go on: what they record meanwhile is of the sample, for the mask is new already.
 */
void slabscan_trace_thin(struct slabscan_trace *t)
{
	u32 i;

	if (t->sample_shift >= 16)
		return;
	t->sample_shift++;
	WRITE_ONCE(t->sample_mask, mask_of(t->sample_shift));
	for (i = 0; i < t->nr_shards; i++) {
		struct slabscan_trace_shard *shard = &t->shards[i];
		u32 at = 0;

		while (at < shard->track.nr) {
			raw_spin_lock_irq(&shard->lock);
			slabscan_track_thin(&shard->track, t->sample_mask, &at, 32);
			raw_spin_unlock_irq(&shard->lock);
			cond_resched_tasks_rcu_qs();
		}
	}
}

/**
 * slabscan_trace_counts() - what the hooks saw so far
 * @t: the trace
 * @ret: the sum of all CPUs
 */
void slabscan_trace_counts(const struct slabscan_trace *t, struct slabscan_trace_counts *ret)
{
	int cpu;

	memset(ret, 0, sizeof(*ret));
	for_each_possible_cpu(cpu) {
		const struct slabscan_trace_counts *c = per_cpu_ptr(t->counts, cpu);

		ret->allocs += READ_ONCE(c->allocs);
		ret->frees += READ_ONCE(c->frees);
		ret->old_frees += READ_ONCE(c->old_frees);
		ret->lost += READ_ONCE(c->lost);
		ret->lost_frees += READ_ONCE(c->lost_frees);
		ret->replaced += READ_ONCE(c->replaced);
		ret->unsampled += READ_ONCE(c->unsampled);
	}
}
