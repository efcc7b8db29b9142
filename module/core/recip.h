/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * recip.h - division by an object stride as one multiplication
 *
 * With r = floor((2^64 - 1) / d) + 1 the high half of x * r is exactly x / d for x < 2^32 and 1 < d <= 2^28: r * d exceeds 2^64 by some
 * e <= d, so the quotient comes out too large by x * e / (d * 2^64), less than the 1 / d that would carry it over the next whole number.
 */
#ifndef SLABSCAN_RECIP_H
#define SLABSCAN_RECIP_H

#include "core.h"

#define SLABSCAN_RECIP_MAX (1U << 28)

/* @d: 2 to SLABSCAN_RECIP_MAX; never returns 0 */
static inline u64 slabscan_recip(u32 d)
{
	return div64_u64(U64_MAX, d) + 1;
}

/* @r: slabscan_recip() of the divisor */
static __always_inline u32 slabscan_recip_divide(u64 r, u32 x)
{
	return mul_u64_u64_shr(r, x, 64);
}

#endif /* SLABSCAN_RECIP_H */
