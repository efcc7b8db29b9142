// SPDX-License-Identifier: GPL-2.0-only
/*
 * profile.c - constant work per word, constant memory per position, nothing kept of the objects
 */
#include "profile.h"

/* splitmix64's finalizer (Vigna): one multiplication alone spreads consecutive values evenly, and linear counting wants chance */
static u64 mix(u64 v)
{
	v = (v ^ v >> 30) * 0xbf58476d1ce4e5b9ULL;
	v = (v ^ v >> 27) * 0x94d049bb133111ebULL;
	return v ^ v >> 31;
}

void slabscan_profile_add(struct slabscan_profile *p, const struct slabscan_word *w, u64 value, u64 self)
{
	u64 h = mix(value);

	p->nr[w->class]++;
	slabscan_majority_add(&p->value, value);
	if (slabscan_word_has_ref(w->class)) {
		slabscan_majority_add(&p->ref, w->ref.id);
		slabscan_majority_add(&p->offset, w->ref.offset);
	} else if (w->class == SLABSCAN_WORD_SELF) {
		slabscan_majority_add(&p->offset, w->ref.offset);
		p->empty += value == self;
	}
	if (!p->bits[0] && !p->bits[1] && !p->bits[2] && !p->bits[3]) {
		p->min = value;
		p->max = value;
	}
	p->min = min(p->min, value);
	p->max = max(p->max, value);
	p->bits[h >> 62] |= 1ULL << (h >> 56 & 63);
}

static void merge_majority(struct slabscan_majority *dst, const struct slabscan_majority *src)
{
	if (!src->seen)
		return;
	if (!dst->seen) {
		*dst = *src;
	} else if (dst->value == src->value) {
		dst->votes += src->votes;
		dst->seen += src->seen;
	} else if (src->votes > dst->votes) {
		u32 votes = src->votes - dst->votes;

		*dst = *src;
		dst->votes = votes;
	} else {
		dst->votes -= src->votes;
	}
}

void slabscan_profile_merge(struct slabscan_profile *dst, const struct slabscan_profile *src)
{
	bool empty = !slabscan_profile_total(dst);
	unsigned int i;

	if (!slabscan_profile_total(src))
		return;
	for (i = 0; i < SLABSCAN_NR_CLASSES; i++)
		dst->nr[i] += src->nr[i];
	merge_majority(&dst->ref, &src->ref);
	merge_majority(&dst->offset, &src->offset);
	merge_majority(&dst->value, &src->value);
	dst->min = empty ? src->min : min(dst->min, src->min);
	dst->max = empty ? src->max : max(dst->max, src->max);
	for (i = 0; i < ARRAY_SIZE(dst->bits); i++)
		dst->bits[i] |= src->bits[i];
	dst->empty += src->empty;
}

u32 slabscan_profile_total(const struct slabscan_profile *p)
{
	u32 total = 0;
	unsigned int i;

	for (i = 0; i < SLABSCAN_NR_CLASSES; i++)
		total += p->nr[i];
	return total;
}

u8 slabscan_profile_class(const struct slabscan_profile *p, u32 *share)
{
	u32 small = p->nr[SLABSCAN_WORD_ZERO] + p->nr[SLABSCAN_WORD_INT];
	u8 best = p->nr[SLABSCAN_WORD_INT] ? SLABSCAN_WORD_INT : SLABSCAN_WORD_ZERO;
	u32 most = small, total = small;
	unsigned int i;

	for (i = SLABSCAN_WORD_INT + 1; i < SLABSCAN_NR_CLASSES; i++) {
		total += p->nr[i];
		if (p->nr[i] > most) {
			most = p->nr[i];
			best = i;
		}
	}
	*share = total ? div64_u64(most * 1000000ULL, total) : 0;
	return best;
}

u32 slabscan_profile_distinct(const struct slabscan_profile *p)
{
	/* -256 ln(zeros / 256), at zeros = 256, 240, ... 16 */
	static const u16 curve[] = { 0, 17, 34, 53, 74, 96, 120, 147, 177, 212, 251, 297, 355, 428, 532, 710 };
	unsigned int i, set = 0, step, rest;

	for (i = 0; i < ARRAY_SIZE(p->bits); i++)
		set += hweight64(p->bits[i]);
	if (set > 240)
		return 1000;
	step = set / 16;
	rest = set % 16;
	if (step == 15)
		return curve[15];
	return max(set, curve[step] + (curve[step + 1] - curve[step]) * rest / 16);
}
