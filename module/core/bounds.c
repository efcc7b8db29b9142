// SPDX-License-Identifier: GPL-2.0-only
/*
 * bounds.c - scores turned round
 *
 * Cost: an addition per word and kind; to set a kind, a write per word and class.
 */
#include "bounds.h"

size_t slabscan_bounds_size(u32 nr_words, u32 nr_kinds)
{
	return (size_t)nr_words * SLABSCAN_NR_CLASSES * nr_kinds * sizeof(s16);
}

void slabscan_bounds_set(struct slabscan_bounds *b, u32 kind, const struct slabscan_expect *t)
{
	s16 *score = b->score + kind;
	u32 i, class;

	for (i = 0; i < b->nr_words; i++) {
		s16 small = t[i].score[SLABSCAN_WORD_INT];

		score[0] = max_t(s16, small, 0);
		score += b->nr_kinds;
		score[0] = min_t(s16, small, 0);
		score += b->nr_kinds;
		for (class = SLABSCAN_WORD_INT + 1; class < SLABSCAN_NR_CLASSES; class++) {
			score[0] = slabscan_template_most(&t[i], class);
			score += b->nr_kinds;
		}
	}
}

void slabscan_bounds_sum(const struct slabscan_bounds *b, const struct slabscan_word *w, s16 *ret)
{
	s16 zeros[SLABSCAN_BOUNDS_LANES];
	u32 i, k, from;

	memset(ret, 0, b->nr_kinds * sizeof(*ret));
	for (from = 0; from < b->nr_kinds; from += SLABSCAN_BOUNDS_LANES, ret += SLABSCAN_BOUNDS_LANES) {
		memset(zeros, 0, sizeof(zeros));
		for (i = 0; i < b->nr_words; i++) {
			bool small = slabscan_word_is_small(w[i].class);
			const s16 *row = slabscan_bounds_row(b, i, small ? SLABSCAN_WORD_INT : w[i].class) + from;

			for (k = 0; k < SLABSCAN_BOUNDS_LANES; k++)
				ret[k] += row[k];
			if (!small)
				continue;
			row = slabscan_bounds_row(b, i, SLABSCAN_WORD_ZERO) + from;
			for (k = 0; k < SLABSCAN_BOUNDS_LANES; k++)
				zeros[k] += row[k];
		}
		for (k = 0; k < SLABSCAN_BOUNDS_LANES; k++)
			ret[k] += min_t(s16, zeros[k], SLABSCAN_TEMPLATE_ZEROS);
	}
}
