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

void slabscan_index_init(struct slabscan_index *x, union slabscan_gate *gates, u32 nr_words)
{
	x->gates = gates;
	x->nr_words = nr_words;
	x->nr_gates = slabscan_index_gates(nr_words);
	slabscan_index_reset(x);
}

void slabscan_index_reset(struct slabscan_index *x)
{
	x->nr = 0;
	x->nr_tests = 0;
	x->nr_probes = 0;
	x->cell[0] = 0;
	x->guess = SLABSCAN_INDEX_STRANGE;
	x->version++;
}

/* While it is built. */
static struct slabscan_box *box_of(const struct slabscan_index *x, u32 kind, u32 word)
{
	return &x->gates[(size_t)kind * x->nr_gates + word / SLABSCAN_INDEX_LANES].box[word % SLABSCAN_INDEX_LANES];
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
		/* not those of the first chunk where they lie elsewhere */
		if (p->min >= env->percpu.start && p->max < env->percpu.end)
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
		make_box(box_of(x, x->nr, i), env, &p[i]);
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
		const struct slabscan_box *a = box_of(x, from, i), *b = box_of(x, to, i);
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
			memcpy(x->gates + (size_t)n * x->nr_gates, x->gates + (size_t)i * x->nr_gates, x->nr_gates * sizeof(*x->gates));
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
		const struct slabscan_box *b = box_of(x, i, word);

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
			const struct slabscan_box *b = box_of(x, at / x->nr_words, at % x->nr_words);

			if (b->span == ALL)
				continue;
			ask(x, b, at % x->nr_words, &yes, &no);
			for (won = 0, i = 0; i < x->nr; i++)
				if (yes & BIT(i))
					won += hweight32(no & open[i]);
			if (won > best) {
				best = won;
				best_yes = yes;
				best_no = no;
				x->test[x->nr_tests].lo = b->lo;
				x->test[x->nr_tests].size = b->span + 1;
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

static void set_lane(struct slabscan_lanes *l, u32 lane, u64 lo, u64 span)
{
	l->lo[lane] = lo + BIT_ULL(63);
	l->span[lane] = (s64)(span - BIT_ULL(63));
}

/* Packs the tests: those of words that stand together share a probe. */
static void make_probes(struct slabscan_index *x)
{
	u32 t, p, word, lane;

	for (t = 0; t < x->nr_tests && x->nr_words >= SLABSCAN_INDEX_LANES; t++) {
		word = slabscan_index_word(x->test[t].word / SLABSCAN_INDEX_LANES, x->nr_words);
		lane = x->test[t].word - word;
		for (p = 0; p < x->nr_probes; p++)
			if (x->probe[p].word == word && !x->probe[p].bit[lane])
				break;
		if (p == x->nr_probes) {
			memset(&x->probe[p], 0, sizeof(x->probe[p]));
			x->probe[p].word = word;
			x->nr_probes++;
		}
		set_lane(&x->probe[p].lanes, lane, x->test[t].lo, x->test[t].size - 1);
		x->probe[p].bit[lane] = BIT_ULL(t);
	}
}

/* Turns the boxes of a kind into lanes, in place. */
static void make_lanes(struct slabscan_index *x, u32 kind)
{
	struct slabscan_box box[SLABSCAN_INDEX_LANES];
	u32 gate = x->nr_gates, i, first;

	while (gate--) {
		/* the last gate, which is made first, may begin in the one before */
		first = x->nr_words < SLABSCAN_INDEX_LANES ? 0 : slabscan_index_word(gate, x->nr_words);
		for (i = 0; i < SLABSCAN_INDEX_LANES && first + i < x->nr_words; i++)
			box[i] = *box_of(x, kind, first + i);
		while (i--)
			set_lane(&x->gates[(size_t)kind * x->nr_gates + gate].lanes, i, box[i].lo, box[i].span);
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
	for (i = 0; i < x->nr; i++)
		make_lanes(x, i);
	make_probes(x);
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
			x->guess = SLABSCAN_INDEX_STRANGE;
		x->version++;
		for (code = 0; code < BIT(x->nr_tests); code++)
			x->cell[code] &= ~BIT(i);
	}
}

static __always_inline u32 out_of_lane(const struct slabscan_lanes *l, u32 lane, u64 value)
{
	return (s64)(value - l->lo[lane]) > l->span[lane];
}

static __always_inline bool fits(const struct slabscan_index *x, u32 kind, const u64 *object, u32 nr_words)
{
	const union slabscan_gate *g = x->gates + (size_t)kind * x->nr_gates;
	u32 i, bad = 0;

	if (nr_words < SLABSCAN_INDEX_LANES) {
		for (i = 0; i < nr_words; i++)
			bad |= out_of_lane(&g->lanes, i, object[i]);
		return !bad;
	}
	for (i = 0; i < slabscan_index_gates(nr_words); i++, g++) {
		const u64 *o = object + slabscan_index_word(i, nr_words);

		bad = out_of_lane(&g->lanes, 0, o[0]) | out_of_lane(&g->lanes, 1, o[1]);
		bad |= out_of_lane(&g->lanes, 2, o[2]) | out_of_lane(&g->lanes, 3, o[3]);
		if (bad)
			return false;
	}
	return true;
}

static __always_inline u8 find(const struct slabscan_index *x, const u64 *object, u32 nr_words)
{
	u32 i, code = 0, kinds;

	/* where one kind is in the majority its branch is well predicted, and the rest is spared */
	if (x->guess != SLABSCAN_INDEX_STRANGE && fits(x, x->guess, object, nr_words))
		return x->guess;
	for (i = 0; i < x->nr_tests; i++)
		code |= (u32)(object[x->test[i].word] - x->test[i].lo < x->test[i].size) << i;
	for (kinds = x->cell[code]; kinds; kinds &= kinds - 1) {
		i = __ffs(kinds);
		if (likely(fits(x, i, object, nr_words)))
			return i;
	}
	return SLABSCAN_INDEX_STRANGE;
}

u8 slabscan_index_find(const struct slabscan_index *x, const u64 *object)
{
	return find(x, object, x->nr_words);
}

/* Where @nr_words is a constant range checks have no loop. */
static __always_inline void find_all(const struct slabscan_index *x, const u8 *image, u32 stride, u32 nr, u8 *ret, u32 nr_words)
{
	u32 i;

	for (i = 0; i < nr; i++, image += stride)
		ret[i] = find(x, (const void *)image, nr_words);
}

void slabscan_index_find_all(const struct slabscan_index *x, const void *image, u32 stride, u32 nr, u8 *ret)
{
	if (!x->nr) {
		memset(ret, SLABSCAN_INDEX_STRANGE, nr);
		return;
	}
	switch (x->nr_words) {
	case 4: find_all(x, image, stride, nr, ret, 4); break;
	case 8: find_all(x, image, stride, nr, ret, 8); break;
	default: find_all(x, image, stride, nr, ret, x->nr_words);
	}
}
