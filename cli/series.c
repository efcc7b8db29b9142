// SPDX-License-Identifier: GPL-2.0-only
/*
 * series.c - how a number moves over time
 *
 * The slope is Theil and Sen's: the median of the slopes between all pairs. The shape comes from thirds of the row: where something leaks,
 * the median and the minimum of each third are higher than those of the one before, and the last step is not much smaller than the first.
 * A sawtooth has equal minima, a plateau no last step.
 *
 * What cannot be seen: a sawtooth of which less than one tooth was watched looks like a leak. So nobody may conclude from a shape alone.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

/* As in math.h, without its library. */
static double larger(double a, double b)
{
	return a > b ? a : b;
}

static double distance(double a, double b)
{
	return a > b ? a - b : b - a;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return n & 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static double median_of(const double *y, size_t n)
{
	double v[SERIES_MAX];

	memcpy(v, y, n * sizeof(*v));
	return median(v, n);
}

static double lowest(const double *y, size_t n)
{
	double low = y[0];

	for (size_t i = 1; i < n; i++)
		low = y[i] < low ? y[i] : low;
	return low;
}

static double slope(const double *t, const double *y, size_t n)
{
	double *v = malloc(n * (n - 1) / 2 * sizeof(*v)), result;
	size_t count = 0;

	if (!v)
		abort();
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			if (t[j] > t[i])
				v[count++] = (y[j] - y[i]) / (t[j] - t[i]);
	result = count ? median(v, count) : 0;
	free(v);
	return result;
}

static double noise_of(const double *t, const double *y, size_t n, double rate)
{
	double v[SERIES_MAX] = { 0 }, base;

	for (size_t i = 0; i < n; i++)
		v[i] = y[i] - rate * (t[i] - t[0]);
	base = median_of(v, n);
	for (size_t i = 0; i < n; i++)
		v[i] = distance(v[i], base);
	return 1.4826 * median(v, n);
}

/* A random walk gets that far now and then: 2.5 of its standard deviations, one walk in 160 that rises or falls. */
static bool may_be_chance(const double *y, size_t n)
{
	double mean = (y[n - 1] - y[0]) / (n - 1), var = 0;

	for (size_t i = 1; i < n; i++)
		var += (y[i] - y[i - 1] - mean) * (y[i] - y[i - 1] - mean);
	/* the variance of a step times the number of steps is just that sum, but for one degree of freedom */
	return (y[n - 1] - y[0]) * (y[n - 1] - y[0]) < 2.5 * 2.5 * var * (n - 1) / (n - 2);
}

/* Nothing moved any more at the end: less than half of what the rate makes one expect, up or down. */
static bool came_to_rest(const double *y, size_t n)
{
	size_t tail = n / 5 > 2 ? n / 5 : 2;
	double low = lowest(y + n - 1 - tail, tail + 1), high = low;

	for (size_t i = n - 1 - tail; i < n; i++)
		high = larger(high, y[i]);
	return high - low < 0.5 * (y[n - 1] - y[0]) * tail / (n - 1);
}

static enum series_shape shape_of(const struct series *s, const double *y, size_t n, double threshold)
{
	size_t third = n / 3, first = n - 2 * third;	/* the first third is the longest */
	const double *mid = y + first, *end = mid + third;
	double step1 = median_of(mid, third) - median_of(y, first), step2 = median_of(end, third) - median_of(mid, third);
	double floor1 = lowest(mid, third) - lowest(y, first), floor2 = lowest(end, third) - lowest(mid, third);
	double risen = step1 + step2, biggest = 0, high = y[0];

	for (size_t i = 1; i < n; i++) {
		biggest = larger(biggest, y[i] - y[i - 1]);
		high = larger(high, y[i]);
	}
	if (s->growth < -threshold && s->rate < 0)
		return SERIES_FALLING;
	/* A rise that was taken back, more than the noise of the row explains. */
	if (s->drop > threshold && s->drop > 0.5 * (high - lowest(y, n)) && s->drop > 3 * s->noise)
		return SERIES_SAWTOOTH;
	if (s->growth <= threshold || risen <= threshold / 2)
		return s->drop > threshold ? SERIES_SAWTOOTH : SERIES_FLAT;
	if (biggest > 0.7 * s->growth)
		return SERIES_STEP;
	if (step2 < 0.15 * step1 || came_to_rest(y, n))
		return SERIES_PLATEAU;
	if (step2 < 0.5 * step1)
		return SERIES_SLOWING;
	if (step1 <= 0.1 * risen || floor1 <= 0 || floor2 <= 0 || s->drop > 0.4 * s->growth || risen < 4 * s->noise || s->rate <= 0 ||
	    may_be_chance(y, n))
		return SERIES_ERRATIC;
	return SERIES_STEADY;
}

void series_judge(struct series *s, const double *t, const double *y, size_t n, double threshold)
{
	double high;
	size_t rises = 0;

	*s = (struct series){ .shape = SERIES_SHORT };
	if (n > SERIES_MAX) {
		t += n - SERIES_MAX;
		y += n - SERIES_MAX;
		n = SERIES_MAX;
	}
	if (n < 2)
		return;
	high = y[0];
	for (size_t i = 1; i < n; i++) {
		rises += y[i] > y[i - 1];
		high = larger(high, y[i]);
		s->drop = larger(s->drop, high - y[i]);
	}
	s->growth = y[n - 1] - y[0];
	s->rises = (double)rises / (n - 1);
	s->rate = slope(t, y, n);
	s->noise = noise_of(t, y, n, s->rate);
	if (n >= SERIES_MIN)
		s->shape = shape_of(s, y, n, threshold);
}

double series_company(const double *a, const double *b, size_t n)
{
	double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0, m, va, vb;

	if (n < SERIES_MIN)
		return 0;
	for (size_t i = 1; i < n; i++) {
		double x = a[i] - a[i - 1], y = b[i] - b[i - 1];

		sa += x;
		sb += y;
		saa += x * x;
		sbb += y * y;
		sab += x * y;
	}
	m = (double)(n - 1);
	va = saa - sa * sa / m;
	vb = sbb - sb * sb / m;
	sab -= sa * sb / m;
	return va > 0 && vb > 0 ? sab * distance(sab, 0) / (va * vb) : 0;
}

const char *series_text(enum series_shape shape)
{
	static const char *const texts[] = {
		[SERIES_SHORT]		= "was not watched long enough",
		[SERIES_FLAT]		= "does not grow",
		[SERIES_STEADY]		= "grows steadily",
		[SERIES_PLATEAU]	= "grew and then stopped",
		[SERIES_SLOWING]	= "grows ever more slowly",
		[SERIES_SAWTOOTH]	= "rises and falls back",
		[SERIES_STEP]		= "grew at once",
		[SERIES_ERRATIC]	= "grows in fits and starts",
		[SERIES_FALLING]	= "shrinks",
	};

	return texts[shape];
}
