// SPDX-License-Identifier: GPL-2.0-only
/*
 * vector.c - what pays to be done with AVX2
 *
 * Each function has a twin that gives the same answers: slabscan_index_find_vector() in index.c, slabscan_bounds_sum_vector() in bounds.c. Only functions that
 * carry VECTOR may use vectors, and nothing but kernel_fpu_begin() makes it right to call them.
 *
 * Cost: for four words of an object and a kind's ranges a load, a subtraction, a compare; for a word's scores and sixteen kinds a load and an addition.
 */
#include "bounds.h"
#include "index.h"

#ifndef __CHECKER__	/* sparse knows no vectors */

#define VECTOR	__attribute__((__target__("avx2")))

#define AHEAD	1024U	/* bytes that are fetched before they are needed */

/* Unaligned, of whatever type. */
typedef u64 lanes __attribute__((__vector_size__(32), __aligned__(8), __may_alias__));
typedef s64 signed_lanes __attribute__((__vector_size__(32), __aligned__(8), __may_alias__));
typedef s16 scores __attribute__((__vector_size__(32), __aligned__(2), __may_alias__));
typedef double mask __attribute__((__vector_size__(32)));

static VECTOR __always_inline lanes load(const void *from)
{
	return *(const lanes *)from;
}

/* All ones where a word is out of its range. */
static VECTOR __always_inline lanes out_of(const struct slabscan_lanes *l, const u64 *words)
{
	return (lanes)((signed_lanes)(load(words) - load(l->lo)) > (signed_lanes)load(l->span));
}

static VECTOR __always_inline bool fits(const struct slabscan_index *x, u32 kind, const u64 *object, u32 nr_words)
{
	u32 i, nr = slabscan_index_gates(nr_words);
	const union slabscan_gate *g = x->gates + (size_t)kind * nr;
	lanes bad = out_of(&g[0].lanes, object);

	for (i = 1; i < nr; i++)
		bad |= out_of(&g[i].lanes, object + slabscan_index_word(i, nr_words));
	return !__builtin_ia32_movmskpd256((mask)bad);
}

static VECTOR __always_inline u8 find(const struct slabscan_index *x, const u64 *object, u32 nr_words)
{
	lanes code = { 0 };
	u32 i, kinds;

	if (x->guess != SLABSCAN_INDEX_STRANGE && likely(fits(x, x->guess, object, nr_words)))
		return x->guess;
	for (i = 0; i < x->nr_probes; i++)
		code |= ~out_of(&x->probe[i].lanes, object + x->probe[i].word) & load(x->probe[i].bit);
	for (kinds = x->cell[code[0] | code[1] | code[2] | code[3]]; kinds; kinds &= kinds - 1) {
		i = __ffs(kinds);
		if (likely(fits(x, i, object, nr_words)))
			return i;
	}
	return SLABSCAN_INDEX_STRANGE;
}

/* Where @nr_words is a constant range checks have no loop. */
static VECTOR __always_inline void find_all(const struct slabscan_index *x, const u8 *image, u32 stride, u32 nr, u8 *ret, u32 nr_words)
{
	u32 i, at, ahead = max(stride, AHEAD);

	for (i = 0; i < nr; i++, image += stride) {
		for (at = 0; at < nr_words * 8; at += 64)
			prefetch(image + ahead + at);
		ret[i] = find(x, (const void *)image, nr_words);
	}
}

VECTOR void slabscan_index_find_vector(const struct slabscan_index *x, const void *image, u32 stride, u32 nr, u8 *ret)
{
	switch (x->nr_words) {
	case 4: find_all(x, image, stride, nr, ret, 4); break;
	case 8: find_all(x, image, stride, nr, ret, 8); break;
	default: find_all(x, image, stride, nr, ret, x->nr_words);
	}
}

#define GROUP	16	/* scores in a vector */

static VECTOR __always_inline scores load_scores(const s16 *from)
{
	return *(const scores *)from;
}

VECTOR void slabscan_bounds_sum_vector(const struct slabscan_bounds *b, const struct slabscan_word *w, s16 *ret)
{
	const scores limit = (scores){ 0 } + SLABSCAN_TEMPLATE_ZEROS;
	u32 from, i, k;

	BUILD_BUG_ON(SLABSCAN_BOUNDS_LANES != 3 * GROUP);
	for (from = 0; from < b->nr_kinds; from += SLABSCAN_BOUNDS_LANES) {
		scores sum[3] = { { 0 } }, zeros[3] = { { 0 } };

		for (i = 0; i < b->nr_words; i++) {
			const s16 *row = slabscan_bounds_row(b, i, w[i].class) + from;

			if (slabscan_word_is_small(w[i].class)) {
				row = slabscan_bounds_row(b, i, SLABSCAN_WORD_ZERO) + from;
				for (k = 0; k < 3; k++)
					zeros[k] += load_scores(row + k * GROUP);
				row = slabscan_bounds_row(b, i, SLABSCAN_WORD_INT) + from;
			}
			for (k = 0; k < 3; k++)
				sum[k] += load_scores(row + k * GROUP);
		}
		for (k = 0; k < 3; k++) {
			scores over = zeros[k] > limit;

			*(scores *)(ret + from + k * GROUP) = sum[k] + ((zeros[k] & ~over) | (limit & over));
		}
	}
}

#endif
