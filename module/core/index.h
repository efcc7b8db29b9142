/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * index.h - which kind is this object of, told by range checks alone
 */
#ifndef SLABSCAN_INDEX_H
#define SLABSCAN_INDEX_H

#include "core.h"
#include "env.h"
#include "profile.h"
#include "template.h"

/* Kinds that an index can hold; one bit each of a u32. */
#define SLABSCAN_INDEX_KINDS	32

/* Range checks that lead to the few kinds worth a full comparison. */
#define SLABSCAN_INDEX_TESTS	8

#define SLABSCAN_INDEX_NONE	U32_MAX

/* A value fits if it is lo or up to span above, modulo 2^64. */
struct slabscan_box {
	u64 lo, span;
};

/**
 * struct slabscan_index - ranges of the kinds, and how to get at them
 * @boxes: nr_words of each kind
 * @profile: where kinds came from, while the index is built
 * @expect: likewise
 * @number: the caller's numbers of kinds
 * @nr: how many kinds
 * @nr_words: of a kind
 * @nr_tests: how many tests; others answer 0
 * @guess: which of the kinds to try first, or SLABSCAN_INDEX_NONE
 * @test: test i is bit i of a cell's number
 * @cell: kinds that may have such an object
 */
struct slabscan_index {
	/* private: */
	struct slabscan_box *boxes;
	const struct slabscan_profile *profile[SLABSCAN_INDEX_KINDS];
	const struct slabscan_expect *expect[SLABSCAN_INDEX_KINDS];
	u32 number[SLABSCAN_INDEX_KINDS];
	u32 nr, nr_words, nr_tests, guess;
	struct {
		u64 lo, size;
		u32 word;
	} test[SLABSCAN_INDEX_TESTS];
	u32 cell[1 << SLABSCAN_INDEX_TESTS];
};

/**
 * slabscan_index_init - make an empty index
 * @x: caller's memory
 * @boxes: memory for SLABSCAN_INDEX_KINDS * @nr_words ranges
 * @nr_words: of an object
 */
void slabscan_index_init(struct slabscan_index *x, struct slabscan_box *boxes, u32 nr_words);

/* forget all kinds */
void slabscan_index_reset(struct slabscan_index *x);

/**
 * slabscan_index_add - add a kind, the most frequent first
 * @x: not yet built since it was reset; ignores kinds for which there is no room
 * @env: ranges of addresses
 * @number: what slabscan_index_find() shall answer
 * @p: its profile, unchanged until the index is built
 * @e: its template, likewise
 */
void slabscan_index_add(struct slabscan_index *x, const struct slabscan_env *env, u32 number, const struct slabscan_profile *p,
			const struct slabscan_expect *e);

/**
 * slabscan_index_build - make it ready
 * @x: the index
 *
 * Drops kinds for which members of another one would pass. Cost: O(kinds^2 * words).
 */
void slabscan_index_build(struct slabscan_index *x);

/* most objects are of the kind with this number */
void slabscan_index_guess(struct slabscan_index *x, u32 number);

/* answer no longer with this number */
void slabscan_index_remove(struct slabscan_index *x, u32 number);

static __always_inline bool slabscan_box_fits(const struct slabscan_box *b, const u64 *object, u32 nr_words)
{
	u32 i = 0, bad = 0;

	for (; i + 4 <= nr_words; i += 4) {
		bad = object[i] - b[i].lo > b[i].span;
		bad |= object[i + 1] - b[i + 1].lo > b[i + 1].span;
		bad |= object[i + 2] - b[i + 2].lo > b[i + 2].span;
		bad |= object[i + 3] - b[i + 3].lo > b[i + 3].span;
		if (bad)
			return false;
	}
	for (; i < nr_words; i++)
		bad |= object[i] - b[i].lo > b[i].span;
	return !bad;
}

static __always_inline u32 slabscan_index_test(const struct slabscan_index *x, const u64 *object, u32 i)
{
	return (u32)(object[x->test[i].word] - x->test[i].lo < x->test[i].size) << i;
}

/**
 * slabscan_index_find - the kind of an object
 * @x: built
 * @object: 8-aligned
 * @nr_words: as it was initialised with; if the compiler knows it there are no loops
 *
 * Return: the kind's number; SLABSCAN_INDEX_NONE if no range fits.
 */
static __always_inline u32 slabscan_index_find(const struct slabscan_index *x, const u64 *object, u32 nr_words)
{
	u32 i, code = 0, kinds;

	/* where one kind is in the majority its branch is well predicted, and the rest is spared */
	i = x->guess;
	if (i != SLABSCAN_INDEX_NONE && slabscan_box_fits(x->boxes + (size_t)i * nr_words, object, nr_words))
		return x->number[i];
	for (i = 0; i < x->nr_tests; i += 4) {
		code |= slabscan_index_test(x, object, i) | slabscan_index_test(x, object, i + 1);
		code |= slabscan_index_test(x, object, i + 2) | slabscan_index_test(x, object, i + 3);
	}
	for (kinds = x->cell[code]; kinds; kinds &= kinds - 1) {
		i = __ffs(kinds);
		if (likely(slabscan_box_fits(x->boxes + (size_t)i * nr_words, object, nr_words)))
			return x->number[i];
	}
	return SLABSCAN_INDEX_NONE;
}

#endif /* SLABSCAN_INDEX_H */
