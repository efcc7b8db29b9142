// SPDX-License-Identifier: GPL-2.0-only
/*
 * report.c - clusters as records
 *
 * Turns what core counted into what a reader can use: names for numbers, a chase for each pointer that leads into a slab, the strings that the samples
 * hold, the links between clusters. Samples are read again here, fault-safe; they may have changed or gone since the scan.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat/compat.h"
#include "chase.h"
#include "core/fingerprint.h"
#include "kmem.h"
#include "ksym.h"
#include "own.h"
#include "report.h"
#include "resolve.h"

#define MAX_SYMBOLS	16	/* told of a cluster */
#define MAX_STRINGS	8
#define MIN_STRING	4	/* characters */
#define SAMPLE_BYTES	1024	/* of each sample that are searched for strings */

struct string {
	char text[SLABSCAN_TEXT_MAX];
	u32 offset, objects;
};

struct scratch {
	char symbol[SLABSCAN_SYMBOL_MAX];
	struct slabscan_symbol found;
	unsigned long symbols[MAX_SYMBOLS];	/* starts */
	u32 nr_symbols;
	struct string strings[MAX_STRINGS];
	u32 nr_strings;
	u8 bytes[SAMPLE_BYTES];
	const struct slabscan_report_rank *rank;	/* by rank, from 0 */
	u32 nr_ranks;
	struct slabscan_chase chase[SLABSCAN_CLUSTER_WORDS];
};

static bool referent_name(void *ctx, u8 class, u64 id, char *buf, size_t size)
{
	const struct slabscan_caches *all = ctx;
	struct slabscan_symbol s;

	if (class == SLABSCAN_WORD_SLAB) {
		if (!id || id > all->nr)
			return false;
		strscpy(buf, all->cache[id - 1].name, size);
		return true;
	}
	if (!slabscan_ksym_name(id, &s))
		return false;
	scnprintf(buf, size, "%s [%s]", s.name, s.module);
	return true;
}

/**
 * slabscan_report_fingerprint() - number of a cluster
 * @all: caches of the scan
 * @c: the cluster
 * @object_size: of its objects
 *
 * Context: may sleep.
 */
u32 slabscan_report_fingerprint(const struct slabscan_caches *all, const struct slabscan_cluster *c, u32 object_size)
{
	char buf[SLABSCAN_NAME_MAX + 136];

	return slabscan_fingerprint(c->words, c->nr_words, object_size, referent_name, (void *)all, buf, sizeof(buf));
}

static void note_symbol(struct scratch *s, unsigned long addr)
{
	u32 i;

	if (!slabscan_ksym_name(addr, &s->found))
		return;
	for (i = 0; i < s->nr_symbols; i++)
		if (s->symbols[i] == s->found.start)
			return;
	if (s->nr_symbols < MAX_SYMBOLS)
		s->symbols[s->nr_symbols++] = s->found.start;
}

static void note_string(struct scratch *s, const u8 *text, u32 len, u32 offset)
{
	u32 n = min_t(u32, len, SLABSCAN_TEXT_MAX - 1), i;

	for (i = 0; i < s->nr_strings; i++) {
		struct string *t = &s->strings[i];

		if (t->offset == offset && strlen(t->text) == n && !memcmp(t->text, text, n)) {
			t->objects++;
			return;
		}
	}
	if (s->nr_strings == MAX_STRINGS)
		return;
	memcpy(s->strings[i].text, text, n);
	s->strings[i].text[n] = 0;
	s->strings[i].offset = offset;
	s->strings[i].objects = 1;
	s->nr_strings++;
}

static void find_strings(struct scratch *s, u64 sample, u32 size)
{
	u32 i, start = 0;

	size = min_t(u32, size, SAMPLE_BYTES);
	if (slabscan_kmem_read_object(s->bytes, sample, size))
		return;
	for (i = 0; i <= size; i++) {
		if (i < size && s->bytes[i] >= 0x20 && s->bytes[i] <= 0x7e)
			continue;
		/* a string ends with a NUL or with the object; others are chance */
		if (i - start >= MIN_STRING && (i == size || !s->bytes[i]))
			note_string(s, s->bytes + start, i - start, start);
		start = i + 1;
	}
}

/* Pointers and strings of a cluster: what the records below tell in detail. */
static void explore(struct scratch *s, const struct slabscan_caches *all, const struct slabscan_cluster *c, u32 object_size)
{
	u32 i, share;
	int hold = slabscan_kmem_hold();

	s->nr_symbols = 0;
	s->nr_strings = 0;
	memset(s->chase, 0, sizeof(s->chase));
	for (i = 0; i < c->nr_words; i++) {
		u8 class = slabscan_profile_class(&c->words[i], &share);

		if (c->words[i].nr[SLABSCAN_WORD_SYMBOL] * 5 >= c->profiled)
			note_symbol(s, c->words[i].ref.value);
		if (class == SLABSCAN_WORD_SLAB && share >= 300000 &&
		    slabscan_chase_find(all, c->samples, c->nr_samples, i * 8, &s->chase[i]))
			note_symbol(s, s->chase[i].symbol);
		cond_resched_tasks_rcu_qs();
	}
	for (i = 0; i < c->nr_samples; i++)
		find_strings(s, c->samples[i], object_size);
	slabscan_kmem_release(hold);
}

static u32 ppm(u64 part, u64 whole)
{
	return whole ? min_t(u64, div64_u64(part * 1000000, whole), 1000000) : 0;
}

static void put_chase(struct slabscan_result *r, struct scratch *s, const struct slabscan_caches *all, const struct slabscan_chase *chase)
{
	size_t nest, hop;
	u32 i;

	if (!chase->nr || !slabscan_ksym_text(chase->symbol, s->symbol, sizeof(s->symbol)))
		return;
	nest = slabscan_nest_begin(r, SLABSCAN_A_CHASE);
	for (i = 0; i < chase->nr; i++) {
		hop = slabscan_nest_begin(r, SLABSCAN_A_HOP);
		slabscan_put_string(r, SLABSCAN_A_TARGET_CACHE, all->cache[chase->hop[i].cache].name);
		slabscan_put_u32(r, SLABSCAN_A_OFFSET, chase->hop[i].offset);
		slabscan_nest_end(r, hop);
	}
	slabscan_put_string(r, SLABSCAN_A_SYMBOL, s->symbol);
	slabscan_put_u32(r, SLABSCAN_A_SHARE, ppm(chase->held, chase->tried));
	slabscan_nest_end(r, nest);
}

static u32 list_state(const struct slabscan_cluster *c, u32 i, u8 class, int own)
{
	const struct slabscan_profile *p = &c->words[i];
	u32 share;

	if (class == SLABSCAN_WORD_SELF && p->empty * 2 > p->nr[SLABSCAN_WORD_SELF])
		return SLABSCAN_LIST_EMPTY;
	if (class == SLABSCAN_WORD_POISON)
		return SLABSCAN_LIST_POISON;
	/* next and prev, both into this cache */
	if (class == SLABSCAN_WORD_SLAB && p->ref.value == own + 1 && p->ref.seen * 2 > p->nr[class] && i + 1 < c->nr_words &&
	    slabscan_profile_class(&c->words[i + 1], &share) == SLABSCAN_WORD_SLAB && c->words[i + 1].ref.value == own + 1)
		return SLABSCAN_LIST_CLUSTER;
	return SLABSCAN_LIST_NONE;
}

static void put_word(struct slabscan_result *r, struct scratch *s, const struct slabscan_caches *all, int own,
		     const struct slabscan_cluster *c, u32 rank, u32 i)
{
	const struct slabscan_profile *p = &c->words[i];
	u32 share, list;
	u8 class = slabscan_profile_class(p, &share);
	u32 total = slabscan_profile_total(p);

	slabscan_record_begin(r, SLABSCAN_A_RECORD_WORD);
	slabscan_put_u32(r, SLABSCAN_A_RANK, rank);
	slabscan_put_u32(r, SLABSCAN_A_OFFSET, i * 8);
	slabscan_put_u32(r, SLABSCAN_A_CLASS, class);
	slabscan_put_u32(r, SLABSCAN_A_SHARE, share);
	slabscan_put_u64(r, SLABSCAN_A_DISTINCT, min(slabscan_profile_distinct(p), total));
	if (p->value.seen * 10ULL >= total * 9ULL)
		slabscan_put_u64(r, SLABSCAN_A_VALUE, p->value.value);
	slabscan_put_u64(r, SLABSCAN_A_VALUE_MIN, p->min);
	slabscan_put_u64(r, SLABSCAN_A_VALUE_MAX, p->max);
	if (class == SLABSCAN_WORD_SYMBOL && p->ref.seen * 2 > p->nr[class] &&
	    slabscan_ksym_text(p->ref.value + (p->offset.seen * 10ULL >= p->nr[class] * 9ULL ? p->offset.value : 0),
			       s->symbol, sizeof(s->symbol)))
		slabscan_put_string(r, SLABSCAN_A_SYMBOL, s->symbol);
	if (class == SLABSCAN_WORD_SLAB && p->ref.seen * 2 > p->nr[class] && p->ref.value && p->ref.value <= all->nr) {
		slabscan_put_string(r, SLABSCAN_A_TARGET_CACHE, all->cache[p->ref.value - 1].name);
		if (p->offset.seen * 2 > p->nr[class])
			slabscan_put_u32(r, SLABSCAN_A_TARGET_OFFSET, p->offset.value);
	}
	if (class == SLABSCAN_WORD_DATA && p->value.seen * 2 > p->nr[class] && slabscan_resolve_is_symbol(p->value.value) &&
	    slabscan_ksym_string(p->value.value, s->symbol, SLABSCAN_TEXT_MAX))
		slabscan_put_string(r, SLABSCAN_A_TEXT, s->symbol);
	if (class == SLABSCAN_WORD_SELF && p->offset.seen * 2 > p->nr[class])
		slabscan_put_u32(r, SLABSCAN_A_TARGET_OFFSET, p->offset.value);
	list = list_state(c, i, class, own);
	if (list)
		slabscan_put_u32(r, SLABSCAN_A_LIST, list);
	put_chase(r, s, all, &s->chase[i]);
	slabscan_record_end(r);
}

/* @named: with its cache, since it is not the only one. The record stays open. */
static void put_cluster(struct slabscan_result *r, struct scratch *s, const struct slabscan_caches *all, const struct slabscan_cache *cache,
			const struct slabscan_cluster *c, u32 rank, u64 live, int record, bool named)
{
	size_t nest;
	u32 i;

	slabscan_record_begin(r, record);
	if (named)
		slabscan_put_cache(r, cache);
	slabscan_put_u32(r, SLABSCAN_A_RANK, rank);
	slabscan_put_u64(r, SLABSCAN_A_OBJECTS, c->objects);
	slabscan_put_u32(r, SLABSCAN_A_SHARE, ppm(c->objects, live));
	slabscan_put_u64(r, SLABSCAN_A_BYTES, c->objects * cache->size);
	slabscan_put_u32(r, SLABSCAN_A_FINGERPRINT, slabscan_report_fingerprint(all, c, cache->object_size));
	slabscan_put_u32(r, SLABSCAN_A_CONFIDENCE, c->confidence);
	slabscan_put_u64(r, SLABSCAN_A_COUNT_ERROR, c->error);
	slabscan_put_u64(r, SLABSCAN_A_PROFILED, c->profiled);
	for (i = 0; i < c->nr_samples; i++)
		slabscan_put_u64(r, SLABSCAN_A_EXAMPLE, c->samples[i]);
	for (i = 0; i < s->nr_symbols; i++)
		if (slabscan_ksym_text(s->symbols[i], s->symbol, sizeof(s->symbol)))
			slabscan_put_string(r, SLABSCAN_A_SYMBOL, s->symbol);
	for (i = 0; i < s->nr_strings; i++) {
		nest = slabscan_nest_begin(r, SLABSCAN_A_STRING);
		slabscan_put_string(r, SLABSCAN_A_TEXT, s->strings[i].text);
		slabscan_put_u32(r, SLABSCAN_A_OFFSET, s->strings[i].offset);
		slabscan_put_u64(r, SLABSCAN_A_OBJECTS, s->strings[i].objects);
		slabscan_nest_end(r, nest);
	}
}

/* The rank of the cluster of @target to which an object belongs, from 1; 0: it has none. */
static u32 rank_of(struct scratch *s, const struct slabscan_report_set *sets, u32 target, unsigned long object)
{
	u32 size = min_t(u32, sets[target].cache->object_size, sizeof(s->bytes)), i;
	int at;

	BUILD_BUG_ON(SAMPLE_BYTES < SLABSCAN_SCAN_BYTES);
	if (slabscan_kmem_read_object(s->bytes, object, size))
		return 0;
	at = slabscan_cluster_match(sets[target].set, s->bytes, object);
	for (i = 0; i < s->nr_ranks; i++)
		if (s->rank[i].set == target && s->rank[i].at == at)
			return i + 1;
	return 0;
}

/* Which cluster of @target do the samples of this one point to at @i? */
static void put_links(struct slabscan_result *r, struct scratch *s, const struct slabscan_caches *all, const struct slabscan_report_set *sets,
		      u32 target, const struct slabscan_cluster *c, u32 rank, u32 i)
{
	u32 k, hits = 0, tried = 0, to = 0;

	for (k = 0; k < c->nr_samples; k++) {
		struct slabscan_target t;
		unsigned long v;
		int hold = slabscan_kmem_hold();
		u32 at = 0;

		if (!slabscan_kmem_read_object(&v, c->samples[k] + i * 8, sizeof(v)) && slabscan_resolve_slab(all, v, &t) && t.object != c->samples[k] &&
		    &all->cache[t.cache] == sets[target].cache)
			at = rank_of(s, sets, target, t.object);
		slabscan_kmem_release(hold);
		tried++;
		if (!at || at == rank)
			continue;
		if (!to)
			to = at;
		hits += at == to;
	}
	if (!to || hits * 2 < tried)
		return;
	slabscan_record_begin(r, SLABSCAN_A_RECORD_LINK);
	slabscan_put_u32(r, SLABSCAN_A_RANK, rank);
	slabscan_put_u32(r, SLABSCAN_A_TO_RANK, to);
	slabscan_put_u32(r, SLABSCAN_A_OFFSET, i * 8);
	slabscan_put_u32(r, SLABSCAN_A_SHARE, ppm(hits, tried));
	slabscan_record_end(r);
}

/* Into which of the sets does the word of most of these objects point? */
static u32 target_of(const struct slabscan_caches *all, const struct slabscan_report_set *sets, u32 nr, const struct slabscan_cluster *c, u32 i)
{
	u64 id = c->words[i].ref.value;
	u32 target;

	if (!id || id > all->nr || c->words[i].nr[SLABSCAN_WORD_SLAB] * 2 <= c->profiled)
		return nr;
	for (target = 0; target < nr && sets[target].cache != &all->cache[id - 1]; target++)
		;
	return target;
}

/**
 * slabscan_report_rank() - order the clusters of some caches by bytes
 * @sets: the clusters
 * @nr: how many sets
 * @limit: clusters at most
 * @ret: room for @limit; filled, the largest first
 *
 * Context: may sleep; @limit times @nr steps.
 * Return: how many there are.
 */
u32 slabscan_report_rank(struct slabscan_report_set *sets, u32 nr, u32 limit, struct slabscan_report_rank *ret)
{
	struct slabscan_cluster c;
	u32 n, i;

	for (i = 0; i < nr; i++)
		sets[i].ranked = 0;
	for (n = 0; n < limit; n++) {
		ret[n].bytes = 0;
		for (i = 0; i < nr; i++) {
			if (!slabscan_cluster_get(sets[i].set, sets[i].ranked, &c) || c.objects * sets[i].cache->size <= ret[n].bytes)
				continue;
			ret[n].set = i;
			ret[n].bytes = c.objects * sets[i].cache->size;
		}
		if (!ret[n].bytes)
			break;
		ret[n].at = sets[ret[n].set].ranked++;
		cond_resched_tasks_rcu_qs();
	}
	return n;
}

static void put_all(struct slabscan_result *r, struct scratch *s, const struct slabscan_caches *all, const struct slabscan_report_set *sets, u32 nr,
		    u64 live, bool named)
{
	struct slabscan_cluster c;
	u32 rank, target, i;

	for (rank = 1; rank <= s->nr_ranks; rank++) {
		const struct slabscan_report_set *set = &sets[s->rank[rank - 1].set];

		if (!slabscan_cluster_get(set->set, s->rank[rank - 1].at, &c))
			continue;
		explore(s, all, &c, set->cache->object_size);
		put_cluster(r, s, all, set->cache, &c, rank, live, SLABSCAN_A_RECORD_CLUSTER, named);
		slabscan_record_end(r);
		for (i = 0; i < c.nr_words; i++) {
			put_word(r, s, all, set->cache - all->cache, &c, rank, i);
			target = target_of(all, sets, nr, &c, i);
			if (target < nr)
				put_links(r, s, all, sets, target, &c, rank, i);
			cond_resched_tasks_rcu_qs();
		}
	}
}

/**
 * slabscan_report_clusters() - write RECORD_CLUSTER, RECORD_WORD and RECORD_LINK
 * @r: where to
 * @all: caches of the scan
 * @sets: the clusters, by cache
 * @nr: how many sets
 * @rank: which clusters, from slabscan_report_rank()
 * @nr_ranks: how many
 * @live: objects that shares refer to
 * @named: each cluster tells of which cache it is
 *
 * Context: may sleep. Errors end up in @r.
 */
void slabscan_report_clusters(struct slabscan_result *r, const struct slabscan_caches *all, const struct slabscan_report_set *sets, u32 nr,
			      const struct slabscan_report_rank *rank, u32 nr_ranks, u64 live, bool named)
{
	struct scratch *s = kvzalloc(sizeof(*s), SLABSCAN_GFP);

	if (!s) {
		slabscan_result_fail(r, -ENOMEM);
		return;
	}
	s->rank = rank;
	s->nr_ranks = nr_ranks;
	put_all(r, s, all, sets, nr, live, named);
	kvfree(s);
}

/**
 * slabscan_report_groups() - write RECORD_GROUP and RECORD_WORD
 * @r: where to
 * @all: caches of the search
 * @cache: whose objects these are; one of @all
 * @set: finished
 * @total: objects that shares refer to
 * @limit: groups at most
 * @excuse: why they are unreferenced though nobody lost them, or NULL
 * @rank: of the last group that was written; counted up
 *
 * Context: may sleep. Errors end up in @r.
 */
void slabscan_report_groups(struct slabscan_result *r, const struct slabscan_caches *all, const struct slabscan_cache *cache,
			    struct slabscan_cluster_set *set, u64 total, u32 limit, const char *excuse, u32 *rank)
{
	struct slabscan_cluster c;
	struct scratch *s;
	u32 i, n;

	s = slabscan_own_alloc(sizeof(*s));
	if (!s) {
		slabscan_result_fail(r, -ENOMEM);
		return;
	}
	for (n = 0; n < limit && slabscan_cluster_get(set, n, &c); n++) {
		explore(s, all, &c, cache->object_size);
		put_cluster(r, s, all, cache, &c, ++*rank, total, SLABSCAN_A_RECORD_GROUP, true);
		if (excuse)
			slabscan_put_string(r, SLABSCAN_A_MESSAGE, excuse);
		slabscan_record_end(r);
		for (i = 0; i < c.nr_words; i++)
			put_word(r, s, all, cache - all->cache, &c, *rank, i);
		cond_resched_tasks_rcu_qs();
	}
	slabscan_own_free(s);
}
