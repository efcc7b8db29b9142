// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_mark.c - reachability and the two-pass verdict, on a machine of our own, against a plain search
 *
 * The machine is an array of pages at a kernel-like address; slabs lie in it, objects hold words, roots are a block besides.
 */
#include <pthread.h>

#include "unit.h"
#include "mark.h"
#include "suspect.h"

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
};

static size_t read_machine(void *arg, u64 address, void *buf, size_t len)
{
	struct machine *x = arg;

	if (address - (unsigned long)x->roots < sizeof(x->roots)) {
		memcpy(buf, (const void *)(unsigned long)address, len);
		return len;
	}
	assert_true(address >= BASE && address - BASE + len <= PAGES * 4096ULL);
	assert_int_equal(address % 8, 0);
	if (x->unreadable && address <= x->unreadable && x->unreadable < address + len)
		len = x->unreadable - address;
	memcpy(buf, x->mem + (address - BASE), len);
	return len;
}

/* what a search of real memory hands on: words in the range of the pages, whether of slabs or not */
static int words_in(const void *block, u32 len, struct slabscan_objset_word *ret)
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

static int search_machine(void *arg, u64 address, u32 len, struct slabscan_objset_word *ret)
{
	struct machine *x = arg;

	assert_true(address >= BASE && address - BASE + len <= PAGES * 4096ULL);
	assert_int_equal(address % 8, 0);
	if (x->unreadable && address <= x->unreadable && x->unreadable < address + len)
		return -EFAULT;
	return words_in(x->mem + (address - BASE), len, ret);
}

static void word_write(struct machine *x, u64 address, u64 value)
{
	memcpy(x->mem + (address - BASE), &value, 8);
}

/* slabs over the whole memory, with gaps; every object zeroed and live */
static void machine_make(struct machine *x)
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

static void machine_drop(struct machine *x)
{
	free(x->mem);
	free(x->set_mem);
	free(x->marked);
	free(x->pending);
	free(x->excluded);
	free(x->live);
}

static u64 address(const struct machine *x, u32 object)
{
	return slabscan_objset_address(&x->set, object);
}

static u32 size_of(const struct machine *x, u32 object)
{
	return slabscan_objset_size_in(&x->set, slabscan_objset_slab_with(&x->set, object));
}

/* a pointer into the object, in one of the forms that the kernel knows */
static u64 pointer_to(const struct machine *x, u32 object)
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

static u64 place_in(const struct machine *x, u32 object)
{
	return address(x, object) + 8 * unit_below(size_of(x, object) / 8);
}

static void start_pass(struct machine *x)
{
	DECLARE_BITMAP(free, 4096);
	u32 slab, i, live = 0, expected = 0;

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

static void run_pass(struct machine *x, u32 max, u32 buf_len, u64 budget, struct slabscan_marker *w)
{
	u64 *list = malloc(max * sizeof(*list));
	u64 *buf = malloc(buf_len);
	struct slabscan_objset_word words[64];
	u32 at, len;

	slabscan_marker_init(w, list, max, buf, buf_len);
	for (at = 0; at < sizeof(x->roots); at += len) {
		len = min_t(u32, 8 * (1 + unit_below(64)), sizeof(x->roots) - at);
		if (x->mark.search)
			slabscan_mark_words(&x->mark, w, (unsigned long)x->roots + at, len, words, words_in((u8 *)x->roots + at, len, words));
		else
			slabscan_mark_roots(&x->mark, w, (u8 *)x->roots + at, len);
		if (unit_below(2))
			slabscan_mark_step(&x->mark, w, budget);
	}
	while (!slabscan_mark_step(&x->mark, w, budget))
		;
	free(list);
	free(buf);
}

/* the reference: a stack as large as it may get */
static void naive_pass(const struct machine *x, u8 *reached)
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

static void compare(const struct machine *x)
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
static void random_graph(struct machine *x)
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

static void graphs(void **state)
{
	struct slabscan_marker w;
	struct machine x;
	u32 round, i, reached;

	(void)state;
	unit_seed("graphs");
	for (round = 0; round < 40; round++) {
		random_graph(&x);
		start_pass(&x);
		if (round % 4 < 2)
			x.mark.search = search_machine;
		run_pass(&x, 1 + unit_below(round % 2 ? 5 : 5000), 8 * (2 + unit_below(600)), 1 + unit_below(100000), &w);
		compare(&x);
		for (reached = 0, i = 0; i < x.set.nr_objects; i++)
			reached += x.live[i] && !test_bit(i, x.excluded) && test_bit(i, x.marked);
		assert_int_equal(w.reached, reached);
		assert_int_equal(w.followed, reached);
		assert_int_equal(w.unread, 0);
		machine_drop(&x);
	}
}

struct thread {
	pthread_t id;
	struct machine *x;
	u32 which;
	struct slabscan_marker w;
};

static void *worker(void *arg)
{
	struct thread *t = arg;
	u64 list[3];
	u64 buf[64];

	slabscan_marker_init(&t->w, list, ARRAY_SIZE(list), buf, sizeof(buf));
	slabscan_mark_roots(&t->x->mark, &t->w, t->x->roots + t->which * (ROOTS / 4), sizeof(t->x->roots) / 4);
	while (!slabscan_mark_step(&t->x->mark, &t->w, 1000))
		;
	return NULL;
}

/* four workers with lists that overflow all the time: each object followed once, none forgotten */
static void workers(void **state)
{
	struct thread t[4];
	struct machine x;
	u32 round, i, reached;
	u64 followed, overflows = 0;

	(void)state;
	unit_seed("workers");
	for (round = 0; round < 15; round++) {
		random_graph(&x);
		start_pass(&x);
		for (i = 0; i < 4; i++) {
			t[i].x = &x;
			t[i].which = i;
			assert_int_equal(pthread_create(&t[i].id, NULL, worker, &t[i]), 0);
		}
		followed = 0;
		for (i = 0; i < 4; i++) {
			pthread_join(t[i].id, NULL);
			followed += t[i].w.followed;
			overflows += t[i].w.overflows;
		}
		compare(&x);
		for (reached = 0, i = 0; i < x.set.nr_objects; i++)
			reached += x.live[i] && !test_bit(i, x.excluded) && test_bit(i, x.marked);
		assert_int_equal(followed, reached);
		machine_drop(&x);
	}
	assert_true(overflows > 1000);
}

/* a node that was deleted with its way on left to readers holds nothing, one whose way back is not poisoned does; with a copy and without */
static void deleted(void **state)
{
	const u64 poison = 0xdead000000000122ULL;
	u32 way, link, from, to;
	struct slabscan_marker w;
	struct machine x;

	(void)state;
	unit_seed("deleted");
	for (way = 0; way < 4; way++) {
		machine_make(&x);
		for (from = 0; size_of(&x, from) < 96; from++)
			;
		to = x.set.nr_objects - 1;
		link = size_of(&x, from) - 16;
		x.roots[3] = address(&x, from);
		word_write(&x, address(&x, from) + link, address(&x, to));
		word_write(&x, address(&x, from) + link + 8, way & 1 ? poison : poison + 8);
		start_pass(&x);
		x.mark.poison = poison;
		x.mark.search = way & 2 ? search_machine : NULL;
		run_pass(&x, 16, 4096, 4096, &w);
		assert_true(test_bit(from, x.marked));
		assert_int_equal(test_bit(to, x.marked), !(way & 1));
		/* the last word has none behind it */
		word_write(&x, address(&x, from) + link + 8, address(&x, to));
		word_write(&x, address(&x, from) + link, 0);
		word_write(&x, address(&x, from) + link + 16, poison);
		start_pass(&x);
		x.mark.poison = poison;
		x.mark.search = way & 2 ? search_machine : NULL;
		run_pass(&x, 16, 4096, 4096, &w);
		assert_true(test_bit(to, x.marked));
		machine_drop(&x);
	}
}

/* objects of one class in random order, as one list through an offset; @kept: the head is a root */
static u32 plant_list(struct machine *x, const u32 *objects, u32 n, bool doubly)
{
	u32 i, at = doubly ? 8 : 0;

	for (i = 0; i < n; i++) {
		word_write(x, address(x, objects[i]) + at, address(x, objects[(i + 1) % n]) + at);
		if (doubly)
			word_write(x, address(x, objects[i]) + 16, address(x, objects[(i + n - 1) % n]) + at);
	}
	return objects[0];
}

/* @max objects of 32 bytes and more, from anywhere, in random order */
static void collect(const struct machine *x, u32 *objects, u32 max)
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

/* the cases that the design names: orphans, lost lists and cycles, kept ones by a middle pointer, through free and excluded objects */
static void shapes(void **state)
{
	static u32 o[8000];
	struct slabscan_marker w;
	struct machine x;
	u32 i;

	(void)state;
	unit_seed("shapes");
	machine_make(&x);
	collect(&x, o, ARRAY_SIZE(o));
	/* 0..999 orphans; 1000..1999 a lost ring; 2000..2999 a ring held by its middle; 3000..3999 a long kept chain, in any order */
	plant_list(&x, o + 1000, 1000, true);
	plant_list(&x, o + 2000, 1000, true);
	x.roots[7] = address(&x, o[2500]) + 8;
	plant_list(&x, o + 3000, 1000, false);
	x.roots[100] = address(&x, o[3000]) | 2;
	/* 4000 points to itself; 4001 is held by a free object, 4002 by an excluded one */
	word_write(&x, address(&x, o[4000]), address(&x, o[4000]));
	x.live[o[5000]] = 0;
	x.roots[200] = address(&x, o[5000]);
	word_write(&x, address(&x, o[5000]), address(&x, o[4001]));
	__set_bit(o[5001], x.excluded);
	x.roots[201] = address(&x, o[5001]);
	word_write(&x, address(&x, o[5001]), address(&x, o[4002]));
	/* 4003 is held by a word that is not aligned, 4004 by an address that is one byte before it: neither counts */
	x.roots[202] = address(&x, o[4003]) << 32;
	x.roots[203] = address(&x, o[4003]) >> 32;
	start_pass(&x);
	run_pass(&x, 16, 64, 4096, &w);
	compare(&x);
	for (i = 0; i < 2000; i++)
		assert_false(test_bit(o[i], x.marked));
	for (i = 2000; i < 4000; i++)
		assert_true(test_bit(o[i], x.marked));
	for (i = 4000; i < 4004; i++)
		assert_false(test_bit(o[i], x.marked));
	assert_true(test_bit(o[5000], x.marked));
	assert_true(test_bit(o[5001], x.marked));
	assert_int_equal(w.followed, 2000);
	assert_int_equal(w.words, ROOTS + ({
		u64 words = 0;

		for (i = 2000; i < 4000; i++)
			words += size_of(&x, o[i]) / 8;
		words;
	}));
	machine_drop(&x);
}

/* a chain against the order of addresses overflows a list of one for ever: sweeps must still come to an end, and steps keep to their budget */
static void budget(void **state)
{
	static u32 o[3000];
	struct slabscan_marker w;
	struct machine x;
	u64 list[1], i, steps = 0;
	u64 buf[8], before;

	(void)state;
	unit_seed("budget");
	machine_make(&x);
	collect(&x, o, ARRAY_SIZE(o));
	/* a tree: each has two children */
	for (i = 0; 2 * i + 2 < ARRAY_SIZE(o); i++) {
		word_write(&x, address(&x, o[i]), address(&x, o[2 * i + 1]));
		word_write(&x, address(&x, o[i]) + 8, address(&x, o[2 * i + 2]));
	}
	x.roots[0] = address(&x, o[0]);
	start_pass(&x);
	slabscan_marker_init(&w, list, 1, buf, sizeof(buf));
	slabscan_mark_roots(&x.mark, &w, x.roots, sizeof(x.roots));
	assert_int_equal(w.reached, 1);
	assert_int_equal(w.followed, 0);
	assert_false(slabscan_mark_step(&x.mark, &w, 0));
	assert_int_equal(w.followed, 0);
	do {
		before = w.followed;
		i = slabscan_mark_step(&x.mark, &w, 1024);
		/* 64 a piece and more */
		assert_true(w.followed - before <= 1024 / 64 + 1);
		assert_true(++steps < 1000000);
	} while (!i);
	assert_int_equal(w.followed, 2 * ((ARRAY_SIZE(o) - 1) / 2) + 1);
	assert_true(w.overflows > 100);
	assert_true(slabscan_mark_step(&x.mark, &w, 1024));
	machine_drop(&x);
}

static void unreadable(void **state)
{
	static u32 o[10];
	struct slabscan_marker w;
	struct machine x;

	(void)state;
	unit_seed("unreadable");
	machine_make(&x);
	collect(&x, o, ARRAY_SIZE(o));
	word_write(&x, address(&x, o[0]), address(&x, o[1]));
	word_write(&x, address(&x, o[0]) + 16, address(&x, o[2]));
	x.roots[0] = address(&x, o[0]);
	x.unreadable = address(&x, o[0]) + 8;
	start_pass(&x);
	run_pass(&x, 16, 4096, 4096, &w);
	assert_true(test_bit(o[1], x.marked));
	assert_false(test_bit(o[2], x.marked));
	assert_int_equal(w.unread, min_t(u32, round_down(size_of(&x, o[0]), 8), 4096) - 8);
	machine_drop(&x);
}

/* a word counts only if what it points to knows of its owner: five objects of one class with such a word, one of another */
static void claims(void **state)
{
	enum { TRUE_ONE, FALSE_ONE, OTHER_WORD, NO_OBJECT, LINKED, OTHER_CLASS, OWNERS };
	u32 class = U32_MAX, owner[OWNERS], target[3000], next = 0, i, n = 0, picked = 0;
	struct slabscan_marker w;
	struct machine x;

	(void)state;
	unit_seed("claims");
	machine_make(&x);
	for (i = 0; i < ARRAY_SIZE(strides); i++)
		if (x.set.classes[i].size >= 64)
			class = i;
	assert_true(class != U32_MAX);
	for (i = 0; i < x.set.nr_objects; i++) {
		u32 c = x.set.slabs[slabscan_objset_slab_with(&x.set, i)].class;

		if (c == class && picked < OTHER_CLASS)
			owner[picked++] = i;
		else if (c == class)
			next = i;
		else if (n < ARRAY_SIZE(target) && size_of(&x, i) >= 64)
			target[n++] = i;
	}
	assert_true(picked == OTHER_CLASS && n > OWNERS && next);
	owner[OTHER_CLASS] = target[--n];
	for (i = 0; i < OWNERS; i++) {
		x.roots[i] = address(&x, owner[i]);
		word_write(&x, address(&x, owner[i]) + 8, 0x1000 + i);
		word_write(&x, address(&x, owner[i]) + (i == OTHER_WORD ? 32 : 24), address(&x, target[i]) + 8);
		word_write(&x, address(&x, target[i]) + 24, i == TRUE_ONE ? 0x1000 : 0x2000);
	}
	word_write(&x, address(&x, owner[NO_OBJECT]) + 24, 0xffff800000001000ULL);
	word_write(&x, address(&x, owner[LINKED]) + 24, address(&x, next) + 24);
	start_pass(&x);
	x.mark.claim = (struct slabscan_mark_claim){ .class = class, .at = 24, .own = 8, .theirs = 16 };
	run_pass(&x, 16, 4096, 4096, &w);
	assert_true(test_bit(target[TRUE_ONE], x.marked));
	assert_false(test_bit(target[FALSE_ONE], x.marked));
	assert_true(test_bit(target[OTHER_WORD], x.marked));
	assert_false(test_bit(target[NO_OBJECT], x.marked));
	assert_true(test_bit(target[OTHER_CLASS], x.marked));
	assert_true(test_bit(next, x.marked));
	machine_drop(&x);
}

/* put objects into o[5] and o[6] whose slabs hold neither each other nor any of those before */
static void pick_strangers(const struct machine *x, u32 *o, u32 n)
{
	u32 i, k, from = 7;

	for (i = 5; i < 7; i++) {
		for (k = 0; k < i; k++) {
			if (slabscan_objset_slab_with(&x->set, o[i]) != slabscan_objset_slab_with(&x->set, o[k]))
				continue;
			assert_true(from < n);
			swap(o[i], o[from]);
			from++;
			/* from the start again; the loop adds 1 */
			k = (u32)-1;
		}
	}
}

static u32 content_hash(struct machine *x, u32 object)
{
	return slabscan_suspect_hash(x->mem + (address(x, object) - BASE), size_of(x, object));
}

/* the second pass sees other slabs than the first, so numbers differ: only addresses and caches tie them together */
static void two_passes(void **state)
{
	static u32 o[600];
	struct slabscan_suspect s;
	struct slabscan_marker w;
	struct slabscan_objset later;
	struct machine x;
	unsigned long *first;
	u32 *slots, object = 0, slab = 0, candidates, n, i, verdicts[3] = { 0 };
	size_t len;
	void *later_mem;

	(void)state;
	unit_seed("two_passes");
	machine_make(&x);
	collect(&x, o, ARRAY_SIZE(o));
	pick_strangers(&x, o, ARRAY_SIZE(o));
	memset(x.live, 0, x.set.nr_objects);
	for (i = 0; i < ARRAY_SIZE(o); i++) {
		x.live[o[i]] = 1;
		word_write(&x, address(&x, o[i]) + 24, unit_random() >> 20);
	}
	x.roots[0] = address(&x, o[0]);
	word_write(&x, address(&x, o[0]), address(&x, o[1]));
	start_pass(&x);
	run_pass(&x, 16, 4096, 4096, &w);
	first = x.marked;
	slots = malloc(4096 * sizeof(*slots));
	candidates = slabscan_suspect_init(&s, &x.set, first, slots, 4096);
	assert_int_equal(candidates, ARRAY_SIZE(o) - 2);
	for (n = 0; slabscan_suspect_next(&s, &object, &slab); object++, n++) {
		assert_true(x.live[object]);
		assert_int_equal(slabscan_objset_slab_with(&x.set, object), slab);
		slabscan_suspect_note(&s, object, content_hash(&x, object));
	}
	assert_int_equal(n, candidates);
	slabscan_suspect_drop(&s, o[599]);

	/* meanwhile: one is linked, one freed, one changes, one's slab vanishes, one's slab goes to another cache */
	word_write(&x, address(&x, o[1]), address(&x, o[2]));
	x.live[o[3]] = 0;
	word_write(&x, address(&x, o[4]), 99);
	len = slabscan_objset_bytes(PAGES, PAGES, ARRAY_SIZE(strides) + 1);
	later_mem = calloc(1, len);
	assert_int_equal(slabscan_objset_init(&later, BASE, PAGES, PAGES, ARRAY_SIZE(strides) + 1, later_mem, len), 0);
	assert_int_equal(slabscan_objset_add_class(&later, 77, 32, 0, 32), 0);
	for (i = 0; i < ARRAY_SIZE(strides); i++)
		assert_int_equal(slabscan_objset_add_class(&later, i, strides[i], x.set.classes[i].first, x.set.classes[i].size), i + 1);
	for (i = 0; i < x.set.nr_slabs; i++) {
		const struct slabscan_objset_slab *sl = &x.set.slabs[i];
		u32 pages = (i + 1 < x.set.nr_slabs ? sl[1].page : PAGES) - sl->page;
		bool gone = i == slabscan_objset_slab_with(&x.set, o[5]), other = i == slabscan_objset_slab_with(&x.set, o[6]);

		pages = min(pages, 8U);
		if (!gone)
			assert_int_equal(slabscan_objset_add_slab(&later, BASE + sl->page * 4096ULL, pages, other ? 0 : sl->class + 1,
								  other ? 1 + o[6] % 2 + 50 : sl->nr), 0);
	}
	slabscan_objset_seal(&later);
	x.marked = malloc(slabscan_objset_bitmap_bytes(later.nr_objects));
	free(x.pending);
	x.pending = malloc(slabscan_objset_bitmap_bytes(later.nr_objects));
	slabscan_mark_init(&x.mark, &later, x.marked, x.pending, read_machine, &x);
	for (i = 0; i < ARRAY_SIZE(o); i++) {
		u32 now = slabscan_objset_find(&later, address(&x, o[i]));

		if (now != SLABSCAN_OBJSET_NONE && x.live[o[i]])
			__clear_bit(now, x.marked);
	}
	run_pass(&x, 16, 4096, 4096, &w);
	for (object = 0, slab = 0; slabscan_suspect_next(&s, &object, &slab); object++)
		slabscan_suspect_recheck(&s, object, content_hash(&x, object));
	for (object = 0, slab = 0; slabscan_suspect_next(&s, &object, &slab); object++) {
		enum slabscan_suspect_verdict v = slabscan_suspect_verdict(&s, object, slab, &later, x.marked);
		u32 in5 = slabscan_objset_slab_with(&x.set, o[5]), in6 = slabscan_objset_slab_with(&x.set, o[6]);

		verdicts[v]++;
		if (object == o[2] || object == o[3] || slab == in5 || slab == in6)
			assert_int_equal(v, SLABSCAN_SUSPECT_CLEARED);
		else if (object % 4096 == o[4] % 4096 || object % 4096 == o[2] % 4096)
			assert_in_range(v, SLABSCAN_SUSPECT_UNREFERENCED, SLABSCAN_SUSPECT_CHANGED);
		else if (object % 4096 != o[599] % 4096)
			assert_int_equal(v, SLABSCAN_SUSPECT_UNREFERENCED);
		if (object == o[4] && slab != in5 && slab != in6)
			assert_int_equal(v, SLABSCAN_SUSPECT_CHANGED);
	}
	assert_true(verdicts[SLABSCAN_SUSPECT_UNREFERENCED] > 300);
	assert_true(verdicts[SLABSCAN_SUSPECT_CLEARED] >= 2);
	free(first);
	free(slots);
	free(later_mem);
	machine_drop(&x);
}

/* the same address in the second set, but another cache, or another object's middle: freed, whatever else is there now */
static void moved_in(void **state)
{
	static const struct { u64 tag; u32 stride, first; enum slabscan_suspect_verdict verdict; } cases[] = {
		{ 1, 64, 0, SLABSCAN_SUSPECT_UNREFERENCED }, { 2, 64, 0, SLABSCAN_SUSPECT_CLEARED }, { 1, 96, 0, SLABSCAN_SUSPECT_CLEARED },
		{ 1, 64, 8, SLABSCAN_SUSPECT_CLEARED }, { 1, 64, 128, SLABSCAN_SUSPECT_CLEARED },
	};
	u64 mem[2][64];
	unsigned long candidates[1] = { ~0UL }, marked[1] = { 0 };
	struct slabscan_objset set[2];
	struct slabscan_suspect s;
	u32 i, slots[3];

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memset(mem, 0, sizeof(mem));
		assert_int_equal(slabscan_objset_init(&set[0], BASE, 4, 1, 1, mem[0], sizeof(mem[0])), 0);
		assert_int_equal(slabscan_objset_init(&set[1], BASE, 4, 1, 1, mem[1], sizeof(mem[1])), 0);
		slabscan_objset_add_class(&set[0], 1, 64, 0, 64);
		slabscan_objset_add_class(&set[1], cases[i].tag, cases[i].stride, cases[i].first, 64);
		assert_int_equal(slabscan_objset_add_slab(&set[0], BASE + 4096, 1, 0, 4), 0);
		assert_int_equal(slabscan_objset_add_slab(&set[1], BASE + 4096, 1, 0, 30), 0);
		assert_int_equal(slabscan_objset_add_slab(&set[1], BASE + 8192, 1, 0, 30), -ENOSPC);
		slabscan_objset_seal(&set[0]);
		slabscan_objset_seal(&set[1]);
		/* of the one long only the four objects' bits may be clear */
		candidates[0] = ~0xfUL;
		assert_int_equal(slabscan_suspect_init(&s, &set[0], candidates, slots, ARRAY_SIZE(slots)), 4);
		slabscan_suspect_note(&s, 1, 5);
		slabscan_suspect_recheck(&s, 1, 5);
		assert_int_equal(slabscan_suspect_verdict(&s, 1, 0, &set[1], marked), cases[i].verdict);
		/* one in the same slot that changed makes it undecided */
		slabscan_suspect_note(&s, 4, 1);
		if (cases[i].verdict == SLABSCAN_SUSPECT_UNREFERENCED)
			assert_int_equal(slabscan_suspect_verdict(&s, 1, 0, &set[1], marked), SLABSCAN_SUSPECT_CHANGED);
	}
}

static void hashes(void **state)
{
	u8 a[64] = { 0 }, b[64];
	u32 i;

	(void)state;
	/* every byte and the length matter */
	for (i = 0; i < sizeof(a); i++) {
		memcpy(b, a, sizeof(b));
		b[i] = 1;
		assert_int_not_equal(slabscan_suspect_hash(a, 64), slabscan_suspect_hash(b, 64));
		assert_int_not_equal(slabscan_suspect_hash(a, i), slabscan_suspect_hash(a, i + 1));
	}
	memset(a, 7, 8);
	memset(b, 0, sizeof(b));
	memset(b + 8, 7, 8);
	assert_int_not_equal(slabscan_suspect_hash(a, 64), slabscan_suspect_hash(b, 64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(graphs), cmocka_unit_test(workers), cmocka_unit_test(shapes),
		cmocka_unit_test(deleted), cmocka_unit_test(budget),
		cmocka_unit_test(unreadable), cmocka_unit_test(claims), cmocka_unit_test(two_passes), cmocka_unit_test(moved_in), cmocka_unit_test(hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
