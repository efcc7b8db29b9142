/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unit.h - what every test of module/core starts with: cmocka, and random numbers that can be had again
 */
#ifndef SLABSCAN_UNIT_H
#define SLABSCAN_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core_env.h"

#include <cmocka.h>

static u64 unit_state;

/* xorshift64*: good enough to shake algorithms */
static inline u64 unit_random(void)
{
	unit_state ^= unit_state >> 12;
	unit_state ^= unit_state << 25;
	unit_state ^= unit_state >> 27;
	return unit_state * 0x2545f4914f6cdd1dULL;
}

static inline u32 unit_below(u32 n)
{
	return unit_random() % n;
}

/* Start a sequence and print its seed; SLABSCAN_SEED in the environment replays one. */
static inline void unit_seed(const char *test)
{
	const char *s = getenv("SLABSCAN_SEED");
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	unit_state = s ? strtoull(s, NULL, 0) : ((u64)t.tv_sec << 30 ^ t.tv_nsec) * 0x9e3779b97f4a7c15ULL;
	if (!unit_state)
		unit_state = 1;
	printf("%s: seed 0x%llx (SLABSCAN_SEED=0x%llx replays)\n", test, unit_state, unit_state);
	fflush(stdout);
}

#endif /* SLABSCAN_UNIT_H */
