/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.h - a machine of our own to search for references, and a plain search to compare with
 *
 * The machine is an array of pages at a kernel-like address; slabs lie in it, objects hold words, roots are a block besides.
 */
#ifndef SLABSCAN_MACHINE_H
#define SLABSCAN_MACHINE_H

#include "unit.h"
#include "mark.h"

#define BASE 0xffff888000000000ULL
#define PAGES 2000
#define ROOTS 512

static const u32 strides[] = { 16, 32, 96, 192, 200, 1024, 4096 };

struct machine {
	u8 *mem;
	u64 roots[ROOTS];
	struct slabscan_objset set;
	void *set_mem;
	unsigned long *marked, *pending, *excluded;
	u8 *live;
	struct slabscan_mark mark;
	u64 unreadable;
	u32 by_slab;	/* in the next pass: go through all slabs so many times */
};

/* what also threads of a test demand: cmocka's assertions end a thread's program without a word */
#define must(condition)									\
	do {										\
		if (!(condition)) {							\
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);	\
			abort();							\
		}									\
	} while (0)

static inline size_t read_machine(void *arg, u64 address, void *buf, size_t len)
{
	struct machine *x = arg;

	if (address - (unsigned long)x->roots < sizeof(x->roots)) {
		memcpy(buf, (const void *)(unsigned long)address, len);
		return len;
	}
	must(address >= BASE && address - BASE + len <= PAGES * 4096ULL);
	must(address % 8 == 0);
	if (x->unreadable && address <= x->unreadable && x->unreadable < address + len)
		len = x->unreadable - address;
	memcpy(buf, x->mem + (address - BASE), len);
	return len;
}

/* what a search of real memory hands on: words in the range of the pages, whether of slabs or not */
static inline int words_in(const void *block, u32 len, struct slabscan_objset_word *ret)
{
	u32 at, n = 0;
	u64 w;

	for (at = 0; at + 8 <= len; at += 8) {
		memcpy(&w, (const u8 *)block + at, 8);
		if (w - BASE >= PAGES * 4096ULL)
			continue;
		ret[n].value = w;
		ret[n++].at = at;
	}
	return n;
}

static inline int search_machine(void *arg, u64 address, u32 len, struct slabscan_objset_word *ret)
{
	struct machine *x = arg;

	must(address >= BASE && address - BASE + len <= PAGES * 4096ULL);
	must(address % 8 == 0);
	if (x->unreadable && address <= x->unreadable && x->unreadable < address + len)
		return -EFAULT;
	return words_in(x->mem + (address - BASE), len, ret);
}

static inline void word_write(struct machine *x, u64 address, u64 value)
{
	memcpy(x->mem + (address - BASE), &value, 8);
}

/* slabs over the whole memory, with gaps; every object zeroed and live */
static inline void machine_make(struct machine *x)
{
	size_t len = slabscan_objset_bytes(PAGES, PAGES, ARRAY_SIZE(strides));
	u32 page = 0, i, k, class, first;

	memset(x, 0, sizeof(*x));
	x->mem = calloc(PAGES, 4096);
	x->set_mem = calloc(1, len);
	assert_int_equal(slabscan_objset_init(&x->set, BASE, PAGES, PAGES, ARRAY_SIZE(strides), x->set_mem, len), 0);
	for (i = 0; i < ARRAY_SIZE(strides); i++) {
		first = i % 3 == 1 ? 16 : 0;
		assert_int_equal(slabscan_objset_add_class(&x->set, i, strides[i], first, strides[i] - (i == 4 ? 8 : 0)), i);
	}
	while (page + 8 <= PAGES) {
		k = 1 << unit_below(4);
		class = unit_below(ARRAY_SIZE(strides));
		i = (k * 4096 - x->set.classes[class].first) / strides[class];
		if (i)
			assert_int_equal(slabscan_objset_add_slab(&x->set, BASE + page * 4096ULL, k, class, i), 0);
		page += k + unit_below(3);
	}
	slabscan_objset_seal(&x->set);
	len = slabscan_objset_bitmap_bytes(x->set.nr_objects);
	x->marked = malloc(len);
	x->pending = malloc(len);
	x->excluded = calloc(1, len);
	x->live = malloc(x->set.nr_objects);
	memset(x->live, 1, x->set.nr_objects);
}

static inline void machine_drop(struct machine *x)
{
	free(x->mem);
	free(x->set_mem);
	free(x->marked);
	free(x->pending);
	free(x->excluded);
	free(x->live);
}

static inline u64 address(const struct machine *x, u32 object)
{
	return slabscan_objset_address(&x->set, object);
}

static inline u32 size_of(const struct machine *x, u32 object)
{
	return slabscan_objset_size_in(&x->set, slabscan_objset_slab_with(&x->set, object));
}

/* a pointer into the object, in one of the forms that the kernel knows */
static inline u64 pointer_to(const struct machine *x, u32 object)
{
	u64 a = address(x, object);

	switch (unit_below(4)) {
	case 0:
		return a;
	case 1:
		return a | unit_below(8);
	case 2:
		return a + unit_below(size_of(x, object));
	default:
		return a + round_down(unit_below(size_of(x, object)), 8);
	}
}

static inline u64 place_in(const struct machine *x, u32 object)
{
	return address(x, object) + 8 * unit_below(size_of(x, object) / 8);
}

static inline void start_pass(struct machine *x)
{
	DECLARE_BITMAP(free, 4096);
	u32 slab, i, live = 0, expected = 0;

	memset(x->marked, 0xff, slabscan_objset_bitmap_bytes(x->set.nr_objects));
	memset(x->pending, 0, slabscan_objset_bitmap_bytes(x->set.nr_objects));
	slabscan_mark_init(&x->mark, &x->set, x->marked, x->pending, read_machine, x);
	for (slab = 0; slab < x->set.nr_slabs; slab++) {
		const struct slabscan_objset_slab *s = &x->set.slabs[slab];

		/* rubbish behind the last bit must not matter */
		memset(free, 0xff, sizeof(free));
		for (i = 0; i < s->nr; i++) {
			expected += x->live[s->object + i];
			if (x->live[s->object + i])
				__clear_bit(i, free);
		}
		live += slabscan_mark_live(&x->mark, slab, free);
	}
	assert_int_equal(live, expected);
	for (i = 0; i < x->set.nr_objects; i++) {
		assert_int_equal(test_bit(i, x->marked), !x->live[i]);
		if (test_bit(i, x->excluded))
			slabscan_mark_exclude(&x->mark, i);
	}
}

static inline void run_pass(struct machine *x, u32 max, u32 buf_len, u64 budget, struct slabscan_marker *w)
{
	u64 *list = malloc(max * sizeof(*list));
	u64 *buf = malloc(buf_len);
	struct slabscan_objset_word words[64];
	u32 at, len, slab;

	slabscan_marker_init(w, list, max, buf, buf_len);
	for (at = 0; at < sizeof(x->roots); at += len) {
		len = min_t(u32, 8 * (1 + unit_below(64)), sizeof(x->roots) - at);
		if (x->mark.search)
			slabscan_mark_words(&x->mark, w, (unsigned long)x->roots + at, len, words, words_in((u8 *)x->roots + at, len, words));
		else
			slabscan_mark_roots(&x->mark, w, (u8 *)x->roots + at, len);
		if (!x->by_slab && unit_below(2))
			slabscan_mark_step(&x->mark, w, budget);
	}
	for (; x->by_slab; x->by_slab--)
		for (slab = 0; slab < x->set.nr_slabs; slab++)
			slabscan_mark_slab(&x->mark, w, slab);
	while (!slabscan_mark_step(&x->mark, w, budget))
		;
	free(list);
	free(buf);
}

/* the reference: a stack as large as it may get */
static inline void naive_pass(const struct machine *x, u8 *reached)
{
	u32 *stack = malloc(sizeof(*stack) * (x->set.nr_objects + 1)), n = 0, object, i;
	u64 w;

	memset(reached, 0, x->set.nr_objects);
	for (i = 0; i < ROOTS; i++) {
		object = slabscan_objset_find(&x->set, x->roots[i]);
		if (object != SLABSCAN_OBJSET_NONE && x->live[object] && !reached[object] && !test_bit(object, x->excluded)) {
			reached[object] = 1;
			stack[n++] = object;
		}
	}
	while (n) {
		u32 from = stack[--n];

		for (i = 0; i + 8 <= size_of(x, from); i += 8) {
			memcpy(&w, x->mem + (address(x, from) - BASE) + i, 8);
			object = slabscan_objset_find(&x->set, w);
			if (object == SLABSCAN_OBJSET_NONE || !x->live[object] || reached[object] || test_bit(object, x->excluded))
				continue;
			reached[object] = 1;
			stack[n++] = object;
		}
	}
	free(stack);
}

static inline void compare(const struct machine *x)
{
	u8 *reached = malloc(x->set.nr_objects);
	u32 i;

	naive_pass(x, reached);
	for (i = 0; i < x->set.nr_objects; i++)
		assert_int_equal(test_bit(i, x->marked), !x->live[i] || reached[i] || test_bit(i, x->excluded));
	assert_true(bitmap_empty(x->pending, x->set.nr_objects));
	free(reached);
}

/* sparse and dense graphs; free and excluded objects; tiny lists, buffers and budgets */
static inline void random_graph(struct machine *x)
{
	u32 links, i, nr;

	machine_make(x);
	nr = x->set.nr_objects;
	for (i = 0; i < nr; i++) {
		x->live[i] = unit_below(10) > 1;
		if (!unit_below(200))
			__set_bit(i, x->excluded);
	}
	links = unit_below(3 * nr);
	for (i = 0; i < links; i++)
		word_write(x, place_in(x, unit_below(nr)), pointer_to(x, unit_below(nr)));
	for (i = 0; i < ROOTS; i++)
		x->roots[i] = unit_below(4) ? unit_random() : pointer_to(x, unit_below(nr));
}

/* @max objects of 32 bytes and more, from anywhere, in random order */
static inline void collect(const struct machine *x, u32 *objects, u32 max)
{
	u32 i, seen = 0, k;

	for (i = 0; i < x->set.nr_objects; i++) {
		if (size_of(x, i) < 32)
			continue;
		k = seen++ < max ? seen - 1 : unit_below(seen);
		if (k < max)
			objects[k] = i;
	}
	assert_true(seen >= max);
	for (i = max; i > 1; i--) {
		k = unit_below(i);
		swap(objects[i - 1], objects[k]);
	}
}

#endif /* SLABSCAN_MACHINE_H */
