// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holders that link objects through a node in their middle, trees that have the objects as leaves, the stack of a task, and two
 * that hold nothing: a ring without a head, and a list whose head was dropped.
 */
#include <linux/kthread.h>
#include <linux/rbtree.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>
#if __has_include(<linux/maple_tree.h>)
#include <linux/maple_tree.h>
#endif

#include "test.h"

static void hold_kfree(struct test_batch *batch)
{
	kfree(batch->hold);
}

static int list_init(struct test_batch *batch)
{
	batch->hold = kmalloc(sizeof(struct list_head), GFP_KERNEL);
	if (!batch->hold)
		return -ENOMEM;
	INIT_LIST_HEAD((struct list_head *)batch->hold);
	return 0;
}

static int list_add_object(struct test_batch *batch, unsigned int index, void *object)
{
	list_add_tail(test_link(batch, object), batch->hold);
	return 0;
}

static void list_del_object(struct test_batch *batch, unsigned int index, void *object)
{
	list_del(test_link(batch, object));
}

const struct test_holder test_holder_list = {
	"list", 64, true, list_init, list_add_object, list_del_object, hold_kfree
};

/* A hash table as networking code has them: vmalloc'ed heads, chains under RCU. */
#define HASH_HEADS	1024

static int hlist_init(struct test_batch *batch)
{
	batch->hold = vzalloc(HASH_HEADS * sizeof(struct hlist_head));
	return batch->hold ? 0 : -ENOMEM;
}

static int hlist_add_object(struct test_batch *batch, unsigned int index, void *object)
{
	hlist_add_head_rcu(test_link(batch, object), (struct hlist_head *)batch->hold + index % HASH_HEADS);
	return 0;
}

static void hlist_del_object(struct test_batch *batch, unsigned int index, void *object)
{
	hlist_del_rcu(test_link(batch, object));
}

static void hlist_exit(struct test_batch *batch)
{
	vfree(batch->hold);
}

const struct test_holder test_holder_hlist = {
	"hlist", 64, true, hlist_init, hlist_add_object, hlist_del_object, hlist_exit
};

static int rb_hold_init(struct test_batch *batch)
{
	batch->hold = kzalloc(sizeof(struct rb_root), GFP_KERNEL);
	return batch->hold ? 0 : -ENOMEM;
}

static int rb_hold_add(struct test_batch *batch, unsigned int index, void *object)
{
	struct rb_root *root = batch->hold;
	struct rb_node **at = &root->rb_node, *parent = NULL, *node = test_link(batch, object);

	while (*at) {
		parent = *at;
		at = node < parent ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(node, parent, at);
	rb_insert_color(node, root);
	return 0;
}

static void rb_hold_del(struct test_batch *batch, unsigned int index, void *object)
{
	rb_erase(test_link(batch, object), batch->hold);
}

const struct test_holder test_holder_rbtree = { "rbtree", 64, true, rb_hold_init, rb_hold_add, rb_hold_del, hold_kfree };

static int xa_hold_init(struct test_batch *batch)
{
	struct xarray *xa = kzalloc(sizeof(*xa), GFP_KERNEL);

	if (!xa)
		return -ENOMEM;
	xa_init(xa);
	batch->hold = xa;
	return 0;
}

static int xa_hold_add(struct test_batch *batch, unsigned int index, void *object)
{
	return xa_err(xa_store(batch->hold, index, object, GFP_KERNEL));
}

static void xa_hold_del(struct test_batch *batch, unsigned int index, void *object)
{
	xa_erase(batch->hold, index);
}

static void xa_hold_exit(struct test_batch *batch)
{
	if (batch->hold)
		xa_destroy(batch->hold);
	kfree(batch->hold);
}

const struct test_holder test_holder_xarray = { "xarray", 8, true, xa_hold_init, xa_hold_add, xa_hold_del, xa_hold_exit };

#ifdef _LINUX_MAPLE_TREE_H
static int maple_init(struct test_batch *batch)
{
	struct maple_tree *mt = kzalloc(sizeof(*mt), GFP_KERNEL);

	if (!mt)
		return -ENOMEM;
	mt_init(mt);
	batch->hold = mt;
	return 0;
}

static int maple_add(struct test_batch *batch, unsigned int index, void *object)
{
	return mtree_store(batch->hold, index, object, GFP_KERNEL);
}

static void maple_del(struct test_batch *batch, unsigned int index, void *object)
{
	mtree_erase(batch->hold, index);
}

static void maple_exit(struct test_batch *batch)
{
	if (batch->hold)
		mtree_destroy(batch->hold);
	kfree(batch->hold);
}
#else
/* Kernels before the maple tree: planting with this holder is refused. */
static int maple_init(struct test_batch *batch)
{
	return -EOPNOTSUPP;
}

static int maple_add(struct test_batch *batch, unsigned int index, void *object)
{
	return -EOPNOTSUPP;
}

static void maple_del(struct test_batch *batch, unsigned int index, void *object)
{
}

static void maple_exit(struct test_batch *batch)
{
}
#endif

const struct test_holder test_holder_maple = { "maple", 8, true, maple_init, maple_add, maple_del, maple_exit };

/* Tasks that sleep with the pointers in an array on their stack. */
#define STACK_SLOTS	192
#define STACK_TASKS	64

struct stack_task {
	struct task_struct *task;
	void **slots;		/* set by the task once it runs */
};

struct stack_hold {
	unsigned int nr;
	struct stack_task tasks[STACK_TASKS];
};

static int stack_thread(void *arg)
{
	void *slots[STACK_SLOTS] = { NULL };
	struct stack_task *me = arg;

	smp_store_release(&me->slots, slots);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	/* The array is read by nobody in C; keep the compiler from dropping it. */
	asm volatile("" :: "r" (slots) : "memory");
	return 0;
}

static int stack_init(struct test_batch *batch)
{
	unsigned int i, nr = DIV_ROUND_UP(batch->count, STACK_SLOTS);
	struct stack_hold *hold;
	struct task_struct *task;

	if (nr > STACK_TASKS)
		return -ENOSPC;
	hold = kzalloc(sizeof(*hold), GFP_KERNEL);
	if (!hold)
		return -ENOMEM;
	batch->hold = hold;
	for (i = 0; i < nr; i++) {
		task = kthread_run(stack_thread, &hold->tasks[i], "slabscan_stack/%u", i);
		if (IS_ERR(task))
			return PTR_ERR(task);
		hold->tasks[i].task = task;
		hold->nr++;
		while (!smp_load_acquire(&hold->tasks[i].slots))
			schedule_timeout_uninterruptible(1);
	}
	return 0;
}

static int stack_add(struct test_batch *batch, unsigned int index, void *object)
{
	struct stack_hold *hold = batch->hold;

	WRITE_ONCE(hold->tasks[index / STACK_SLOTS].slots[index % STACK_SLOTS], object);
	return 0;
}

static void stack_del(struct test_batch *batch, unsigned int index, void *object)
{
	stack_add(batch, index, NULL);
}

static void stack_exit(struct test_batch *batch)
{
	struct stack_hold *hold = batch->hold;
	unsigned int i;

	for (i = 0; hold && i < hold->nr; i++)
		kthread_stop(hold->tasks[i].task);
	kfree(hold);
}

const struct test_holder test_holder_stack = { "stack", 8, true, stack_init, stack_add, stack_del, stack_exit };

static int lost_init(struct test_batch *batch)
{
	return 0;
}

static void lost_exit(struct test_batch *batch)
{
}

static void *lost_previous(struct test_batch *batch, unsigned int index)
{
	if (!index || !test_oracle_is_live(batch->oracle[index - 1]))
		return NULL;
	return test_link(batch, test_oracle_object(batch->oracle[index - 1]));
}

static int cycle_add(struct test_batch *batch, unsigned int index, void *object)
{
	struct list_head *previous = lost_previous(batch, index);

	if (previous)
		list_add(test_link(batch, object), previous);
	else
		INIT_LIST_HEAD(test_link(batch, object));
	return 0;
}

const struct test_holder test_holder_cycle = { "cycle", 64, false, lost_init, cycle_add, list_del_object, lost_exit };

static int lostlist_add(struct test_batch *batch, unsigned int index, void *object)
{
	*(void **)test_link(batch, object) = lost_previous(batch, index);
	return 0;
}

/* Freeing one object cuts the list there; the pieces are as unreferenced as the whole. */
static void lostlist_del(struct test_batch *batch, unsigned int index, void *object)
{
}

const struct test_holder test_holder_lostlist = {
	"lostlist", 64, false, lost_init, lostlist_add, lostlist_del, lost_exit
};
