// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace_hook.c - every allocation and free of one cache, as it happens
 *
 * Where the events come from:
 *   - the tracepoints kmalloc, kmem_cache_alloc (up to v6.0 also their _node forms), kfree, kmem_cache_free;
 *   - probes where those are blind: bulk allocation (entry and return) and bulk free; kvfree_call_rcu(), which is what kfree_rcu() becomes: it is
 *     taken for the free, for nobody may use the object from there on but readers, and whatever frees it in the end need not be seen;
 *     kfree_nolock() and kfree_call_rcu_nolock(); and, where its tracepoint fires after the free so that the address may belong to somebody else already, kmem_cache_free().
 * What remains unseen (kmalloc_nolock(), frees inside of the allocator that may be added) is found at the end, when all survivors are looked
 * up in the slabs.
 *
 * An event is of our cache if the cache is an argument of it; or else if the page of the object says so, which costs a line of the memory map that
 * kfree() needs anyway. kmalloc() of other sizes is told apart by the size class before that.
 *
 * Locks: none here; see trace_event.c for what the events take.
 * Lifetime: hooks see the trace through their data pointer; slabscan_trace_disarm() returns when none runs any more.
 */
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <trace/events/kmem.h>

#include "compat/compat.h"
#include "compat/regs.h"
#include "ksym.h"
#include "trace_hook.h"

#define RETIRE_MS	100
#define RETIRE_TRIES	50

/* The probes that are needed, and their trace. There is one job at a time, so one trace. */
static struct slabscan_trace *armed;

/* Tracepoints */

#ifdef SLABSCAN_HAVE_TRACE_ALLOC_CACHE

static void on_kmalloc(void *data, unsigned long call_site, const void *p, size_t req, size_t alloc, gfp_t gfp, int node)
{
	struct slabscan_trace *t = data;

	if (alloc == t->cache_size && slabscan_trace_ours(t, p))
		slabscan_trace_alloc(t, call_site, p, req);
}

static void on_cache_alloc(void *data, unsigned long call_site, const void *p, struct kmem_cache *s, gfp_t gfp, int node)
{
	struct slabscan_trace *t = data;

	if ((unsigned long)s == t->cache_addr)
		slabscan_trace_alloc(t, call_site, p, 0);
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

	if (alloc == t->cache_size && slabscan_trace_ours(t, p))
		slabscan_trace_alloc(t, call_site, p, req);
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

	/* to unregister what is not registered is a warning of the kernel's */
	err = register_trace_kmalloc(on_alloc, t);
	if (err)
		return err;
	err = register_trace_kmem_cache_alloc(on_alloc, t);
	if (err)
		goto out_kmalloc;
	err = register_trace_kmalloc_node(on_alloc_node, t);
	if (err)
		goto out_alloc;
	err = register_trace_kmem_cache_alloc_node(on_alloc_node, t);
	if (!err)
		return 0;
	unregister_trace_kmalloc_node(on_alloc_node, t);
out_alloc:
	unregister_trace_kmem_cache_alloc(on_alloc, t);
out_kmalloc:
	unregister_trace_kmalloc(on_alloc, t);
	return err;
}

#endif

static void on_kfree(void *data, unsigned long call_site, const void *p)
{
	struct slabscan_trace *t = data;

	if (slabscan_trace_ours(t, p))
		slabscan_trace_free(t, call_site, p, 0);
}

#ifdef SLABSCAN_HAVE_TRACE_FREE_CACHE

static void on_cache_free(void *data, unsigned long call_site, const void *p, const struct kmem_cache *s)
{
	struct slabscan_trace *t = data;

	if ((unsigned long)s == t->cache_addr)
		slabscan_trace_free(t, call_site, p, 0);
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

	if (t && slabscan_trace_ours(t, p))
		slabscan_trace_free(t, slabscan_regs_caller(regs), p, 0);
	return 0;
}

#endif

/* Probes */

static int on_bulk_free(struct kprobe *kp, struct pt_regs *regs)
{
	unsigned long s = regs_get_kernel_argument(regs, 0), nr = regs_get_kernel_argument(regs, 1), i;
	void **p = (void **)regs_get_kernel_argument(regs, 2);
	struct slabscan_trace *t = READ_ONCE(armed);

	if (!t || (s && s != t->cache_addr))
		return 0;
	if (nr == 1 && p[0] == READ_ONCE(t->proof))
		WRITE_ONCE(t->proved, true);
	for (i = 0; i < nr; i++)
		if (slabscan_trace_ours(t, p[i]))
			slabscan_trace_free(t, slabscan_regs_caller(regs), p[i], s ? 0 : SLABSCAN_FREE_AGAIN);
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
	if (t && slabscan_trace_ours(t, (void *)p))
		slabscan_trace_free(t, slabscan_regs_caller(regs), (void *)p, 0);
	return 0;
}

/* (head, object); may go on to kvfree_call_rcu() later */
static int on_rcu_nolock_free(struct kprobe *kp, struct pt_regs *regs)
{
	const void *p = (void *)regs_get_kernel_argument(regs, 1);
	struct slabscan_trace *t = READ_ONCE(armed);

	if (t && slabscan_trace_ours(t, p))
		slabscan_trace_free(t, slabscan_regs_caller(regs), p, SLABSCAN_FREE_AGAIN | SLABSCAN_FREE_NOLOCK);
	return 0;
}

static int on_nolock_free(struct kprobe *kp, struct pt_regs *regs)
{
	const void *p = (void *)regs_get_kernel_argument(regs, 0);
	struct slabscan_trace *t = READ_ONCE(armed);

	if (t && slabscan_trace_ours(t, p))
		slabscan_trace_free(t, slabscan_regs_caller(regs), p, SLABSCAN_FREE_NOLOCK);
	return 0;
}

static const struct {
	const char *name;
	kprobe_pre_handler_t handler;
	bool optional;		/* not every kernel has it */
} entries[] = {
	{ "kmem_cache_free_bulk", on_bulk_free, false },
	{ "kvfree_call_rcu", on_rcu_free, false },
	{ "kfree_nolock", on_nolock_free, true },
	{ "kfree_call_rcu_nolock", on_rcu_nolock_free, true },
#ifndef SLABSCAN_HAVE_TRACE_FREE_CACHE
	{ "kmem_cache_free", on_cache_free, false },
#endif
};

struct bulk_call {
	void **p;
	size_t nr;
	u32 stack;
	bool wanted;
};

static int on_bulk_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct slabscan_trace *t = READ_ONCE(armed);
	struct bulk_call *call = (void *)ri->data;
	const struct module *within;

	if (!t || regs_get_kernel_argument(regs, 0) != t->cache_addr)
		return 1;
	within = READ_ONCE(t->within);
	call->nr = regs_get_kernel_argument(regs, 2);
	call->p = (void **)regs_get_kernel_argument(regs, 3);
	call->stack = 0;
	call->wanted = slabscan_trace_wanted(t) && (!t->module[0] || within);
	if (call->wanted) {
		call->stack = slabscan_stack_save(&t->stacks, slabscan_regs_caller(regs), false, within);
		call->wanted = !within || call->stack;
	}
	return 0;
}

static int on_bulk_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	const struct bulk_call *call = (void *)ri->data;
	struct slabscan_trace *t = READ_ONCE(armed);
	size_t i;

	if (!t || !slabscan_regs_bulk_ok(regs) || in_nmi())
		return 0;
	for (i = 0; i < call->nr; i++) {
		if (call->wanted)
			slabscan_trace_record(t, call->stack, call->p[i], 0);
		else
			slabscan_trace_forget(t, call->p[i]);
	}
	return 0;
}

static int on_func_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct slabscan_trace *t = READ_ONCE(armed);

	if (!t || in_nmi())
		return 1;
	return !slabscan_trace_enter(t);
}

static int on_func_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct slabscan_trace *t = READ_ONCE(armed);

	if (t)
		slabscan_trace_leave(t);
	return 0;
}

/*
 * Since v6.14 (587e8e6d640b "kprobes: Adopt guard() and scoped_guard()") register_kprobe() says 0 also of a probe that could not be armed, and then forgets
 * it. To enable it tells: what is not registered is refused, and for what is armed there is nothing to do.
 */
static bool was_forgotten(struct kprobe *kp)
{
	return enable_kprobe(kp) < 0;
}

static int add_kprobe(struct slabscan_trace *t, const char *name, kprobe_pre_handler_t handler)
{
	struct kprobe *kp = kzalloc(sizeof(*kp), SLABSCAN_GFP);
	int err;

	if (!kp)
		return -ENOMEM;
	kp->symbol_name = name;
	kp->pre_handler = handler;
	err = register_kprobe(kp);
	if (!err && was_forgotten(kp)) {
		unregister_kprobe(kp);
		err = -ENOMEM;
	}
	if (err)
		kfree(kp);
	else
		t->kprobes[t->nr_kprobes++] = kp;
	return err;
}

static int make_kretprobe(const char *name, kretprobe_handler_t entry, kretprobe_handler_t leave, size_t data, struct kretprobe **ret)
{
	struct kretprobe *rp = kzalloc(sizeof(*rp), SLABSCAN_GFP);
	int err;

	if (!rp)
		return -ENOMEM;
	rp->kp.symbol_name = name;
	rp->entry_handler = entry;
	rp->handler = leave;
	rp->data_size = data;
	rp->maxactive = clamp(4 * num_possible_cpus(), 64U, 512U);	/* since v6.7 each CPU has room for all of them */
	err = register_kretprobe(rp);
	if (!err && was_forgotten(&rp->kp)) {
		unregister_kretprobe(rp);
		err = -ENOMEM;
	}
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

	BUILD_BUG_ON(ARRAY_SIZE(entries) > ARRAY_SIZE(t->kprobes));
	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		err = add_kprobe(t, entries[i].name, entries[i].handler);
		if (err && (err != -ENOENT || !entries[i].optional)) {
			*reason = "a function that frees objects could not be probed";
			return err;
		}
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

/* What allocates: the probe last, so that its being listed tells that all is hooked. */
static int hook_all_allocs(struct slabscan_trace *t, const char **reason)
{
	int err = hook_allocs(t);

	if (err) {
		*reason = "a tracepoint could not be used";
		return err;
	}
	t->allocs_hooked = true;
	err = make_kretprobe("kmem_cache_alloc_bulk_noprof", on_bulk_entry, on_bulk_return, sizeof(struct bulk_call), &t->bulk);
	if (err == -ENOENT)
		err = make_kretprobe("kmem_cache_alloc_bulk", on_bulk_entry, on_bulk_return, sizeof(struct bulk_call), &t->bulk);
	if (err)
		*reason = "kmem_cache_alloc_bulk could not be probed";
	return err;
}

/*
 * Is this probe off? To disarm one takes memory, so it may have to wait for some. (Small allocations that may wait do not fail in practice.) One that
 * can't be disarmed is never unregistered, for that gives away memory that it still uses; what it points to has to stay as well, and the module with
 * it. A module that is being unloaded can't stay: then there is nothing left but to wait.
 */
static bool retire(struct kprobe *kp)
{
	unsigned int tries;

	for (tries = 0; disable_kprobe(kp); tries++) {
		if (tries == RETIRE_TRIES)
			pr_err("the probe at %s can't be removed: this module stays\n", kp->symbol_name);
		if (tries >= RETIRE_TRIES && try_module_get(THIS_MODULE))
			return false;
		msleep(RETIRE_MS);
	}
	return true;
}

static void remove_probes(struct slabscan_trace *t)
{
	unsigned int i, n, all = t->nr_funcs + t->nr_kprobes + !!t->bulk;

	for (i = 0, n = 0; i < t->nr_funcs; i++)
		if (retire(&t->funcs[i]->kp))
			t->funcs[n++] = t->funcs[i];
	t->nr_funcs = n;
	for (i = 0, n = 0; i < t->nr_kprobes; i++)
		if (retire(t->kprobes[i]))
			t->kprobes[n++] = t->kprobes[i];
	t->nr_kprobes = n;
	if (t->bulk && !retire(&t->bulk->kp))
		t->bulk = NULL;

	unregister_kretprobes(t->funcs, t->nr_funcs);
	if (t->bulk)
		unregister_kretprobe(t->bulk);
	unregister_kprobes(t->kprobes, t->nr_kprobes);
	for (i = 0; i < t->nr_funcs; i++) {
		this_cpu_add(t->counts->lost, t->funcs[i]->nmissed + t->funcs[i]->kp.nmissed);
		kfree(t->funcs[i]);
	}
	if (t->bulk) {
		this_cpu_add(t->counts->lost, t->bulk->nmissed + t->bulk->kp.nmissed);
		kfree(t->bulk);
	}
	for (i = 0; i < t->nr_kprobes; i++) {
		this_cpu_add(t->counts->lost_frees, t->kprobes[i]->nmissed);
		kfree(t->kprobes[i]);
	}
	/* the handler of one that stays may have seen the trace */
	WRITE_ONCE(armed, NULL);
	if (t->nr_funcs + t->nr_kprobes + !!t->bulk < all)
		synchronize_rcu();
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
	smp_mb();	/* of the module's state and our look: see find_module_within() */
	if (state == MODULE_STATE_GOING && READ_ONCE(t->within) == arg) {
		WRITE_ONCE(t->within, NULL);
		tracepoint_synchronize_unregister();
	}
	slabscan_stacks_name(&t->stacks, arg);
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

/*
 * Sets @t->within. The module may be on its way out: then on_module() has been told before and will not be again, but its state says so; or it will be
 * told, and finds what is set here. Its memory goes a grace period after its name.
 */
static bool find_module_within(struct slabscan_trace *t)
{
	const struct module *mod;

	rcu_read_lock();
	mod = module_named(t->module);
	WRITE_ONCE(t->within, mod);
	smp_mb();	/* see on_module() */
	if (mod && READ_ONCE(mod->state) != MODULE_STATE_LIVE) {
		mod = NULL;
		WRITE_ONCE(t->within, NULL);
	}
	rcu_read_unlock();
	return mod;
}

/* Life */

/**
 * slabscan_trace_sees() - do the probes fire?
 * @t: armed
 *
 * They can be switched off at any time, all together, by /sys/kernel/debug/kprobes/enabled and by kernel.ftrace_enabled; to register one succeeds all the
 * same. So something of ours is freed in a way that is probed.
 *
 * Context: process context; sleeps. One thread at a time.
 * Return: false if they don't; true also without the memory to find out.
 */
bool slabscan_trace_sees(struct slabscan_trace *t)
{
	void *p = kmalloc(sizeof(p), GFP_KERNEL);

	if (!p)
		return true;
	WRITE_ONCE(t->proved, false);
	WRITE_ONCE(t->proof, p);
	kfree_bulk(1, &p);
	WRITE_ONCE(t->proof, NULL);
	return READ_ONCE(t->proved);
}

/**
 * slabscan_trace_drain() - from now on record nothing more
 * @t: armed
 *
 * Allocations are watched all the same, for they tell whose address is used again. Does not wait for a grace period, which may be what the trace is
 * about: a hook that runs just now may still record its allocation.
 *
 * Context: process context.
 */
void slabscan_trace_drain(struct slabscan_trace *t)
{
	WRITE_ONCE(t->recording, false);
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
	unregister_module_notifier(&t->modules);
	t->watching = false;
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
	if (t->module[0] && !find_module_within(t)) {
		*reason = "no such module is loaded";
		err = -EINVAL;
		goto out_unwatch;
	}
	err = add_probes(t, reason);
	if (err)
		goto out_probes;
	if (!slabscan_trace_sees(t)) {
		*reason = SLABSCAN_TRACE_BLIND;
		err = -EOPNOTSUPP;
		goto out_probes;
	}
	err = hook_frees(t);
	if (err) {
		tracepoint_synchronize_unregister();	/* the first of two may have been hooked */
		*reason = "a tracepoint could not be used";
		goto out_probes;
	}
	WRITE_ONCE(t->recording, true);
	err = hook_all_allocs(t, reason);
	if (!err)
		return 0;
	slabscan_trace_disarm(t);
	return err;

out_probes:
	remove_probes(t);
out_unwatch:
	WRITE_ONCE(armed, NULL);
	t->watching = false;
	unregister_module_notifier(&t->modules);
	return err;
}
