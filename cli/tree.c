// SPDX-License-Identifier: GPL-2.0-only
/*
 * tree.c - what leaks together, and what of it the rest hangs on
 *
 * One event may lose a whole tree: a socket, the packets in its queue, their data. Each kind by itself looks like a leak of its own, the
 * most numerous first, and that is a leaf. Who is to fix it needs the parent.
 *
 * Findings are taken together by cache, for a list splits one type into several kinds (first, last and middle members). A cache leads to
 * another if its leaking objects point to objects of that, or if refs saw it among those that point there. Parents are those that lead to
 * others and are led to by nobody, or only by those to which they lead themselves, as children often point back; of these the one that is lost
 * least often (one parent has many children), of equals the one with the larger objects.
 */
#include <stdio.h>
#include <string.h>

#include "step.h"
#include "tree.h"

#define SPREAD_MIN	16	/* pointers to fewer different objects are pointers to something shared */
#define SAME		1.1	/* counts that differ by less are equal: they were not taken at the same moment */

struct node {
	const char *cache;
	const struct cache_facts *facts;
	double lost;		/* objects, or objects per second: the same in all nodes */
	double size;		/* of an object */
	double score;
	size_t kinds;
};

struct graph {
	struct diagnosis *d;
	struct node node[DIAGNOSIS_FINDINGS];
	size_t of[DIAGNOSIS_FINDINGS];		/* finding -> node */
	size_t count;
	bool edge[DIAGNOSIS_FINDINGS][DIAGNOSIS_FINDINGS], leads[DIAGNOSIS_FINDINGS][DIAGNOSIS_FINDINGS];
};

static bool leaks(const struct finding *f)
{
	return f->kind == VERDICT_LEAK && f->fingerprint[0];
}

static void collect(struct graph *g, const struct facts *facts)
{
	bool counted = true;

	/* What is lost is known best; if not of all, then how fast they become more. */
	for (size_t i = 0; i < g->d->count; i++)
		counted &= !leaks(&g->d->findings[i]) || g->d->findings[i].unreferenced;
	for (size_t i = 0; i < g->d->count; i++) {
		const struct finding *f = &g->d->findings[i];
		struct node *n;
		size_t k = 0;

		g->of[i] = DIAGNOSIS_FINDINGS;
		if (!leaks(f))
			continue;
		while (k < g->count && strcmp(g->node[k].cache, f->cache) != 0)
			k++;
		n = &g->node[k];
		if (k == g->count) {
			g->count++;
			n->cache = f->cache;
			n->size = f->objects ? (double)f->bytes / f->objects : 0;
			for (size_t c = 0; c < facts->caches; c++)
				if (!strcmp(facts->cache[c].name, f->cache))
					n->facts = &facts->cache[c];
		}
		g->of[i] = k;
		n->kinds++;
		n->score = f->score > n->score ? f->score : n->score;
		if (counted)
			n->lost += (double)f->unreferenced;
		else if (n->facts && n->facts->between_s > 0)
			n->lost += f->grown / n->facts->between_s;
	}
}

/* Do the objects of @f point to many objects of the cache? */
static bool points_into(const struct finding *f, const char *cache)
{
	const json_t *words = answer_list(f->cluster, "words");
	uint64_t spread = f->objects / 2 < SPREAD_MIN ? f->objects / 2 : SPREAD_MIN;

	for (size_t w = 0; w < json_array_size(words); w++) {
		const json_t *word = json_array_get(words, w);

		if (!strcmp(answer_str(json_object_get(word, "target"), "cache"), cache) && answer_number(word, "share") >= 0.5 &&
		    answer_u64(word, "distinct") >= spread)
			return true;
	}
	return false;
}

/* What refs saw of pointers from @from to the objects of @to. Return: 1 if to most of them; 0 if to few; -1 if it was not asked of these. */
static int seen_from(const struct graph *g, const struct node *to, const char *from)
{
	const json_t *list, *target;
	uint64_t count = 0;
	bool asked = false;

	for (size_t i = 0; i < g->d->count && to->facts && to->facts->refs; i++)
		asked |= leaks(&g->d->findings[i]) && !strcmp(g->d->findings[i].cache, to->cache) &&
			 !strcmp(g->d->findings[i].fingerprint, to->facts->refs_of);
	if (!asked)
		return -1;
	list = answer_list(to->facts->refs, "referrers");
	target = json_object_get(to->facts->refs, "target");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *r = json_array_get(list, i);

		if (!strcmp(answer_str(r, "kind"), "slab") && !strcmp(answer_str(r, "where"), from) && answer_u64(r, "count") > count)
			count = answer_u64(r, "count");
	}
	return count * 2 >= answer_u64(target, "objects") && count;
}

static void connect(struct graph *g)
{
	for (size_t a = 0; a < g->count; a++)
		for (size_t b = 0; b < g->count; b++) {
			int seen = a == b ? 0 : seen_from(g, &g->node[b], g->node[a].cache);

			if (a == b)
				continue;
			g->edge[a][b] = seen > 0;
			/* refs looked at one kind; of a cache with several the others may be what is pointed to */
			for (size_t i = 0; i < g->d->count && (seen < 0 || g->node[b].kinds > 1); i++)
				if (g->of[i] == a && points_into(&g->d->findings[i], g->node[b].cache))
					g->edge[a][b] = true;
		}
	memcpy(g->leads, g->edge, sizeof(g->leads));
	for (size_t k = 0; k < g->count; k++)
		for (size_t a = 0; a < g->count; a++)
			for (size_t b = 0; b < g->count; b++)
				g->leads[a][b] |= g->leads[a][k] && g->leads[k][b];
}

static size_t reach(const struct graph *g, size_t a)
{
	size_t n = 0;

	for (size_t b = 0; b < g->count; b++)
		n += a != b && g->leads[a][b];
	return n;
}

static bool is_source(const struct graph *g, size_t a)
{
	for (size_t b = 0; b < g->count; b++)
		if (a != b && g->leads[b][a] && !g->leads[a][b])
			return false;
	return reach(g, a);
}

/* Is @a a better parent than @b, both sources? */
static bool above(const struct graph *g, size_t a, size_t b)
{
	const struct node *x = &g->node[a], *y = &g->node[b];

	if (reach(g, a) != reach(g, b))
		return reach(g, a) > reach(g, b);
	if (x->lost * SAME < y->lost || y->lost * SAME < x->lost)
		return x->lost < y->lost;
	return x->size > y->size;
}

/* The parent of @child, itself if it is one; -1: it belongs to no tree. */
static int parent_of(const struct graph *g, size_t child)
{
	int best = -1;

	for (size_t a = 0; a < g->count; a++)
		if (is_source(g, a) && (a == child || g->leads[a][child]) && (best < 0 || above(g, a, (size_t)best)))
			best = (int)a;
	return best;
}

static void say_family(struct graph *g, size_t parent, struct finding *f)
{
	char others[VERDICT_TEXT_MAX / 2] = "";
	size_t len = 0, n = 0;

	for (size_t k = 0; k < g->count; k++) {
		double each = g->node[parent].lost > 0 ? g->node[k].lost / g->node[parent].lost : 0;

		if (k == parent || parent_of(g, k) != (int)parent || len >= sizeof(others))
			continue;
		len += (size_t)snprintf(others + len, sizeof(others) - len, "%s%.0f of %.40s", n++ ? ", " : "", each < 1 ? 1 : each, g->node[k].cache);
	}
	finding_say(f, "They are the parent of other objects that leak, with each of them go about: %s. It is one leak.", others);
}

void tree_find(struct diagnosis *d, const struct facts *facts)
{
	struct graph g = { .d = d };

	collect(&g, facts);
	connect(&g);
	for (size_t i = 0; i < d->count; i++) {
		struct finding *f = &d->findings[i];
		int parent = g.of[i] < g.count ? parent_of(&g, g.of[i]) : -1;

		if (parent < 0)
			continue;
		snprintf(f->tree, sizeof(f->tree), "%s", g.node[parent].cache);
		if ((size_t)parent != g.of[i]) {
			finding_say(f, "They hang on objects of %.63s, which leak, too: most likely one event leaks both.", g.node[parent].cache);
			continue;
		}
		f->parent = true;
		for (size_t k = 0; k < g.count; k++)
			if (parent_of(&g, k) == parent && g.node[k].score >= f->score)
				f->score = g.node[k].score + 0.01;
		say_family(&g, (size_t)parent, f);
	}
}
