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

/* Words that are checked together. */
#define SLABSCAN_INDEX_LANES	4

/* What is told of an object that is in no kind's ranges. */
#define SLABSCAN_INDEX_STRANGE	SLABSCAN_INDEX_KINDS

/* A value fits if it is lo or up to span above, modulo 2^64. */
struct slabscan_box {
	u64 lo, span;
};

/* The same for some words, for signed compares, the only ones that vector instructions have: lo and span are off by 2^63, and value - lo <= span. */
struct slabscan_lanes {
	u64 lo[SLABSCAN_INDEX_LANES];
	s64 span[SLABSCAN_INDEX_LANES];
};

/* Some words of a kind: boxes while the index is built, then lanes. */
union slabscan_gate {
	struct slabscan_box box[SLABSCAN_INDEX_LANES];
	struct slabscan_lanes lanes;
};

/* Tests of words that stand together. */
struct slabscan_index_probe {
	struct slabscan_lanes lanes;
	u64 bit[SLABSCAN_INDEX_LANES];	/* of a cell's number; 0 where there is no test */
	u32 word;	/* the first of them */
};

/**
 * struct slabscan_index - ranges of the kinds, and how to get at them
 * @gates: nr_gates of each kind. Of objects that have LANES words the last one ends with the object, and may overlap the one before
 * @profile: where kinds came from, while the index is built
 * @expect: likewise
 * @number: the caller's numbers of kinds
 * @nr: how many kinds
 * @nr_words: of a kind
 * @nr_gates: of a kind
 * @nr_tests: how many tests
 * @nr_probes: how many probes, which hold the tests
 * @guess: which of the kinds to try first, or SLABSCAN_INDEX_STRANGE
 * @version: changes whenever answers may change
 * @test: test i is bit i of a cell's number
 * @probe: the same tests, packed
 * @cell: kinds that may have such an object
 */
struct slabscan_index {
	/* private: */
	union slabscan_gate *gates;
	const struct slabscan_profile *profile[SLABSCAN_INDEX_KINDS];
	const struct slabscan_expect *expect[SLABSCAN_INDEX_KINDS];
	u32 number[SLABSCAN_INDEX_KINDS];
	u32 nr, nr_words, nr_gates, nr_tests, nr_probes, guess, version;
	struct {
		u64 lo, size;
		u32 word;
	} test[SLABSCAN_INDEX_TESTS];
	struct slabscan_index_probe probe[SLABSCAN_INDEX_TESTS];
	u32 cell[1 << SLABSCAN_INDEX_TESTS];
};

/* how many gates @nr_words need */
static inline u32 slabscan_index_gates(u32 nr_words)
{
	return DIV_ROUND_UP(nr_words, SLABSCAN_INDEX_LANES);
}

/**
 * slabscan_index_init - make an empty index
 * @x: caller's memory
 * @gates: memory for SLABSCAN_INDEX_KINDS * slabscan_index_gates(@nr_words) gates
 * @nr_words: of an object
 */
void slabscan_index_init(struct slabscan_index *x, union slabscan_gate *gates, u32 nr_words);

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

/* The first word of a gate. */
static __always_inline u32 slabscan_index_word(u32 gate, u32 nr_words)
{
	return min(gate * SLABSCAN_INDEX_LANES, nr_words - SLABSCAN_INDEX_LANES);
}

/**
 * slabscan_index_find - the kind of an object
 * @x: built
 * @object: 8-aligned
 *
 * Return: which of the kinds, for slabscan_index_number(); SLABSCAN_INDEX_STRANGE if no range fits.
 */
u8 slabscan_index_find(const struct slabscan_index *x, const u64 *object);

/**
 * slabscan_index_find_all - the kinds of objects that lie behind each other
 * @x: built
 * @image: the first one, 8-aligned
 * @stride: bytes from one to the next
 * @nr: how many
 * @ret: @nr answers of slabscan_index_find()
 */
void slabscan_index_find_all(const struct slabscan_index *x, const void *image, u32 stride, u32 nr, u8 *ret);

/**
 * slabscan_index_find_vector - slabscan_index_find_all() with AVX2
 * @x: built, of at least SLABSCAN_INDEX_LANES words
 * @image: likewise
 * @stride: likewise
 * @nr: likewise
 * @ret: likewise
 *
 * Context: between kernel_fpu_begin() and kernel_fpu_end().
 */
void slabscan_index_find_vector(const struct slabscan_index *x, const void *image, u32 stride, u32 nr, u8 *ret);

/* the caller's number of what was found, which is not SLABSCAN_INDEX_STRANGE */
static inline u32 slabscan_index_number(const struct slabscan_index *x, u8 found)
{
	return x->number[found];
}

#endif /* SLABSCAN_INDEX_H */
