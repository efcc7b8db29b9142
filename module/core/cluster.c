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
 * Cost: O(words) per object in the common case; on the long way an addition per word and kind (bounds.c), and a comparison with the few kinds that are left.
 * Memory: fixed.
 */
#include "bounds.h"
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
#define CHECK_SHARE	16	/* and more while a kind has fewer members than so many times that */
#define JUMBLE_WINDOW	128	/* objects on the long way from which a jumble is judged */
#define JUMBLE_WORDS	65536	/* words of objects that went the long way before that */
#define JUMBLE_SHIFT	8	/* in the worst one object of so many (log2) goes the long way */
#define MASS		32	/* one of so many objects is a mass: its count must not suffer, no jumble */
#define TELLING		(8 * 16)	/* evidence of a member, in sixteenths of a bit: less may be chance */
#define BONUS		8	/* sixteenths of a bit, at most, for the larger of two kinds */
#define PROFILED_MAX	((1U << 20) - 1)	/* members that a profile is made of: enough to know them, and no number of it can overflow */
#define JOINED_MAX	(1U << 28)	/* likewise, of kinds that were joined */
#define NOBODY		U32_MAX
#define BATCH		128	/* objects that are looked up at once, on the stack */
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
	s16 bound[SLABSCAN_CLUSTER_KINDS];
	struct slabscan_expect one[SLABSCAN_NR_CLASSES];
	struct slabscan_bounds bounds;
	u16 order[SLABSCAN_CLUSTER_KINDS];
	struct kind kinds[SLABSCAN_CLUSTER_KINDS];
	struct slabscan_index index;
	/* then all profiles, all templates, the index's ranges, the bounds' scores */
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

	BUILD_BUG_ON(SLABSCAN_CLUSTER_KINDS / 2 % SLABSCAN_BOUNDS_LANES);
	return sizeof(struct slabscan_cluster_set) + n * (sizeof(struct slabscan_profile) + sizeof(struct slabscan_expect)) +
	       (size_t)SLABSCAN_INDEX_KINDS * slabscan_index_gates(words_of(object_size)) * sizeof(union slabscan_gate) +
	       slabscan_bounds_size(words_of(object_size), kinds_of(object_size));
}

struct slabscan_cluster_set *slabscan_cluster_init(void *mem, u32 object_size, const struct slabscan_env *env)
{
	struct slabscan_cluster_set *set = mem;
	struct slabscan_profile *words;
	struct slabscan_expect *expect;
	union slabscan_gate *gates;
	u32 i;

	memset(set, 0, sizeof(*set));
	set->env = env;
	set->object_size = object_size;
	set->nr_words = words_of(object_size);
	set->max_kinds = kinds_of(object_size);
	set->learn_at = FIRST_LEARN;
	slabscan_template_words(set->one);
	words = (void *)(set + 1);
	expect = (void *)(words + (size_t)set->max_kinds * set->nr_words);
	for (i = 0; i < set->max_kinds; i++) {
		set->kinds[i].words = words + (size_t)i * set->nr_words;
		set->kinds[i].expect = expect + (size_t)i * set->nr_words;
	}
	gates = (void *)(expect + (size_t)set->max_kinds * set->nr_words);
	slabscan_index_init(&set->index, gates, set->nr_words);
	set->bounds.score = (void *)(gates + (size_t)SLABSCAN_INDEX_KINDS * slabscan_index_gates(set->nr_words));
	set->bounds.nr_words = set->nr_words;
	set->bounds.nr_kinds = set->max_kinds;
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

/* Whether a word of the direct map points to a slab object stands in its struct page: to fetch one after the other would be most of the work. */
static void fetch_pages(const struct slabscan_env *env, const u64 *object, u32 nr_words)
{
	u32 i;

	for (i = 0; i < nr_words; i++)
		if (object[i] - env->direct.start < env->direct.end - env->direct.start)
			prefetch((const void *)(unsigned long)(env->memmap.start + ((object[i] - env->direct.start) >> 12) * env->page));
}

/* Classifies an object into set->now and returns its hash. An object shorter than a word is its bytes, zero-extended. */
static u64 classify(struct slabscan_cluster_set *set, const u8 *object, u64 address)
{
	u64 hash = 0, value = 0;
	u32 i;

	if (set->env->page && set->object_size >= 8)
		fetch_pages(set->env, (const u64 *)object, set->nr_words);
	for (i = 0; i < set->nr_words; i++) {
		struct slabscan_word *w = &set->now[i];

		memcpy(&value, object + i * 8, min_t(u32, 8, set->object_size - i * 8));
		slabscan_word_classify(set->env, &set->memo, value, address, set->object_size, w);
		hash = (hash ^ coarse(w->class) ^ w->ref.id << 8) * HASH;
		hash ^= hash >> 29;
	}
	return hash | 1;
}

/* A kind has another template. */
static void learned(struct slabscan_cluster_set *set, struct kind *k)
{
	slabscan_bounds_set(&set->bounds, k - set->kinds, k->expect);
	k->refresh_at = k->profiled < 4096 ? k->profiled * 2 : k->profiled + 4096;
}

static void refresh(struct slabscan_cluster_set *set, struct kind *k)
{
	k->typical = slabscan_template_learn(k->expect, k->words, set->nr_words);
	learned(set, k);
}

static void profile(struct slabscan_cluster_set *set, struct kind *k, const u8 *object, u64 address)
{
	u64 value = 0;
	u32 i;

	if (k->profiled >= PROFILED_MAX)
		return;
	for (i = 0; i < set->nr_words; i++) {
		memcpy(&value, object + i * 8, min_t(u32, 8, set->object_size - i * 8));
		slabscan_profile_add(&k->words[i], &set->now[i], value, address + i * 8);
	}
	k->profiled++;
	if (k->profiled == 1) {
		k->typical = slabscan_template_first(k->expect, set->one, set->now, set->nr_words);
		learned(set, k);
	} else if (k->profiled >= k->refresh_at) {
		refresh(set, k);
	}
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

	if (dst->profiled < JOINED_MAX) {
		for (i = 0; i < set->nr_words; i++)
			slabscan_profile_merge(&dst->words[i], &src->words[i]);
		dst->profiled += src->profiled;
	}
	dst->objects += src->objects;
	dst->error += src->error;
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
		if (hole != last)
			slabscan_bounds_set(&set->bounds, i, hole->expect);
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
	s32 bonus = min(slabscan_log2(k->objects + 1) / 8, BONUS);
	s32 s = slabscan_template_object(k->expect, set->now, set->nr_words, max(least - bonus, 0));

	return s > 0 ? s + bonus : s;
}

static bool vector_begin(const struct slabscan_cluster_set *set)
{
	return set->env->vector_begin && set->env->vector_begin();
}

/* Bounds of how well what was classified last fits each kind. */
static void bound_all(struct slabscan_cluster_set *set)
{
	if (vector_begin(set)) {
		slabscan_bounds_sum_vector(&set->bounds, set->now, set->bound);
		set->env->vector_end();
	} else {
		slabscan_bounds_sum(&set->bounds, set->now, set->bound);
	}
}

/* The kind that it fits best. If it is as typical of @hint as members are, that is it. */
static struct kind *most_alike(struct slabscan_cluster_set *set, u32 hint)
{
	struct kind *best = NULL;
	s32 most = 0;
	u32 i;

	if (hint != NOBODY) {
		best = &set->kinds[hint];
		most = fit(set, best, 0);
		if (most > 0 && most >= best->typical)
			return best;
		if (most <= 0) {
			most = 0;
			best = NULL;
		}
	}
	bound_all(set);
	for (i = 0; i < set->nr_kinds; i++) {
		s32 s;

		if (set->bound[i] <= 0 || set->bound[i] + BONUS <= most)
			continue;
		s = fit(set, &set->kinds[i], most);
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

/* The long way, for an object that the index takes for @hint's, or NOBODY. */
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
	if (hint == NOBODY) {
		judge(set, k);
	} else if (k != &set->kinds[hint]) {
		/* since the last proof any of them may have been another's */
		struct kind *wrong = &set->kinds[hint];

		wrong->index_at = wrong->profiled * 4;
		wrong->error += clamp_t(u64, wrong->objects / CHECK_SHARE, 8, CHECK_MAX);
		slabscan_index_remove(&set->index, hint);
	}
	if (++set->slow >= set->learn_at)
		learn(set);
}

/* In a jumble most strangers are counted and no more. */
static __always_inline bool skip(struct slabscan_cluster_set *set)
{
	if (likely(!set->skip_shift) || !(++set->skip_turn & ((1U << set->skip_shift) - 1)))
		return false;
	set->total++;
	set->skipped++;
	return true;
}

/* An object is booked as what the index found, or takes the long way. */
static void book(struct slabscan_cluster_set *set, const u8 *object, u64 address, u8 found)
{
	u32 hint = NOBODY;

	set->total++;
	if (found != SLABSCAN_INDEX_STRANGE) {
		struct kind *k;

		hint = slabscan_index_number(&set->index, found);
		k = &set->kinds[hint];
		if (k->until) {
			k->until--;
			k->objects++;
			return;
		}
		k->until = clamp_t(u64, k->objects / CHECK_SHARE, 8, CHECK_MAX);
	}
	feed_slowly(set, object, address, hint);
}

void slabscan_cluster_feed(struct slabscan_cluster_set *set, const void *object, u64 address)
{
	u8 found = set->object_size < 8 ? SLABSCAN_INDEX_STRANGE : slabscan_index_find(&set->index, object);

	if (found != SLABSCAN_INDEX_STRANGE || !skip(set))
		book(set, object, address, found);
}

static void find_all(const struct slabscan_cluster_set *set, const u8 *image, u32 stride, u32 nr, u8 *found)
{
	if (set->index.nr && set->nr_words >= SLABSCAN_INDEX_LANES && vector_begin(set)) {
		slabscan_index_find_vector(&set->index, image, stride, nr, found);
		set->env->vector_end();
	} else if (set->object_size < 8) {
		memset(found, SLABSCAN_INDEX_STRANGE, nr);
	} else {
		slabscan_index_find_all(&set->index, image, stride, nr, found);
	}
}

/*
 * Books are kept for the index's kinds while objects of a slab go by: how many of each may come until one is checked; none of strangers.
 */
static void open_books(const struct slabscan_cluster_set *set, u32 *until)
{
	u32 i;

	for (i = 0; i < set->index.nr; i++)
		until[i] = set->kinds[slabscan_index_number(&set->index, i)].until;
	until[SLABSCAN_INDEX_STRANGE] = 0;
}

static void close_books(struct slabscan_cluster_set *set, const u32 *until)
{
	u32 i;

	for (i = 0; i < set->index.nr; i++) {
		struct kind *k = &set->kinds[slabscan_index_number(&set->index, i)];
		u32 came = k->until - until[i];

		k->until = until[i];
		k->objects += came;
		set->total += came;
	}
}

void slabscan_cluster_feed_slab(struct slabscan_cluster_set *set, const void *image, u64 address, u32 stride, u32 nr, const unsigned long *live)
{
	u32 until[SLABSCAN_INDEX_KINDS + 1], i, at, end, version;
	u8 found[BATCH];

	for (i = 0; i < nr; ) {
		const u8 *object = (const u8 *)image + (size_t)i * stride;

		end = min(nr, i + BATCH);
		find_all(set, object, stride, end - i, found);
		version = set->index.version;
		open_books(set, until);
		/* what was learned from an object may change what is found of those behind it */
		for (at = 0; i < end && version == set->index.version; i++, at++, object += stride) {
			if (live && !test_bit(i, live))
				continue;
			if (likely(until[found[at]])) {
				until[found[at]]--;
				continue;
			}
			if (found[at] == SLABSCAN_INDEX_STRANGE && skip(set))
				continue;
			close_books(set, until);
			book(set, object, address + (u64)i * stride, found[at]);
			open_books(set, until);
		}
		close_books(set, until);
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

size_t slabscan_cluster_kept_size(const struct slabscan_cluster_set *set)
{
	return sizeof(*set) + (size_t)set->nr_kinds * set->nr_words * (sizeof(struct slabscan_profile) + sizeof(struct slabscan_expect));
}

struct slabscan_cluster_set *slabscan_cluster_keep(void *mem, const struct slabscan_cluster_set *set)
{
	struct slabscan_cluster_set *kept = mem;
	struct slabscan_profile *words = (void *)(kept + 1);
	struct slabscan_expect *expect = (void *)(words + (size_t)set->nr_kinds * set->nr_words);
	u32 i;

	*kept = *set;
	kept->max_kinds = set->nr_kinds;
	memset(&kept->index, 0, sizeof(kept->index));
	memset(&kept->bounds, 0, sizeof(kept->bounds));
	for (i = 0; i < set->nr_kinds; i++) {
		struct kind *k = &kept->kinds[i];

		k->words = words + (size_t)i * set->nr_words;
		k->expect = expect + (size_t)i * set->nr_words;
		memcpy(k->words, set->kinds[i].words, set->nr_words * sizeof(*k->words));
		memcpy(k->expect, set->kinds[i].expect, set->nr_words * sizeof(*k->expect));
	}
	return kept;
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
