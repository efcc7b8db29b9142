// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shapes: what planted objects contain. README.md lists them; a word is 8 bytes, "the rest" is TEST_MAGIC plus the word's number.
 *
 * Peers are objects of another cache, slabscan_test_peer, that a shape's objects point to. The last peer of a chain has at +8 the
 * address of slabscan_test_widget_ops, a constant of this module, which is how objects of real code give themselves away.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/poison.h>
#include <linux/random.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <net/net_namespace.h>

#include "test.h"

#define PEER_SIZE	96

struct slabscan_test_widget_operations {
	int (*open)(void *widget);
	void (*poke)(void *widget, int how);
	void (*close)(void *widget);
};

static noinline int slabscan_test_widget_open(void *widget)
{
	return widget ? 0 : -EINVAL;
}

static noinline void slabscan_test_widget_poke(void *widget, int how)
{
	*(int *)widget = how;
}

static noinline void slabscan_test_widget_close(void *widget)
{
	*(int *)widget = 0;
}

extern const struct slabscan_test_widget_operations slabscan_test_widget_ops;
const struct slabscan_test_widget_operations slabscan_test_widget_ops = {
	.open = slabscan_test_widget_open,
	.poke = slabscan_test_widget_poke,
	.close = slabscan_test_widget_close,
};

static struct kmem_cache *peer_cache;
static void *vmalloc_target;
static u64 __percpu *percpu_target;

static void peer_ctor(void *object)
{
	memset(object, 0, PEER_SIZE);
}

static void *peer_alloc(struct test_batch *batch, unsigned long word1)
{
	u64 *peer = kmem_cache_alloc(peer_cache, GFP_KERNEL);
	unsigned int i;

	if (!peer)
		return NULL;
	for (i = 0; i < PEER_SIZE / 8; i++)
		peer[i] = TEST_PEER_MAGIC + i;
	peer[1] = word1;
	batch->peers[batch->nr_peers++] = ~(unsigned long)peer;
	return peer;
}

/* The peer that object @index points to. */
static unsigned long peer_of(struct test_batch *batch, unsigned int index)
{
	unsigned int levels = batch->shape->levels;

	return ~batch->peers[batch->shape->peer_each ? index * levels + levels - 1 : levels - 1];
}

/*
 * test_shape_prepare() - make the peers of a batch
 *
 * Peers belong to the batch until test_shape_release(). Return: 0 or -ENOMEM; what was made stays in the batch's account.
 */
int test_shape_prepare(struct test_batch *batch)
{
	const struct test_shape *shape = batch->shape;
	unsigned int i, level, chains = shape->peer_each ? batch->count : 1;
	void *peer;

	if (!shape->levels)
		return 0;
	batch->peers = vzalloc(array3_size(chains, shape->levels, sizeof(*batch->peers)));
	if (!batch->peers)
		return -ENOMEM;
	for (i = 0; i < chains; i++) {
		peer = (void *)&slabscan_test_widget_ops;
		for (level = 0; level < shape->levels; level++) {
			peer = peer_alloc(batch, (unsigned long)peer);
			if (!peer)
				return -ENOMEM;
		}
	}
	return 0;
}

/*
 * test_shape_release() - free the peers of a batch
 */
void test_shape_release(struct test_batch *batch)
{
	unsigned int i;

	for (i = 0; i < batch->nr_peers; i++)
		kmem_cache_free(peer_cache, (void *)~batch->peers[i]);
	vfree(batch->peers);
	batch->peers = NULL;
	batch->nr_peers = 0;
}

static void fill_magic(struct test_batch *batch, void *object, unsigned int index)
{
	size_t i, words = batch->set->size / 8;
	u64 *w = object;

	for (i = 0; i < words; i++)
		w[i] = TEST_MAGIC + i;
	memset(w + words, 0, batch->set->size % 8);
}

static void fill_serial(struct test_batch *batch, void *object, unsigned int index)
{
	fill_magic(batch, object, index);
	((u64 *)object)[1] = index;
}

/* The ring goes through the whole batch; an object that is freed later leaves its neighbours dangling, as real bugs do. */
static void fill_ring(struct test_batch *batch, void *object, unsigned int index)
{
	struct list_head *link = object;

	fill_magic(batch, object, index);
	if (index && test_oracle_is_live(batch->oracle[index - 1]))
		list_add(link, test_oracle_object(batch->oracle[index - 1]));
	else
		INIT_LIST_HEAD(link);
}

static void fill_selfhead(struct test_batch *batch, void *object, unsigned int index)
{
	fill_magic(batch, object, index);
	INIT_LIST_HEAD((struct list_head *)(object + 16));
}

/* The shape of the first origin case. */
static void fill_origin(struct test_batch *batch, void *object, unsigned int index)
{
	u64 *w = object;

	fill_magic(batch, object, index);
	w[0] = peer_of(batch, index);
	w[1] = (unsigned long)LIST_POISON1;
	w[2] = (unsigned long)LIST_POISON2;
	w[3] = index % 16;
}

static void fill_word1(struct test_batch *batch, void *object, u64 value)
{
	fill_magic(batch, object, 0);
	((u64 *)object)[1] = value;
}

static void fill_chain(struct test_batch *batch, void *object, unsigned int index)
{
	fill_word1(batch, object, peer_of(batch, index));
}

static void fill_ops(struct test_batch *batch, void *object, unsigned int index)
{
	fill_word1(batch, object, (unsigned long)&slabscan_test_widget_ops);
}

static void fill_func(struct test_batch *batch, void *object, unsigned int index)
{
	fill_word1(batch, object, (unsigned long)slabscan_test_widget_poke);
}

static void fill_image(struct test_batch *batch, void *object, unsigned int index)
{
	fill_word1(batch, object, (unsigned long)&init_net);
}

static void fill_errptr(struct test_batch *batch, void *object, unsigned int index)
{
	fill_word1(batch, object, (unsigned long)ERR_PTR(-ENOMEM));
}

static void fill_percpu(struct test_batch *batch, void *object, unsigned int index)
{
	/* Two casts: newer compilers keep per-cpu pointers in an address space of their own. */
	fill_word1(batch, object, (__force unsigned long)percpu_target);
}

static void fill_vmalloc(struct test_batch *batch, void *object, unsigned int index)
{
	fill_word1(batch, object, (unsigned long)vmalloc_target + 64 * (index % 16));
}

static void fill_page(struct test_batch *batch, void *object, unsigned int index)
{
	fill_word1(batch, object, (unsigned long)vmalloc_to_page(vmalloc_target));
}

static void fill_user(struct test_batch *batch, void *object, unsigned int index)
{
	fill_word1(batch, object, 0x00007f0000001000ULL + 4096 * (u64)index);
}

static void fill_tagged(struct test_batch *batch, void *object, unsigned int index)
{
	fill_word1(batch, object, peer_of(batch, index) | 1);
}

static void fill_interior(struct test_batch *batch, void *object, unsigned int index)
{
	fill_word1(batch, object, peer_of(batch, index) + 24);
}

static void fill_poison(struct test_batch *batch, void *object, unsigned int index)
{
	fill_word1(batch, object, (unsigned long)LIST_POISON1);
	((u64 *)object)[2] = (unsigned long)LIST_POISON2;
}

static void fill_text(struct test_batch *batch, void *object, unsigned int index)
{
	memset(object, 0, batch->set->size);
	snprintf(object, batch->set->size, "quarterly-report-%06u-of-the-north-sea-office.txt", index);
}

static void fill_random(struct test_batch *batch, void *object, unsigned int index)
{
	get_random_bytes(object, batch->set->size);
}

static void fill_zero(struct test_batch *batch, void *object, unsigned int index)
{
	memset(object, 0, batch->set->size);
}

static void fill_int(struct test_batch *batch, void *object, unsigned int index)
{
	u32 *v = object;
	size_t i;

	memset(object, 0, batch->set->size);
	for (i = 0; i < batch->set->size / 4; i++)
		v[i] = (index + i) % 1000;
}

static const struct test_shape shapes[] = {
	{ "magic", 8, 0, false, fill_magic },
	{ "serial", 16, 0, false, fill_serial },
	{ "ring", 16, 0, false, fill_ring },
	{ "selfhead", 32, 0, false, fill_selfhead },
	{ "origin", 32, 1, false, fill_origin },
	{ "chain", 16, 1, false, fill_chain },
	{ "chain2", 16, 2, false, fill_chain },
	{ "chain3", 16, 3, false, fill_chain },
	{ "pair", 16, 1, true, fill_chain },
	{ "ops", 16, 0, false, fill_ops },
	{ "func", 16, 0, false, fill_func },
	{ "image", 16, 0, false, fill_image },
	{ "text", 8, 0, false, fill_text },
	{ "random", 8, 0, false, fill_random },
	{ "zero", 8, 0, false, fill_zero },
	{ "int", 8, 0, false, fill_int },
	{ "errptr", 16, 0, false, fill_errptr },
	{ "poison", 24, 0, false, fill_poison },
	{ "percpu", 16, 0, false, fill_percpu },
	{ "vmalloc", 16, 0, false, fill_vmalloc },
	{ "page", 16, 0, false, fill_page },
	{ "user", 16, 0, false, fill_user },
	{ "tagged", 16, 1, false, fill_tagged },
	{ "interior", 16, 1, false, fill_interior },
};

/*
 * test_shape_find() - a shape by its name, or NULL
 */
const struct test_shape *test_shape_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		if (!strcmp(shapes[i].name, name))
			return &shapes[i];
	return NULL;
}

/*
 * test_shape_names() - all names, for the help text
 */
void test_shape_names(char *buf, size_t len)
{
	unsigned int i;
	size_t at = 0;

	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		at += scnprintf(buf + at, len - at, " %s", shapes[i].name);
}

/*
 * test_shape_init() - make the cache and the targets that shapes point to
 */
int test_shape_init(void)
{
	/* The ctor keeps the cache from being merged with another of the same size. */
	peer_cache = kmem_cache_create("slabscan_test_peer", PEER_SIZE, 0, 0, peer_ctor);
	vmalloc_target = vzalloc(PAGE_SIZE);
	percpu_target = alloc_percpu(u64);
	if (peer_cache && vmalloc_target && percpu_target)
		return 0;
	test_shape_deinit();
	return -ENOMEM;
}

/*
 * test_shape_deinit() - undo test_shape_init(), also half of it
 */
void test_shape_deinit(void)
{
	free_percpu(percpu_target);
	vfree(vmalloc_target);
	kmem_cache_destroy(peer_cache);
}
