// SPDX-License-Identifier: GPL-2.0-only
/*
 * index.c - from profiles to range checks
 *
 * Each word of a kind becomes a range that nearly all its members so far were in: a constant, small numbers, one symbol, the direct map, or anything. To
 * find a kind, up to eight of these ranges are tested, without branches; the answers together are the number of a cell that holds the few kinds which can
 * give these answers (mostly one), and only their ranges are compared in full. The tests are chosen greedily: next is always the one that tells apart
 * the most pairs of kinds that no earlier one does.
 *
 * Ranges know neither the cache that a pointer leads to nor the object's own address. A kind is left out if another kind's members would pass for its
 * own more than once in a thousand times, as far as their profiles tell.
 */
#include "index.h"

#define CANDIDATES	1024	/* ranges that are tried as a test */
#define TOLD_APART	(10 * 16)	/* sixteenths of a bit: one in a thousand */
#define ODD		256	/* one member of so many may be out of a range */
#define ALL		(~0ULL)

void slabscan_index_init(struct slabscan_index *x, struct slabscan_box *boxes, u32 nr_words)
{
	x->boxes = boxes;
	x->nr_words = nr_words;
	slabscan_index_reset(x);
}

void slabscan_index_reset(struct slabscan_index *x)
{
	x->nr = 0;
	x->nr_tests = 0;
	x->cell[0] = 0;
	x->guess = SLABSCAN_INDEX_NONE;
	memset(x->test, 0, sizeof(x->test));
}

static void box_range(struct slabscan_box *b, const struct slabscan_range *r)
{
	b->lo = r->start;
	b->span = r->end - r->start - 1;
}

static void make_box(struct slabscan_box *b, const struct slabscan_env *env, const struct slabscan_profile *p)
{
	u64 classes = 0, linked = BIT_ULL(SLABSCAN_WORD_SLAB) | BIT_ULL(SLABSCAN_WORD_PAGE) | BIT_ULL(SLABSCAN_WORD_SELF);
	u64 small = BIT_ULL(SLABSCAN_WORD_ZERO) | BIT_ULL(SLABSCAN_WORD_INT), zero = BIT_ULL(SLABSCAN_WORD_ZERO);
	u64 text = BIT_ULL(SLABSCAN_WORD_TEXT), data = BIT_ULL(SLABSCAN_WORD_DATA);
	u32 i, odd = slabscan_profile_total(p) / ODD;

	for (i = 0; i < SLABSCAN_NR_CLASSES; i++)
		if (p->nr[i] > odd)
			classes |= BIT_ULL(i);
	b->lo = 0;
	b->span = ALL;
	if (slabscan_profile_total(p) - p->value.seen <= odd) {
		b->lo = p->value.value;
		b->span = 0;
	} else if (!(classes & ~small)) {
		b->span = (2ULL << (fls64(p->max) - 1)) - 1;
	} else if (classes == BIT_ULL(SLABSCAN_WORD_SYMBOL) || classes == BIT_ULL(SLABSCAN_WORD_POISON)) {
		if (p->max - p->min < 4096) {
			b->lo = p->min;
			b->span = p->max - p->min;
		}
	} else if (!(classes & ~linked)) {
		box_range(b, &env->direct);
	} else if (!(classes & ~(linked | zero))) {
		/* from the direct map to the top and round to zero */
		b->lo = env->direct.start;
		b->span = 0 - env->direct.start;
	} else if (classes == BIT_ULL(SLABSCAN_WORD_VMALLOC)) {
		box_range(b, &env->vmalloc);
	} else if (classes == BIT_ULL(SLABSCAN_WORD_MEMMAP)) {
		box_range(b, &env->memmap);
	} else if (classes == BIT_ULL(SLABSCAN_WORD_PERCPU)) {
		box_range(b, &env->percpu);
	} else if (!(classes & ~(text | data)) && p->max < 0xff00000000000000ULL) {
		b->lo = 1ULL << 32;
		b->span = 0xfeffffffffffffffULL - b->lo;
	} else if (!(classes & ~(text | data | small)) && p->max < 0xff00000000000000ULL) {
		b->span = 0xfeffffffffffffffULL;
	}
}

void slabscan_index_add(struct slabscan_index *x, const struct slabscan_env *env, u32 number, const struct slabscan_profile *p,
			const struct slabscan_expect *e)
{
	u32 i;

	if (x->nr == SLABSCAN_INDEX_KINDS)
		return;
	for (i = 0; i < x->nr_words; i++)
		make_box(&x->boxes[(size_t)x->nr * x->nr_words + i], env, &p[i]);
	x->profile[x->nr] = p;
	x->expect[x->nr] = e;
	x->number[x->nr] = number;
	x->nr++;
}

static bool disjoint(const struct slabscan_box *a, const struct slabscan_box *b)
{
	return b->lo - a->lo > a->span && a->lo - b->lo > b->span;
}

/* Are all values of @a in @b? */
static bool inside(const struct slabscan_box *a, const struct slabscan_box *b)
{
	u64 at = a->lo - b->lo;

	return b->span == ALL || (at <= b->span && a->span <= b->span - at);
}

/* Can members of @from pass for members of @to? */
static bool may_pass(const struct slabscan_index *x, u32 from, u32 to)
{
	s32 bits = 0;
	u32 i;

	for (i = 0; i < x->nr_words && bits < TOLD_APART; i++) {
		const struct slabscan_box *a = &x->boxes[(size_t)from * x->nr_words + i], *b = &x->boxes[(size_t)to * x->nr_words + i];
		const struct slabscan_profile *p = &x->profile[from][i], *q = &x->profile[to][i];
		u64 all = slabscan_profile_total(p), likely_in = 0;
		u32 class;

		if (disjoint(a, b))
			return false;
		if (b->span == ALL || inside(a, b))
			continue;
		/* those of the classes that are allowed there; a constant is rarely hit by chance, unless it is zero */
		for (class = 0; class < SLABSCAN_NR_CLASSES; class++)
			if (q->nr[class])
				likely_in += p->nr[class];
		if (b->span < 4096 && b->lo && !(p->value.value - b->lo <= b->span && p->value.seen * 16ULL > all))
			likely_in = likely_in / 16;
		bits += min(slabscan_log2(all * 16) - slabscan_log2(likely_in * 16 + 1), 6 * 16);
	}
	return bits < TOLD_APART;
}

static void drop_twins(struct slabscan_index *x)
{
	u32 i, j, n = 0, drop = 0;

	for (i = 0; i < x->nr; i++)
		for (j = 0; j < x->nr; j++)
			if (i != j && may_pass(x, i, j))
				drop |= BIT(j);
	for (i = 0; i < x->nr; i++) {
		if (drop & BIT(i))
			continue;
		if (n != i) {
			memcpy(x->boxes + (size_t)n * x->nr_words, x->boxes + (size_t)i * x->nr_words, x->nr_words * sizeof(*x->boxes));
			x->number[n] = x->number[i];
		}
		n++;
	}
	x->nr = n;
}

/* Kinds whose members all pass a test, and those whose members all fail it. */
static void ask(const struct slabscan_index *x, const struct slabscan_box *test, u32 word, u32 *yes, u32 *no)
{
	u32 i;

	*yes = 0;
	*no = 0;
	for (i = 0; i < x->nr; i++) {
		const struct slabscan_box *b = &x->boxes[(size_t)i * x->nr_words + word];

		if (inside(b, test))
			*yes |= BIT(i);
		else if (disjoint(b, test))
			*no |= BIT(i);
	}
}

static void choose_tests(struct slabscan_index *x)
{
	u32 open[SLABSCAN_INDEX_KINDS];	/* for each kind those that it is not told from */
	u32 step = max(1U, x->nr * x->nr_words / CANDIDATES), all = x->nr == 32 ? U32_MAX : BIT(x->nr) - 1;
	u32 i, at, yes, no, best, best_yes, best_no, won;

	for (i = 0; i < x->nr; i++)
		open[i] = all & ~BIT(i);
	while (x->nr_tests < SLABSCAN_INDEX_TESTS) {
		best = 0;
		best_yes = 0;
		best_no = 0;
		for (at = 0; at < x->nr * x->nr_words; at += step) {
			if (x->boxes[at].span == ALL)
				continue;
			ask(x, &x->boxes[at], at % x->nr_words, &yes, &no);
			for (won = 0, i = 0; i < x->nr; i++)
				if (yes & BIT(i))
					won += hweight32(no & open[i]);
			if (won > best) {
				best = won;
				best_yes = yes;
				best_no = no;
				x->test[x->nr_tests].lo = x->boxes[at].lo;
				x->test[x->nr_tests].size = x->boxes[at].span + 1;
				x->test[x->nr_tests].word = at % x->nr_words;
			}
		}
		if (!best)
			break;
		for (i = 0; i < x->nr; i++)
			open[i] &= ~((best_yes & BIT(i) ? best_no : 0) | (best_no & BIT(i) ? best_yes : 0));
		x->nr_tests++;
	}
}

void slabscan_index_build(struct slabscan_index *x)
{
	u32 yes[SLABSCAN_INDEX_TESTS], no[SLABSCAN_INDEX_TESTS];
	struct slabscan_box b;
	u32 i, code;

	drop_twins(x);
	choose_tests(x);
	for (i = 0; i < x->nr_tests; i++) {
		b.lo = x->test[i].lo;
		b.span = x->test[i].size - 1;
		ask(x, &b, x->test[i].word, &yes[i], &no[i]);
	}
	for (code = 0; code < BIT(x->nr_tests); code++) {
		x->cell[code] = x->nr == 32 ? U32_MAX : BIT(x->nr) - 1;
		for (i = 0; i < x->nr_tests; i++)
			x->cell[code] &= code & BIT(i) ? ~no[i] : ~yes[i];
	}
}

void slabscan_index_guess(struct slabscan_index *x, u32 number)
{
	u32 i;

	for (i = 0; i < x->nr; i++)
		if (x->number[i] == number)
			x->guess = i;
}

void slabscan_index_remove(struct slabscan_index *x, u32 number)
{
	u32 i, code;

	for (i = 0; i < x->nr; i++) {
		if (x->number[i] != number)
			continue;
		if (x->guess == i)
			x->guess = SLABSCAN_INDEX_NONE;
		for (code = 0; code < BIT(x->nr_tests); code++)
			x->cell[code] &= ~BIT(i);
	}
}
