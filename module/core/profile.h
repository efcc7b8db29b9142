/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * profile.h - what each word of the objects of a cluster holds
 */
#ifndef SLABSCAN_PROFILE_H
#define SLABSCAN_PROFILE_H

#include "core.h"
#include "word.h"

#define SLABSCAN_NR_CLASSES (SLABSCAN_WORD_MAX + 1)

/**
 * struct slabscan_majority - the most frequent of a stream of values, in one slot
 * @value: the candidate
 * @votes: Boyer and Moore's counter (MJRTY, 1981): a value that more than half of the stream has ends up as the candidate
 * @seen: how often @value came since it became the candidate: a lower bound of its frequency
 */
struct slabscan_majority {
	u64 value;
	u32 votes, seen;
};

static inline void slabscan_majority_add(struct slabscan_majority *m, u64 value)
{
	if (m->value == value && m->seen) {
		m->votes++;
		m->seen++;
	} else if (!m->votes) {
		m->value = value;
		m->votes = 1;
		m->seen = 1;
	} else {
		m->votes--;
	}
}

/**
 * struct slabscan_profile - one word position of a cluster
 * @nr: how many words had which class
 * @ref: the referent of pointers (slabscan_ref.id)
 * @offset: their offset in it
 * @value: the plain value
 * @min: smallest value
 * @max: largest
 * @bits: linear counting (Whang et al., 1990) of distinct values
 * @empty: list heads: how many point to themselves
 */
struct slabscan_profile {
	u32 nr[SLABSCAN_NR_CLASSES];
	struct slabscan_majority ref, offset, value;
	u64 min, max;
	u64 bits[4];
	u32 empty;
};

/**
 * slabscan_profile_add - account for one word
 * @p: zeroed before the first
 * @w: its class
 * @value: the word
 * @self: its own address, to recognise empty list heads
 */
void slabscan_profile_add(struct slabscan_profile *p, const struct slabscan_word *w, u64 value, u64 self);

/**
 * slabscan_profile_merge - add what another profile of the same position counted
 * @dst: the sum
 * @src: read only
 *
 * Majorities of the sum are exact if both sides agree or one outweighs the other; otherwise the weaker candidate's occurrences are lost, never
 * invented.
 */
void slabscan_profile_merge(struct slabscan_profile *dst, const struct slabscan_profile *src);

/**
 * slabscan_profile_total - words accounted for
 * @p: the profile
 */
u32 slabscan_profile_total(const struct slabscan_profile *p);

/**
 * slabscan_profile_class - the most frequent class
 * @p: the profile
 * @share: its frequency in ppm
 *
 * Zeros and small integers are one for this purpose, a counter may be zero: the answer is SLABSCAN_WORD_INT if there are any integers.
 */
u8 slabscan_profile_class(const struct slabscan_profile *p, u32 *share);

/**
 * slabscan_profile_distinct - estimate of the number of different values
 * @p: the profile
 *
 * Return: within some percent up to 500 or so; more are reported as 1000.
 */
u32 slabscan_profile_distinct(const struct slabscan_profile *p);

#endif /* SLABSCAN_PROFILE_H */
