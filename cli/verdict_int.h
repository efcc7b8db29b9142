/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verdict_int.h - between verdict.c (slab caches, the whole) and verdict_rest.c (everything else)
 */
#ifndef SLABSCAN_VERDICT_INT_H
#define SLABSCAN_VERDICT_INT_H

#include "out.h"
#include "verdict.h"

#define LEAK_SECONDS_MIN	8		/* nothing is called a leak that was watched for less */
#define RCU_HELD_NS		2000000000ULL	/* a grace period takes some 10 ms; on a very busy machine some 100 */
#define CANDIDATES_MAX		12

/* What all judges look at. */
struct context {
	struct sample *const *now;
	size_t n;
	const struct sample *first, *last;
	double t[SERIES_MAX], seconds;
	int64_t dying_growth, socket_growth;
};

/* One explanation of where memory goes. @strong: enough to say leak. */
struct candidate {
	enum verdict_class class;
	bool strong;
	double growth, rate;
	char text[VERDICT_TEXT_MAX];
	char culprit[SAMPLE_NAME_MAX + 32];
};

void verdict_say(struct verdict *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *verdict_bytes(char buf[OUT_NUM_MAX], double bytes);

/* By how much it grew; 0 if that is unknown. */
int64_t gauge_growth(const struct sample *from, const struct sample *to, enum gauge g);

/* Everything but slab caches. Return: how many were put into @out, of which there is room for CANDIDATES_MAX - 1. */
size_t judge_rest(struct verdict *v, const struct context *ctx, struct candidate *out);

#endif
