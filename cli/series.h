/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * series.h - how a number moves over time: pure, no input but its arguments
 */
#ifndef SLABSCAN_SERIES_H
#define SLABSCAN_SERIES_H

#include <stddef.h>
#include <stdint.h>

#define SERIES_MIN	6	/* fewer points say nothing about a shape */
#define SERIES_MAX	256

enum series_shape {
	SERIES_SHORT,		/* too few points, but first and last are known */
	SERIES_FLAT,		/* does not rise by more than the noise */
	SERIES_STEADY,		/* rises all the time, and its lows rise with it */
	SERIES_PLATEAU,		/* rose, and stopped */
	SERIES_SLOWING,		/* rises ever slower */
	SERIES_SAWTOOTH,	/* rises and falls back */
	SERIES_STEP,		/* rose at once */
	SERIES_ERRATIC,		/* rises, but in no pattern that says where it goes */
	SERIES_FALLING,
};

/**
 * struct series - what a row of numbers does
 * @shape: see there
 * @growth: last minus first
 * @rate: per second, by the median of all slopes, which a few outliers do not move
 * @noise: typical distance from that line
 * @rises: share of the intervals in which it rose
 * @drop: the deepest fall from an earlier high
 */
struct series {
	enum series_shape shape;
	double growth, rate, noise, rises, drop;
};

/**
 * series_judge() - look at a row of numbers
 * @t: seconds, rising
 * @y: values
 * @n: how many; at most SERIES_MAX are looked at, the newest
 * @threshold: growth of no more than this is noise
 *
 * Cost: n * n / 2 slopes, sorted.
 */
void series_judge(struct series *s, const double *t, const double *y, size_t n, double threshold);

/* How much of what moves in @a moves in @b at the same time: square of the correlation of the differences, with its sign; 0 if it cannot
 * be told. */
double series_company(const double *a, const double *b, size_t n);

/* "rises steadily" */
const char *series_text(enum series_shape shape);

#endif
