/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bounds.h - how well an object fits each of many kinds, at most
 *
 * Nearly no kind fits an object that is compared with all of them. So the scores of all templates are kept turned round, those of all kinds for one class in
 * one word behind each other: one pass over the object adds up a bound for every kind, and only kinds whose bound is good enough are compared in full.
 */
#ifndef SLABSCAN_BOUNDS_H
#define SLABSCAN_BOUNDS_H

#include "core.h"
#include "template.h"

/* Kinds that are added up together; the number of kinds is a multiple of it. */
#define SLABSCAN_BOUNDS_LANES	48

/**
 * struct slabscan_bounds - the scores of all kinds
 * @score: of a word, of a class, of a kind. In the row of zeros stands what small integers say for a kind, in the row of small integers what they say
 *	against it, for the former counts up to a limit only
 * @nr_words: of an object
 * @nr_kinds: how many kinds, a multiple of SLABSCAN_BOUNDS_LANES
 */
struct slabscan_bounds {
	/* private: */
	s16 *score;
	u32 nr_words, nr_kinds;
};

/**
 * slabscan_bounds_size - bytes for the scores
 * @nr_words: of an object
 * @nr_kinds: how many kinds, a multiple of SLABSCAN_BOUNDS_LANES
 */
size_t slabscan_bounds_size(u32 nr_words, u32 nr_kinds);

/**
 * slabscan_bounds_set - a kind has another template
 * @b: the bounds
 * @kind: its number
 * @t: its template
 */
void slabscan_bounds_set(struct slabscan_bounds *b, u32 kind, const struct slabscan_expect *t);

/**
 * slabscan_bounds_sum - bounds of what slabscan_template_object() says of an object
 * @b: the bounds
 * @w: the object's words
 * @ret: for each kind: no less than that
 */
void slabscan_bounds_sum(const struct slabscan_bounds *b, const struct slabscan_word *w, s16 *ret);

/**
 * slabscan_bounds_sum_vector - slabscan_bounds_sum() with AVX2
 * @b: likewise
 * @w: likewise
 * @ret: likewise
 *
 * Context: between kernel_fpu_begin() and kernel_fpu_end().
 */
void slabscan_bounds_sum_vector(const struct slabscan_bounds *b, const struct slabscan_word *w, s16 *ret);

/* the scores of all kinds for a class in a word */
static inline s16 *slabscan_bounds_row(const struct slabscan_bounds *b, u32 word, u32 class)
{
	return b->score + ((size_t)word * SLABSCAN_NR_CLASSES + class) * b->nr_kinds;
}

#endif /* SLABSCAN_BOUNDS_H */
