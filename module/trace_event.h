/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_TRACE_EVENT_H
#define SLABSCAN_TRACE_EVENT_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "cache.h"
#include "core/track.h"
#include "job.h"
#include "trace_stack.h"

/* A part of the addresses, with a lock of its own. */
struct slabscan_trace_shard {
	raw_spinlock_t lock;
	struct slabscan_track track;
} ____cacheline_aligned_in_smp;

/**
 * struct slabscan_trace_counts - what the hooks saw, per CPU
 * @allocs: allocations that passed the filters
 * @frees: frees of objects whose allocation was recorded
 * @old_frees: frees of other objects of the cache
 * @lost: allocations that should have been recorded but were not: no room, or in an NMI
 * @lost_frees: frees that could not be looked at: in an NMI, or where nothing may be waited for
 * @replaced: allocations where an object was thought to be: its free went unseen
 * @unsampled: allocations that were left out by sampling
 */
struct slabscan_trace_counts {
	u64 allocs, frees, old_frees, lost, lost_frees, replaced, unsampled;
};

/* A thread of execution that is inside a probed function: of a task its start tells it from a later one in the same place. */
struct slabscan_trace_inside {
	atomic_long_t key;
	u64 start;
	unsigned int depth;
};

/* What is known of a free: it may be one of an object that was given to RCU before; and it may happen under any lock. */
#define SLABSCAN_FREE_AGAIN	1
#define SLABSCAN_FREE_NOLOCK	2

/**
 * struct slabscan_trace - allocations and frees of one cache, being watched
 * @cache: the cache
 * @self: task whose own events don't count
 * @owner: process (tgid) whose own events don't count
 * @pid: only allocations of this process; 0: any
 * @module: only allocations on a way through this module; empty: any
 * @probe: only allocations below one of these functions
 * @nr_probes: how many; 0: anywhere
 * @shards: records
 * @nr_shards: a power of two
 * @nr_records: in all shards
 * @stacks: who
 * @sample_shift: one of 2^this objects is recorded
 */
struct slabscan_trace {
	/* private: what tells events of other caches apart stands in one line of the processor's cache */
	unsigned long cache_addr, direct_start, direct_size;
	unsigned int cache_size, cache_offset;

	/* public: */
	const struct slabscan_cache *cache;
	const struct task_struct *self;
	pid_t owner;
	pid_t pid;
	char module[SLABSCAN_NAME_MAX];
	char probe[SLABSCAN_PROBES_MAX][SLABSCAN_FUNCTION_MAX];
	u32 nr_probes;
	struct slabscan_trace_shard *shards;
	u32 nr_shards, nr_records;
	struct slabscan_stacks stacks;
	u32 sample_shift;

	/* private: */
	u64 sample_mask;
	bool recording;
	bool watching, allocs_hooked;
	const struct module *within;
	struct slabscan_trace_counts __percpu *counts;
	struct slabscan_trace_inside *inside;
	void *records;
	struct notifier_block modules;
	struct kprobe *kprobes[5];
	u32 nr_kprobes;
	const void *proof;	/* of ours: is its free seen? */
	bool proved;
	struct kretprobe *bulk;
	struct kretprobe *funcs[SLABSCAN_PROBES_MAX];
	u32 nr_funcs;
};

int slabscan_trace_init(struct slabscan_trace *t, const struct slabscan_cache *cache, u32 records, u32 stacks, u64 *memory);
void slabscan_trace_deinit(struct slabscan_trace *t);

/**
 * slabscan_trace_ours() - is this a live object, or at least a place, of the cache?
 * @t: the trace
 * @p: what the allocator was given or is about to give
 *
 * Context: any. The object is allocated, so its page can't go away.
 */
static inline bool slabscan_trace_ours(const struct slabscan_trace *t, const void *p)
{
	struct page *page;

	if ((unsigned long)p - t->direct_start >= t->direct_size)
		return false;
	page = virt_to_head_page(p);
	/* the word may be anything if this is no slab, but it seldom is the address of our cache */
	return READ_ONCE(*(unsigned long *)((unsigned long)page + t->cache_offset)) == t->cache_addr && PageSlab(page);
}

/* For the hooks. */
bool slabscan_trace_wanted(const struct slabscan_trace *t);
bool slabscan_trace_enter(const struct slabscan_trace *t);
void slabscan_trace_leave(const struct slabscan_trace *t);
void slabscan_trace_record(struct slabscan_trace *t, u32 stack, const void *p, size_t size);
void slabscan_trace_forget(struct slabscan_trace *t, const void *p);
void slabscan_trace_alloc(struct slabscan_trace *t, unsigned long call_site, const void *p, size_t size);
void slabscan_trace_free(struct slabscan_trace *t, unsigned long call_site, const void *p, unsigned int how);

/* For the job. */
u32 slabscan_trace_used(const struct slabscan_trace *t);
void slabscan_trace_thin(struct slabscan_trace *t);
void slabscan_trace_counts(const struct slabscan_trace *t, struct slabscan_trace_counts *ret);

#endif /* SLABSCAN_TRACE_EVENT_H */
