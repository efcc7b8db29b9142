// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_mark.c - reachability, against a plain search
 */
#include <pthread.h>

#include "machine.h"

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
		if (round % 8 < 5)
			x.by_slab = 1 + unit_below(5);
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
	u32 slab;

	slabscan_marker_init(&t->w, list, ARRAY_SIZE(list), buf, sizeof(buf));
	slabscan_mark_roots(&t->x->mark, &t->w, t->x->roots + t->which * (ROOTS / 4), sizeof(t->x->roots) / 4);
	/* some go through all slabs, some at once to what is left, and all meet */
	for (slab = 0; t->which >= t->x->by_slab && slab < t->x->set.nr_slabs; slab++)
		slabscan_mark_slab(&t->x->mark, &t->w, slab);
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
		x.by_slab = round % 5;
		/* where no slab is gone through, enough links that lists of three overflow in any graph */
		for (i = 0; !x.by_slab && i < x.set.nr_objects; i++)
			word_write(&x, place_in(&x, unit_below(x.set.nr_objects)), pointer_to(&x, unit_below(x.set.nr_objects)));
		start_pass(&x);
		x.mark.search = round % 3 ? search_machine : NULL;
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
	for (way = 0; way < 8; way++) {
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
		x.by_slab = way & 4 ? 1 : 0;
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
		x.by_slab = way & 4 ? 1 : 0;
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
static void claim_pass(bool by_slab)
{
	enum { TRUE_ONE, FALSE_ONE, OTHER_WORD, NO_OBJECT, LINKED, MERGED, OTHER_CLASS, OWNERS };
	u32 class = U32_MAX, owner[OWNERS], target[3000], next = 0, i, n = 0, picked = 0;
	struct slabscan_marker w;
	struct machine x;

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
		word_write(&x, address(&x, owner[i]) + 8, i == MERGED ? 0x1008 : 0x1000);
		word_write(&x, address(&x, owner[i]) + (i == OTHER_WORD ? 32 : 24), address(&x, target[i]) + 8);
		word_write(&x, address(&x, target[i]) + 24, i == TRUE_ONE ? 0x1000 : 0x2000);
	}
	word_write(&x, address(&x, owner[NO_OBJECT]) + 24, 0xffff800000001000ULL);
	word_write(&x, address(&x, owner[LINKED]) + 24, address(&x, next) + 24);
	start_pass(&x);
	x.mark.claim = (struct slabscan_mark_claim){ .class = class, .at = 24, .own = 8, .theirs = 16 };
	x.mark.search = by_slab ? search_machine : NULL;
	x.by_slab = by_slab;
	run_pass(&x, 16, 4096, 4096, &w);
	assert_true(test_bit(target[TRUE_ONE], x.marked));
	assert_false(test_bit(target[FALSE_ONE], x.marked));
	assert_true(test_bit(target[OTHER_WORD], x.marked));
	assert_true(test_bit(target[MERGED], x.marked));
	assert_false(test_bit(target[NO_OBJECT], x.marked));
	assert_true(test_bit(target[OTHER_CLASS], x.marked));
	assert_true(test_bit(next, x.marked));
	machine_drop(&x);
}

static u64 met[4];
static u32 nr_met;

static void meet(void *arg, u64 place)
{
	(void)arg;
	assert_true(nr_met < ARRAY_SIZE(met));
	met[nr_met++] = place;
}

/* places that point to what was not live when the pass began are told, wherever they are found; and such objects are not followed */
static void meets(void **state)
{
	static u32 o[10];
	static unsigned long absent[(1 << 20) / BITS_PER_LONG];
	struct slabscan_marker w;
	struct machine x;
	u64 now[2], list[4], buf[8];
	u32 way;

	(void)state;
	unit_seed("meets");
	for (way = 0; way < 3; way++) {
		machine_make(&x);
		assert_true(x.set.nr_objects < 1 << 20);
		collect(&x, o, ARRAY_SIZE(o));
		x.roots[0] = address(&x, o[0]);
		word_write(&x, address(&x, o[0]) + 8, address(&x, o[1]));
		word_write(&x, address(&x, o[0]) + 16, address(&x, o[2]));
		word_write(&x, address(&x, o[2]), address(&x, o[3]) + 8);
		word_write(&x, address(&x, o[1]), address(&x, o[4]));
		x.live[o[1]] = 0;
		x.live[o[3]] = 0;
		start_pass(&x);
		memset(absent, 0, sizeof(absent));
		__set_bit(o[1], absent);	/* not o[3]: of that nobody wants to know */
		x.mark.absent = absent;
		x.mark.meet = meet;
		x.mark.search = way ? search_machine : NULL;
		x.by_slab = way == 2;
		nr_met = 0;
		run_pass(&x, 16, 4096, 4096, &w);
		assert_int_equal(nr_met, 1);
		assert_true(met[0] == address(&x, o[0]) + 8);
		assert_true(test_bit(o[2], x.marked));
		assert_false(test_bit(o[4], x.marked));
		/* what is there by now, given as a copy */
		slabscan_marker_init(&w, list, ARRAY_SIZE(list), buf, sizeof(buf));
		now[0] = address(&x, o[4]);
		now[1] = address(&x, o[1]);
		slabscan_mark_copy(&x.mark, &w, address(&x, o[1]), now, sizeof(now));
		assert_true(test_bit(o[4], x.marked));
		assert_int_equal(nr_met, 2);
		assert_true(met[1] == address(&x, o[1]) + 8);
		machine_drop(&x);
	}
}

static void claims(void **state)
{
	(void)state;
	unit_seed("claims");
	claim_pass(false);
	claim_pass(true);
}

/* the first of @n neighbours in one slab, objects of @size bytes and @stride */
static u32 neighbours(const struct machine *x, u32 stride, u32 n)
{
	u32 i;

	for (i = 0; i < x->set.nr_slabs; i++)
		if (x->set.classes[x->set.slabs[i].class].stride == stride && x->set.slabs[i].nr >= n)
			return x->set.slabs[i].object;
	fail();
	return 0;
}

/* the last bio of a block request counts while the request is in use, and of what only looks a little like a free request */
static void requests(void **state)
{
	enum { FREE, IN_USE, OTHER_CTX, NO_QUEUE, MIDDLE_OF_QUEUE, NO_PER_CPU, UNREADABLE, IN_SLAB, NOT_KNOWN, ALL };
	const unsigned long offset[] = { 0x1000, 0x5000, 0x9000 };
	u64 rq[16];
	struct slabscan_marker w;
	struct machine x;
	u32 kind, queue, tail, i;

	(void)state;
	unit_seed("requests");
	for (kind = 0; kind < 2 * ALL; kind++) {
		machine_make(&x);
		queue = neighbours(&x, 192, 2);
		tail = x.set.nr_objects - 1;
		memset(rq, 0, sizeof(rq));
		rq[0] = address(&x, queue);
		rq[1] = 0x70 + offset[2];
		rq[2] = kind < ALL ? 5ULL << 32 : 5;	/* beside the counter */
		rq[8] = address(&x, tail);
		word_write(&x, address(&x, queue) + 24, 0x70);
		switch (kind % ALL) {
		case IN_USE:
			rq[2] = 1ULL << 32 | 1;
			break;
		case OTHER_CTX:
			rq[1] += 8;
			break;
		case NO_QUEUE:
			rq[0] = 0;
			break;
		case MIDDLE_OF_QUEUE:
			rq[0] += 8;
			word_write(&x, address(&x, queue) + 32, 0x70);
			break;
		case NO_PER_CPU:
			word_write(&x, address(&x, queue) + 24, 0);
			rq[1] = offset[2];
			break;
		case UNREADABLE:
			x.unreadable = address(&x, queue) + 24;
			break;
		case IN_SLAB:
			for (i = 0; i < ARRAY_SIZE(rq); i++)
				word_write(&x, address(&x, queue + 1) + 8 * i, rq[i]);
			memset(rq, 0, sizeof(rq));
			rq[0] = address(&x, queue + 1);
			break;
		}
		memcpy(x.roots + 32, rq, sizeof(rq));
		start_pass(&x);
		if (kind % ALL != NOT_KNOWN)
			x.mark.request = (struct slabscan_mark_request){
				.queue = 0, .ctx = 8, .ref = kind < ALL ? 16 : 20, .tail = 64, .queue_ctx = 24,
				.cpu_offset = offset, .cpus = ARRAY_SIZE(offset), .read = read_machine,
			};
		x.mark.search = search_machine;
		x.by_slab = kind / ALL;
		run_pass(&x, 16, 4096, 4096, &w);
		assert_int_equal(test_bit(tail, x.marked), kind % ALL != FREE);
		machine_drop(&x);
	}
}

/* five neighbours are read in one go: what stands between them does not count, nor the one that is free, nor a word for its neighbour's */
static void runs(void **state)
{
	const u64 poison = 0xdead000000000122ULL;
	struct slabscan_marker w;
	struct machine x;
	u32 o, i, t[6], buf_len;
	u64 words;

	(void)state;
	unit_seed("runs");
	for (buf_len = 16; buf_len <= 16384; buf_len *= 4) {
		machine_make(&x);
		/* 200 bytes apart, 192 each */
		o = neighbours(&x, 200, 6);
		assert_int_equal(size_of(&x, o), 192);
		x.live[o + 3] = 0;
		for (i = 0; i < 6; i++) {
			t[i] = x.set.nr_objects - 1 - i;
			x.roots[i] = address(&x, o + i);
			word_write(&x, address(&x, o + i) + 40, address(&x, o + i) + 40);
		}
		/* the last word of one, with poison behind it that is not its own; between two; in the free one; the first word; the last of all */
		word_write(&x, address(&x, o) + 184, address(&x, t[0]));
		word_write(&x, address(&x, o) + 192, poison);
		word_write(&x, address(&x, o + 1) + 192, address(&x, t[1]));
		word_write(&x, address(&x, o + 3) + 8, address(&x, t[2]));
		word_write(&x, address(&x, o + 4), address(&x, t[3]));
		word_write(&x, address(&x, o + 5) + 184, address(&x, t[4]));
		/* in the middle of one, before poison */
		word_write(&x, address(&x, o + 2) + 80, address(&x, t[5]));
		word_write(&x, address(&x, o + 2) + 88, poison);
		start_pass(&x);
		x.mark.search = search_machine;
		x.mark.poison = poison;
		x.by_slab = 1;
		run_pass(&x, 16, buf_len, 4096, &w);
		assert_true(test_bit(t[0], x.marked));
		assert_false(test_bit(t[1], x.marked));
		assert_false(test_bit(t[2], x.marked));
		assert_true(test_bit(t[3], x.marked));
		assert_true(test_bit(t[4], x.marked));
		assert_false(test_bit(t[5], x.marked));
		assert_int_equal(w.followed, 5 + 3);
		words = ROOTS + 5 * 192 / 8 + (size_of(&x, t[0]) + size_of(&x, t[3]) + size_of(&x, t[4])) / 8;
		assert_int_equal(w.words, words);
		machine_drop(&x);
	}
}

/* one neighbour can't be read: the others count, and it is told how much is missing */
static void unreadable_run(void **state)
{
	struct slabscan_marker w;
	struct machine x;
	u32 o, i;

	(void)state;
	unit_seed("unreadable_run");
	machine_make(&x);
	o = neighbours(&x, 96, 5);
	for (i = 0; i < 5; i++) {
		x.roots[i] = address(&x, o + i);
		word_write(&x, address(&x, o + i) + 16, address(&x, x.set.nr_objects - 1 - i));
	}
	x.unreadable = address(&x, o + 2) + 48;
	start_pass(&x);
	x.mark.search = search_machine;
	x.by_slab = 1;
	run_pass(&x, 16, 16384, 4096, &w);
	for (i = 0; i < 5; i++)
		assert_int_equal(test_bit(x.set.nr_objects - 1 - i, x.marked), i != 2);
	assert_int_equal(w.unread, 96);
	assert_int_equal(w.followed, 9);
	machine_drop(&x);
}

/* as search_machine(), and from the middle of a word on */
static int search_halves(void *arg, u64 address, u32 len, struct slabscan_objset_word *ret)
{
	struct machine *x = arg;

	must(address >= BASE && address - BASE + len <= PAGES * 4096ULL);
	must(address % 4 == 0 && len % 8 == 0);
	return words_in(x->mem + (address - BASE), len, ret);
}

#define HALVES 127	/* words at 4 mod 8 that 1,024 bytes have room for */

/* two neighbours full of pointers at 4 mod 8, an object of another class with one, and one that nothing leads to; read in pieces of all sizes */
static void packed_pass(u32 buf_len, u32 by_slab, bool both, bool any)
{
	u32 full, other, lost, i, last, class;
	unsigned long packed = 0;
	struct slabscan_marker w;
	struct machine x;

	machine_make(&x);
	full = neighbours(&x, 1024, 3);
	lost = full + 2;
	other = neighbours(&x, 96, 1);
	last = x.set.nr_objects - 1;
	x.roots[0] = address(&x, full);
	x.roots[1] = address(&x, full + 1);
	x.roots[2] = address(&x, other);
	for (i = 0; i < 2 * HALVES; i++)
		word_write(&x, address(&x, full + i / HALVES) + 4 + 8 * (i % HALVES), address(&x, last - i));
	word_write(&x, address(&x, other) + 4, address(&x, last - i));
	word_write(&x, address(&x, lost) + 4, address(&x, last - i - 1));
	start_pass(&x);
	x.mark.search = search_halves;
	class = x.set.slabs[slabscan_objset_slab_with(&x.set, full)].class;
	__set_bit(class, &packed);
	if (both)
		__set_bit(x.set.slabs[slabscan_objset_slab_with(&x.set, other)].class, &packed);
	x.mark.packed = any ? &packed : NULL;
	x.by_slab = by_slab;
	run_pass(&x, 16, buf_len, 4096, &w);
	for (i = 0; i < 2 * HALVES; i++)
		assert_int_equal(test_bit(last - i, x.marked), any);
	assert_int_equal(test_bit(last - i, x.marked), any && both);
	assert_false(test_bit(last - i - 1, x.marked));
	assert_int_equal(w.followed, 3 + (any ? i : 0) + (any && both));
	assert_int_equal(w.unread, 0);
	assert_true(bitmap_empty(x.pending, x.set.nr_objects));
	machine_drop(&x);
}

static void packed(void **state)
{
	u32 buf_len, by_slab;

	(void)state;
	unit_seed("packed");
	for (buf_len = 16; buf_len <= 4096; buf_len *= 4) {
		for (by_slab = 0; by_slab < 2; by_slab++) {
			packed_pass(buf_len, by_slab, false, false);
			packed_pass(buf_len, by_slab, false, true);
			packed_pass(buf_len, by_slab, true, true);
		}
	}
}

#define POISON 0xdead000000000122ULL
#define TEXT 0xffffffff80000000ULL

/* a pointer before a timer that is over counts, before what only looks a little like one it does not; with a copy and without */
static void timers(void **state)
{
	enum { TIMER, DATA, LINKED, RCU_HEAD, KINDS };
	const u64 after[KINDS][4] = {
		[TIMER] = { POISON, 0, 0x1000, TEXT },
		[DATA] = { POISON, 0, 0x1000, TEXT - 1 },
		[LINKED] = { POISON, 1, 0x1000, TEXT },
		[RCU_HEAD] = { POISON, 0, TEXT, 0x1000 },
	};
	struct slabscan_marker w;
	struct machine x;
	u32 round, kind, i, o, link;
	bool known;

	(void)state;
	unit_seed("timers");
	for (round = 0; round < 12; round++) {
		known = round % 2;
		/* the last word of the function is the last one of the object, or not */
		link = round / 2 % 2 ? 192 - 40 : 64;
		machine_make(&x);
		o = neighbours(&x, 192, KINDS);
		for (kind = 0; kind < KINDS; kind++) {
			x.roots[kind] = address(&x, o + kind);
			word_write(&x, address(&x, o + kind) + link, address(&x, x.set.nr_objects - 1 - kind));
			for (i = 0; i < ARRAY_SIZE(after[kind]); i++)
				word_write(&x, address(&x, o + kind) + link + 8 + 8 * i, after[kind][i]);
		}
		start_pass(&x);
		x.mark.poison = POISON;
		if (known)
			x.mark.text = TEXT;
		x.mark.search = round < 8 ? search_machine : NULL;
		x.by_slab = round < 4;
		run_pass(&x, 16, 4096, 4096, &w);
		for (kind = 0; kind < KINDS; kind++)
			assert_int_equal(test_bit(x.set.nr_objects - 1 - kind, x.marked), known && kind == TIMER);
		assert_int_equal(w.followed, KINDS + known);
		machine_drop(&x);
	}
}

/* A timer that the memory ends in is none, but where it ends with a page. What is behind the end does not count. */
static void timers_cut(void **state)
{
	const u64 end[] = { BASE + 4096 - 8, BASE + 4096 }, words[] = { BASE, POISON, 0, 0x1000, TEXT };
	struct machine x;
	u32 i, k, cut, known;
	bool deleted;

	(void)state;
	unit_seed("timers_cut");
	machine_make(&x);
	for (i = 0; i < ARRAY_SIZE(end); i++) {
		for (cut = 8; cut <= 48; cut += 8) {
			memset(x.mem, 0, 2 * 4096);
			for (k = 0; k < ARRAY_SIZE(words); k++)
				word_write(&x, end[i] - cut + 8 * k, words[k]);
			for (known = 0; known < 2; known++) {
				start_pass(&x);
				x.mark.poison = POISON;
				if (known)
					x.mark.text = TEXT;
				deleted = cut >= 16 && (!known || cut < 40);
				assert_int_equal(slabscan_mark_is_stale(&x.mark, x.mem + (end[i] - 256 - BASE), 256, 256 - cut), deleted);
				assert_int_equal(slabscan_mark_was_deleted(&x.mark, end[i] - 256, 256, 256 - cut),
						 deleted && !(known && end[i] % 4096 == 0));
			}
		}
	}
	machine_drop(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(graphs), cmocka_unit_test(workers), cmocka_unit_test(shapes), cmocka_unit_test(deleted), cmocka_unit_test(budget),
		cmocka_unit_test(unreadable), cmocka_unit_test(claims), cmocka_unit_test(meets), cmocka_unit_test(requests), cmocka_unit_test(runs), cmocka_unit_test(unreadable_run),
		cmocka_unit_test(packed), cmocka_unit_test(timers), cmocka_unit_test(timers_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
