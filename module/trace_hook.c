// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace_hook.c - every allocation and free of one cache, as it happens
 *
 * Where the events come from:
 *   - the tracepoints kmalloc, kmem_cache_alloc (up to v6.0 also their _node forms), kfree, kmem_cache_free;
 *   - probes where those are blind: bulk allocation (entry and return) and bulk free; kvfree_call_rcu(), which is what kfree_rcu() becomes: it is
 *     taken for the free, for nobody may use the object from there on but readers, and whatever frees it in the end need not be seen;
 *     kfree_nolock(); and, where its tracepoint fires after the free so that the address may belong to somebody else already, kmem_cache_free().
 * What remains unseen (kmalloc_nolock(), frees inside of the allocator that may be added) is found at the end, when all survivors are looked
 * up in the slabs.
 *
 * An event is of our cache if the cache is an argument of it; or else if the page of the object says so, which costs a line of the memory map that
 * kfree() needs anyway. kmalloc() of other sizes is told apart by the size class before that.
 *
 * Locks: one raw spinlock per shard, taken with interrupts off, held for one look-up. Nothing is taken inside it. Hooks run in any context; in an NMI
 * they only count, since the NMI may have interrupted the holder of a lock.
 * Order of events of one address: an allocation is seen after it was made and before its caller gets it; a free before it is made. So events of one
 * object can't overtake each other.
 *
 * Lifetime: hooks see the trace through their data pointer; slabscan_trace_disarm() returns when none runs any more.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <trace/events/kmem.h>

#include "compat/compat.h"
#ifdef SLABSCAN_HAVE_KFENCE
#include <linux/kfence.h>
#endif
#include "compat/regs.h"
#include "kmem.h"
#include "ksym.h"
#include "layout.h"
#include "trace_hook.h"

#define MAX_SHARDS	256
#define INSIDE		1024	/* threads of execution below probed functions at a time */
#define INSIDE_TRIES	16

/* The probes that are needed, and their trace. There is one job at a time, so one trace. */
static struct slabscan_trace *armed;

static bool kfence_object(const void *p)
{
#ifdef SLABSCAN_HAVE_KFENCE
	return is_kfence_address(p);
#else
	return false;
#endif
}

/* Is this a live object, or at least a place, of the cache? */
static bool ours(const struct slabscan_trace *t, const void *p)
{
	struct page *page;

	if (!slabscan_kmem_is_direct((unsigned long)p))
		return false;
	page = virt_to_head_page(p);
	return PageSlab(page) && READ_ONCE(*(unsigned long *)slabscan_at((unsigned long)page, SLABSCAN_SLAB_CACHE)) == t->cache->addr;
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

static struct slabscan_trace_inside *find_inside(const struct slabscan_trace *t, unsigned long key)
{
	unsigned long at = slabscan_track_hash(key);
	unsigned int i;

	for (i = 0; i < INSIDE_TRIES; i++, at++)
		if (atomic_long_read(&t->inside[at % INSIDE].key) == key)
			return &t->inside[at % INSIDE];
	return NULL;
}

/* Only its own thread of execution adds or removes a key. */
static bool enter(const struct slabscan_trace *t, unsigned long key)
{
	struct slabscan_trace_inside *slot = find_inside(t, key);
	unsigned long at = slabscan_track_hash(key);
	unsigned int i;

	if (slot) {
		slot->depth++;
		return true;
	}
	for (i = 0; i < INSIDE_TRIES; i++, at++) {
		slot = &t->inside[at % INSIDE];
		if (!atomic_long_cmpxchg(&slot->key, 0, key)) {
			slot->depth = 1;
			return true;
		}
	}
	return false;
}

static void leave(const struct slabscan_trace *t, unsigned long key)
{
	struct slabscan_trace_inside *slot = find_inside(t, key);

	if (slot && !--slot->depth)
		atomic_long_set(&slot->key, 0);
}

static bool is_self(const struct slabscan_trace *t)
{
	return in_task() && (current == t->self || current->tgid == t->owner);
}

static bool wanted(const struct slabscan_trace *t)
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
		inside = find_inside(t, context_key());
		preempt_enable();
		return inside;
	}
	return true;
}

static void record(struct slabscan_trace *t, u32 stack, const void *p, size_t size)
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
		r->when = ktime_get_mono_fast_ns();
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

static void saw_alloc(struct slabscan_trace *t, unsigned long call_site, const void *p, size_t size)
{
	const struct module *within = READ_ONCE(t->within);
	u32 stack;

	if (!p || !wanted(t))
		return;
	if (t->module[0] && !within)
		return;
	if (slabscan_track_hash((unsigned long)p) & READ_ONCE(t->sample_mask)) {
		this_cpu_inc(t->counts->allocs);
		this_cpu_inc(t->counts->unsampled);
		return;
	}
	stack = slabscan_stack_save(&t->stacks, call_site, false, within);
	if (stack || !within)
		record(t, stack, p, size);
}

/* @again: if it is not of ours, it may have been seen before, as kfree_rcu() */
static void saw_free(struct slabscan_trace *t, unsigned long call_site, const void *p, bool again)
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
	raw_spin_lock_irqsave(&shard->lock, flags);
	known = slabscan_track_remove(&shard->track, (unsigned long)p, &r);
	raw_spin_unlock_irqrestore(&shard->lock, flags);
	if (!known && (again || is_self(t)))
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

/* Tracepoints */

#ifdef SLABSCAN_HAVE_TRACE_ALLOC_CACHE

static void on_kmalloc(void *data, unsigned long call_site, const void *p, size_t req, size_t alloc, gfp_t gfp, int node)
{
	struct slabscan_trace *t = data;

	if (alloc == t->cache->size && ours(t, p))
		saw_alloc(t, call_site, p, req);
}

static void on_cache_alloc(void *data, unsigned long call_site, const void *p, struct kmem_cache *s, gfp_t gfp, int node)
{
	struct slabscan_trace *t = data;

	if ((unsigned long)s == t->cache->addr)
		saw_alloc(t, call_site, p, 0);
}

static int hook_allocs(struct slabscan_trace *t)
{
	int err;

	err = register_trace_kmalloc(on_kmalloc, t);
	if (err)
		return err;
	err = register_trace_kmem_cache_alloc(on_cache_alloc, t);
	if (err)
		unregister_trace_kmalloc(on_kmalloc, t);
	return err;
}

static void unhook_allocs(struct slabscan_trace *t)
{
	unregister_trace_kmalloc(on_kmalloc, t);
	unregister_trace_kmem_cache_alloc(on_cache_alloc, t);
}

#else /* one prototype for all, and none of them tells the cache */

static void on_alloc(void *data, unsigned long call_site, const void *p, size_t req, size_t alloc, gfp_t gfp)
{
	struct slabscan_trace *t = data;

	if (alloc == t->cache->size && ours(t, p))
		saw_alloc(t, call_site, p, req);
}

static void on_alloc_node(void *data, unsigned long call_site, const void *p, size_t req, size_t alloc, gfp_t gfp, int node)
{
	on_alloc(data, call_site, p, req, alloc, gfp);
}

static void unhook_allocs(struct slabscan_trace *t)
{
	unregister_trace_kmalloc(on_alloc, t);
	unregister_trace_kmem_cache_alloc(on_alloc, t);
	unregister_trace_kmalloc_node(on_alloc_node, t);
	unregister_trace_kmem_cache_alloc_node(on_alloc_node, t);
}

static int hook_allocs(struct slabscan_trace *t)
{
	int err;

	err = register_trace_kmalloc(on_alloc, t);
	if (!err)
		err = register_trace_kmem_cache_alloc(on_alloc, t);
	if (!err)
		err = register_trace_kmalloc_node(on_alloc_node, t);
	if (!err)
		err = register_trace_kmem_cache_alloc_node(on_alloc_node, t);
	if (err)
		unhook_allocs(t);	/* those that were not registered are not found, which is harmless */
	return err;
}

#endif

static void on_kfree(void *data, unsigned long call_site, const void *p)
{
	struct slabscan_trace *t = data;

	if (ours(t, p))
		saw_free(t, call_site, p, false);
}

#ifdef SLABSCAN_HAVE_TRACE_FREE_CACHE

static void on_cache_free(void *data, unsigned long call_site, const void *p, const struct kmem_cache *s)
{
	struct slabscan_trace *t = data;

	if ((unsigned long)s == t->cache->addr)
		saw_free(t, call_site, p, false);
}

static int hook_frees(struct slabscan_trace *t)
{
	int err;

	err = register_trace_kfree(on_kfree, t);
	if (err)
		return err;
	err = register_trace_kmem_cache_free(on_cache_free, t);
	if (err)
		unregister_trace_kfree(on_kfree, t);
	return err;
}

static void unhook_frees(struct slabscan_trace *t)
{
	unregister_trace_kfree(on_kfree, t);
	unregister_trace_kmem_cache_free(on_cache_free, t);
}

#else

static int hook_frees(struct slabscan_trace *t)
{
	return register_trace_kfree(on_kfree, t);
}

static void unhook_frees(struct slabscan_trace *t)
{
	unregister_trace_kfree(on_kfree, t);
}

static int on_cache_free(struct kprobe *kp, struct pt_regs *regs)
{
	struct slabscan_trace *t = READ_ONCE(armed);
	const void *p = (void *)regs_get_kernel_argument(regs, 1);

	if (t && ours(t, p))
		saw_free(t, slabscan_regs_caller(regs), p, false);
	return 0;
}

#endif

/* Probes */

static int on_bulk_free(struct kprobe *kp, struct pt_regs *regs)
{
	unsigned long s = regs_get_kernel_argument(regs, 0), nr = regs_get_kernel_argument(regs, 1), i;
	void **p = (void **)regs_get_kernel_argument(regs, 2);
	struct slabscan_trace *t = READ_ONCE(armed);

	if (!t || (s && s != t->cache->addr))
		return 0;
	for (i = 0; i < nr; i++)
		if (ours(t, p[i]))
			saw_free(t, slabscan_regs_caller(regs), p[i], !s);
	return 0;
}

/*
 * (head, offset of head in the object) or, for an object without head, (NULL, object); since v6.4 (04a522b7da3d "rcu: Refactor kvfree_call_rcu()
 * and high-level helpers") always (head or NULL, object). No object lies in the first page.
 */
static int on_rcu_free(struct kprobe *kp, struct pt_regs *regs)
{
	unsigned long head = regs_get_kernel_argument(regs, 0), p = regs_get_kernel_argument(regs, 1);
	struct slabscan_trace *t = READ_ONCE(armed);

	if (p < PAGE_SIZE)
		p = head - p;
	if (t && ours(t, (void *)p))
		saw_free(t, slabscan_regs_caller(regs), (void *)p, false);
	return 0;
}

static int on_nolock_free(struct kprobe *kp, struct pt_regs *regs)
{
	const void *p = (void *)regs_get_kernel_argument(regs, 0);
	struct slabscan_trace *t = READ_ONCE(armed);

	if (t && ours(t, p))
		saw_free(t, slabscan_regs_caller(regs), p, false);
	return 0;
}

static const struct {
	const char *name;
	kprobe_pre_handler_t handler;
} entries[] = {
	{ "kmem_cache_free_bulk", on_bulk_free },
	{ "kvfree_call_rcu", on_rcu_free },
	{ "kfree_nolock", on_nolock_free },
#ifndef SLABSCAN_HAVE_TRACE_FREE_CACHE
	{ "kmem_cache_free", on_cache_free },
#endif
};

struct bulk_call {
	void **p;
	size_t nr;
	u32 stack;
};

static int on_bulk_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct slabscan_trace *t = READ_ONCE(armed);
	struct bulk_call *call = (void *)ri->data;
	const struct module *within;

	if (!t || regs_get_kernel_argument(regs, 0) != t->cache->addr || !wanted(t))
		return 1;
	within = READ_ONCE(t->within);
	if (t->module[0] && !within)
		return 1;
	call->nr = regs_get_kernel_argument(regs, 2);
	call->p = (void **)regs_get_kernel_argument(regs, 3);
	call->stack = slabscan_stack_save(&t->stacks, slabscan_regs_caller(regs), false, within);
	return within && !call->stack;
}

static int on_bulk_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	const struct bulk_call *call = (void *)ri->data;
	struct slabscan_trace *t = READ_ONCE(armed);
	size_t i;

	if (!t || !slabscan_regs_bulk_ok(regs) || in_nmi())
		return 0;
	for (i = 0; i < call->nr; i++)
		record(t, call->stack, call->p[i], 0);
	return 0;
}

static int on_func_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct slabscan_trace *t = READ_ONCE(armed);

	if (!t || in_nmi())
		return 1;
	if (enter(t, context_key()))
		return 0;
	this_cpu_inc(t->counts->lost);
	return 1;
}

static int on_func_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct slabscan_trace *t = READ_ONCE(armed);

	if (t)
		leave(t, context_key());
	return 0;
}

static int add_kprobe(struct slabscan_trace *t, const char *name, kprobe_pre_handler_t handler)
{
	struct kprobe *kp = kzalloc(sizeof(*kp), GFP_KERNEL);
	int err;

	if (!kp)
		return -ENOMEM;
	kp->symbol_name = name;
	kp->pre_handler = handler;
	err = register_kprobe(kp);
	if (err)
		kfree(kp);
	else
		t->kprobes[t->nr_kprobes++] = kp;
	return err;
}

static int make_kretprobe(const char *name, kretprobe_handler_t entry, kretprobe_handler_t leave, size_t data, struct kretprobe **ret)
{
	struct kretprobe *rp = kzalloc(sizeof(*rp), GFP_KERNEL);
	int err;

	if (!rp)
		return -ENOMEM;
	rp->kp.symbol_name = name;
	rp->entry_handler = entry;
	rp->handler = leave;
	rp->data_size = data;
	rp->maxactive = max(64U, 4 * num_possible_cpus());
	err = register_kretprobe(rp);
	if (err)
		kfree(rp);
	else
		*ret = rp;
	return err;
}

static int add_probes(struct slabscan_trace *t, const char **reason)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		err = add_kprobe(t, entries[i].name, entries[i].handler);
		if (err && err != -ENOENT) {
			*reason = "a function that frees objects could not be probed";
			return err;
		}
	}
	err = make_kretprobe("kmem_cache_alloc_bulk_noprof", on_bulk_entry, on_bulk_return, sizeof(struct bulk_call), &t->bulk);
	if (err == -ENOENT)
		err = make_kretprobe("kmem_cache_alloc_bulk", on_bulk_entry, on_bulk_return, sizeof(struct bulk_call), &t->bulk);
	if (err) {
		*reason = "kmem_cache_alloc_bulk could not be probed";
		return err;
	}
	for (i = 0; i < t->nr_probes; i++) {
		err = make_kretprobe(t->probe[i], on_func_entry, on_func_return, 0, &t->funcs[t->nr_funcs]);
		if (err) {
			*reason = "a function could not be probed";
			return err;
		}
		t->nr_funcs++;
	}
	return 0;
}

static void remove_probes(struct slabscan_trace *t)
{
	unsigned int i;

	unregister_kretprobes(t->funcs, t->nr_funcs);
	if (t->bulk)
		unregister_kretprobe(t->bulk);
	unregister_kprobes(t->kprobes, t->nr_kprobes);
	for (i = 0; i < t->nr_funcs; i++) {
		this_cpu_add(t->counts->lost, t->funcs[i]->nmissed);
		kfree(t->funcs[i]);
	}
	if (t->bulk)
		this_cpu_add(t->counts->lost, t->bulk->nmissed);
	kfree(t->bulk);
	for (i = 0; i < t->nr_kprobes; i++) {
		this_cpu_add(t->counts->lost_frees, t->kprobes[i]->nmissed);
		kfree(t->kprobes[i]);
	}
	t->bulk = NULL;
	t->nr_funcs = 0;
	t->nr_kprobes = 0;
}

/**
 * slabscan_trace_probeable() - can this function be probed?
 * @function: its name, "function" or "module:function"
 *
 * Context: process context; may sleep.
 * Return: 0; -ENOENT: there is none; -EADDRNOTAVAIL: several; -EINVAL: it must not be probed.
 */
int slabscan_trace_probeable(const char *function)
{
	struct kprobe kp = {
		.symbol_name = function,
		.flags = KPROBE_FLAG_DISABLED,
	};
	int err = register_kprobe(&kp);

	if (!err)
		unregister_kprobe(&kp);
	return err;
}

/* Modules */

/*
 * Text goes when a module does, and when one is up and its init text is freed. Both are told before. After that a call chain through it has no
 * names any more.
 */
static int on_module(struct notifier_block *nb, unsigned long state, void *arg)
{
	struct slabscan_trace *t = container_of(nb, struct slabscan_trace, modules);

	if (state != MODULE_STATE_GOING && state != MODULE_STATE_LIVE)
		return NOTIFY_DONE;
	if (state == MODULE_STATE_GOING && READ_ONCE(t->within) == arg) {
		WRITE_ONCE(t->within, NULL);
		tracepoint_synchronize_unregister();
	}
	slabscan_stacks_name(&t->stacks, true);
	return NOTIFY_DONE;
}

/* All modules have their struct module under the same name. */
static const struct module *module_named(const char *name)
{
	char symbol[SLABSCAN_NAME_MAX + 16];

	snprintf(symbol, sizeof(symbol), "%s:__this_module", name);
	return (const struct module *)slabscan_ksym_lookup(symbol);
}

/**
 * slabscan_trace_module_loaded() - is there such a module now?
 * @name: its name
 *
 * Context: process context.
 */
bool slabscan_trace_module_loaded(const char *name)
{
	return module_named(name);
}

/* Life */

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
	t->nr_shards = min_t(u32, MAX_SHARDS, rounddown_pow_of_two(max(records / 64, 1U)));
	each = DIV_ROUND_UP(records, t->nr_shards);
	t->nr_records = each * t->nr_shards;
	size = ALIGN(slabscan_track_size(each), sizeof(u64));
	*memory += t->nr_shards * (sizeof(*t->shards) + size) + slabscan_stacks_size(stacks) + INSIDE * sizeof(*t->inside);

	t->shards = kvcalloc(t->nr_shards, sizeof(*t->shards), GFP_KERNEL);
	t->records = kvmalloc(t->nr_shards * size, GFP_KERNEL);
	t->counts = alloc_percpu(struct slabscan_trace_counts);
	t->inside = kvcalloc(INSIDE, sizeof(*t->inside), GFP_KERNEL);
	if (slabscan_stacks_init(&t->stacks, stacks) || !t->shards || !t->records || !t->counts || !t->inside)
		return -ENOMEM;
	for (i = 0; i < t->nr_shards; i++) {
		raw_spin_lock_init(&t->shards[i].lock);
		slabscan_track_init(&t->shards[i].track, t->records + i * size, each);
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
	kvfree(t->shards);
	kvfree(t->records);
	free_percpu(t->counts);
	kvfree(t->inside);
}

/**
 * slabscan_trace_arm() - begin to watch
 * @t: from slabscan_trace_init(), with its filters set
 * @reason: set to a sentence on failure
 *
 * Frees are watched before allocations, so that no free of a recorded object goes unseen.
 *
 * Context: process context; sleeps. One trace at a time.
 * Return: 0 or a negative errno; then nothing is hooked.
 */
int slabscan_trace_arm(struct slabscan_trace *t, const char **reason)
{
	int err;

	t->modules.notifier_call = on_module;
	err = register_module_notifier(&t->modules);
	if (err)
		return err;
	WRITE_ONCE(armed, t);
	t->watching = true;
	if (t->module[0]) {
		t->within = module_named(t->module);
		if (!t->within) {
			*reason = "no such module is loaded";
			err = -EINVAL;
			goto out_unwatch;
		}
	}
	err = add_probes(t, reason);
	if (err)
		goto out_probes;
	*reason = "a tracepoint could not be used";
	err = hook_frees(t);
	if (err)
		goto out_probes;
	WRITE_ONCE(t->recording, true);
	err = hook_allocs(t);
	if (err)
		goto out_frees;
	t->allocs_hooked = true;
	*reason = NULL;
	return 0;

out_frees:
	unhook_frees(t);
	tracepoint_synchronize_unregister();
out_probes:
	remove_probes(t);
out_unwatch:
	WRITE_ONCE(armed, NULL);
	t->watching = false;
	unregister_module_notifier(&t->modules);
	return err;
}

/**
 * slabscan_trace_drain() - from now on look at frees only
 * @t: armed
 *
 * Context: process context; sleeps. No allocation is recorded any more when it returns.
 */
void slabscan_trace_drain(struct slabscan_trace *t)
{
	WRITE_ONCE(t->recording, false);
	if (t->allocs_hooked) {
		unhook_allocs(t);
		tracepoint_synchronize_unregister();
	}
	t->allocs_hooked = false;
}

/**
 * slabscan_trace_disarm() - end
 * @t: armed or not
 *
 * Context: process context; sleeps. When it returns nothing is hooked and no hook runs.
 */
void slabscan_trace_disarm(struct slabscan_trace *t)
{
	if (!t->watching)
		return;
	WRITE_ONCE(t->recording, false);
	if (t->allocs_hooked)
		unhook_allocs(t);
	t->allocs_hooked = false;
	unhook_frees(t);
	tracepoint_synchronize_unregister();
	remove_probes(t);
	WRITE_ONCE(armed, NULL);
	unregister_module_notifier(&t->modules);
	t->watching = false;
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
 * Context: process context; sleeps between shards.
 */
void slabscan_trace_thin(struct slabscan_trace *t)
{
	u32 i;

	if (t->sample_shift >= 16)
		return;
	t->sample_shift++;
	WRITE_ONCE(t->sample_mask, mask_of(t->sample_shift));
	for (i = 0; i < t->nr_shards; i++) {
		raw_spin_lock_irq(&t->shards[i].lock);
		slabscan_track_thin(&t->shards[i].track, t->sample_mask);
		raw_spin_unlock_irq(&t->shards[i].lock);
		cond_resched();
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
