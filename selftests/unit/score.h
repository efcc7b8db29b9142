/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * score.h - how well do clusters agree with labels?
 */
#ifndef SLABSCAN_SCORE_H
#define SLABSCAN_SCORE_H

#include "unit.h"

#define SCORE_CLUSTERS	256
#define SCORE_LABELS	64

/**
 * struct score - objects by cluster and label, and what follows
 * @nr_labels: how many labels there are
 * @clusters: how many clusters
 * @unmatched: objects that look like no cluster
 * @of: members of each label in each cluster
 * @planted: objects of each label
 * @purity: share of the objects in clusters that bear the most frequent label of their cluster
 * @recall: mean over all labels: share of its objects in the largest of the clusters that it dominates
 * @found: mean over all labels: share of its objects in those clusters that it dominates and that are reported: the first, two for each label
 */
struct score {
	u32 nr_labels, clusters, unmatched;
	u32 of[SCORE_CLUSTERS][SCORE_LABELS];
	u32 planted[SCORE_LABELS];
	double purity, recall, found;
};

static inline void score(struct score *s)
{
	u32 i, k, q, pure = 0, all = 0;

	s->recall = 0;
	s->found = 0;
	for (i = 0; i < s->clusters; i++) {
		u32 best = 0;

		for (k = 0; k < s->nr_labels; k++) {
			all += s->of[i][k];
			best = max(best, s->of[i][k]);
		}
		pure += best;
	}
	for (k = 0; k < s->nr_labels; k++) {
		u32 best = 0, sum = 0;

		for (i = 0; i < s->clusters; i++) {
			for (q = 0; q < s->nr_labels && s->of[i][q] <= s->of[i][k]; q++)
				;
			if (q < s->nr_labels)
				continue;
			best = max(best, s->of[i][k]);
			sum += i < 2 * s->nr_labels ? s->of[i][k] : 0;
		}
		s->recall += s->planted[k] ? (double)best / s->planted[k] : 1;
		s->found += s->planted[k] ? (double)sum / s->planted[k] : 1;
	}
	s->recall /= s->nr_labels;
	s->found /= s->nr_labels;
	s->purity = all ? (double)pure / all : 0;
}

#endif /* SLABSCAN_SCORE_H */
