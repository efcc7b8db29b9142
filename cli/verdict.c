// SPDX-License-Identifier: GPL-2.0-only
/*
 * verdict.c - from samples to an answer: slab caches, and what is made of it all
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aliases.h"
#include "out.h"
#include "verdict_int.h"

#define LEAK_BYTES_MIN	(16 << 10)	/* what a leak has to lose while it is watched, to be called one */
#define LEAK_OBJECTS_MIN	16
#define SINCE_BYTES_MIN	(256 << 10)	/* the same since the saved state */
#define MOODY_BYTES_MIN	(1 << 20)	/* growth below this is no news for some caches */
#define BIG_SHARE	50		/* an unreclaimable cache is big above 1/50 of all memory */
#define STRONG_FIRST	1e9		/* a score that beats any without it */
#define ALIASES_MAX	64
#define LONG_SERIES	5		/* so many saved states are a row of their own */

void verdict_say(struct verdict *v, const char *fmt, ...)
{
	va_list ap;

	if (v->evidence_count == VERDICT_EVIDENCE_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(v->evidence[v->evidence_count++], VERDICT_TEXT_MAX, fmt, ap);
	va_end(ap);
}

const char *verdict_bytes(char buf[OUT_NUM_MAX], double bytes)
{
	return out_fmt_bytes(buf, bytes > 0 ? (uint64_t)bytes : 0);
}

int64_t gauge_growth(const struct sample *from, const struct sample *to, enum gauge g)
{
	return sample_has(from, g) && sample_has(to, g) ? (int64_t)(to->gauge[g] - from->gauge[g]) : 0;
}

/* What user space holds, and the caches whose objects are part of it. A name that ends in '*' is a prefix. */
static const struct follower {
	const char *name;
	enum gauge gauge;
	const char *what;
} followers[] = {
	{ "task_struct",	GAUGE_THREADS,		"threads" },
	{ "signal_cache",	GAUGE_PROCESSES,	"processes" },
	{ "sighand_cache",	GAUGE_PROCESSES,	"processes" },
	{ "mm_struct",		GAUGE_PROCESSES,	"processes" },
	{ "files_cache",	GAUGE_PROCESSES,	"processes" },
	{ "fs_cache",		GAUGE_PROCESSES,	"processes" },
	{ "task_delay_info",	GAUGE_THREADS,		"threads" },
	{ "taskstats",		GAUGE_PROCESSES,	"processes" },
	{ "pid",		GAUGE_THREADS,		"threads" },
	{ "cred*",		GAUGE_THREADS,		"threads" },
	{ "thread_stack",	GAUGE_THREADS,		"threads" },
	{ "filp",		GAUGE_OPEN_FDS,		"open files" },
	{ "lsm_file_cache",	GAUGE_OPEN_FDS,		"open files" },
	{ "eventpoll_*",	GAUGE_OPEN_FDS,		"open files" },
	{ "TCP*",		GAUGE_SOCKETS,		"sockets" },
	{ "UDP*",		GAUGE_SOCKETS,		"sockets" },
	{ "UNIX*",		GAUGE_SOCKETS,		"sockets" },
	{ "RAW*",		GAUGE_SOCKETS,		"sockets" },
	{ "MPTCP*",		GAUGE_SOCKETS,		"sockets" },
	{ "nf_conntrack*",	GAUGE_CONNTRACK,	"tracked connections" },
	{ "lsm_inode_cache",	GAUGE_INODES,		"inodes in use" },
};

/* Caches that come and go for reasons that no file of /proc tells. */
static const struct mood {
	const char *name, *why;
} moods[] = {
#define OF_MAPPINGS "belongs to mappings of processes, which may have become more"
	{ "vm_area_struct",	OF_MAPPINGS },
	{ "vma_lock",		OF_MAPPINGS },
	{ "anon_vma",		OF_MAPPINGS },
	{ "anon_vma_chain",	OF_MAPPINGS },
	{ "maple_node",		OF_MAPPINGS },
	{ "mempolicy",		OF_MAPPINGS },
	{ "numa_policy",	OF_MAPPINGS },
#undef OF_MAPPINGS
#define OF_GUESTS "belongs to virtual machines, which may be using more of their memory"
	{ "kvm_mmu_page_header", OF_GUESTS },
	{ "pte_list_desc",	OF_GUESTS },
#undef OF_GUESTS
#define OF_WATCHES "belongs to watches, which may have become more on what was open or cached before"
	{ "eventpoll_*",	OF_WATCHES },
	{ "inotify_inode_mark",	OF_WATCHES },
	{ "fanotify_mark",	OF_WATCHES },
#undef OF_WATCHES
#define OF_ROUTES "belongs to routes, which may have become more"
	{ "ip_fib_*",		OF_ROUTES },
	{ "fib6_node*",		OF_ROUTES },
#undef OF_ROUTES
	{ "vmap_area",		"the kernel frees these late and many at once" },
	{ "kmem_cache*",	"these are the caches themselves" },
};

static bool name_is(const char *pattern, const char *name)
{
	size_t len = strlen(pattern);

	return pattern[len - 1] == '*' ? !strncmp(pattern, name, len - 1) : !strcmp(pattern, name);
}

/* Merged caches go by one name, and serve others. */
static bool any_name_is(const struct sample *s, const char *pattern, const char *name)
{
	const char *list[ALIASES_MAX];
	size_t n;

	if (name_is(pattern, name))
		return true;
	n = s->aliases ? aliases_of(s->aliases, name, list, ALIASES_MAX) : 0;
	for (size_t i = 0; i < n && i < ALIASES_MAX; i++)
		if (name_is(pattern, list[i]))
			return true;
	return false;
}

/* Objects that user space holds. Return: what they are, if those explain most of the growth; else NULL. */
static const char *held_by_user(const struct sample *from, const struct sample *to, const char *name, double objects, int64_t *held)
{
	for (size_t i = 0; i < sizeof(followers) / sizeof(*followers); i++) {
		if (!any_name_is(to, followers[i].name, name))
			continue;
		*held = gauge_growth(from, to, followers[i].gauge);
		if (*held > 0 && *held >= objects / 2)
			return followers[i].what;
	}
	return NULL;
}

/*
 * Something that user space holds became more in the same number: such objects most likely come with each of those, whatever their cache is
 * called. A leak of one object for each new open file that stays open would look the same; that is left to a closer look.
 */
static const char *in_step_with(const struct sample *from, const struct sample *to, double objects, int64_t *held)
{
	static const struct { enum gauge gauge; const char *what; } steps[] = {
		{ GAUGE_OPEN_FDS, "open files" }, { GAUGE_PROCESSES, "processes" }, { GAUGE_THREADS, "threads" }, { GAUGE_SOCKETS, "sockets" },
		{ GAUGE_CONNTRACK, "tracked connections" },
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		*held = gauge_growth(from, to, steps[i].gauge);
		if (*held >= LEAK_OBJECTS_MIN && objects > 0.85 * *held && objects < 1.15 * *held)
			return steps[i].what;
	}
	return NULL;
}

/* Return: why this cache may grow though nothing leaks; NULL for most. */
static const char *mood_of(const char *name)
{
	for (size_t i = 0; i < sizeof(moods) / sizeof(*moods); i++)
		if (name_is(moods[i].name, name))
			return moods[i].why;
	return NULL;
}

struct cache_row {
	const struct sample_cache *last;
	double y[SERIES_MAX], objects, company;
	struct series series;
	double threshold;
	size_t known;		/* samples that have it */
};

/* Free objects that sit in per-CPU stores look live where the module does not count: what they can amount to. */
static double noise_floor(const struct sample *s, const struct sample_cache *c)
{
	uint64_t cpus = sample_has(s, GAUGE_CPUS) && s->gauge[GAUGE_CPUS] ? s->gauge[GAUGE_CPUS] : 1;
	double floor = 16.0 * c->slot;

	if (floor < 4096)
		floor = 4096;
	return s->exact ? floor : floor + 2.0 * cpus * c->slab_bytes;
}

/* The cache over time. Return: false if it was not there all the time. */
static bool cache_row(struct cache_row *row, const struct context *ctx, const struct sample_cache *c)
{
	row->last = c;
	row->known = 0;
	for (size_t i = 0; i < ctx->n; i++) {
		const struct sample_cache *then = sample_find_cache(ctx->now[i], c);

		/* A cache that is made while we look starts from nothing. */
		if (!then && row->known)
			return false;
		row->y[i] = then ? (double)then->live * then->slot : 0;
		row->known += !!then;
	}
	row->threshold = noise_floor(ctx->now[ctx->n - 1], c);
	series_judge(&row->series, ctx->t, row->y, ctx->n, row->threshold);
	row->objects = c->slot ? row->series.growth / c->slot : 0;
	return true;
}

/*
 * Objects that come with cached files (one for each inode or dentry, or always at the same time) go when those are reclaimed. Return: the
 * reclaimable cache that this one goes along with, or NULL.
 */
static const char *companion(const struct context *ctx, const struct cache_row *row, struct cache_row *other)
{
	const struct sample *last = ctx->now[ctx->n - 1];

	if (row->objects <= 0)
		return NULL;
	for (size_t i = 0; i < last->cache_count; i++) {
		const struct sample_cache *c = &last->caches[i];
		double ratio;

		if (!c->reclaimable || !cache_row(other, ctx, c) || other->series.growth < row->series.growth)
			continue;
		ratio = other->objects / row->objects;
		if ((ratio > 0.9 && ratio < 1.1) || series_company(row->y, other->y, ctx->n) > 0.6)
			return c->name;
	}
	return NULL;
}

static double shape_weight(enum series_shape shape)
{
	switch (shape) {
	case SERIES_STEADY:
		return 1;
	case SERIES_SLOWING:
	case SERIES_ERRATIC:
		return 0.4;
	case SERIES_SHORT:
		return 0.3;
	case SERIES_STEP:
		return 0.2;
	default:
		return 0.05;
	}
}

static struct verdict_suspect *add_suspect(struct verdict *v, const struct sample_cache *c, double score)
{
	struct verdict_suspect *s;
	size_t at = v->suspect_count;

	v->suspect_caches++;
	while (at && v->suspects[at - 1].score < score)
		at--;
	if (at == VERDICT_SUSPECTS_MAX)
		return NULL;
	if (v->suspect_count < VERDICT_SUSPECTS_MAX)
		v->suspect_count++;
	memmove(&v->suspects[at + 1], &v->suspects[at], (v->suspect_count - 1 - at) * sizeof(*s));
	s = &v->suspects[at];
	memset(s, 0, sizeof(*s));
	memcpy(s->name, c->name, sizeof(s->name));
	s->turn = c->turn;
	s->slot = c->slot;
	s->live = c->live;
	s->bytes = c->bytes;
	s->score = score;
	return s;
}

/* What speaks against it, in @why; strong: nothing does. Return: 0 if it is no suspect at all. */
static double weigh(struct verdict *v, const struct context *ctx, const struct cache_row *row, struct cache_row *scratch, char *why, size_t size,
		    bool *strong)
{
	const struct series *s = &row->series;
	const struct sample_cache *c = row->last;
	double min = ctx->now[ctx->n - 1]->exact ? LEAK_BYTES_MIN : 3 * row->threshold;
	double live = (double)c->live * c->slot, score;
	const char *what, *with;
	char num[OUT_NUM_MAX];
	int64_t held;

	*strong = false;
	*why = 0;
	if (s->growth <= row->threshold)
		return 0;
	if (min < LEAK_BYTES_MIN)
		min = LEAK_BYTES_MIN;
	if (c->reclaimable) {
		if (s->growth >= (1 << 20))
			verdict_say(v, "%s grew by %s, but is reclaimable: it gives way when memory is needed.", c->name,
				    verdict_bytes(num, s->growth));
		return 0;
	}
	what = held_by_user(ctx->first, ctx->last, c->name, row->objects, &held);
	if (what) {
		verdict_say(v, "%s grew by %s: there are %lld more %s, which user space holds.", c->name, verdict_bytes(num, s->growth),
			    (long long)held, what);
		return 0;
	}
	score = s->growth * shape_weight(s->shape) * (s->growth / (s->growth + 4 * s->noise));
	score *= 0.25 + 0.75 * (live > s->growth ? s->growth / live : 1);

	what = mood_of(c->name);
	if (what && s->growth < MOODY_BYTES_MIN)
		return 0;
	if (what) {
		snprintf(why, size, "%s", what);
		return score * 0.3;
	}
	if (s->shape != SERIES_STEADY) {
		snprintf(why, size, "%s", series_text(s->shape));
		return score;
	}
	if (s->growth < min || row->objects < LEAK_OBJECTS_MIN) {
		snprintf(why, size, "too little to tell a leak from daily business");
		return score;
	}
	if (ctx->seconds < LEAK_SECONDS_MIN) {
		snprintf(why, size, "watched for too short a time");
		return score * 0.5;
	}
	if (!strncmp(c->name, "skbuff", 6) && ctx->socket_growth >= s->growth / 2) {
		snprintf(why, size, "data waits in the queues of sockets");
		return score * 0.3;
	}
	if (ctx->dying_growth > 0 && ctx->dying_growth * 8 >= row->objects) {
		snprintf(why, size, "%lld more memory cgroups are dying: their objects go when their last page does", (long long)ctx->dying_growth);
		return score * 0.3;
	}
	what = in_step_with(ctx->first, ctx->last, row->objects, &held);
	if (what) {
		snprintf(why, size, "there are %lld more %s, which user space holds: most likely one of these comes with each", (long long)held, what);
		return score * 0.3;
	}
	with = companion(ctx, row, scratch);
	if (with) {
		snprintf(why, size, "it grows along with %s, which is reclaimable", with);
		return score * 0.3;
	}
	if (v->rcu_held) {
		snprintf(why, size, "a grace period of RCU is held up: freed objects cannot be given back meanwhile");
		return score * 0.3;
	}
	*strong = true;
	return score * STRONG_FIRST;
}

static void judge_caches(struct verdict *v, const struct context *ctx)
{
	const struct sample *last = ctx->now[ctx->n - 1];
	struct cache_row *row = malloc(2 * sizeof(*row));

	if (!row)
		abort();
	for (size_t i = 0; i < last->cache_count; i++) {
		const struct sample_cache *c = &last->caches[i];
		struct verdict_suspect *s;
		char why[VERDICT_TEXT_MAX / 2], num[OUT_NUM_MAX];
		bool strong;
		double score;

		if (!cache_row(row, ctx, c))
			continue;
		score = weigh(v, ctx, row, row + 1, why, sizeof(why), &strong);
		/* What rose and came down, or rose once, is how caches are. */
		if (score <= 0 || row->series.shape == SERIES_FLAT || row->series.shape == SERIES_PLATEAU || row->series.shape == SERIES_SAWTOOTH ||
		    row->series.shape == SERIES_FALLING || (row->series.shape == SERIES_STEP && row->series.growth < SINCE_BYTES_MIN)) {
			if (score > 0 && row->series.growth >= (1 << 20))
				verdict_say(v, "%s is %s larger than at first, but %s.", c->name, verdict_bytes(num, row->series.growth),
					    series_text(row->series.shape));
			continue;
		}
		s = add_suspect(v, c, score);
		if (!s)
			continue;
		s->growth = (int64_t)row->series.growth;
		s->rate = row->series.rate;
		s->shape = row->series.shape;
		s->strong = strong;
		if (strong)
			snprintf(s->reason, sizeof(s->reason), "grew by %s in %.0f s, in %.0f%% of the intervals; not reclaimable; no more processes, "
				 "open files, sockets or connections explain it", verdict_bytes(num, row->series.growth), ctx->seconds, 100 * row->series.rises);
		else
			snprintf(s->reason, sizeof(s->reason), "grew by %s in %.0f s; %s", verdict_bytes(num, row->series.growth), ctx->seconds, why);
	}
	free(row);
}

/* The saved states as a row of their own, each cache that is no suspect yet. */
static void judge_since(struct verdict *v, const struct context *ctx, struct sample *const *saved, size_t m)
{
	const struct sample *last = ctx->last, *old = saved[0];
	double *t = malloc(2 * (m + 1) * sizeof(*t)), *y;
	double hours = (last->time_ns - old->time_ns) / 3.6e12;

	if (!t)
		abort();
	y = t + m + 1;
	for (size_t i = 0; i <= m; i++)
		t[i] = (i < m ? saved[i] : last)->time_ns / 1e9;
	for (size_t i = 0; i < last->cache_count; i++) {
		const struct sample_cache *c = &last->caches[i];
		struct verdict_suspect *s = NULL;
		struct series series;
		char num[OUT_NUM_MAX];
		const char *what;
		int64_t held;
		bool strong;

		for (size_t k = 0; k <= m; k++) {
			const struct sample_cache *then = sample_find_cache(k < m ? saved[k] : last, c);

			y[k] = then ? (double)then->live * then->slot : 0;
		}
		series_judge(&series, t, y, m + 1, noise_floor(last, c));
		/* Counts with and without the objects in per-CPU stores are not the same thing. */
		if (c->reclaimable || old->exact != last->exact || series.growth < SINCE_BYTES_MIN || series.shape == SERIES_SAWTOOTH ||
		    series.shape == SERIES_PLATEAU)
			continue;
		what = held_by_user(old, last, c->name, series.growth / (c->slot ? c->slot : 1), &held);
		if (what) {
			verdict_say(v, "%s grew by %s since the saved state: there are %lld more %s, which user space holds.", c->name,
				    verdict_bytes(num, series.growth), (long long)held, what);
			continue;
		}
		for (size_t k = 0; k < v->suspect_count && !s; k++)
			if (!strcmp(v->suspects[k].name, c->name) && v->suspects[k].slot == c->slot && v->suspects[k].turn == c->turn)
				s = &v->suspects[k];
		strong = m >= LONG_SERIES && series.shape == SERIES_STEADY && !mood_of(c->name) && !v->rcu_held;
		if (s && s->strong)
			continue;	/* it is, and this agrees */
		if (!s)
			s = add_suspect(v, c, 0);
		if (!s)
			continue;
		s->growth = (int64_t)series.growth;
		s->rate = series.growth / (hours * 3600);
		s->since = true;
		s->shape = series.shape;
		s->strong = strong;
		s->score = series.growth * (strong ? STRONG_FIRST : 0.3);
		snprintf(s->reason, sizeof(s->reason), "grew by %s in the %.1f hours since the saved state%s; not reclaimable; no more processes, open "
			 "files, sockets or connections explain it", verdict_bytes(num, series.growth), hours, strong ? ", steadily" : ", and does not shrink");
	}
	free(t);
}

static int by_score(const void *a, const void *b)
{
	const struct verdict_suspect *x = a, *y = b;

	return x->score < y->score ? 1 : x->score > y->score ? -1 : strcmp(x->name, y->name);
}

/* The largest unreclaimable cache, if it is worth a word. */
static void note_big(struct verdict *v, const struct context *ctx)
{
	const struct sample_cache *big = NULL;
	char num[OUT_NUM_MAX];

	for (size_t i = 0; i < ctx->last->cache_count; i++) {
		const struct sample_cache *c = &ctx->last->caches[i];

		if (!c->reclaimable && (!big || c->bytes > big->bytes))
			big = c;
	}
	if (!big || big->bytes < ctx->last->gauge[GAUGE_TOTAL] / BIG_SHARE)
		return;
	for (size_t i = 0; i < v->suspect_count; i++)
		if (!strcmp(v->suspects[i].name, big->name))
			return;
	memcpy(v->big, big->name, sizeof(v->big));
	verdict_say(v, "%s is big, %s in %llu objects, but did not grow: that alone is no leak. If its users are gone, slabscan leaks tells "
		    "whether anything still points to them.", big->name, verdict_bytes(num, big->bytes), (unsigned long long)big->live);
}

static void note_parked(struct verdict *v, const struct context *ctx)
{
	uint64_t bytes = 0;
	char num[OUT_NUM_MAX];

	for (size_t i = 0; i < ctx->last->cache_count; i++)
		bytes += ctx->last->caches[i].parked * ctx->last->caches[i].slot;
	if (bytes >= (1 << 20))
		verdict_say(v, "%s are free objects in per-CPU and per-node stores, which /proc/slabinfo counts as in use.", verdict_bytes(num, bytes));
}

static double confidence_of(const struct verdict *v, const struct context *ctx, const struct candidate *best)
{
	double c = ctx->seconds >= 600 ? 0.8 : ctx->seconds >= 60 ? 0.7 : ctx->seconds >= 20 ? 0.6 : 0.5;

	if (v->kind == VERDICT_UNDECIDED)
		return 0.3;
	if (v->kind == VERDICT_NO_LEAK)
		return ctx->n < SERIES_MIN ? 0.3 : c;
	if (best && best->class == CLASS_SLAB && !ctx->last->exact)
		c -= 0.1;
	return c;
}

void verdict_make(struct verdict *v, struct sample *const *now, size_t n, struct sample *const *saved, size_t m)
{
	struct context ctx = { .now = now, .n = n > SERIES_MAX ? SERIES_MAX : n };
	struct candidate candidates[CANDIDATES_MAX], *best = NULL;
	size_t count = 0, strong = 0;
	char num[OUT_NUM_MAX];

	memset(v, 0, sizeof(*v));
	if (!n) {
		v->kind = VERDICT_UNDECIDED;
		return;
	}
	ctx.now = now + n - ctx.n;
	ctx.first = ctx.now[0];
	ctx.last = ctx.now[ctx.n - 1];
	for (size_t i = 0; i < ctx.n; i++)
		ctx.t[i] = (ctx.now[i]->time_ns - ctx.first->time_ns) / 1e9;
	ctx.seconds = ctx.t[ctx.n - 1];
	ctx.dying_growth = gauge_growth(ctx.first, ctx.last, GAUGE_DYING_CGROUPS);
	ctx.socket_growth = gauge_growth(ctx.first, ctx.last, GAUGE_SOCKET_BUFFERS);
	for (size_t i = 0; i < ctx.n && !v->rcu_held; i++) {
		v->rcu_held = sample_has(ctx.now[i], GAUGE_GRACE_NS) && ctx.now[i]->gauge[GAUGE_GRACE_NS] >= RCU_HELD_NS;
		if (v->rcu_held)
			verdict_say(v, "RCU is held up: a grace period took %.1f s or more (usual: some hundredths of a second). Memory that is freed "
				    "by RCU waits for its end; what grows meanwhile is no leak. Look for a stall in dmesg.",
				    ctx.now[i]->gauge[GAUGE_GRACE_NS] / 1e9);
	}

	judge_caches(v, &ctx);
	if (m)
		judge_since(v, &ctx, saved, m);
	qsort(v->suspects, v->suspect_count, sizeof(*v->suspects), by_score);
	for (size_t i = 0; i < v->suspect_count; i++)
		strong += v->suspects[i].strong;
	if (v->suspect_count) {
		struct candidate *c = &candidates[count++];

		memset(c, 0, sizeof(*c));
		c->class = CLASS_SLAB;
		for (size_t i = 0; i < v->suspect_count; i++)
			if (v->suspects[i].strong == !!strong) {
				c->growth += v->suspects[i].growth;
				c->rate += v->suspects[i].rate;
			}
		c->strong = strong;
		if (strong)
			snprintf(c->text, sizeof(c->text), "Unreclaimable slab grows by %s/s in %zu cache%s: %.63s%s.", verdict_bytes(num, c->rate), strong,
				 strong > 1 ? "s" : "", v->suspects[0].name, strong > 1 ? " first" : "");
		else
			snprintf(c->text, sizeof(c->text), "%.63s %.320s.", v->suspects[0].name, v->suspects[0].reason);
	}
	count += judge_rest(v, &ctx, candidates + count);

	/* What is strong beats what is not; among equals the one that takes most. */
	for (size_t i = 0; i < count; i++)
		if (!best || candidates[i].strong > best->strong || (candidates[i].strong == best->strong && candidates[i].growth > best->growth))
			best = &candidates[i];
	v->kind = !best ? VERDICT_NO_LEAK : best->strong ? VERDICT_LEAK : VERDICT_UNDECIDED;
	if (best) {
		v->class = best->class;
		memcpy(v->culprit, best->culprit, sizeof(v->culprit));
	}
	/* The main thing first. */
	for (size_t i = 0; i < count; i++)
		if (candidates[i].text[0] && v->evidence_count < VERDICT_EVIDENCE_MAX) {
			size_t at = &candidates[i] == best ? 0 : v->evidence_count;

			memmove(v->evidence + at + 1, v->evidence + at, (v->evidence_count - at) * sizeof(*v->evidence));
			snprintf(v->evidence[at], VERDICT_TEXT_MAX, "%s", candidates[i].text);
			v->evidence_count++;
		}
	if (ctx.n < SERIES_MIN) {
		verdict_say(v, "%zu samples do not tell growth from noise: take %d or more.", ctx.n, SERIES_MIN);
		if (v->kind == VERDICT_NO_LEAK)
			v->kind = VERDICT_UNDECIDED;
	}
	if (!ctx.last->cache_count) {
		verdict_say(v, "The slab caches could not be read (this needs root).");
		if (v->kind == VERDICT_NO_LEAK)
			v->kind = VERDICT_UNDECIDED;
	}
	note_big(v, &ctx);
	note_parked(v, &ctx);
	if (!v->evidence_count)
		verdict_say(v, "Nothing that the kernel cannot take back grew by more than is usual in %.0f s.", ctx.seconds);
	v->confidence = confidence_of(v, &ctx, best);
}

const char *verdict_key(enum verdict_kind kind)
{
	static const char *const keys[] = {
		[VERDICT_NO_LEAK] = "no-leak", [VERDICT_UNDECIDED] = "undecided", [VERDICT_LEAK] = "leak",
	};

	return keys[kind];
}

const char *class_name(enum verdict_class class)
{
	static const char *const names[] = {
		[CLASS_NONE] = "none", [CLASS_SLAB] = "slab", [CLASS_VMALLOC] = "vmalloc", [CLASS_PAGES] = "pages", [CLASS_USER] = "user",
		[CLASS_KERNEL_STACK] = "kernel-stack",
	};

	return names[class];
}
