/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * slabscan_test: objects with known answers.
 *
 * A set is a cache of ours, or a size class of kmalloc. Objects are planted in it in batches; all objects of a batch have the same
 * shape (what is in them) and the same holder (what points to them). The module's own record of its objects, the oracle, keeps
 * addresses inverted, so that it is not a reference itself: an object is referenced exactly by its holder, and by the content of
 * other objects where the shape says so.
 *
 * Locking: test_lock serialises all commands and all readers of sets, batches and oracles. Churn threads work on objects of their
 * own and never look at batches.
 */
#ifndef SLABSCAN_TEST_H
#define SLABSCAN_TEST_H

#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/types.h>
#include <linux/version.h>

#define TEST_NAME_MAX	32

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)	/* 9b13df3fb64e */
#define timer_delete_sync del_timer_sync
#endif

/* Top halves of the words that shapes are made of. None of them looks like an address. */
#define TEST_MAGIC		0x51ab5ca000000000ULL
#define TEST_PEER_MAGIC		0x9ee59ee500000000ULL

struct test_batch;
struct test_churn;
struct dentry;

struct test_set {
	struct list_head node;
	char name[TEST_NAME_MAX];
	struct kmem_cache *cache;	/* NULL: kmalloc */
	size_t size;
	gfp_t gfp;
	struct list_head batches;
	unsigned int nr_batches;
	struct test_churn *churn;
	struct dentry *dir;
};

/* What the objects of a batch contain. */
struct test_shape {
	const char *name;
	size_t min_size;
	unsigned int levels;		/* hops to the peer that has the symbol; 0: no peers */
	bool peer_each;			/* a peer for each object instead of one for the batch */
	void (*fill)(struct test_batch *batch, void *object, unsigned int index);
};

/* What points to the objects of a batch. */
struct test_holder {
	const char *name;
	size_t min_size;
	bool referenced;
	int (*init)(struct test_batch *batch);
	int (*add)(struct test_batch *batch, unsigned int index, void *object);
	void (*del)(struct test_batch *batch, unsigned int index, void *object);
	void (*exit)(struct test_batch *batch);
};

struct test_batch {
	struct list_head node;
	struct test_set *set;
	const struct test_shape *shape;
	const struct test_holder *holder;
	unsigned int id;
	unsigned int count;
	unsigned int live;
	unsigned long *oracle;		/* vmalloc'ed; see test_oracle_*() */
	unsigned long *peers;		/* vmalloc'ed, inverted addresses */
	unsigned int nr_peers;
	void *hold;			/* the holder's */
	unsigned long hold_base;	/* the holder's */
};

extern struct mutex test_lock;
extern struct list_head test_sets;

/*
 * An oracle entry is the inverted address; addresses are multiples of 8, so the low three bits of a live entry are all set,
 * and bit 0 is cleared once the object is freed. 0: the entry was never used.
 */
static inline unsigned long test_oracle_live(const void *object)
{
	return ~(unsigned long)object;
}

static inline unsigned long test_oracle_freed(unsigned long entry)
{
	return entry & ~1UL;
}

static inline bool test_oracle_is_live(unsigned long entry)
{
	return entry & 1;
}

static inline void *test_oracle_object(unsigned long entry)
{
	return (void *)~(entry | 7);
}

/* Where holders that link objects together put their node: in the middle. */
static inline void *test_link(const struct test_batch *batch, void *object)
{
	return object + round_down(batch->set->size / 2, sizeof(long));
}

/* test_shape.c */
int test_shape_init(void);
void test_shape_deinit(void);
const struct test_shape *test_shape_find(const char *name);
int test_shape_prepare(struct test_batch *batch);
void test_shape_release(struct test_batch *batch);
void test_shape_names(char *buf, size_t len);

/* test_holder.c, test_holder_tree.c, test_holder_request.c, test_holder_kernel.c */
extern const struct test_holder test_holder_rbtree, test_holder_xarray, test_holder_maple, test_holder_hlist, test_holder_list,
				test_holder_cycle, test_holder_lostlist, test_holder_stack, test_holder_request, test_holder_over,
				test_holder_notifier, test_holder_timer;
const struct test_holder *test_holder_find(const char *name);
void test_holder_names(char *buf, size_t len);

/* test_set.c: context: may sleep, test_lock held. All return 0 or a negative errno. */
void *test_set_alloc(struct test_set *set);
void test_set_free(struct test_set *set, void *object);
struct test_set *test_set_find(const char *name);
int test_set_create(const char *name, size_t size, char *flags);
void test_set_destroy(struct test_set *set);
int test_set_plant(struct test_set *set, unsigned int count, const struct test_shape *shape, const struct test_holder *holder);
int test_set_fill(struct test_set *set, unsigned long count, const struct test_shape *shape);
void test_set_drop(struct test_set *set, int batch_id);

/* Which objects of a set to free; the conditions are taken together. */
struct test_pattern {
	int batch;		/* -1: any */
	unsigned int every;	/* index % every == offset */
	unsigned int offset;
	unsigned int permille;	/* this many of a thousand, at random */
	unsigned long count;	/* at most so many */
	bool hidden;		/* so that no probe sees it */
};

long test_set_release(struct test_set *set, const struct test_pattern *pattern);

/* test_hidden.c */
int test_hidden_begin(void);
void test_hidden_free(struct test_set *set, void *object);
void test_hidden_end(void);

/* test_list.c */
void test_list_create(struct test_set *set, struct dentry *parent);

/* test_churn.c */
int test_churn_start(struct test_set *set, unsigned int threads, const char *mode, unsigned int depth, unsigned int pause);
void test_churn_stop(struct test_set *set);
int test_rcu_hold(unsigned int ms);
void test_rcu_release(void);
void test_churn_counts(struct test_set *set, u64 *allocs, u64 *frees);

/* test_bench.c: each writes its result as text. */
int test_bench_kmalloc(size_t size, unsigned long loops, char *buf, size_t len);
int test_bench_set(struct test_set *set, unsigned long loops, char *buf, size_t len);
int test_bench_batch(size_t size, unsigned long count, char *buf, size_t len);
int test_bench_read_set(struct test_set *set, char *buf, size_t len);
int test_bench_read_pages(const char *what, char *buf, size_t len);

/* test_main.c */
extern struct dentry *test_dir;

#endif
