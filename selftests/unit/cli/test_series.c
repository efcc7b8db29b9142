// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_series.c - is the shape of a row of numbers told right? What is no leak must never be called steady.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "series.h"

#define N	13

static uint64_t seed = 1;

/* -1 to 1 */
static double noise(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (double)(int64_t)(seed * 0x2545f4914f6cdd1dULL) / (double)INT64_MAX;
}

static struct series judge(const double *y, size_t n, double threshold)
{
	double t[SERIES_MAX];
	struct series s;

	for (size_t i = 0; i < n && i < SERIES_MAX; i++)
		t[i] = 5.0 * i;
	series_judge(&s, t, y, n, threshold);
	return s;
}

static void test_steady(void **state)
{
	double y[N];
	struct series s;

	(void)state;
	for (int i = 0; i < N; i++)
		y[i] = 1000000 + 5000 * i;
	s = judge(y, N, 4096);
	assert_int_equal(s.shape, SERIES_STEADY);
	assert_true(s.rate > 999 && s.rate < 1001);
	assert_true(s.growth == 60000 && s.rises == 1 && s.drop == 0 && s.noise < 1);
}

/* A leak inside a busy cache: the noise is a tenth of what leaks. */
static void test_steady_noisy(void **state)
{
	int right = 0;

	(void)state;
	for (int k = 0; k < 200; k++) {
		double y[N];

		for (int i = 0; i < N; i++)
			y[i] = 1000000 + 20000 * i + 24000 * noise();
		right += judge(y, N, 4096).shape == SERIES_STEADY;
	}
	print_message("leaks in a busy cache called steady: %d of 200\n", right);
	assert_true(right > 130);
}

static void test_flat(void **state)
{
	(void)state;
	for (int k = 0; k < 1000; k++) {
		double y[N];

		for (int i = 0; i < N; i++)
			y[i] = 1000000 + 2000 * noise();
		assert_int_equal(judge(y, N, 4096).shape, SERIES_FLAT);
	}
}

/* A random walk is what most caches of a busy machine do. It may look like growth now and then, but seldom. */
static void test_random(void **state)
{
	int wrong = 0, walks = 0;

	(void)state;
	for (int k = 0; k < 1000; k++) {
		double y[N], at = 1000000;

		for (int i = 0; i < N; i++)
			y[i] = 1000000 + 50000 * noise();
		wrong += judge(y, N, 4096).shape == SERIES_STEADY;
		for (int i = 0; i < N; i++)
			y[i] = at += 20000 * noise();
		walks += judge(y, N, 4096).shape == SERIES_STEADY;
	}
	print_message("white noise called steady: %d of 1000, random walks: %d of 1000\n", wrong, walks);
	assert_true(wrong <= 5);
	assert_true(walks <= 35);
}

/* Filled at start, then stays. */
static void test_plateau(void **state)
{
	(void)state;
	for (int fill = 1; fill <= 8; fill++) {
		double y[N];

		for (int i = 0; i < N; i++)
			y[i] = i < fill ? 100000.0 * i : 100000.0 * fill;
		assert_int_not_equal(judge(y, N, 4096).shape, SERIES_STEADY);
	}
}

/* Fills ever more slowly: 1 - exp(-t/tau), for tau up to half of the time. */
static void test_slowing(void **state)
{
	(void)state;
	for (int tau = 1; tau <= N / 2; tau++) {
		double y[N], left = 1;

		for (int i = 0; i < N; i++) {
			y[i] = 1000000 * (1 - left);
			left *= 1 - 1.0 / (tau + 1);
		}
		assert_int_not_equal(judge(y, N, 4096).shape, SERIES_STEADY);
	}
}

static void test_sawtooth(void **state)
{
	(void)state;
	for (int period = 2; period <= N - 2; period++)
		for (int phase = 0; phase < period; phase++) {
			double y[N];
			enum series_shape shape;

			for (int i = 0; i < N; i++)
				y[i] = 1000000 + 50000.0 * ((i + phase) % period);
			shape = judge(y, N, 4096).shape;
			if (shape == SERIES_STEADY)
				print_message("period %d phase %d\n", period, phase);
			assert_int_not_equal(shape, SERIES_STEADY);
		}
}

/* Grew, and was then reclaimed. */
static void test_reclaim(void **state)
{
	(void)state;
	for (int when = 3; when < N; when++) {
		double y[N];

		for (int i = 0; i < N; i++)
			y[i] = i < when ? 50000.0 * i : 10000;
		assert_int_not_equal(judge(y, N, 4096).shape, SERIES_STEADY);
	}
}

static void test_step(void **state)
{
	(void)state;
	for (int when = 1; when < N; when++) {
		double y[N];

		for (int i = 0; i < N; i++)
			y[i] = i < when ? 0 : 500000;
		assert_int_not_equal(judge(y, N, 4096).shape, SERIES_STEADY);
	}
}

static void test_falling(void **state)
{
	double y[N];

	(void)state;
	for (int i = 0; i < N; i++)
		y[i] = 1000000 - 20000 * i;
	assert_int_equal(judge(y, N, 4096).shape, SERIES_FALLING);
}

/* Any number of points, any values: no crash, and short rows are called short. */
static void test_bounds(void **state)
{
	static double y[SERIES_MAX * 2], t[SERIES_MAX * 2];

	(void)state;
	for (size_t n = 0; n <= SERIES_MAX * 2; n = n < 20 ? n + 1 : n * 2) {
		struct series s;

		for (size_t i = 0; i < n; i++) {
			y[i] = noise() * 1e18;
			t[i] = (double)i;
		}
		series_judge(&s, t, y, n, 1);
		assert_true(n >= SERIES_MIN || s.shape == SERIES_SHORT);
	}
	/* All at the same time. */
	for (size_t i = 0; i < N; i++)
		t[i] = 3;
	struct series s;

	series_judge(&s, t, y, N, 1);
	assert_true(s.rate == 0);
}

static void test_company(void **state)
{
	double a[N], b[N], c[N];

	(void)state;
	for (int i = 0; i < N; i++) {
		a[i] = (i ? a[i - 1] : 0) + 1000 + 1000 * noise();
		b[i] = 5 * a[i] + 17;
		c[i] = (i ? c[i - 1] : 0) + 1000 + 1000 * noise();
	}
	assert_true(series_company(a, b, N) > 0.99);
	assert_true(series_company(a, c, N) < 0.6);
	for (int i = 0; i < N; i++)
		b[i] = -a[i];
	assert_true(series_company(a, b, N) < -0.99);
}

int main(void)
{
	const char *env = getenv("SLABSCAN_SEED");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steady), cmocka_unit_test(test_steady_noisy), cmocka_unit_test(test_flat), cmocka_unit_test(test_random),
		cmocka_unit_test(test_plateau), cmocka_unit_test(test_slowing), cmocka_unit_test(test_sawtooth), cmocka_unit_test(test_reclaim),
		cmocka_unit_test(test_step), cmocka_unit_test(test_falling), cmocka_unit_test(test_bounds), cmocka_unit_test(test_company),
	};

	seed = env ? strtoull(env, NULL, 0) : (uint64_t)time(NULL) * 0x9e3779b97f4a7c15ULL;
	seed |= !seed;
	print_message("seed 0x%llx (SLABSCAN_SEED=0x%llx replays)\n", (unsigned long long)seed, (unsigned long long)seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
