/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * template.h - what the members of a kind are expected to hold, and how well something fits
 */
#ifndef SLABSCAN_TEMPLATE_H
#define SLABSCAN_TEMPLATE_H

#include "core.h"
#include "profile.h"
#include "word.h"

/* Scores are sixteenths of a bit. What does not fit at all: */
#define SLABSCAN_TEMPLATE_VETO	(-100000)

/* Zeros are everywhere: together they speak for membership by so much at most, one bit. */
#define SLABSCAN_TEMPLATE_ZEROS	16

/* More than one word. */
#define SLABSCAN_TEMPLATE_SEVERAL	U32_MAX

/**
 * struct slabscan_expect - one word of a template
 * @ref: referent of its pointers
 * @rest: the most that this word and those behind it can add, zeros and small integers apart
 * @score: for each class: how much more likely it is here than anywhere
 * @hit: the same for a pointer to @ref
 * @mode: the most frequent class, zero counted as a small integer
 * @sure: percent of members that have it; 0 if there are too few to tell
 * @ref_sure: percent of the pointers that lead to @ref
 */
struct slabscan_expect {
	u64 ref;
	u16 rest;
	s16 score[SLABSCAN_NR_CLASSES];
	s16 hit;
	u8 mode, sure, ref_sure;
};

/**
 * slabscan_template_learn - distil a template from a profile
 * @t: filled
 * @p: the profile
 * @nr_words: of both
 *
 * Return: the evidence that a typical member gives.
 */
s32 slabscan_template_learn(struct slabscan_expect *t, const struct slabscan_profile *p, u32 nr_words);

/**
 * slabscan_template_words - what is to be expected after one word of each class
 * @t: of SLABSCAN_NR_CLASSES words, filled
 */
void slabscan_template_words(struct slabscan_expect *t);

/**
 * slabscan_template_first - slabscan_template_learn() from one object, which is quicker
 * @t: filled
 * @one: what slabscan_template_words() made
 * @w: the object's words
 * @nr_words: of both
 *
 * Return: likewise.
 */
s32 slabscan_template_first(struct slabscan_expect *t, const struct slabscan_expect *one, const struct slabscan_word *w, u32 nr_words);

/**
 * slabscan_template_object - does an object fit?
 * @t: the template
 * @w: the object's words
 * @nr_words: of both
 * @least: from 0; for an answer that is not above it any other that is not may be given, which is cheaper
 *
 * Return: above 0 if it fits, the higher the better; SLABSCAN_TEMPLATE_VETO if it can't belong.
 */
s32 slabscan_template_object(const struct slabscan_expect *t, const struct slabscan_word *w, u32 nr_words, s32 least);

/* the most that a word of a class can add */
static inline s32 slabscan_template_most(const struct slabscan_expect *e, u8 class)
{
	return e->score[class] + (slabscan_word_has_ref(class) && class == e->mode ? e->hit : 0);
}

/**
 * slabscan_template_pair - are two templates of one kind?
 * @a: made of more objects than
 * @b: the other
 * @nr_words: of both
 * @sure: ppm, how much speaks for it; filled if the answer is above 0
 * @strange: NULL: what all members of each point to must be the same; otherwise that is not looked at, and it was 0 and becomes 1 + the
 *	number of the word in which it is not, or SLABSCAN_TEMPLATE_SEVERAL
 *
 * Return: as slabscan_template_object().
 */
s32 slabscan_template_pair(const struct slabscan_expect *a, const struct slabscan_expect *b, u32 nr_words, u32 *sure, u32 *strange);

/* sixteenths of log2; 0 for 0 */
static inline s32 slabscan_log2(u64 v)
{
	int top = fls64(v) - 1;

	if (top < 0)
		return 0;
	/* the next four bits stand for the fraction: off by a tenth of a bit at most */
	return top * 16 + (int)(top >= 4 ? v >> (top - 4) & 15 : v << (4 - top) & 15);
}

#endif /* SLABSCAN_TEMPLATE_H */
