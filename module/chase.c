// SPDX-License-Identifier: GPL-2.0-only
/*
 * chase.c - follow pointers through slab objects until a symbol tells what they are
 *
 * This is what an engineer does by hand in a dump: the object tells nothing, but it points to another, which points to an ops table. Ways are
 * looked for breadth first from one sample, at most SLABSCAN_HOPS deep, over the first WORDS words of each pointee; the most telling symbol that is near
 * wins. Then the other samples are asked whether the same way leads to the same symbol there.
 *
 * All memory is read fault-safe into a buffer. A pointee may be free, and then its content is old: a way counts only by the number of samples in
 * which it holds.
 *
 * Callers are inside slabscan_kmem_hold().
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat/compat.h"
#include "chase.h"
#include "kmem.h"
#include "ksym.h"
#include "resolve.h"

#define WORDS	128	/* of a pointee */
#define MIN_SCORE 4	/* less tells nothing */
#define QUEUE	48	/* pointees visited from one sample */

struct node {
	unsigned long object;
	struct slabscan_chase way;	/* how we came here; the last hop's offset is still open */
};

struct search {
	struct node queue[QUEUE];
	u64 words[WORDS];
	struct slabscan_symbol symbol;
};

static bool ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), t = strlen(tail);

	return n >= t && !strcmp(s + n - t, tail);
}

/* A table of a module says who it is; a table of the kernel nearly so; init_net and the like are everywhere. */
static u32 score(struct search *s, unsigned long addr, u32 depth)
{
	u32 points;

	if (!slabscan_ksym_name(addr, &s->symbol))
		return 0;
	points = 10;
	if (s->symbol.module[0])
		points += 40;
	if (ends_with(s->symbol.name, "ops") || ends_with(s->symbol.name, "operations") || ends_with(s->symbol.name, "_type") ||
	    ends_with(s->symbol.name, "_protocol") || ends_with(s->symbol.name, "_prot"))
		points += 25;
	if (addr == s->symbol.start)
		points += 10;
	if (!strncmp(s->symbol.name, "init_", 5) || ends_with(s->symbol.name, "noop_backing_dev_info") || !strcmp(s->symbol.name, "__stop___jump_table"))
		points = 2;
	/* inside a module's own descriptor is where lists of all modules pass; its start is what "owner" points to */
	if (!strcmp(s->symbol.name, "__this_module") && addr != s->symbol.start)
		points = 2;
	return points * 8 / (8 + depth * 2);
}

static void visit(struct search *s, const struct slabscan_caches *all, const struct node *n, u32 *tail, struct slabscan_chase *best)
{
	const struct slabscan_cache *cache = &all->cache[n->way.hop[n->way.nr - 1].cache];
	u32 words = min_t(u32, cache->object_size / 8, WORDS), i;
	struct slabscan_target t;

	if (slabscan_kmem_read_object(s->words, n->object, words * 8))
		return;
	for (i = 0; i < words; i++) {
		unsigned long v = s->words[i];

		if (slabscan_resolve_is_symbol(v)) {
			u32 points = score(s, v, n->way.nr);

			if (points > best->score) {
				*best = n->way;
				best->hop[best->nr - 1].offset = i * 8;
				best->symbol = v;
				best->score = points;
			}
		} else if (n->way.nr < SLABSCAN_HOPS && *tail < QUEUE && slabscan_resolve_slab(all, v, &t)) {
			struct node *next = &s->queue[*tail];
			u32 k;

			for (k = 0; k < *tail && s->queue[k].object != t.object; k++)
				;
			if (k < *tail)
				continue;	/* seen; this also ends cycles */
			next->way = n->way;
			next->way.hop[next->way.nr - 1].offset = i * 8;
			next->way.hop[next->way.nr].cache = t.cache;
			next->way.nr++;
			next->object = t.object;
			(*tail)++;
		}
	}
}

static bool first_hop(const struct slabscan_caches *all, unsigned long object, u32 offset, struct slabscan_target *t)
{
	unsigned long v;

	return !slabscan_kmem_read_object(&v, object + offset, sizeof(v)) && slabscan_resolve_slab(all, v, t);
}

/* Does the way lead to the same place from this sample? */
static bool holds(const struct slabscan_caches *all, unsigned long object, u32 offset, const struct slabscan_chase *way)
{
	struct slabscan_target t;
	unsigned long v;
	u32 i;

	if (!first_hop(all, object, offset, &t))
		return false;
	for (i = 0; i < way->nr; i++) {
		if (t.cache != way->hop[i].cache || slabscan_kmem_read_object(&v, t.object + way->hop[i].offset, sizeof(v)))
			return false;
		if (i + 1 < way->nr && !slabscan_resolve_slab(all, v, &t))
			return false;
	}
	return v == way->symbol;
}

/**
 * slabscan_chase_find() - the way that tells most
 * @all: caches
 * @samples: addresses of similar objects
 * @nr: how many
 * @offset: of a word that is a pointer to a slab object in most of them
 * @ret: filled on success
 *
 * Context: inside slabscan_kmem_hold(); may sleep. Some hundred fault-safe reads.
 * Return: false if there is none that holds in at least half of the samples, or no memory.
 */
bool slabscan_chase_find(const struct slabscan_caches *all, const u64 *samples, u32 nr, u32 offset, struct slabscan_chase *ret)
{
	struct slabscan_target t;
	struct search *s;
	u32 i, head, tail;
	bool found = false;

	s = kvmalloc(sizeof(*s), SLABSCAN_GFP);
	if (!s)
		return false;
	/* if the first sample is an odd one, the second will do */
	for (i = 0; i < min(nr, 3U) && !found; i++) {
		struct slabscan_chase best = { 0 };
		u32 k;

		if (!first_hop(all, samples[i], offset, &t))
			continue;
		memset(&s->queue[0], 0, sizeof(s->queue[0]));
		s->queue[0].object = t.object;
		s->queue[0].way.nr = 1;
		s->queue[0].way.hop[0].cache = t.cache;
		for (head = 0, tail = 1; head < tail; head++) {
			/* a copy: visit() appends */
			struct node n = s->queue[head];

			visit(s, all, &n, &tail, &best);
			cond_resched_tasks_rcu_qs();
		}
		if (best.score < MIN_SCORE)
			continue;
		for (k = 0; k < nr; k++) {
			best.tried++;
			best.held += holds(all, samples[k], offset, &best);
		}
		if (best.held * 2 >= best.tried) {
			*ret = best;
			found = true;
		}
	}
	kvfree(s);
	return found;
}
