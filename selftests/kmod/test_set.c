// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets and batches: making caches, planting objects, freeing some of them, and the oracle that knows which are live.
 */
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "test.h"

LIST_HEAD(test_sets);

/* Any constructor keeps a cache from being merged with others; it must leave objects as they may be found after a free. */
static void set_ctor(void *object)
{
	*(u64 *)object = TEST_MAGIC;
}

/*
 * test_set_alloc() - one object of a set, not in any account; NULL on failure
 */
void *test_set_alloc(struct test_set *set)
{
	return set->cache ? kmem_cache_alloc(set->cache, set->gfp) : kmalloc(set->size, set->gfp);
}

/*
 * test_set_free() - give back what test_set_alloc() gave
 */
void test_set_free(struct test_set *set, void *object)
{
	if (set->cache)
		kmem_cache_free(set->cache, object);
	else
		kfree(object);
}

/*
 * test_set_find() - a set by its name, or NULL
 */
struct test_set *test_set_find(const char *name)
{
	struct test_set *set;

	list_for_each_entry(set, &test_sets, node)
		if (!strcmp(set->name, name))
			return set;
	return NULL;
}

static int set_flag(const char *word, slab_flags_t *flags, bool *ctor, bool *is_kmalloc)
{
	if (!strcmp(word, "ctor"))
		*ctor = true;
	else if (!strcmp(word, "rcu"))
		*flags |= SLAB_TYPESAFE_BY_RCU;
	else if (!strcmp(word, "account"))
		*flags |= SLAB_ACCOUNT;
	else if (!strcmp(word, "reclaim"))
		*flags |= SLAB_RECLAIM_ACCOUNT;
	else if (!strcmp(word, "hwalign"))
		*flags |= SLAB_HWCACHE_ALIGN;
	else if (!strcmp(word, "kmalloc"))
		*is_kmalloc = true;
	else if (!strcmp(word, "nomerge"))
#ifdef SLAB_NO_MERGE
		*flags |= SLAB_NO_MERGE;
#else
		*ctor = true;
#endif
	else if (*word)
		return -EINVAL;
	return 0;
}

/*
 * test_set_create() - a cache of ours, or with the flag "kmalloc" a set in the kernel's own size class
 * @flags: comma-separated, may be NULL: ctor rcu account reclaim hwalign nomerge kmalloc
 */
int test_set_create(const char *name, size_t size, char *flags)
{
	bool ctor = false, is_kmalloc = false;
	slab_flags_t slab_flags = 0;
	struct test_set *set;
	char *word;
	int err;

	if (size < 8 || size > 8192 || !*name)
		return -EINVAL;
	if (test_set_find(name))
		return -EEXIST;
	while ((word = strsep(&flags, ","))) {
		err = set_flag(word, &slab_flags, &ctor, &is_kmalloc);
		if (err)
			return err;
	}
	set = kzalloc(sizeof(*set), GFP_KERNEL);
	if (!set)
		return -ENOMEM;
	strscpy(set->name, name, sizeof(set->name));
	set->size = size;
	set->gfp = GFP_KERNEL;
	INIT_LIST_HEAD(&set->batches);
	if (is_kmalloc) {
		if (slab_flags & SLAB_ACCOUNT)
			set->gfp |= __GFP_ACCOUNT;
		if (slab_flags & SLAB_RECLAIM_ACCOUNT)
			set->gfp |= __GFP_RECLAIMABLE;
	} else {
		/* The name must outlive the cache; older kernels copy it, newer ones may not. */
		set->cache = kmem_cache_create(set->name, size, 0, slab_flags, ctor ? set_ctor : NULL);
		if (!set->cache) {
			kfree(set);
			return -ENOMEM;
		}
	}
	list_add_tail(&set->node, &test_sets);
	return 0;
}

static void batch_remove(struct test_batch *batch)
{
	list_del(&batch->node);
	batch->holder->exit(batch);
	test_shape_release(batch);
	vfree(batch->oracle);
	kfree(batch);
}

/*
 * test_set_destroy() - stop its churn, free all its objects, destroy its cache
 *
 * The caller has removed the set's files.
 */
void test_set_destroy(struct test_set *set)
{
	static const struct test_pattern all = { .batch = -1 };
	struct test_batch *batch, *next;

	test_churn_stop(set);
	test_set_release(set, &all);
	list_for_each_entry_safe(batch, next, &set->batches, node)
		batch_remove(batch);
	list_del(&set->node);
	kmem_cache_destroy(set->cache);
	kfree(set);
}

/* Addresses that we just worked with must not stay behind on the dead part of this task's stack. */
static noinline void scrub_stack(void)
{
	char junk[1024];

	memset(junk, 0, sizeof(junk));
	asm volatile("" :: "r" (junk) : "memory");
}

static struct test_batch *batch_create(struct test_set *set, unsigned int count, const struct test_shape *shape,
				       const struct test_holder *holder)
{
	struct test_batch *batch = kzalloc(sizeof(*batch), GFP_KERNEL);

	if (!batch)
		return NULL;
	batch->set = set;
	batch->shape = shape;
	batch->holder = holder;
	batch->count = count;
	batch->id = set->nr_batches++;
	list_add_tail(&batch->node, &set->batches);
	return batch;
}

static int batch_plant(struct test_batch *batch)
{
	struct test_set *set = batch->set;
	unsigned int i;
	void *object;
	int err;

	batch->oracle = vzalloc(array_size(max(batch->count, 1U), sizeof(*batch->oracle)));
	if (!batch->oracle)
		return -ENOMEM;
	err = test_shape_prepare(batch);
	if (err)
		return err;
	for (i = 0; i < batch->count; i++) {
		object = test_set_alloc(set);
		if (!object)
			return -ENOMEM;
		batch->shape->fill(batch, object, i);
		err = batch->holder->add(batch, i, object);
		if (err) {
			test_set_free(set, object);
			return err;
		}
		batch->oracle[i] = test_oracle_live(object);
		batch->live++;
		if (!(i % 1024))
			cond_resched();
	}
	return 0;
}

static void batch_free_one(struct test_batch *batch, unsigned int index, bool hidden)
{
	void *object = test_oracle_object(batch->oracle[index]);

	batch->holder->del(batch, index, object);
	batch->oracle[index] = test_oracle_freed(batch->oracle[index]);
	batch->live--;
	if (hidden)
		test_hidden_free(batch->set, object);
	else
		test_set_free(batch->set, object);
}

/*
 * test_set_plant() - allocate @count objects, give them content and something that points to them
 *
 * All or nothing: after an error none of the new objects is left.
 */
int test_set_plant(struct test_set *set, unsigned int count, const struct test_shape *shape, const struct test_holder *holder)
{
	struct test_batch *batch;
	unsigned int i;
	int err;

	if (!count || set->size < shape->min_size || set->size < holder->min_size)
		return -EINVAL;
	batch = batch_create(set, count, shape, holder);
	if (!batch)
		return -ENOMEM;
	err = holder->init(batch);
	if (!err)
		err = batch_plant(batch);
	if (err) {
		for (i = 0; batch->oracle && i < count; i++)
			if (test_oracle_is_live(batch->oracle[i]))
				batch_free_one(batch, i, false);
		/* A holder whose init() refused without taking anything has nothing to undo. */
		if (!batch->hold)
			batch->holder = test_holder_find("none");
		batch_remove(batch);
	}
	scrub_stack();
	return err;
}

/*
 * test_set_fill() - allocate @count objects and forget them for good
 *
 * No oracle and no holder: for throw-away guests that need more objects than an oracle has room for. Only for kmalloc sets,
 * since a cache with forgotten objects could never be destroyed. The count is exact, or an error is returned.
 */
int test_set_fill(struct test_set *set, unsigned long count, const struct test_shape *shape)
{
	struct test_batch *batch;
	unsigned long i;
	void *object;
	int err;

	if (set->cache || set->size < shape->min_size || shape->peer_each)
		return -EINVAL;
	batch = batch_create(set, 0, shape, test_holder_find("none"));
	if (!batch)
		return -ENOMEM;
	/* empty, for shapes that look up their neighbour */
	batch->oracle = vzalloc(PAGE_SIZE);
	err = batch->oracle ? test_shape_prepare(batch) : -ENOMEM;
	for (i = 0; !err && i < count; i++) {
		object = test_set_alloc(set);
		if (object)
			shape->fill(batch, object, i % (PAGE_SIZE / sizeof(*batch->oracle)));
		else
			err = -ENOMEM;
		if (!(i % 1024))
			cond_resched();
	}
	return err;
}

/* Peers stay referenced by the objects only. */
static void batch_drop(struct test_batch *batch)
{
	unsigned int i;

	for (i = 0; i < batch->count; i++) {
		if (test_oracle_is_live(batch->oracle[i]))
			batch->holder->del(batch, i, test_oracle_object(batch->oracle[i]));
		if (!(i % 1024))
			cond_resched();
	}
	batch->holder->exit(batch);
	batch->hold = NULL;
	batch->holder = test_holder_find("none");
}

/*
 * test_set_drop() - forget the references to a batch's objects (-1: all batches'), leaving the objects allocated
 */
void test_set_drop(struct test_set *set, int batch_id)
{
	struct test_batch *batch;

	list_for_each_entry(batch, &set->batches, node)
		if (batch_id < 0 || batch->id == batch_id)
			batch_drop(batch);
	scrub_stack();
}

static bool pattern_matches(const struct test_pattern *pattern, unsigned int index)
{
	unsigned int dice;

	if (pattern->every && index % pattern->every != pattern->offset)
		return false;
	if (pattern->permille) {
		get_random_bytes(&dice, sizeof(dice));
		return dice % 1000 < pattern->permille;
	}
	return true;
}

/*
 * test_set_release() - free the live objects that a pattern selects
 *
 * Return: how many were freed, or a negative errno.
 */
long test_set_release(struct test_set *set, const struct test_pattern *pattern)
{
	unsigned long nr = 0;
	struct test_batch *batch;
	unsigned int i;
	int err;

	err = pattern->hidden ? test_hidden_begin() : 0;
	if (err)
		return err;
	list_for_each_entry(batch, &set->batches, node) {
		if (pattern->batch >= 0 && batch->id != pattern->batch)
			continue;
		for (i = 0; i < batch->count; i++) {
			if (pattern->count && nr == pattern->count)
				goto out;
			if (test_oracle_is_live(batch->oracle[i]) && pattern_matches(pattern, i)) {
				batch_free_one(batch, i, pattern->hidden);
				nr++;
			}
			if (!(i % 1024))
				cond_resched();
		}
	}
out:
	if (pattern->hidden)
		test_hidden_end();
	scrub_stack();
	return nr;
}
