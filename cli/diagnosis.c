// SPDX-License-Identifier: GPL-2.0-only
/*
 * diagnosis.c - from what the verbs found to one conclusion
 *
 * A kind of object (a cluster, told by its fingerprint) collects evidence of four sorts: nothing points to its objects (leaks), they became more
 * between two scans (top), somebody allocated such and nobody freed them (trace), their cache grows steadily (check). One sort is a suspicion,
 * two make a case. Size is no evidence.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnosis.h"
#include "kinds.h"
#include "merged.h"
#include "out.h"
#include "step.h"
#include "tree.h"

#define UNREF_MIN	20	/* fewer unreferenced objects are what any kernel has: held by registers, by hardware, by hidden pointers */
#define UNREF_MANY	100
#define GROWN_MIN	10
#define CALLERS_TOLD	3
#define SITE_MIN	5	/* survivors of a call site that say anything */
#define SITE_PART	10	/* of what it allocates; less is what anybody has in use */

void finding_say(struct finding *f, const char *fmt, ...)
{
	va_list ap;

	if (f->evidence_count == FINDING_EVIDENCE)
		return;
	va_start(ap, fmt);
	vsnprintf(f->evidence[f->evidence_count++], VERDICT_TEXT_MAX, fmt, ap);
	va_end(ap);
}

static const json_t *clusters_of(const struct cache_facts *c)
{
	return c ? answer_list(c->after ? c->after : c->before, "clusters") : NULL;
}

static const json_t *find_group(const json_t *leaks, const struct cache_facts *c, const json_t *cluster)
{
	return kind_find(answer_list(leaks, "groups"), clusters_of(c), cluster, c->name);
}

static int64_t grown_by(const struct cache_facts *c, const json_t *cluster)
{
	const json_t *list, *old;
	int64_t grown, is = (int64_t)answer_u64(cluster, "objects"), were;

	if (!c->before || !c->after)
		return 0;
	list = answer_list(c->before, "clusters");
	old = kind_by_fingerprint(list, answer_str(cluster, "fingerprint"), NULL);
	were = (int64_t)kind_objects(list, cluster);
	if (old) {
		grown = is - (int64_t)answer_u64(old, "objects");
	} else if (were) {
		/* It had another fingerprint, or more than one. */
		grown = (int64_t)kind_objects(clusters_of(c), cluster) - were;
		grown = grown < is ? grown : is;
	} else {
		/* What was not among the listed may have been there: at most as many as the last that was listed. */
		old = json_array_size(list) ? json_array_get(list, json_array_size(list) - 1) : NULL;
		grown = is - (int64_t)answer_u64(old, "objects");
	}
	/* Counts have a bound: what is within it is none. */
	return grown > (int64_t)(2 * answer_u64(c->after, "count_error")) ? grown : 0;
}

static const struct verdict_suspect *suspect_of(const struct verdict *check, const char *cache)
{
	for (size_t i = 0; i < check->suspect_count; i++)
		if (!strcmp(check->suspects[i].name, cache))
			return &check->suspects[i];
	return NULL;
}

/* Does a scan of this cache know that fingerprint? @this: as that of the finding's kind, or of one alike. */
static bool is_known(const struct finding *f, const struct cache_facts *c, const char *fingerprint, bool this)
{
	const json_t *kind = kind_by_fingerprint(clusters_of(c), fingerprint, NULL);

	if (!kind)
		kind = kind_by_fingerprint(answer_list(c->before, "clusters"), fingerprint, NULL);
	return this ? !strcmp(fingerprint, f->fingerprint) || (kind && kind_alike(kind, f->cluster)) : !!kind;
}

/* The site allocates this kind. */
static bool is_site_of(const struct finding *f, const struct cache_facts *c, const json_t *site)
{
	const char *kind = answer_str(site, "fingerprint");

	return *kind && f->fingerprint[0] && is_known(f, c, kind, true);
}

/*
 * The site allocates another kind. One whose fingerprint no scan knows may be that which grew most, under another fingerprint: what grows changes.
 */
static bool is_site_of_other(const struct finding *f, const struct cache_facts *c, const json_t *site)
{
	const char *kind = answer_str(site, "fingerprint");

	if (!*kind || !f->fingerprint[0] || is_site_of(f, c, site))
		return false;
	return is_known(f, c, kind, false) || f->cluster != diagnosis_cluster(c, NULL);
}

/*
 * The call site that most likely allocates the leaked: what nobody freed counts, more so if it looks like the mass. @f: the kind in question; a
 * site that is known to allocate another kind is not it. NULL: any.
 */
static const json_t *best_site(const struct finding *f, const struct cache_facts *c)
{
	const json_t *list = answer_list(c->trace, "sites"), *best = NULL;
	double most = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *s = json_array_get(list, i);
		double survivors = answer_number(s, "survivors"), allocs = answer_number(s, "allocs"), weight;

		if (survivors < SITE_MIN || (f && is_site_of_other(f, c, s)))
			continue;
		/* Who frees most of what he allocates only has some in use. */
		weight = (survivors + 3 * answer_number(s, "marked")) * (allocs > 0 ? survivors / allocs : 1);
		if (f && is_site_of(f, c, s))
			weight *= 4;
		if (weight > most) {
			most = weight;
			best = s;
		}
	}
	return best;
}

static void take_names(struct finding *f, const json_t *from)
{
	const json_t *types = answer_list(from, "types"), *modules = answer_list(from, "modules");

	for (size_t i = 0; i < json_array_size(types) && f->type_count < FINDING_TYPES; i++) {
		const json_t *t = json_array_get(types, i);
		const char *name = json_is_string(t) ? json_string_value(t) : answer_str(t, "name");

		if (*name)
			snprintf(f->types[f->type_count++], sizeof(f->types[0]), "%s", name);
	}
	if (!f->module[0] && json_array_size(modules) && json_is_string(json_array_get(modules, 0)))
		snprintf(f->module, sizeof(f->module), "%s", json_string_value(json_array_get(modules, 0)));
}

/* The first few of a list of strings, as "a, b and c". */
static const char *some(char *buf, size_t size, const json_t *list, size_t max)
{
	size_t len = 0, n = json_array_size(list) < max ? json_array_size(list) : max;

	buf[0] = 0;
	for (size_t i = 0; i < n && len < size; i++)
		len += snprintf(buf + len, size - len, "%s%.60s", !i ? "" : i + 1 == n ? " and " : ", ",
				json_is_string(json_array_get(list, i)) ? json_string_value(json_array_get(list, i)) : "?");
	return buf;
}

static void say_content(struct finding *f, const json_t *cluster)
{
	char buf[256];

	if (f->type_count)
		finding_say(f, "They look like struct %s%s.", f->types[0], f->type_count > 1 ? " (or one of its like)" : "");
	if (json_array_size(answer_list(cluster, "symbols")))
		finding_say(f, "Symbols in them, or in what they point to: %s.", some(buf, sizeof(buf), answer_list(cluster, "symbols"), 3));
	if (json_array_size(answer_list(cluster, "strings")))
		finding_say(f, "Text in them: %s.", some(buf, sizeof(buf), answer_list(cluster, "strings"), 3));
	if (!f->type_count && !json_array_size(answer_list(cluster, "symbols")) && !json_array_size(answer_list(cluster, "strings")))
		finding_say(f, "They are similar in layout only: no symbol and no text in them tells what they are.");
}

/* "function+0x1c/0x40 [module]" without the numbers. */
static const char *plain(char *buf, size_t size, const char *symbol)
{
	const char *module = strchr(symbol, '[');

	snprintf(buf, size, "%.*s%s%.63s", (int)strcspn(symbol, "+. "), symbol, module ? " " : "", module ? module : "");
	return buf;
}

/* Who allocates often does so for others: then the one to ask is among his callers, most likely the first that is in a module. */
static void say_callers(struct finding *f, const json_t *site)
{
	const json_t *stack = answer_list(site, "stack");
	char text[VERDICT_TEXT_MAX / 2] = "", frame[192];
	size_t at = 0, n = json_array_size(stack), told = 0, len = 0;
	const char *name;

	/* It begins with the wrappers of the allocator. */
	while (at < n && strcmp(json_string_value(json_array_get(stack, at)), answer_str(site, "symbol")) != 0)
		at++;
	while (++at < n && told < CALLERS_TOLD && len < sizeof(text)) {
		name = plain(frame, sizeof(frame), json_string_value(json_array_get(stack, at)));
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", told++ ? ", that by " : "", name);
		if (!f->module[0] && strchr(name, '[')) {
			snprintf(f->module, sizeof(f->module), "%.*s", (int)strcspn(strchr(name, '[') + 1, "]"), strchr(name, '[') + 1);
			f->caller_module = true;
		}
	}
	if (told)
		finding_say(f, "%s was called by %s.", f->function, text);
}

static void take_site(struct finding *f, const struct cache_facts *c)
{
	const json_t *s = best_site(f, c);
	uint64_t survivors = answer_u64(s, "survivors"), allocs = answer_u64(s, "allocs"), marked = answer_u64(s, "marked");
	double seconds = answer_number(c->trace, "duration_ns") / 1e9;

	if (!c->trace)
		return;
	if (!s) {
		finding_say(f, "In %.0f s of watching nobody was seen to allocate objects %s and not to free them: what leaked did so before, or it leaks less "
			    "often.", seconds, best_site(NULL, c) ? "of this kind" : "here");
		return;
	}
	/* Without what the compiler made of it: ".part.0.constprop.0". */
	snprintf(f->function, sizeof(f->function), "%.*s", (int)strcspn(answer_str(s, "function"), "."), answer_str(s, "function"));
	finding_say(f, "In %.0f s %s%s%s%s allocated %llu objects here, of which %llu are not freed%s.", seconds, f->function,
	    answer_str(s, "module")[0] ? " [" : "", answer_str(s, "module"), answer_str(s, "module")[0] ? "]" : "", (unsigned long long)allocs,
	    (unsigned long long)survivors, marked ? "" : "; it is not sure that they are of this kind");
	/* Who frees most of what he allocates is not to be named for it, unless it looks like what leaks. */
	if (!marked && !is_site_of(f, c, s) && survivors * SITE_PART < allocs) {
		f->function[0] = 0;
		return;
	}
	f->site = s;
	snprintf(f->module, sizeof(f->module), "%s", answer_str(s, "module"));
	if (marked)
		finding_say(f, "%llu of those %llu look like the many that were there before.", (unsigned long long)marked, (unsigned long long)survivors);
	say_callers(f, s);
	snprintf(f->who, sizeof(f->who), "%.60s%s%s%.36s%s", f->function, f->caller_module ? " for" : "", f->module[0] ? " [" : "", f->module,
		 f->module[0] ? "]" : "");
	if (answer_u64(c->trace, "lost"))
		finding_say(f, "The trace lost %llu events: its numbers are lower bounds.", (unsigned long long)answer_u64(c->trace, "lost"));
}

/* From one of the objects to the next: a list that holds itself together says nothing of who holds it. */
static bool is_inside(const json_t *referrer)
{
	return json_is_true(json_object_get(referrer, "inside"));
}

const json_t *diagnosis_holder(const json_t *refs)
{
	const json_t *list = answer_list(refs, "referrers"), *top = NULL;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *r = json_array_get(list, i);

		if (!is_inside(r) && (!top || answer_u64(r, "count") > answer_u64(top, "count")))
			top = r;
	}
	return top;
}

/* What has a name among those that point to the holder. */
static const char *holder_owner(const json_t *refs)
{
	const json_t *list = answer_list(refs, "referrers");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *r = json_array_get(list, i);

		if (!strcmp(answer_str(r, "kind"), "symbol"))
			return answer_str(r, "where");
	}
	return "";
}

/* What is known by its address only needs a word on what it is. */
static const char *holder_kind(const char *kind)
{
	return !strcmp(kind, "page") ? "a page outside of slab at " : !strcmp(kind, "vmalloc") ? "vmalloc memory at " : !strcmp(kind, "stack") ?
	       "the stack of " : "";
}

static void take_refs(struct finding *f, const struct cache_facts *c)
{
	const json_t *list = answer_list(c->refs, "referrers"), *top;
	const char *owner;
	size_t inside = 0, len;

	if (!c->refs || !f->fingerprint[0] || !is_known(f, c, c->refs_of, true))
		return;
	for (size_t i = 0; i < json_array_size(list); i++)
		inside += is_inside(json_array_get(list, i));
	top = diagnosis_holder(c->refs);
	if (!top) {
		finding_say(f, inside ? "They point to each other, and nothing else points to them." : "No pointer to them was found.");
		return;
	}
	/* What leaks together points to each other; that holds nothing. */
	if (f->unreferenced >= UNREF_MIN) {
		if (!strcmp(answer_str(top, "kind"), "slab"))
			finding_say(f, "Objects of %.63s point to them, but nothing in use leads to those.", answer_str(top, "where"));
		return;
	}
	owner = holder_owner(c->holder_refs);
	len = (size_t)snprintf(f->held_by, sizeof(f->held_by), "%s%.70s", holder_kind(answer_str(top, "kind")), answer_str(top, "where"));
	snprintf(f->held_by + len, sizeof(f->held_by) - len, "%s%.50s", *owner ? " of " : "", owner);
	finding_say(f, "They are pointed to by %s, %llu time%s%s.", f->held_by[0] ? f->held_by : "memory of unknown use",
	    (unsigned long long)answer_u64(top, "count"), answer_u64(top, "count") == 1 ? "" : "s", inside ? "; and by each other" : "");
	if (*owner)
		finding_say(f, "To that in turn points %s.", owner);
}

/* Confidence and kind, by what is there; see the header. */
static void conclude(struct finding *f, const struct facts *facts, bool strong)
{
	bool unref = f->unreferenced >= UNREF_MIN && (f->unreferenced * 10 >= f->objects * 3 || f->unreferenced >= UNREF_MANY);
	bool many = f->unreferenced >= UNREF_MANY;
	bool grew = f->grown >= GROWN_MIN;
	bool site = f->site;

	f->kind = VERDICT_UNDECIDED;
	f->confidence = 0.3;
	if (facts->check->rcu_held) {
		finding_say(f, "A grace period of RCU is held up: while that lasts, freed objects look like leaked ones. Ask again when it is over.");
		return;
	}
	if (unref && (grew || site || strong)) {
		f->kind = VERDICT_LEAK;
		f->confidence = 0.95;
	} else if (unref && many) {
		f->kind = VERDICT_LEAK;
		f->confidence = 0.8;
	} else if (strong && grew && f->fingerprint[0]) {
		f->kind = VERDICT_LEAK;
		f->confidence = site ? 0.8 : 0.7;
	} else if (strong && site && (f->fingerprint[0] == 0 || answer_u64(f->site, "marked"))) {
		f->kind = VERDICT_LEAK;
		f->confidence = 0.7;
	} else if (strong && !f->fingerprint[0]) {
		f->kind = VERDICT_LEAK;
		f->confidence = 0.5;
	}
}

static struct finding *add(struct diagnosis *d, const struct finding *f)
{
	size_t at = d->count;

	while (at && d->findings[at - 1].score < f->score)
		at--;
	if (at == DIAGNOSIS_FINDINGS)
		return NULL;
	if (d->count < DIAGNOSIS_FINDINGS)
		d->count++;
	memmove(&d->findings[at + 1], &d->findings[at], (d->count - 1 - at) * sizeof(*f));
	d->findings[at] = *f;
	return &d->findings[at];
}

static void score(struct finding *f)
{
	f->score = (f->kind == VERDICT_LEAK ? 10 : 0) + f->confidence;
	/* Among equals the one that goes on, then the one that loses most. */
	f->score += f->grown >= GROWN_MIN ? 0.05 : 0;
	f->score += 0.04 * (double)f->bytes / ((double)f->bytes + (64 << 20));
}

/* One kind of object: a cluster of top, a group of leaks, or both. */
static bool examine(struct finding *f, const struct facts *facts, const struct cache_facts *c, const char *cache, const json_t *cluster,
		    const json_t *group)
{
	const struct verdict_suspect *s = suspect_of(facts->check, cache);
	const json_t *any = cluster ? cluster : group;
	/* Nothing was found that points to these either, but leaks knows why, and that they are in use. */
	const json_t *excuse = kind_by_fingerprint(answer_list(facts->leaks, "innocent_groups"), answer_str(any, "fingerprint"), cache);
	char bytes[OUT_NUM_MAX];
	bool strong = s && s->strong;
	int64_t all = 0;

	memset(f, 0, sizeof(*f));
	snprintf(f->cache, sizeof(f->cache), "%s", cache);
	snprintf(f->fingerprint, sizeof(f->fingerprint), "%s", answer_str(any, "fingerprint"));
	f->rank = (uint32_t)answer_u64(cluster, "rank");
	f->objects = answer_u64(any, "objects");
	f->bytes = answer_u64(any, "bytes");
	f->unreferenced = answer_u64(group, "objects");
	/* Two looks, one after the other. */
	if (f->unreferenced > f->objects) {
		f->objects = f->unreferenced;
		f->bytes = answer_u64(group, "bytes");
	}
	f->cluster = any;
	f->group = group;
	f->rate = s ? s->rate : 0;
	if (c && cluster) {
		f->grown = grown_by(c, cluster);
		if (c->before && c->after)
			all = (int64_t)(answer_u64(c->after, "live") - answer_u64(c->before, "live"));
	}
	/* Others in the same cache grew more: then the cache's growth is not this one's. Or it has come to an end. */
	if (f->grown < GROWN_MIN || f->grown * 3 < all || all <= 0)
		strong = false;
	if (f->grown < GROWN_MIN && f->unreferenced < UNREF_MIN)
		return false;

	if (f->unreferenced >= UNREF_MIN)
		finding_say(f, f->unreferenced >= f->objects ? "Nothing points to any of these %llu objects (%s)." : f->grown >= GROWN_MIN ?
		    "Nothing pointed to %llu of them (%s) when that was looked at; now there are %llu." :
		    "Nothing points to %llu of them (%s); there are %llu.", (unsigned long long)f->unreferenced,
		    out_fmt_bytes(bytes, answer_u64(group, "bytes")), (unsigned long long)f->objects);
	else if (facts->leaks && f->unreferenced)
		finding_say(f, "All but %llu are still referenced.", (unsigned long long)f->unreferenced);
	else if (excuse)
		finding_say(f, "No pointer to %llu of them was found, but they are in use: %.200s.", (unsigned long long)answer_u64(excuse, "objects"),
		    answer_str(excuse, "excuse"));
	else if (facts->leaks && answer_u64(facts->leaks, "undecided"))
		finding_say(f, "None of them was found without a pointer to it; %llu objects of all were not decided on.",
		    (unsigned long long)answer_u64(facts->leaks, "undecided"));
	else if (facts->leaks)
		finding_say(f, "All of them are still referenced.");
	if (c && f->grown >= GROWN_MIN)
		finding_say(f, "They became %lld more in %.0f s.", (long long)f->grown, c->between_s);
	if (s)
		finding_say(f, "%.63s %.300s.", s->name, s->reason);
	take_names(f, any);
	if (c) {
		/* A site is one of the cache; it is this kind's when this kind grew, or when nothing else is in question. */
		if (f->grown >= GROWN_MIN || is_site_of(f, c, best_site(f, c)))
			take_site(f, c);
		take_refs(f, c);
	}
	merged_name(f, facts);
	say_content(f, any);
	conclude(f, facts, strong);
	if (f->unreferenced < UNREF_MIN && f->kind == VERDICT_LEAK)
		snprintf(f->next, sizeof(f->next), "slabscan refs --cache %.63s --cluster %u", f->cache, f->rank);
	else if (f->function[0])
		snprintf(f->next, sizeof(f->next), "slabscan trace --cache %.63s --probe %.40s", f->cache, f->function);
	else
		snprintf(f->next, sizeof(f->next), "slabscan trace --cache %.63s --duration 200", f->cache);
	score(f);
	return true;
}

/* A cache that grows, of which no kind of object could be made out. */
static void examine_whole(struct finding *f, const struct facts *facts, const struct cache_facts *c, const struct verdict_suspect *s)
{
	bool strong = s->strong;
	int64_t all;

	memset(f, 0, sizeof(*f));
	snprintf(f->cache, sizeof(f->cache), "%s", s->name);
	f->objects = s->live;
	f->bytes = s->bytes;
	f->rate = s->rate;
	finding_say(f, "%.63s %.300s.", s->name, s->reason);
	if (c && c->before && c->after) {
		all = (int64_t)(answer_u64(c->after, "live") - answer_u64(c->before, "live"));
		/* What comes down again while it is looked into is no leak, however steadily it rose before. */
		strong &= all >= GROWN_MIN;
		finding_say(f, all < GROWN_MIN ? "When it was looked into it no longer grew: %lld objects in %.0f s." :
			    "It went on to grow, by %lld objects in %.0f s, but no kind of object in it became more by itself.", (long long)all, c->between_s);
	}
	if (c)
		take_site(f, c);
	merged_name(f, facts);
	conclude(f, facts, strong);
	snprintf(f->next, sizeof(f->next), "slabscan top --cache %.63s", f->cache);
	score(f);
}

static bool has_finding(const struct diagnosis *d, const char *cache, const char *fingerprint)
{
	for (size_t i = 0; i < d->count; i++)
		if (!strcmp(d->findings[i].cache, cache) && (!fingerprint || !strcmp(d->findings[i].fingerprint, fingerprint)))
			return true;
	return false;
}

static bool has_group(const struct diagnosis *d, const json_t *group)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->findings[i].group == group)
			return true;
	return has_finding(d, answer_str(group, "cache"), answer_str(group, "fingerprint"));
}

static int by_score(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	return x->score < y->score ? 1 : x->score > y->score ? -1 : strcmp(x->cache, y->cache);
}

void diagnosis_make(struct diagnosis *d, const struct facts *facts)
{
	const struct verdict *v = facts->check;
	const json_t *groups = answer_list(facts->leaks, "groups");
	struct finding *f = calloc(1, sizeof(*f));
	char here[SAMPLE_NAME_MAX + 64];
	char who[128] = "";

	if (!f)
		abort();
	memset(d, 0, sizeof(*d));
	for (size_t i = 0; i < facts->caches; i++) {
		const struct cache_facts *c = &facts->cache[i];
		const json_t *list = clusters_of(c);

		for (size_t k = 0; k < json_array_size(list); k++) {
			const json_t *cluster = json_array_get(list, k);

			if (examine(f, facts, c, c->name, cluster, find_group(facts->leaks, c, cluster)))
				add(d, f);
		}
	}
	for (size_t i = 0; i < json_array_size(groups); i++) {
		const json_t *g = json_array_get(groups, i);
		const struct cache_facts *c = NULL;

		if (has_group(d, g))
			continue;
		for (size_t k = 0; k < facts->caches; k++)
			if (!strcmp(facts->cache[k].name, answer_str(g, "cache")))
				c = &facts->cache[k];
		if (examine(f, facts, c, answer_str(g, "cache"), NULL, g))
			add(d, f);
	}
	for (size_t i = 0; i < v->suspect_count; i++) {
		const struct cache_facts *c = NULL;

		for (size_t k = 0; k < facts->caches; k++)
			if (!strcmp(facts->cache[k].name, v->suspects[i].name))
				c = &facts->cache[k];
		if (has_finding(d, v->suspects[i].name, NULL))
			continue;
		examine_whole(f, facts, c, &v->suspects[i]);
		add(d, f);
	}
	free(f);
	tree_find(d, facts);
	qsort(d->findings, d->count, sizeof(*d->findings), by_score);

	f = d->count ? &d->findings[0] : NULL;
	d->kind = v->kind;
	d->class = v->class;
	d->confidence = v->confidence;
	if (f && f->kind == VERDICT_LEAK && (v->kind != VERDICT_LEAK || v->class == CLASS_SLAB || f->confidence > v->confidence)) {
		d->kind = VERDICT_LEAK;
		d->class = CLASS_SLAB;
		d->confidence = f->confidence;
	} else if (v->kind == VERDICT_LEAK && v->class == CLASS_SLAB) {
		/* What check suspected did not stand up to a closer look. */
		d->kind = VERDICT_UNDECIDED;
		d->confidence = 0.3;
	} else if (f && v->kind == VERDICT_NO_LEAK) {
		d->kind = VERDICT_UNDECIDED;
		d->class = CLASS_SLAB;
		d->confidence = 0.3;
	}
	if (d->kind == VERDICT_LEAK && d->class == CLASS_SLAB) {
		if (f->function[0] || f->type_count)
			snprintf(who, sizeof(who), ", by all signs of %s%.100s", f->function[0] ? "" : "struct ", f->function[0] ? f->who : f->types[0]);
		else if (f->module[0])
			snprintf(who, sizeof(who), " that lead to module %.40s", f->module);
		if (f->here[0])
			snprintf(here, sizeof(here), "%.63s (here: %.40s)", f->cache, f->here);
		else
			snprintf(here, sizeof(here), "%.63s%s", f->cache, f->aliases ? " (or a cache merged with it)" : "");
		if (f->unreferenced >= UNREF_MIN)
			snprintf(d->summary, sizeof(d->summary), f->grown >= GROWN_MIN ? "%s leaks objects%s: nothing points to %llu of them." :
				 "%s has objects that look lost%s: no pointer to %llu of them was found.", here, who,
				 (unsigned long long)f->unreferenced);
		else
			snprintf(d->summary, sizeof(d->summary), "%s only grows%s: %s%.50s, %llu in all.", here, who,
				 f->held_by[0] ? "its objects are still referenced by " : facts->leaks ?
				 "its objects are still referenced" : "whether they are still referenced is not known", f->held_by,
				 (unsigned long long)f->objects);
		if (f->parent)
			snprintf(d->summary + strlen(d->summary), sizeof(d->summary) - strlen(d->summary), " Others hang on them and leak with them.");
	} else if (v->evidence_count) {
		/* Memory that was lost before does not grow: what was not looked for must not pass for not being there. */
		snprintf(d->summary, sizeof(d->summary), "%.330s%s", v->evidence[0],
			 d->kind == VERDICT_NO_LEAK && !facts->leaks ? " What leaked before was not looked for." : "");
		if (d->kind == VERDICT_UNDECIDED && d->class == CLASS_SLAB && f && f->who[0])
			snprintf(d->summary + strlen(d->summary), sizeof(d->summary) - strlen(d->summary), " What became more there was allocated by %.60s.",
				 f->who);
	}
}

static bool taken(char names[DIAGNOSIS_CACHES][SAMPLE_NAME_MAX], size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

size_t diagnosis_pick(const struct verdict *check, const json_t *leaks, char names[DIAGNOSIS_CACHES][SAMPLE_NAME_MAX])
{
	const json_t *groups = answer_list(leaks, "groups");
	size_t n = 0;

	for (size_t i = 0; i < check->suspect_count && n < DIAGNOSIS_CACHES && (check->suspects[i].strong || n < 2); i++)
		if (!taken(names, n, check->suspects[i].name))
			memcpy(names[n++], check->suspects[i].name, SAMPLE_NAME_MAX);
	/* Groups come with the largest first. Room for one is kept: what lost its last pointer need not grow now. */
	for (size_t i = 0; i < json_array_size(groups); i++) {
		const json_t *g = json_array_get(groups, i);

		if (answer_u64(g, "objects") < UNREF_MIN || !answer_str(g, "cache")[0] || taken(names, n, answer_str(g, "cache")))
			continue;
		if (n == DIAGNOSIS_CACHES) {
			if (!check->suspects[n - 1].strong)
				snprintf(names[n - 1], SAMPLE_NAME_MAX, "%s", answer_str(g, "cache"));
			break;
		}
		snprintf(names[n++], SAMPLE_NAME_MAX, "%s", answer_str(g, "cache"));
	}
	return n;
}

const json_t *diagnosis_cluster(const struct cache_facts *cache, const json_t *leaks)
{
	const json_t *list = clusters_of(cache), *best = NULL;
	int64_t most = GROWN_MIN - 1;
	uint64_t lost = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		int64_t grown = grown_by(cache, json_array_get(list, i));

		if (grown > most) {
			most = grown;
			best = json_array_get(list, i);
		}
	}
	for (size_t i = 0; i < json_array_size(list) && most < GROWN_MIN; i++) {
		const json_t *c = json_array_get(list, i);
		uint64_t n = answer_u64(find_group(leaks, cache, c), "objects");

		if (n > lost) {
			lost = n;
			best = c;
		}
	}
	return best ? best : json_array_get(list, 0);
}
