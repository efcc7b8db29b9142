// SPDX-License-Identifier: GPL-2.0-only
/*
 * cluster.c - online clustering by word classes
 *
 * A kind is a profile (how often each word had which class) and, distilled from it, a template: the class expected at each word, how sure that is, and
 * the symbol or cache that pointers there lead to. Each object is classified word by word and
 *   1. hashed, tolerantly; if an object with that hash came lately it joins the same kind;
 *   2. else compared with the template of each kind, and joins the most alike, if it is alike enough;
 *   3. else founds a kind. When there is no room the kind with the least count and error gives way, and that sum is the error of the new one: it may
 *      have been there before. This is SpaceSaving (Metwally et al., 2005): no count is off by more than objects fed / kinds.
 *
 * Likeness is the weight of the words that agree, as a share of the weight of all. Words weigh by what their class tells: a symbol much, a zero
 * next to nothing, a word in which the members of the kind disagree anyway (counter, cookie, sometimes NULL) nothing. A different symbol
 * where the kind always has the same one is a veto.
 *
 * The first objects of a kind found it on little evidence, so one mass may start as several kinds. slabscan_cluster_finish() joins them by the same
 * measure, profile against profile.
 *
 * Cost: O(words) per object in the common case, O(kinds * words) per object of an unknown hash. Memory: fixed.
 */
#include "cluster.h"

#define HASH		0x9e3779b97f4a7c15ULL
#define RECENT_BITS	11
#define ALIKE		700	/* per mille: to join a kind */
#define SAME		780	/* per mille: to join two kinds at the end */
#define PROFILE_ALL	20000	/* objects of a kind that are profiled one by one; of further ones every 16th */

struct expect {
	u64 ref;
	u8 class;
	u8 sure;	/* percent of the members */
	u8 ref_sure;	/* percent of the pointers */
};

struct kind {
	u64 objects, error;
	u32 profiled, confidence;
	u32 refresh_at;
	u32 serial;	/* changes when the slot is given to another kind */
	u32 nr_samples;
	u64 samples[SLABSCAN_CLUSTER_SAMPLES];
	struct slabscan_profile *words;
	struct expect *expect;
};

struct slabscan_cluster_set {
	const struct slabscan_env *env;
	u32 object_size, nr_words;
	u32 nr_kinds, serial;
	u64 total, error;
	struct {
		u64 hash;
		u32 kind, serial;
	} recent[1 << RECENT_BITS];
	struct slabscan_memo memo;
	struct slabscan_word now[SLABSCAN_CLUSTER_WORDS];
	u16 order[SLABSCAN_CLUSTER_KINDS];
	struct kind kinds[SLABSCAN_CLUSTER_KINDS];
	/* then all profiles, then all templates */
};

static const u8 weight[SLABSCAN_NR_CLASSES] = {
	[SLABSCAN_WORD_ZERO] = 1,
	[SLABSCAN_WORD_INT] = 3,
	[SLABSCAN_WORD_SYMBOL] = 40,
	[SLABSCAN_WORD_SLAB] = 20,
	[SLABSCAN_WORD_SELF] = 24,
	[SLABSCAN_WORD_VMALLOC] = 14,
	[SLABSCAN_WORD_PERCPU] = 14,
	[SLABSCAN_WORD_PAGE] = 12,
	[SLABSCAN_WORD_MEMMAP] = 14,
	[SLABSCAN_WORD_POISON] = 20,
	[SLABSCAN_WORD_ERRPTR] = 12,
	[SLABSCAN_WORD_TEXT] = 12,
	[SLABSCAN_WORD_DATA] = 8,
};

static u32 words_of(u32 object_size)
{
	return clamp_t(u32, object_size / 8, 1, SLABSCAN_CLUSTER_WORDS);
}

size_t slabscan_cluster_size(u32 object_size)
{
	return sizeof(struct slabscan_cluster_set) +
	       (size_t)SLABSCAN_CLUSTER_KINDS * words_of(object_size) * (sizeof(struct slabscan_profile) + sizeof(struct expect));
}

struct slabscan_cluster_set *slabscan_cluster_init(void *mem, u32 object_size, const struct slabscan_env *env)
{
	struct slabscan_cluster_set *set = mem;
	struct slabscan_profile *words;
	struct expect *expect;
	u32 i;

	memset(set, 0, sizeof(*set));
	set->env = env;
	set->object_size = object_size;
	set->nr_words = words_of(object_size);
	words = (void *)(set + 1);
	expect = (void *)(words + (size_t)SLABSCAN_CLUSTER_KINDS * set->nr_words);
	for (i = 0; i < SLABSCAN_CLUSTER_KINDS; i++) {
		set->kinds[i].words = words + (size_t)i * set->nr_words;
		set->kinds[i].expect = expect + (size_t)i * set->nr_words;
	}
	return set;
}

void slabscan_cluster_set_env(struct slabscan_cluster_set *set, const struct slabscan_env *env)
{
	set->env = env;
	memset(&set->memo, 0, sizeof(set->memo));
}

/* Zeros and small integers are one: counters start somewhere. */
static u8 coarse(u8 class)
{
	return class == SLABSCAN_WORD_ZERO ? SLABSCAN_WORD_INT : class;
}

/* Classifies an object into set->now and returns its hash. An object shorter than a word is its bytes, zero-extended. */
static u64 classify(struct slabscan_cluster_set *set, const u8 *object, u64 address)
{
	u64 hash = 0, value = 0;
	u32 i;

	for (i = 0; i < set->nr_words; i++) {
		struct slabscan_word *w = &set->now[i];

		memcpy(&value, object + i * 8, min_t(u32, 8, set->object_size - i * 8));
		slabscan_word_classify(set->env, &set->memo, value, address, set->object_size, w);
		hash = (hash ^ coarse(w->class) ^ w->ref.id << 8) * HASH;
		hash ^= hash >> 29;
	}
	return hash | 1;
}

struct score {
	u32 agree, all;
	bool veto;
};

/* How one word of an object or of another kind compares with what a kind expects there. @sure: how sure the other side is. */
static void compare(struct score *s, const struct expect *e, u8 class, u64 ref, u32 sure, u32 ref_sure)
{
	u8 a = coarse(e->class), b = coarse(class);
	u32 both = e->sure * sure / 100;
	u32 w;

	if (both < 60)
		return;	/* here they differ among themselves */
	if (a == b) {
		w = weight[min(e->class, class)] * both;
		s->all += w;
		if ((a == SLABSCAN_WORD_SYMBOL || a == SLABSCAN_WORD_SLAB) && e->ref != ref) {
			if (e->ref_sure >= 90 && ref_sure >= 90) {
				if (a == SLABSCAN_WORD_SYMBOL)
					s->veto = true;
				s->all += w;	/* pointers to different things speak against it more than no pointer would */
				return;
			}
			w /= 2;
		}
		s->agree += w;
		return;
	}
	/* a pointer or text that is NULL in some is weak evidence; so is data where another has a small number */
	if (a == SLABSCAN_WORD_INT || b == SLABSCAN_WORD_INT)
		w = (class == SLABSCAN_WORD_ZERO || e->class == SLABSCAN_WORD_ZERO) ? 6 : 8;
	else if ((a == SLABSCAN_WORD_DATA && b == SLABSCAN_WORD_TEXT) || (a == SLABSCAN_WORD_TEXT && b == SLABSCAN_WORD_DATA))
		w = 3;
	else
		w = max(weight[a], weight[b]);
	s->all += w * both;
}

static u32 per_mille(const struct score *s)
{
	if (s->veto)
		return 0;
	return s->all ? (u32)div64_u64(1000ULL * s->agree, s->all) : 1000;
}

static u32 object_likeness(const struct slabscan_cluster_set *set, const struct kind *k)
{
	struct score s = { 0, 0, false };
	u32 i;

	for (i = 0; i < set->nr_words && !s.veto; i++)
		compare(&s, &k->expect[i], set->now[i].class, set->now[i].ref.id, 100, 100);
	return per_mille(&s);
}

static u32 kind_likeness(const struct slabscan_cluster_set *set, const struct kind *a, const struct kind *b)
{
	struct score s = { 0, 0, false };
	u32 i;

	for (i = 0; i < set->nr_words && !s.veto; i++)
		compare(&s, &a->expect[i], b->expect[i].class, b->expect[i].ref, b->expect[i].sure, b->expect[i].ref_sure);
	return per_mille(&s);
}

/* Distils the template from the profile. */
static void refresh(const struct slabscan_cluster_set *set, struct kind *k)
{
	u32 i, share;

	for (i = 0; i < set->nr_words; i++) {
		const struct slabscan_profile *p = &k->words[i];
		struct expect *e = &k->expect[i];
		u32 pointers;

		e->class = slabscan_profile_class(p, &share);
		e->sure = share / 10000;
		pointers = p->nr[SLABSCAN_WORD_SYMBOL] + p->nr[SLABSCAN_WORD_SLAB];
		e->ref = pointers ? p->ref.value : 0;
		e->ref_sure = pointers ? div64_u64(100ULL * p->ref.seen, pointers) : 0;
	}
	k->refresh_at = k->profiled < 4096 ? k->profiled * 2 : k->profiled + 4096;
}

static void profile(struct slabscan_cluster_set *set, struct kind *k, const u8 *object, u64 address)
{
	u64 value = 0;
	u32 i;

	for (i = 0; i < set->nr_words; i++) {
		memcpy(&value, object + i * 8, min_t(u32, 8, set->object_size - i * 8));
		slabscan_profile_add(&k->words[i], &set->now[i], value, address + i * 8);
	}
	k->profiled++;
	if (k->profiled >= k->refresh_at)
		refresh(set, k);
}

/* The first samples, then one at each doubling: from all over the cache. */
static void sample(struct kind *k, u64 address)
{
	if (k->nr_samples < SLABSCAN_CLUSTER_SAMPLES)
		k->samples[k->nr_samples++] = address;
	else if (is_power_of_2(k->objects))
		k->samples[k->objects * HASH >> 60] = address;
}

static struct kind *found(struct slabscan_cluster_set *set)
{
	struct kind *k;
	u32 i;

	if (set->nr_kinds < SLABSCAN_CLUSTER_KINDS) {
		k = &set->kinds[set->nr_kinds++];
	} else {
		k = &set->kinds[0];
		for (i = 1; i < set->nr_kinds; i++)
			if (set->kinds[i].objects + set->kinds[i].error < k->objects + k->error)
				k = &set->kinds[i];
		set->error = max(set->error, k->objects + k->error);
	}
	memset(k->words, 0, set->nr_words * sizeof(*k->words));
	k->objects = 0;
	k->error = set->error;
	k->profiled = 0;
	k->refresh_at = 1;
	k->confidence = 1000000;
	k->nr_samples = 0;
	k->serial = ++set->serial;
	return k;
}

static struct kind *most_alike(struct slabscan_cluster_set *set)
{
	struct kind *best = NULL;
	u32 i, most = ALIKE - 1;

	for (i = 0; i < set->nr_kinds; i++) {
		u32 alike = object_likeness(set, &set->kinds[i]);

		if (alike > most) {
			most = alike;
			best = &set->kinds[i];
		}
	}
	return best;
}

void slabscan_cluster_feed(struct slabscan_cluster_set *set, const void *object, u64 address)
{
	u64 hash = classify(set, object, address);
	u32 slot = hash * HASH >> (64 - RECENT_BITS);
	struct kind *k;

	set->total++;
	if (set->recent[slot].hash == hash && set->kinds[set->recent[slot].kind].serial == set->recent[slot].serial) {
		k = &set->kinds[set->recent[slot].kind];
	} else {
		k = most_alike(set);
		if (!k)
			k = found(set);
		set->recent[slot].hash = hash;
		set->recent[slot].kind = k - set->kinds;
		set->recent[slot].serial = k->serial;
	}
	k->objects++;
	sample(k, address);
	if (k->objects <= PROFILE_ALL || !(k->objects & 15))
		profile(set, k, object, address);
}

static void join(struct slabscan_cluster_set *set, struct kind *dst, const struct kind *src)
{
	u32 i;

	for (i = 0; i < set->nr_words; i++)
		slabscan_profile_merge(&dst->words[i], &src->words[i]);
	dst->objects += src->objects;
	dst->error += src->error;
	dst->profiled += src->profiled;
	dst->confidence = min(dst->confidence, src->confidence);
	for (i = 0; i < src->nr_samples && dst->nr_samples < SLABSCAN_CLUSTER_SAMPLES; i++)
		dst->samples[dst->nr_samples++] = src->samples[i];
	refresh(set, dst);
}

void slabscan_cluster_merge(struct slabscan_cluster_set *dst, const struct slabscan_cluster_set *src)
{
	u32 i, j;

	for (i = 0; i < src->nr_kinds; i++) {
		const struct kind *from = &src->kinds[i];
		struct kind *best = NULL;
		u32 most = SAME - 1;

		for (j = 0; j < dst->nr_kinds; j++) {
			u32 alike = kind_likeness(dst, &dst->kinds[j], from);

			if (alike > most) {
				most = alike;
				best = &dst->kinds[j];
			}
		}
		if (!best)
			best = found(dst);
		join(dst, best, from);
	}
	dst->total += src->total;
	dst->error = max(dst->error, src->error);
}

static void rank(struct slabscan_cluster_set *set)
{
	u32 i, j;

	for (i = 0; i < set->nr_kinds; i++) {
		for (j = i; j && set->kinds[set->order[j - 1]].objects < set->kinds[i].objects; j--)
			set->order[j] = set->order[j - 1];
		set->order[j] = i;
	}
}

void slabscan_cluster_finish(struct slabscan_cluster_set *set)
{
	u32 i, j, alike;

	for (i = 0; i < set->nr_kinds; i++)
		refresh(set, &set->kinds[i]);
	rank(set);
	for (i = 0; i < set->nr_kinds; i++) {
		struct kind *a = &set->kinds[set->order[i]];

		for (j = i + 1; a->objects && j < set->nr_kinds; j++) {
			struct kind *b = &set->kinds[set->order[j]];

			if (!b->objects)
				continue;
			alike = kind_likeness(set, a, b);
			if (alike < SAME)
				continue;
			join(set, a, b);
			a->confidence = min(a->confidence, alike * 1000);
			b->objects = 0;
		}
	}
	rank(set);
	while (set->nr_kinds && !set->kinds[set->order[set->nr_kinds - 1]].objects)
		set->nr_kinds--;
	memset(set->recent, 0, sizeof(set->recent));
}

bool slabscan_cluster_get(const struct slabscan_cluster_set *set, u32 rank, struct slabscan_cluster *ret)
{
	const struct kind *k;

	if (rank >= set->nr_kinds)
		return false;
	k = &set->kinds[set->order[rank]];
	ret->objects = k->objects;
	ret->error = k->error;
	ret->profiled = k->profiled;
	ret->confidence = k->confidence;
	ret->nr_words = set->nr_words;
	ret->words = k->words;
	ret->nr_samples = k->nr_samples;
	ret->samples = k->samples;
	return true;
}

u64 slabscan_cluster_total(const struct slabscan_cluster_set *set)
{
	return set->total;
}

u64 slabscan_cluster_error(const struct slabscan_cluster_set *set)
{
	return set->error;
}

int slabscan_cluster_match(struct slabscan_cluster_set *set, const void *object, u64 address)
{
	u32 i, most = ALIKE - 1;
	int best = -1;

	classify(set, object, address);
	for (i = 0; i < set->nr_kinds; i++) {
		u32 alike = object_likeness(set, &set->kinds[set->order[i]]);

		if (alike > most) {
			most = alike;
			best = i;
		}
	}
	return best;
}
