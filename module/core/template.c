// SPDX-License-Identifier: GPL-2.0-only
/*
 * template.c - likeness as weight of evidence
 *
 * For each word: log2 of how likely the class is among the members of the kind over how likely it is in any object. The first is estimated from the
 * profile with a little of the second mixed in (Dirichlet smoothing), so one member says little, a thousand say much, and words in which the members
 * differ anyway (cookies, stale bytes) say nothing. The sum is the evidence that the object belongs; below 0 it founds a kind of its own.
 *
 * Beyond statistics, what is known of kernel objects: zeros are everywhere, so together they count for one bit at most; pointers and texts may be
 * missing; list heads are empty, linked or poisoned; a cache or symbol where all members have another is a veto.
 */
#include "template.h"

#define BIT1		16
#define NOISE		60	/* percent: with a smaller majority a word is noise */
#define KNOWN		8	/* members before noise is known to be noise */
#define SURE		90	/* percent: with this majority another referent is a veto */

/* How frequent classes are in any object, of 256. Zero and small integers are one. */
static const u8 base[SLABSCAN_NR_CLASSES] = {
	[SLABSCAN_WORD_ZERO] = 160, [SLABSCAN_WORD_INT] = 160, [SLABSCAN_WORD_SYMBOL] = 8, [SLABSCAN_WORD_SLAB] = 26, [SLABSCAN_WORD_SELF] = 6,
	[SLABSCAN_WORD_VMALLOC] = 4, [SLABSCAN_WORD_PERCPU] = 4, [SLABSCAN_WORD_PAGE] = 6, [SLABSCAN_WORD_MEMMAP] = 4,
	[SLABSCAN_WORD_POISON] = 4, [SLABSCAN_WORD_ERRPTR] = 4, [SLABSCAN_WORD_TEXT] = 12, [SLABSCAN_WORD_DATA] = 18,
};

/* Classes that stale bytes and changing values have. */
static bool is_vague(u8 class)
{
	return slabscan_word_is_small(class) || class == SLABSCAN_WORD_TEXT || class == SLABSCAN_WORD_DATA;
}

static bool is_linked(u8 class)
{
	return class == SLABSCAN_WORD_SLAB || class == SLABSCAN_WORD_SELF || class == SLABSCAN_WORD_POISON;
}

/* The most that a class other than the expected one can speak against membership. */
static s32 floor_of(u8 mode, u8 class)
{
	if (slabscan_word_is_small(class) && (mode == SLABSCAN_WORD_TEXT || mode == SLABSCAN_WORD_POISON))
		return -3 * BIT1 / 2;
	if (slabscan_word_is_small(class) && slabscan_word_is_pointer(mode))
		return -5 * BIT1;
	if (is_linked(mode) && is_linked(class))
		return -3 * BIT1 / 2;
	if ((mode == SLABSCAN_WORD_TEXT && class == SLABSCAN_WORD_DATA) || (mode == SLABSCAN_WORD_DATA && class == SLABSCAN_WORD_TEXT))
		return -3 * BIT1 / 2;
	return -8 * BIT1;
}

/* The most that a word can say for membership, if it is no zero or small integer. */
static u32 most_of(const struct slabscan_expect *e)
{
	s32 most = 0;
	u32 i;

	for (i = SLABSCAN_WORD_INT + 1; i < SLABSCAN_NR_CLASSES; i++)
		most = max(most, slabscan_template_most(e, i));
	return most;
}

static void learn_word(struct slabscan_expect *e, const struct slabscan_profile *p)
{
	u32 share, n = slabscan_profile_total(p), refs, prior, i;

	memset(e, 0, sizeof(*e));
	if (!n)
		return;
	e->mode = slabscan_profile_class(p, &share);
	if (e->mode == SLABSCAN_WORD_ZERO)
		e->mode = SLABSCAN_WORD_INT;
	e->sure = share / 10000;
	/* symbols and pointers into the object are no chance: one member tells much */
	for (i = 0; i < SLABSCAN_NR_CLASSES; i++) {
		u64 count = slabscan_word_is_small(i) ? (u64)p->nr[SLABSCAN_WORD_ZERO] + p->nr[SLABSCAN_WORD_INT] : p->nr[i];
		s32 s;

		prior = is_vague(e->mode) && is_vague(i) ? 85 : 20;
		s = slabscan_log2((count ? div64_u64(count << 24, base[i]) : 0) + ((u64)prior << 8)) -
		    slabscan_log2(((u64)n << 16) + ((u64)prior << 8));

		s = max(s, floor_of(e->mode, i));
		/* the more noise a kind has the more must the rest say, or noise would be a kind */
		if (n >= 3 && e->sure < NOISE)
			s = clamp(s, -BIT1, n >= KNOWN ? -BIT1 / 2 : 0);
		e->score[i] = min(s, 3 * BIT1);
	}
	refs = p->nr[SLABSCAN_WORD_SYMBOL] + p->nr[SLABSCAN_WORD_SLAB];
	if (refs) {
		e->ref = p->ref.value;
		e->ref_sure = min_t(u64, 100, div64_u64(100ULL * p->ref.seen, refs));
		if (e->ref_sure >= NOISE)
			e->hit = (e->mode == SLABSCAN_WORD_SYMBOL ? 5 : 3) * BIT1;
	}
	e->rest = most_of(e);
}

/* What a typical member says for membership, once each word is learned. */
static s32 learn_rest(struct slabscan_expect *t, u32 nr_words)
{
	s32 sum = 0, zeros = 0;
	u32 i, rest = 0;

	for (i = nr_words; i--; ) {
		rest += t[i].rest;
		t[i].rest = rest;
		if (t[i].mode == SLABSCAN_WORD_INT)
			zeros += max_t(s32, t[i].score[SLABSCAN_WORD_INT], 0);
		else
			sum += t[i].score[t[i].mode] + t[i].hit;
	}
	return sum + min(zeros, SLABSCAN_TEMPLATE_ZEROS);
}

s32 slabscan_template_learn(struct slabscan_expect *t, const struct slabscan_profile *p, u32 nr_words)
{
	u32 i;

	for (i = 0; i < nr_words; i++)
		learn_word(&t[i], &p[i]);
	return learn_rest(t, nr_words);
}

void slabscan_template_words(struct slabscan_expect *t)
{
	struct slabscan_word w = { 0 };

	for (w.class = 0; w.class < SLABSCAN_NR_CLASSES; w.class++) {
		struct slabscan_profile p;

		memset(&p, 0, sizeof(p));
		slabscan_profile_add(&p, &w, 0, 0);
		learn_word(&t[w.class], &p);
	}
}

s32 slabscan_template_first(struct slabscan_expect *t, const struct slabscan_expect *one, const struct slabscan_word *w, u32 nr_words)
{
	u32 i;

	for (i = 0; i < nr_words; i++) {
		t[i] = one[w[i].class];
		t[i].ref = w[i].ref.id;
	}
	return learn_rest(t, nr_words);
}

s32 slabscan_template_object(const struct slabscan_expect *t, const struct slabscan_word *w, u32 nr_words, s32 least)
{
	s32 sum = 0, zeros = 0;
	u32 i;

	for (i = 0; i < nr_words; i++) {
		const struct slabscan_expect *e = &t[i];
		s32 s = e->score[w[i].class];

		if (!(i & 3) && sum + e->rest + SLABSCAN_TEMPLATE_ZEROS <= least)
			return SLABSCAN_TEMPLATE_VETO;
		if (slabscan_word_is_small(w[i].class) && s > 0) {
			zeros += s;
		} else if (slabscan_word_has_ref(w[i].class) && e->mode == w[i].class) {
			if (e->ref == w[i].ref.id)
				sum += s + e->hit;
			else if (e->sure >= SURE && e->ref_sure >= SURE)
				return SLABSCAN_TEMPLATE_VETO;
			else
				sum += min(s, BIT1);
		} else {
			sum += s;
		}
	}
	return sum + min(zeros, SLABSCAN_TEMPLATE_ZEROS);
}

s32 slabscan_template_pair(const struct slabscan_expect *a, const struct slabscan_expect *b, u32 nr_words, u32 *sure, u32 *strange)
{
	s32 good = 0, bad = 0, zeros = 0;
	u32 i;

	for (i = 0; i < nr_words; i++) {
		const struct slabscan_expect *x = &a[i], *y = &b[i];
		s32 s;

		if (!(i & 3) && good + max(x->rest, y->rest) + SLABSCAN_TEMPLATE_ZEROS <= 2 * bad)
			return SLABSCAN_TEMPLATE_VETO;
		if (x->sure < NOISE || y->sure < NOISE)
			continue;
		/* both must find the other strange, or one that knows little would decide */
		s = max(x->score[y->mode], y->score[x->mode]);
		if (x->mode == y->mode)
			s = min(x->score[y->mode], y->score[x->mode]);
		if (slabscan_word_has_ref(x->mode) && x->mode == y->mode) {
			if (x->ref == y->ref)
				s += min(x->hit, y->hit);
			else if (min3(x->sure, x->ref_sure, y->ref_sure) < SURE || y->sure < SURE)
				s = min(s, BIT1);
			else if (!strange)
				return SLABSCAN_TEMPLATE_VETO;
			else
				s = 0, *strange = *strange ? SLABSCAN_TEMPLATE_SEVERAL : i + 1;
		}
		if (s < 0)
			bad -= s;
		else if (x->mode == SLABSCAN_WORD_INT && y->mode == SLABSCAN_WORD_INT)
			zeros += s;
		else
			good += s;
	}
	good += min(zeros, SLABSCAN_TEMPLATE_ZEROS);
	if ((good - bad) * 2 <= good)
		return min(good - bad, 0);
	*sure = good > 0 && good > bad ? div64_u64(1000000ULL * (u32)(good - bad), good) : 0;
	return good - bad;
}
