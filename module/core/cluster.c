// SPDX-License-Identifier: GPL-2.0-only
/*
 * cluster.c - online clustering by word classes
 *
 * A kind is a profile (how often each word had which class) and, distilled from it, a template (template.c). While it learns, each object is classified
 * word by word and
 *   1. hashed, tolerantly; if an object with that hash came lately it joins the same kind;
 *   2. else compared with the template of each kind, and joins the one that it fits best, if it fits;
 *   3. else founds a kind. When there is no room the kind with the least count and error gives way, and that sum is the error of the new one: it may
 *      have been there before. This is SpaceSaving (Metwally et al., 2005): no count is off by more than objects fed / kinds.
 *
 * The first objects of a kind found it on little evidence, so one mass may start as several kinds. From time to time, and at the end, kinds are joined
 * by the same measure, template against template.
 *
 * What was learned is compiled into an index (index.c) that finds the kind of most objects by range checks alone. Those are counted and left alone but
 * for every so many, which go the long way: they are profiled, and they prove that the index still tells the truth.
 *
 * Where a cache is a jumble, in which nearly no object fits any kind and no kind is large, the long way is taken by some of the unknown objects only; the
 * others are counted as fed, and no count is off by more than their number.
 *
 * Cost: O(words) per object in the common case, O(kinds * words) per object on the long way. Memory: fixed.
 */
#include "cluster.h"
#include "index.h"
#include "template.h"

#define HASH		0x9e3779b97f4a7c15ULL
#define RECENT_BITS	11
#define FIRST_LEARN	128	/* objects before kinds are joined and compiled for the first time */
#define LEARN_GAP	8192	/* objects that go the long way from one time to the next, at most */
#define KNOWN		8	/* members that were profiled before a kind's own typical evidence counts */
#define FAMILY		8	/* kinds that differ in nothing but what they point to, before that is taken for noise */
#define ALIKE		(4 * 16)	/* evidence, in sixteenths of a bit, that they must give for one kind beside that */
#define INDEX_MIN	32	/* members that were profiled before a kind is indexed; four times as many as were when that let others in */
#define CHECK_MAX	1024	/* of so many indexed objects one goes the long way, at least */
#define JUMBLE_WINDOW	128	/* objects on the long way from which a jumble is judged */
#define JUMBLE_WORDS	65536	/* words of objects that went the long way before that */
#define JUMBLE_SHIFT	8	/* in the worst one object of so many (log2) goes the long way */
#define MASS		32	/* one of so many objects is a mass: its count must not suffer, no jumble */
#define TELLING		(8 * 16)	/* evidence of a member, in sixteenths of a bit: less may be chance */
#define ROOMY_WORDS	32	/* above, there are half as many kinds */

struct kind {
	u64 objects, error;
	u32 profiled, confidence;
	u32 refresh_at;
	s32 typical;	/* evidence of a member */
	u32 serial;	/* changes when the slot is given to another kind */
	u32 until;	/* indexed objects until one is checked */
	u32 index_at;	/* members that must have been profiled before it is indexed */
	u32 nr_samples;
	u64 samples[SLABSCAN_CLUSTER_SAMPLES];
	struct slabscan_profile *words;
	struct slabscan_expect *expect;
};

struct slabscan_cluster_set {
	const struct slabscan_env *env;
	u32 object_size, nr_words;
	u32 nr_kinds, max_kinds, serial;
	u64 total, error;
	u64 slow, learn_at;		/* objects that went the long way; when to learn next */
	u64 skipped, skip_turn;
	u32 window, strangers, skip_shift;
	struct {
		u64 hash;
		u32 kind, serial;
	} recent[1 << RECENT_BITS];
	struct slabscan_memo memo;
	struct slabscan_word now[SLABSCAN_CLUSTER_WORDS];
	u16 order[SLABSCAN_CLUSTER_KINDS];
	struct kind kinds[SLABSCAN_CLUSTER_KINDS];
	struct slabscan_index index;
	/* then all profiles, all templates, the index's ranges */
};

static u32 words_of(u32 object_size)
{
	return clamp_t(u32, object_size / 8, 1, SLABSCAN_CLUSTER_WORDS);
}

static u32 kinds_of(u32 object_size)
{
	return words_of(object_size) > ROOMY_WORDS ? SLABSCAN_CLUSTER_KINDS / 2 : SLABSCAN_CLUSTER_KINDS;
}

size_t slabscan_cluster_size(u32 object_size)
{
	size_t n = (size_t)kinds_of(object_size) * words_of(object_size);

	return sizeof(struct slabscan_cluster_set) + n * (sizeof(struct slabscan_profile) + sizeof(struct slabscan_expect)) +
	       (size_t)SLABSCAN_INDEX_KINDS * words_of(object_size) * sizeof(struct slabscan_box);
}

struct slabscan_cluster_set *slabscan_cluster_init(void *mem, u32 object_size, const struct slabscan_env *env)
{
	struct slabscan_cluster_set *set = mem;
	struct slabscan_profile *words;
	struct slabscan_expect *expect;
	u32 i;

	memset(set, 0, sizeof(*set));
	set->env = env;
	set->object_size = object_size;
	set->nr_words = words_of(object_size);
	set->max_kinds = kinds_of(object_size);
	set->learn_at = FIRST_LEARN;
	words = (void *)(set + 1);
	expect = (void *)(words + (size_t)set->max_kinds * set->nr_words);
	for (i = 0; i < set->max_kinds; i++) {
		set->kinds[i].words = words + (size_t)i * set->nr_words;
		set->kinds[i].expect = expect + (size_t)i * set->nr_words;
	}
	slabscan_index_init(&set->index, (void *)(expect + (size_t)set->max_kinds * set->nr_words), set->nr_words);
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

static void refresh(const struct slabscan_cluster_set *set, struct kind *k)
{
	k->typical = slabscan_template_learn(k->expect, k->words, set->nr_words);
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
	else if (is_power_of_2(k->profiled))
		k->samples[k->profiled * HASH >> 60] = address;
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

static void join(struct slabscan_cluster_set *set, struct kind *dst, const struct kind *src)
{
	u32 i;

	for (i = 0; i < set->nr_words; i++)
		slabscan_profile_merge(&dst->words[i], &src->words[i]);
	dst->objects += src->objects;
	dst->error += src->error;
	dst->profiled += src->profiled;
	dst->confidence = min(dst->confidence, src->confidence);
	dst->index_at = max(dst->index_at, src->index_at);
	for (i = 0; i < src->nr_samples && dst->nr_samples < SLABSCAN_CLUSTER_SAMPLES; i++)
		dst->samples[dst->nr_samples++] = src->samples[i];
	refresh(set, dst);
}

/* What speaks for two kinds being one; not above 0 if too little does. */
static s32 pair(const struct slabscan_cluster_set *set, const struct kind *a, const struct kind *b, u32 *sure)
{
	s32 s = slabscan_template_pair(a->expect, b->expect, set->nr_words, sure, NULL), need = 0;

	/* those that are well known must recognise themselves in the other, or a kind that is mostly noise would swallow all */
	if (a->profiled >= KNOWN)
		need = a->typical;
	if (b->profiled >= KNOWN)
		need = max(need, b->typical);
	return s * 2 > need ? s : min(s, 0);
}

/*
 * Objects of one kind may each point to another symbol: a trace_event_file to its event. Then each founds a kind, since what all members of a kind point
 * to tells kinds apart. But where many kinds of few members differ in nothing else, and hardly any referent came twice, it tells nothing.
 */
static void join_families(struct slabscan_cluster_set *set)
{
	u8 member[SLABSCAN_CLUSTER_KINDS];
	u32 i, j, n, objects, sure, least, strange, where;

	for (i = 0; i < set->nr_kinds; i++) {
		struct kind *a = &set->kinds[i];

		if (!a->objects || a->profiled >= KNOWN)
			continue;
		n = 0;
		where = 0;
		objects = a->profiled;
		least = 1000000;
		for (j = i + 1; j < set->nr_kinds; j++) {
			struct kind *b = &set->kinds[j];

			strange = 0;
			if (b->objects && b->profiled < KNOWN &&
			    slabscan_template_pair(a->expect, b->expect, set->nr_words, &sure, &strange) >= ALIKE && strange &&
			    strange != SLABSCAN_TEMPLATE_SEVERAL && (!where || strange == where)) {
				where = strange;
				member[n++] = j;
				objects += b->profiled;
				least = min(least, sure);
			}
		}
		if (n + 1 < FAMILY || objects > 2 * (n + 1))
			continue;
		for (j = 0; j < n; j++) {
			join(set, a, &set->kinds[member[j]]);
			set->kinds[member[j]].objects = 0;
		}
		a->confidence = min(a->confidence, least);
	}
}

/* Joins kinds that are one. Afterwards kinds have other numbers. */
static void consolidate(struct slabscan_cluster_set *set)
{
	u32 i, j, sure;

	rank(set);
	for (j = 0; j < set->nr_kinds; j++)
		if (set->kinds[j].profiled * 2 > set->kinds[j].refresh_at)
			refresh(set, &set->kinds[j]);
	for (j = 1; j < set->nr_kinds; j++) {
		struct kind *b = &set->kinds[set->order[j]], *best = NULL;
		u32 best_sure = 0;
		s32 most = 0;

		for (i = 0; i < j; i++) {
			struct kind *a = &set->kinds[set->order[i]];
			s32 s;

			if (!a->objects)
				continue;
			s = pair(set, a, b, &sure);
			if (s > most) {
				most = s;
				best = a;
				best_sure = sure;
			}
		}
		if (best) {
			join(set, best, b);
			best->confidence = min(best->confidence, best_sure);
			b->objects = 0;
		}
	}
	join_families(set);
	for (i = 0; i < set->nr_kinds; ) {
		struct kind *hole = &set->kinds[i], *last, t;

		if (hole->objects) {
			i++;
			continue;
		}
		last = &set->kinds[--set->nr_kinds];
		t = *hole;
		*hole = *last;
		*last = t;
	}
	memset(set->recent, 0, sizeof(set->recent));
}

static void compile(struct slabscan_cluster_set *set)
{
	u32 i;

	slabscan_index_reset(&set->index);
	rank(set);
	for (i = 0; i < set->nr_kinds; i++) {
		const struct kind *k = &set->kinds[set->order[i]];

		if (k->profiled >= k->index_at)
			slabscan_index_add(&set->index, set->env, set->order[i], k->words, k->expect);
	}
	slabscan_index_build(&set->index);
	if (set->nr_kinds && set->kinds[set->order[0]].objects * 4 > set->total * 3)
		slabscan_index_guess(&set->index, set->order[0]);
}

static void learn(struct slabscan_cluster_set *set)
{
	consolidate(set);
	compile(set);
	set->learn_at = set->slow + clamp_t(u64, set->slow, FIRST_LEARN, LEARN_GAP);
}

static struct kind *found(struct slabscan_cluster_set *set)
{
	struct kind *k;
	u64 error = set->error;	/* there may be room again where there was none */
	u32 i;

	if (set->nr_kinds < set->max_kinds) {
		k = &set->kinds[set->nr_kinds++];
	} else {
		k = &set->kinds[0];
		for (i = 1; i < set->nr_kinds; i++)
			if (set->kinds[i].objects + set->kinds[i].error < k->objects + k->error)
				k = &set->kinds[i];
		slabscan_index_remove(&set->index, k - set->kinds);
		error = max(error, k->objects + k->error);
		set->error = error;
	}
	memset(k->words, 0, set->nr_words * sizeof(*k->words));
	k->objects = 0;
	k->error = error;
	k->profiled = 0;
	k->refresh_at = 1;
	k->confidence = 1000000;
	k->nr_samples = 0;
	k->until = 0;
	k->index_at = INDEX_MIN;
	k->serial = ++set->serial;
	return k;
}

/* How well the object that was classified last fits a kind, if better than @least, which is at least 0; else anything that is not above. */
static s32 fit(const struct slabscan_cluster_set *set, const struct kind *k, s32 least)
{
	/* of two that fit the larger is the likelier */
	s32 bonus = min(slabscan_log2(k->objects + 1) / 8, 8);
	s32 s = slabscan_template_object(k->expect, set->now, set->nr_words, max(least - bonus, 0));

	return s > 0 ? s + bonus : s;
}

/* The kind that it fits best. If it is as typical of @hint as members are, that is it. */
static struct kind *most_alike(struct slabscan_cluster_set *set, u32 hint)
{
	struct kind *best = NULL;
	s32 most = 0;
	u32 i;

	if (hint != SLABSCAN_INDEX_NONE) {
		best = &set->kinds[hint];
		most = fit(set, best, 0);
		if (most > 0 && most >= best->typical)
			return best;
		if (most <= 0) {
			most = 0;
			best = NULL;
		}
	}
	for (i = 0; i < set->nr_kinds; i++) {
		s32 s = fit(set, &set->kinds[i], most);

		if (s > most) {
			most = s;
			best = &set->kinds[i];
		}
	}
	return best;
}

/* Are many objects of one kind, as more than chance tells? */
static bool has_mass(const struct slabscan_cluster_set *set)
{
	u32 i;

	for (i = 0; i < set->nr_kinds; i++)
		if (set->kinds[i].objects > set->total / MASS && set->kinds[i].typical >= TELLING)
			return true;
	return false;
}

/* Is this cache a jumble? */
static void judge(struct slabscan_cluster_set *set, const struct kind *k)
{
	set->strangers += k->objects < 8 || k->typical < TELLING;
	if (++set->window < JUMBLE_WINDOW)
		return;
	if (set->slow * set->nr_words >= JUMBLE_WORDS && set->strangers > JUMBLE_WINDOW / 4 * 3 && !has_mass(set))
		set->skip_shift = min_t(u32, set->skip_shift + 4, JUMBLE_SHIFT);
	else
		set->skip_shift = 0;
	set->window = 0;
	set->strangers = 0;
}

/* The long way, for an object that the index takes for @hint's, or SLABSCAN_INDEX_NONE. */
static void feed_slowly(struct slabscan_cluster_set *set, const u8 *object, u64 address, u32 hint)
{
	u64 hash = classify(set, object, address);
	u32 slot = hash * HASH >> (64 - RECENT_BITS);
	struct kind *k;

	if (set->recent[slot].hash == hash && set->kinds[set->recent[slot].kind].serial == set->recent[slot].serial) {
		k = &set->kinds[set->recent[slot].kind];
	} else {
		k = most_alike(set, hint);
		if (!k)
			k = found(set);
		set->recent[slot].hash = hash;
		set->recent[slot].kind = k - set->kinds;
		set->recent[slot].serial = k->serial;
	}
	k->objects++;
	profile(set, k, object, address);
	sample(k, address);
	if (hint == SLABSCAN_INDEX_NONE) {
		judge(set, k);
	} else if (k != &set->kinds[hint]) {
		/* since the last proof any of them may have been another's */
		struct kind *wrong = &set->kinds[hint];

		wrong->index_at = wrong->profiled * 4;
		wrong->error += clamp_t(u64, wrong->objects / 16, 8, CHECK_MAX);
		slabscan_index_remove(&set->index, hint);
	}
	if (++set->slow >= set->learn_at)
		learn(set);
}

/* What the index says of an object is booked, or it takes the long way. */
static __always_inline void book(struct slabscan_cluster_set *set, const u8 *object, u64 address, u32 hint)
{
	set->total++;
	if (likely(hint != SLABSCAN_INDEX_NONE)) {
		struct kind *k = &set->kinds[hint];

		if (likely(k->until)) {
			k->until--;
			k->objects++;
			return;
		}
		k->until = clamp_t(u64, k->objects / 16, 8, CHECK_MAX);
	} else if (set->skip_shift && (++set->skip_turn & ((1U << set->skip_shift) - 1))) {
		set->skipped++;
		return;
	}
	feed_slowly(set, object, address, hint);
}

void slabscan_cluster_feed(struct slabscan_cluster_set *set, const void *object, u64 address)
{
	u32 hint = SLABSCAN_INDEX_NONE;

	if (likely(set->object_size >= 8))
		hint = slabscan_index_find(&set->index, object, set->nr_words);
	book(set, object, address, hint);
}

/* Where @nr_words is a constant the range checks have no loop. */
static __always_inline void feed_slab(struct slabscan_cluster_set *set, const u8 *object, u64 address, u32 stride, u32 nr, const unsigned long *live,
				      u32 nr_words)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		if (!live || test_bit(i, live))
			book(set, object, address, slabscan_index_find(&set->index, (const u64 *)object, nr_words));
		object += stride;
		address += stride;
	}
}

void slabscan_cluster_feed_slab(struct slabscan_cluster_set *set, const void *image, u64 address, u32 stride, u32 nr, const unsigned long *live)
{
	u32 i;

	if (set->object_size < 8) {
		for (i = 0; i < nr; i++)
			if (!live || test_bit(i, live))
				book(set, (const u8 *)image + (size_t)i * stride, address + (u64)i * stride, SLABSCAN_INDEX_NONE);
		return;
	}
	switch (set->nr_words) {
	case 4: feed_slab(set, image, address, stride, nr, live, 4); break;
	case 8: feed_slab(set, image, address, stride, nr, live, 8); break;
	default: feed_slab(set, image, address, stride, nr, live, set->nr_words);
	}
}

void slabscan_cluster_merge(struct slabscan_cluster_set *dst, const struct slabscan_cluster_set *src)
{
	bool both[SLABSCAN_CLUSTER_KINDS] = { false };
	u32 i, j, sure, nr = dst->nr_kinds;

	/* what the index of the sum would say is not known until it is built anew */
	slabscan_index_reset(&dst->index);
	for (i = 0; i < src->nr_kinds; i++) {
		const struct kind *from = &src->kinds[i];
		struct kind *best = NULL;
		s32 most = 0, s;

		for (j = 0; j < dst->nr_kinds; j++) {
			s = pair(dst, &dst->kinds[j], from, &sure);
			if (s > most) {
				most = s;
				best = &dst->kinds[j];
			}
		}
		if (best) {
			both[best - dst->kinds] = true;
		} else {
			best = found(dst);
			if (best - dst->kinds < nr)
				both[best - dst->kinds] = true;
		}
		join(dst, best, from);
	}
	for (i = 0; i < nr; i++)
		if (!both[i])
			dst->kinds[i].error += src->error;
	dst->total += src->total;
	dst->skipped += src->skipped;
	dst->error += src->error;
	memset(dst->recent, 0, sizeof(dst->recent));
}

void slabscan_cluster_finish(struct slabscan_cluster_set *set)
{
	u32 i;

	for (i = 0; i < set->nr_kinds; i++)
		refresh(set, &set->kinds[i]);
	consolidate(set);
	rank(set);
	slabscan_index_reset(&set->index);
}

bool slabscan_cluster_get(const struct slabscan_cluster_set *set, u32 rank, struct slabscan_cluster *ret)
{
	const struct kind *k;

	if (rank >= set->nr_kinds)
		return false;
	k = &set->kinds[set->order[rank]];
	ret->objects = k->objects;
	ret->error = k->error + set->skipped;
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
	u64 error = set->error;
	u32 i;

	for (i = 0; i < set->nr_kinds; i++)
		error = max(error, set->kinds[i].error);
	return error + set->skipped;
}

int slabscan_cluster_match(struct slabscan_cluster_set *set, const void *object, u64 address)
{
	s32 most = 0;
	int best = -1;
	u32 i;

	classify(set, object, address);
	for (i = 0; i < set->nr_kinds; i++) {
		s32 s = fit(set, &set->kinds[set->order[i]], most);

		if (s > most) {
			most = s;
			best = i;
		}
	}
	return best;
}
