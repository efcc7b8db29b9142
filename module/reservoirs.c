// SPDX-License-Identifier: GPL-2.0-only
/*
 * reservoirs.c - memory that is full of addresses of objects that were freed or lost long ago
 *
 * To a search for references such memory would keep alive what nothing uses any more. What is here is left out of the roots as a whole; of some the living
 * part is fed instead:
 *   - kernel stacks: below the stack pointer of a task that does not run lies what its last calls left. Fed: from the saved stack pointer up; all of a
 *     task that runs; nothing of our own threads, which hold nothing but what they look at;
 *   - stacks that fork() keeps in reserve for the next task ("cached_stacks" of each CPU);
 *   - interrupt stacks: what only a running interrupt handler refers to does not stay so for a grace period; and the small ones on which the kernel is
 *     entered: they keep the registers of a program that was interrupted, one that prints addresses of lost objects, say;
 *   - pages in which kfree_rcu() collects the objects to be freed: between two uses they are kept with all they hold ("krc" of each CPU). Told by
 *     themselves: the addresses that count;
 *   - our own memory (own.c).
 * And one kind of object: network namespaces that are over and wait for the next one to be made or to end ("defer_free_list", v6.13 and stable kernels
 * before it): they still have the addresses of all that was freed with them.
 *
 * No lock but RCU's: lists are read fault-safe and bounded, and the page tables of vmalloc space are walked as vmalloc_to_page() does. A page that
 * becomes something else meanwhile is misjudged once; a search for lost objects reads everything at least twice.
 */
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/thread_info.h>
#include <linux/vmalloc.h>

#include "compat/compat.h"
#include "kmem.h"
#include "ksym.h"
#include "layout.h"
#include "own.h"
#include "reservoirs.h"

#define MAX_PAGES	65536	/* of one list; a longer one can't be true */
#define CACHED_STACKS	2	/* NR_CACHED_STACKS, each CPU */
#define NR_WORKS	2	/* KFREE_N_BATCHES */
#define NR_KINDS	2	/* FREE_N_CHANNELS: kfree and kvfree */
#define MAX_RESTARTS	16
#define TASKS		64	/* until others may run: at one that is not just about to end, or ... */
#define TASKS_MAX	1024	/* ... at any */
#define OLD_NS		(10 * NSEC_PER_SEC)

static bool is_ours(const struct task_struct *t)
{
	return t->flags & PF_KTHREAD && !strncmp(t->comm, "slabscan/", 9);
}

/* Where the living part of a sleeping task's stack begins. */
static unsigned long saved_sp(const struct task_struct *t, unsigned long stack)
{
#ifdef CONFIG_X86
	unsigned long sp = READ_ONCE(t->thread.sp);

	if (!READ_ONCE(t->on_cpu) && sp > stack && sp < stack + THREAD_SIZE)
		return ALIGN_DOWN(sp, sizeof(long));
#endif
	return stack;
}

/* Let others run, and memory go, in the middle of the list of tasks. False if one of the two is gone, and the way on with it. */
static bool breathe(struct task_struct *process, struct task_struct *thread, int *hold)
{
	bool alive;

	get_task_struct(process);
	get_task_struct(thread);
	rcu_read_unlock();
	slabscan_kmem_release(*hold);
	cond_resched_tasks_rcu_qs();
	*hold = slabscan_kmem_hold();
	rcu_read_lock();
	alive = pid_alive(process) && pid_alive(thread);
	put_task_struct(thread);
	put_task_struct(process);
	return alive;
}

static bool each_stack_once(void (*see)(void *arg, struct task_struct *t, unsigned long stack), void *arg)
{
	struct task_struct *process, *thread;
	int hold = slabscan_kmem_hold();
	unsigned int n = 0;
	bool whole = true;

	rcu_read_lock();
	for_each_process_thread(process, thread) {
		unsigned long stack = (unsigned long)READ_ONCE(thread->stack);

		if (stack)
			see(arg, thread, stack);
		if (++n < TASKS || (n < TASKS_MAX && ktime_get_ns() - max(process->start_time, thread->start_time) < OLD_NS))
			continue;
		n = 0;
		if (!breathe(process, thread, &hold)) {
			whole = false;
			goto out;
		}
	}
out:
	rcu_read_unlock();
	slabscan_kmem_release(hold);
	return whole;
}

/* See every task; some perhaps again. False if some were not. */
static bool each_stack(void (*see)(void *arg, struct task_struct *t, unsigned long stack), void *arg)
{
	unsigned int try;

	for (try = 0; try < MAX_RESTARTS; try++)
		if (each_stack_once(see, arg))
			return true;
	return false;
}

static void skip_range(const struct slabscan_roots *roots, unsigned long start, unsigned long end)
{
	for (start = ALIGN_DOWN(start, PAGE_SIZE); start < end; start += PAGE_SIZE)
		slabscan_roots_skip(roots, start);
}

static void skip_stack(void *arg, struct task_struct *t, unsigned long stack)
{
	skip_range(arg, stack, stack + THREAD_SIZE);
}

static void skip_own(void *arg, unsigned long start, unsigned long end)
{
	/* in whole pages, or in a slab: for that a bit here means nothing, see slabscan_reach_live() */
	for (; start < end; start += SZ_2M) {
		skip_range(arg, start, min(start + SZ_2M, end));
		cond_resched_tasks_rcu_qs();
	}
}

static void skip_cached_stacks(const struct slabscan_roots *roots)
{
	unsigned long cached = slabscan_ksym_lookup("cached_stacks"), vm;
	struct vm_struct copy;
	unsigned int i;
	int cpu;

	if (!cached)
		return;
	for_each_possible_cpu(cpu)
		for (i = 0; i < CACHED_STACKS; i++)
			if (!slabscan_kmem_word(cached + per_cpu_offset(cpu) + i * sizeof(long), &vm) && vm &&
			    !slabscan_kmem_read(&copy, vm, sizeof(copy)) && is_vmalloc_addr(copy.addr))
				skip_range(roots, (unsigned long)copy.addr, (unsigned long)copy.addr + THREAD_SIZE);
}

static void skip_cpu_stacks(const struct slabscan_roots *roots, const char *name, unsigned long size)
{
	unsigned long stack = slabscan_ksym_lookup(name);
	int cpu;

	if (!stack)
		return;
	for_each_possible_cpu(cpu)
		skip_range(roots, stack + per_cpu_offset(cpu), stack + per_cpu_offset(cpu) + size);
}

static void skip_irq_stacks(const struct slabscan_roots *roots)
{
#ifdef CONFIG_X86_64
	skip_cpu_stacks(roots, "irq_stack_backing_store", IRQ_STACK_SIZE);
	skip_cpu_stacks(roots, "entry_stack_storage", PAGE_SIZE);
#endif
}

/* The way on from a page of a list that nobody holds still. False if it is no page of memory, or leads to itself. */
static bool read_link(unsigned long page, unsigned long place, unsigned long *next)
{
	return PAGE_ALIGNED(page) && !slabscan_kmem_read_object(next, place, sizeof(*next)) && *next != page && *next != place;
}

/* Goes through a list of bulk pages: each has the address of the next, or, since v6.3, a list_head. */
static void each_bulk(unsigned long head, void (*see)(void *arg, unsigned long bulk), void *arg)
{
	bool lists = slabscan_layout[SLABSCAN_BULK_LIST].size > sizeof(long);
	unsigned long at, next;
	unsigned int n;

	if (slabscan_kmem_word(head, &at))
		return;
	for (n = 0; at && (!lists || at != head) && n < MAX_PAGES; n++, at = next) {
		if (lists)
			at -= slabscan_layout[SLABSCAN_BULK_LIST].offset;
		if (!read_link(at, slabscan_at(at, SLABSCAN_BULK_LIST), &next))
			return;
		see(arg, at);
	}
}

static bool know_bulk(void)
{
	enum slabscan_field f;

	for (f = SLABSCAN_KRC_BULK; f <= SLABSCAN_BULK_RECORDS; f++)
		if (!slabscan_has(f))
			return false;
	return true;
}

/* All bulk pages with objects that wait for their grace period. */
static void each_used_bulk(void (*see)(void *arg, unsigned long bulk), void *arg)
{
	unsigned long krc = slabscan_ksym_lookup("krc");
	unsigned int i, k;
	int cpu;

	if (!krc || !know_bulk())
		return;
	for_each_possible_cpu(cpu) {
		unsigned long base = krc + per_cpu_offset(cpu);
		int hold = slabscan_kmem_hold();

		for (k = 0; k < NR_KINDS; k++)
			each_bulk(slabscan_at(base, SLABSCAN_KRC_BULK) + k * slabscan_layout[SLABSCAN_KRC_BULK].element, see, arg);
		for (i = 0; i < NR_WORKS; i++) {
			unsigned long work = slabscan_at(base, SLABSCAN_KRC_WORK) + i * slabscan_layout[SLABSCAN_KRC_WORK].element;

			for (k = 0; k < NR_KINDS; k++)
				each_bulk(slabscan_at(work, SLABSCAN_KRC_WORK_BULK) + k * slabscan_layout[SLABSCAN_KRC_WORK_BULK].element,
					  see, arg);
		}
		slabscan_kmem_release(hold);
	}
}

static void skip_bulk(void *arg, unsigned long bulk)
{
	slabscan_roots_skip(arg, bulk);
}

static void skip_cached_bulk(const struct slabscan_roots *roots)
{
	unsigned long krc = slabscan_ksym_lookup("krc"), at, next;
	unsigned int n;
	int cpu;

	if (!krc || !know_bulk())
		return;
	for_each_possible_cpu(cpu) {
		if (slabscan_field_read(krc + per_cpu_offset(cpu), SLABSCAN_KRC_CACHED, &at))
			continue;
		/* linked by an llist_node at the start of the page */
		for (n = 0; at && n < MAX_PAGES && read_link(at, at, &next); n++, at = next)
			slabscan_roots_skip(roots, at);
	}
}

/**
 * slabscan_reservoirs_skip() - mark all pages that are not to be read as a whole
 * @roots: bits are added to its @skip
 *
 * Context: not inside slabscan_kmem_hold(); may sleep.
 */
void slabscan_reservoirs_skip(const struct slabscan_roots *roots)
{
	int hold;

	each_stack(skip_stack, (void *)roots);
	each_used_bulk(skip_bulk, (void *)roots);
	hold = slabscan_kmem_hold();
	skip_cached_stacks(roots);
	skip_irq_stacks(roots);
	skip_cached_bulk(roots);
	slabscan_own_each(skip_own, (void *)roots);
	slabscan_kmem_release(hold);
}

struct live {
	slabscan_live_part_t see;
	void *arg;
};

static void live_stack(void *arg, struct task_struct *t, unsigned long stack)
{
	struct live *l = arg;

	if (!is_ours(t))
		l->see(l->arg, saved_sp(t, stack), stack + THREAD_SIZE, t);
}

static void live_bulk(void *arg, unsigned long bulk)
{
	struct live *l = arg;
	unsigned long nr;

	if (slabscan_field_read(bulk, SLABSCAN_BULK_NR, &nr))
		return;
	nr = min(nr, (PAGE_SIZE - slabscan_layout[SLABSCAN_BULK_RECORDS].offset) / sizeof(long));
	l->see(l->arg, slabscan_at(bulk, SLABSCAN_BULK_RECORDS), slabscan_at(bulk, SLABSCAN_BULK_RECORDS) + nr * sizeof(long), NULL);
	cond_resched_tasks_rcu_qs();
}

/**
 * slabscan_reservoirs_live() - go through the living parts of the stacks that slabscan_reservoirs_skip() left out
 * @see: called with each; some come twice
 * @arg: for @see
 *
 * Context: not inside slabscan_kmem_hold(); may sleep.
 * Return: false if some were missed: tasks that come and go stop the way through the list.
 */
bool slabscan_reservoirs_live(slabscan_live_part_t see, void *arg)
{
	struct live l = { see, arg };

	return each_stack(live_stack, &l);
}

/**
 * slabscan_reservoirs_freed() - go through the addresses of what was given to kfree_rcu() and is not freed yet
 * @see: called with some of them at a time
 * @arg: for @see
 *
 * They wait for up to 5 s (KFREE_DRAIN_JIFFIES, since v6.1) where there is no kvfree_rcu_barrier() to wait for. These lists are taken apart meanwhile: some
 * may be missed, and some be somebody else's by now.
 *
 * Context: not inside slabscan_kmem_hold(); may sleep.
 */
void slabscan_reservoirs_freed(slabscan_live_part_t see, void *arg)
{
	struct live l = { see, arg };

	each_used_bulk(live_bulk, &l);
}

/**
 * slabscan_reservoirs_dead() - go through objects that are allocated, but over
 * @see: called with each
 * @arg: for @see
 *
 * Context: inside slabscan_kmem_hold(); bounded. What is not a network namespace any more by the time it is looked at is for @see to find out.
 */
void slabscan_reservoirs_dead(void (*see)(void *arg, unsigned long addr), void *arg)
{
	unsigned long list = slabscan_ksym_lookup("defer_free_list"), at, next;
	unsigned int n;

	if (!list || !slabscan_has(SLABSCAN_NET_DEFERRED) || slabscan_kmem_word(list, &at))
		return;
	for (n = 0; at && n < MAX_PAGES; n++, at = next) {
		see(arg, at - slabscan_layout[SLABSCAN_NET_DEFERRED].offset);
		/* nobody holds this list still */
		if (slabscan_kmem_read_object(&next, at, sizeof(next)))
			return;
	}
}
