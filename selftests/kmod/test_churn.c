// SPDX-License-Identifier: GPL-2.0-only
/*
 * Churn: kernel threads, pinned round the CPUs, that allocate and free in the cache of a set at full speed, or with a pause after
 * each 256 steps, while the planted objects stay. Each thread keeps a window of objects and replaces one of it at random.
 *
 * Modes: plain    one object at a time
 *        bulk     kmem_cache_alloc_bulk() and kmem_cache_free_bulk() (kfree_bulk() for kmalloc sets), 16 at a time
 *        cross    objects change hands in a shared exchange, so that most are freed on another CPU than they came from
 *        rcu      freed after a grace period: kfree_rcu() for kmalloc sets, call_rcu() for caches, which older kernels require
 *        mixed    thread n does the n-th of these
 *
 * And a reader that holds up grace periods, for what piles up then.
 *
 * Lifetime: test_churn_stop() returns when all threads are gone, all their objects freed, and all our RCU callbacks done.
 */
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "test.h"

#define CHURN_THREADS	64
#define CHURN_DEPTH	4096
#define CHURN_BULK	16
#define CHURN_EXCHANGE	256
#define CHURN_RCU_LIMIT	1024

enum churn_mode {
	CHURN_PLAIN,
	CHURN_BULKY,
	CHURN_CROSS,
	CHURN_RCU,
	CHURN_MODES,
};

static const char * const mode_names[] = { "plain", "bulk", "cross", "rcu", "mixed" };

struct churn_thread {
	struct task_struct *task;
	struct test_churn *churn;
	enum churn_mode mode;
	u32 random;
	u64 allocs;		/* written by the thread, read racily for display */
	u64 frees;
	void **window;
};

struct test_churn {
	struct test_set *set;
	unsigned int depth;
	unsigned int pause;	/* ms */
	unsigned int nr;
	void *exchange[CHURN_EXCHANGE];
	atomic_t rcu_pending;
	struct churn_thread thread[];
};

/* What an object looks like while it waits for a grace period. */
struct churn_rcu {
	struct rcu_head rcu;
	struct test_churn *churn;
};

static u32 churn_random(struct churn_thread *t)
{
	t->random ^= t->random << 13;
	t->random ^= t->random >> 17;
	t->random ^= t->random << 5;
	return t->random;
}

static void *churn_alloc(struct churn_thread *t)
{
	void *object = test_set_alloc(t->churn->set);

	if (object) {
		t->allocs++;
		*(u64 *)object = TEST_MAGIC | 0xc4u;
	}
	return object;
}

static void churn_free(struct churn_thread *t, void *object)
{
	if (!object)
		return;
	t->frees++;
	test_set_free(t->churn->set, object);
}

static void churn_rcu_done(struct rcu_head *head)
{
	struct churn_rcu *object = container_of(head, struct churn_rcu, rcu);
	struct test_churn *churn = object->churn;

	kmem_cache_free(churn->set->cache, object);
	atomic_dec(&churn->rcu_pending);
}

static void churn_free_rcu(struct churn_thread *t, void *object)
{
	struct test_churn *churn = t->churn;
	struct churn_rcu *dying = object;

	if (!object)
		return;
	if (churn->set->size < sizeof(*dying) || atomic_read(&churn->rcu_pending) > CHURN_RCU_LIMIT) {
		churn_free(t, object);
		return;
	}
	t->frees++;
	if (!churn->set->cache) {
		kfree_rcu(dying, rcu);
		return;
	}
	dying->churn = churn;
	atomic_inc(&churn->rcu_pending);
	call_rcu(&dying->rcu, churn_rcu_done);
}

static void churn_bulk(struct churn_thread *t)
{
	struct test_set *set = t->churn->set;
	unsigned int i, nr = 0, at = churn_random(t) % (t->churn->depth - CHURN_BULK + 1);
	void *objects[CHURN_BULK];

	for (i = at; i < at + CHURN_BULK; i++)
		if (t->window[i]) {
			objects[nr++] = t->window[i];
			t->window[i] = NULL;
		}
	t->frees += nr;
	if (nr && set->cache)
		kmem_cache_free_bulk(set->cache, nr, objects);
	else if (nr)
		kfree_bulk(nr, objects);
	if (set->cache) {
		/* All or nothing everywhere; newer kernels return a truth value, older ones the number. */
		if (!kmem_cache_alloc_bulk(set->cache, set->gfp, CHURN_BULK, objects))
			return;
		t->allocs += CHURN_BULK;
		for (i = 0; i < CHURN_BULK; i++)
			t->window[at + i] = objects[i];
	} else {
		for (i = 0; i < CHURN_BULK; i++)
			t->window[at + i] = churn_alloc(t);
	}
}

static void churn_step(struct churn_thread *t)
{
	void **slot = &t->window[churn_random(t) % t->churn->depth];
	void *old = *slot;

	switch (t->mode) {
	case CHURN_BULKY:
		churn_bulk(t);
		return;
	case CHURN_CROSS:
		*slot = churn_alloc(t);
		old = xchg(&t->churn->exchange[churn_random(t) % CHURN_EXCHANGE], old);
		churn_free(t, old);
		return;
	case CHURN_RCU:
		*slot = churn_alloc(t);
		churn_free_rcu(t, old);
		return;
	default:
		*slot = NULL;
		churn_free(t, old);
		*slot = churn_alloc(t);
	}
}

static int churn_thread(void *arg)
{
	struct churn_thread *t = arg;
	unsigned int i;

	while (!kthread_should_stop()) {
		for (i = 0; i < 256; i++)
			churn_step(t);
		if (t->churn->pause)
			schedule_timeout_idle(msecs_to_jiffies(t->churn->pause));
		else
			cond_resched();
	}
	for (i = 0; i < t->churn->depth; i++)
		churn_free(t, t->window[i]);
	return 0;
}

static int churn_thread_start(struct test_churn *churn, unsigned int nr, int mode, unsigned int cpu)
{
	struct churn_thread *t = &churn->thread[nr];
	struct task_struct *task;

	t->churn = churn;
	t->mode = mode < CHURN_MODES ? mode : nr % CHURN_MODES;
	t->random = 2463534242u + nr;
	t->window = kcalloc(churn->depth, sizeof(void *), GFP_KERNEL);
	if (!t->window)
		return -ENOMEM;
	task = kthread_create(churn_thread, t, "slabscan_churn/%u", nr);
	if (IS_ERR(task)) {
		kfree(t->window);
		return PTR_ERR(task);
	}
	kthread_bind(task, cpu);
	/* Test programs must get on beside us. */
	set_user_nice(task, 10);
	t->task = task;
	churn->nr++;
	wake_up_process(task);
	return 0;
}

/*
 * test_churn_start() - start @threads threads in @mode, each with a window of @depth objects, that pause for @pause ms after each 256 steps
 *
 * Return: 0, -EBUSY where the set is churning already, -EINVAL, -ENOMEM.
 */
int test_churn_start(struct test_set *set, unsigned int threads, const char *mode, unsigned int depth, unsigned int pause)
{
	int err = 0, nr_mode = match_string(mode_names, ARRAY_SIZE(mode_names), mode);
	unsigned int i, cpu = cpumask_first(cpu_online_mask);
	struct test_churn *churn;

	if (nr_mode < 0 || !threads || threads > CHURN_THREADS || depth < CHURN_BULK || depth > CHURN_DEPTH)
		return -EINVAL;
	if (set->churn)
		return -EBUSY;
	churn = kzalloc(struct_size(churn, thread, threads), GFP_KERNEL);
	if (!churn)
		return -ENOMEM;
	churn->set = set;
	churn->depth = depth;
	churn->pause = pause;
	set->churn = churn;
	for (i = 0; !err && i < threads; i++) {
		err = churn_thread_start(churn, i, nr_mode, cpu);
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
	}
	if (err)
		test_churn_stop(set);
	return err;
}

/*
 * test_churn_stop() - stop the churn of a set and free all its objects; nothing happens where none runs
 */
void test_churn_stop(struct test_set *set)
{
	struct test_churn *churn = set->churn;
	unsigned int i;

	if (!churn)
		return;
	for (i = 0; i < churn->nr; i++) {
		kthread_stop(churn->thread[i].task);
		kfree(churn->thread[i].window);
	}
	for (i = 0; i < CHURN_EXCHANGE; i++)
		if (churn->exchange[i])
			test_set_free(set, churn->exchange[i]);
	rcu_barrier();
	set->churn = NULL;
	kfree(churn);
}

static struct task_struct *rcu_holder;

static int rcu_hold_thread(void *arg)
{
	unsigned long end = jiffies + (unsigned long)arg;

	rcu_read_lock();
	while (time_before(jiffies, end))
		cpu_relax();
	rcu_read_unlock();
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ / 10);
	return 0;
}

/*
 * test_rcu_hold() - a reader on the last online CPU that holds up all grace periods for @ms milliseconds
 *
 * At most 15 s, so that neither the stall nor the lockup detector speaks. Returns at once. Return: 0, -EINVAL, or what
 * starting a thread returned.
 */
int test_rcu_hold(unsigned int ms)
{
	struct task_struct *task;

	if (!ms || ms > 15000)
		return -EINVAL;
	test_rcu_release();
	task = kthread_create(rcu_hold_thread, (void *)msecs_to_jiffies(ms), "slabscan_rcu");
	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, cpumask_last(cpu_online_mask));
	rcu_holder = task;
	wake_up_process(task);
	return 0;
}

/*
 * test_rcu_release() - wait until the reader of test_rcu_hold() has ended
 */
void test_rcu_release(void)
{
	if (rcu_holder)
		kthread_stop(rcu_holder);
	rcu_holder = NULL;
}

/*
 * test_churn_counts() - how much the running churn of a set has done; a moment old at best
 */
void test_churn_counts(struct test_set *set, u64 *allocs, u64 *frees)
{
	unsigned int i;

	*allocs = 0;
	*frees = 0;
	for (i = 0; set->churn && i < set->churn->nr; i++) {
		*allocs += READ_ONCE(set->churn->thread[i].allocs);
		*frees += READ_ONCE(set->churn->thread[i].frees);
	}
}
