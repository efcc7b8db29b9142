// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace_report.c - records and call chains of a trace that is over, as sites
 *
 * A site is the call in the function that matters, see slabscan_stack_site(): chains that lead there on different ways are one site.
 *
 * Survivors alone are no evidence: where objects live longer than we watch, there are always some. But then older ones of the same kind are
 * freed meanwhile, about as many, since their number does not grow. We do not know who allocated those, but who freed them, and who frees the
 * objects of each site. So the older objects that a site of frees freed are shared among the sites of allocations in proportion to what it freed
 * of theirs; that is how many survivors each may be expected to have. What those sites of frees freed that are not the usual ones of any chain of allocations
 * may have been anybody's: each site may be expected to have as many more survivors as that, for a wrong accusation is worse than none. Marks stay where
 * there are more, by more than chance: by three times the standard deviation of a Poisson distribution.
 *
 * All of it happens when nothing is hooked any more, so there is nothing to lock.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "compat/compat.h"
#include "own.h"
#include "trace_report.h"

#define EXAMPLES	4
#define STACKS_TOLD	400	/* chains in all */
#define STACKS_OF_SITE	40

/* What became of the objects of a chain, or of a site. */
struct sum {
	u64 allocs, frees, survivors, quiet, marked;
	u64 oldest, youngest;	/* when they were allocated, in jiffies */
	u32 size_min, size_max;
	u32 cluster;
	u32 pid;
	char task[TASK_COMM_LEN];
	u64 example[EXAMPLES];
	u32 examples;
};

struct chain {
	const char *site;
	u32 number;
	u32 at;			/* of its site */
	bool free;
	struct sum sum;
};

/* @first: where its chains begin in report.sorted */
struct site {
	const char *name;
	bool free, claimed;	/* claimed: of frees, by who allocated what it freed */
	u32 first, nr;
	u32 freed_by, votes;
	u64 expected;
	struct sum sum;
};

struct report {
	const struct slabscan_trace *t;
	struct chain *chain;
	struct chain **sorted;
	u32 nr;
	struct site *site;
	u32 nr_sites;
	u64 twice;		/* old frees that were counted twice */
};

static void add_record(struct sum *sum, const struct slabscan_track_record *r)
{
	if (!sum->survivors || r->when < sum->oldest) {
		sum->oldest = r->when;
		sum->pid = r->pid;
		memcpy(sum->task, r->task, sizeof(sum->task));
		sum->task[sizeof(sum->task) - 1] = 0;
	}
	if (!sum->survivors || r->when > sum->youngest)
		sum->youngest = r->when;
	if (!sum->survivors || r->size < sum->size_min)
		sum->size_min = r->size;
	sum->size_max = max(sum->size_max, r->size);
	sum->survivors++;
	sum->quiet += !!(r->flags & SLABSCAN_TRACE_QUIET);
	if (r->flags & SLABSCAN_TRACE_MARKED) {
		if (!sum->marked++)
			sum->examples = 0;	/* examples of what was marked are better ones */
		sum->cluster = r->flags >> SLABSCAN_TRACE_CLUSTER_SHIFT;
	} else if (sum->marked) {
		return;
	}
	if (sum->examples < EXAMPLES)
		sum->example[sum->examples++] = r->address;
}

static void add_sum(struct sum *to, const struct sum *s)
{
	u32 i;

	to->allocs += s->allocs;
	to->frees += s->frees;
	if (s->survivors) {
		if (!to->survivors || s->oldest < to->oldest) {
			to->oldest = s->oldest;
			to->pid = s->pid;
			memcpy(to->task, s->task, sizeof(to->task));
		}
		if (!to->survivors || s->youngest > to->youngest)
			to->youngest = s->youngest;
		if (!to->survivors || s->size_min < to->size_min)
			to->size_min = s->size_min;
		to->size_max = max(to->size_max, s->size_max);
		for (i = 0; i < s->examples && to->examples < EXAMPLES; i++)
			to->example[to->examples++] = s->example[i];
	}
	to->survivors += s->survivors;
	to->quiet += s->quiet;
	to->marked += s->marked;
	if (s->marked)
		to->cluster = s->cluster;
}

static int order(const struct sum *a, const struct sum *b)
{
	if (a->marked != b->marked)
		return a->marked < b->marked ? 1 : -1;
	if (a->survivors != b->survivors)
		return a->survivors < b->survivors ? 1 : -1;
	if (a->allocs != b->allocs)
		return a->allocs < b->allocs ? 1 : -1;
	return 0;
}

/* Chains of one site stand together, its best one first. */
static int by_site(const void *a, const void *b)
{
	const struct chain *x = *(struct chain *const *)a, *y = *(struct chain *const *)b;
	int c = (int)x->free - (int)y->free;

	if (!c)
		c = strcmp(x->site, y->site);
	return c ? c : order(&x->sum, &y->sum);
}

static int by_sum(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	return x->free != y->free ? (int)x->free - (int)y->free : order(&x->sum, &y->sum);
}

/* What was given to kfree_rcu() is freed by these in the end. That was taken for the free already. */
static bool is_second_free(const struct slabscan_stacks *s, const struct slabscan_stack *stack)
{
	u32 i;

	for (i = 0; i < stack->nr; i++) {
		const char *name = slabscan_stack_frame(s, stack, i);

		if (!strncmp(name, "kfree_rcu_", 10) || !strncmp(name, "kvfree_rcu_", 11))
			return true;
	}
	return false;
}

static void collect_chains(struct report *rep)
{
	const struct slabscan_stacks *s = &rep->t->stacks;
	u32 i;

	for (i = 0; i < s->nr; i++) {
		const struct slabscan_stack *stack = &s->stack[i];
		struct chain *c = &rep->chain[i];

		if (!stack->nr)
			continue;
		c->number = i + 1;
		c->free = slabscan_stack_is_free(stack);
		c->site = slabscan_stack_frame(s, stack, slabscan_stack_site(s, stack));
		c->sum.allocs = atomic64_read(&stack->events);
		c->sum.frees = atomic64_read(&stack->freed);
		if (c->free && is_second_free(s, stack)) {
			rep->twice += c->sum.allocs - min(c->sum.allocs, c->sum.frees);
			c->sum.allocs = c->sum.frees;
			if (!c->sum.frees)
				continue;
		}
		rep->sorted[rep->nr++] = c;
	}
}

/* Objects of chains for which there was no room go to the last chain, which has no frames. */
static void collect_records(struct report *rep, struct sum *all)
{
	const struct slabscan_trace *t = rep->t;
	struct chain *unknown = &rep->chain[t->stacks.nr];
	u32 i, at;

	for (i = 0; i < t->nr_shards; i++) {
		const struct slabscan_track *k = &t->shards[i].track;

		for (at = slabscan_track_next(k, 0); at < k->nr; at = slabscan_track_next(k, at + 1)) {
			const struct slabscan_track_record *r = &k->records[at];

			add_record(r->stack ? &rep->chain[r->stack - 1].sum : &unknown->sum, r);
			add_record(all, r);
		}
		cond_resched_tasks_rcu_qs();
	}
	if (unknown->sum.survivors) {
		unknown->site = "?";
		rep->sorted[rep->nr++] = unknown;
	}
}

static void make_sites(struct report *rep)
{
	struct site *site = NULL;
	u32 i;

	sort(rep->sorted, rep->nr, sizeof(*rep->sorted), by_site, NULL);
	for (i = 0; i < rep->nr; i++) {
		struct chain *c = rep->sorted[i];
		const struct slabscan_stack *stack;

		if (!site || c->free != site->free || strcmp(c->site, site->name)) {
			site = &rep->site[rep->nr_sites++];
			site->name = c->site;
			site->free = c->free;
			site->first = i;
		}
		site->nr++;
		c->at = rep->nr_sites - 1;
		add_sum(&site->sum, &c->sum);
		if (!c->number)
			continue;
		stack = &rep->t->stacks.stack[c->number - 1];
		if (stack->freed_by && stack->votes >= site->votes) {
			site->votes = stack->votes;
			site->freed_by = stack->freed_by;
		}
	}
}

static u64 old_frees(const struct site *by)
{
	return by->sum.allocs - min(by->sum.allocs, by->sum.frees);
}

/* How many survivors would be there anyway? */
static void expect(struct report *rep)
{
	u64 unclaimed = 0;
	u32 i;

	for (i = 0; i < rep->nr; i++) {
		const struct chain *c = rep->sorted[i];
		const struct slabscan_stack *stack;
		struct site *by;

		if (c->free || !c->number)
			continue;
		stack = &rep->t->stacks.stack[c->number - 1];
		if (!stack->freed_by)
			continue;
		by = &rep->site[rep->chain[stack->freed_by - 1].at];
		by->claimed = true;
		if (by->sum.frees)
			rep->site[c->at].expected += mul_u64_u64_div_u64(old_frees(by), min(c->sum.frees, by->sum.frees), by->sum.frees);
	}
	for (i = 0; i < rep->nr_sites; i++)
		if (rep->site[i].free && !rep->site[i].claimed)
			unclaimed += old_frees(&rep->site[i]);
	for (i = 0; i < rep->nr_sites; i++) {
		struct site *site = &rep->site[i];

		site->expected = max(site->expected, min(site->expected + unclaimed, site->sum.survivors));
	}
}

/* Takes marks away from sites that have no more survivors than expected. */
static void judge(struct report *rep, struct sum *all)
{
	u32 i, k;

	for (i = 0; i < rep->nr_sites; i++) {
		struct site *site = &rep->site[i];
		u64 more = site->sum.marked - min(site->sum.marked, site->expected);

		if (!site->sum.marked || more > U32_MAX || more * more > 9 * (site->expected + 1))
			continue;
		all->marked -= site->sum.marked;
		site->sum.marked = 0;
		for (k = 0; k < site->nr; k++)
			rep->sorted[site->first + k]->sum.marked = 0;
	}
}

static void put_sum(struct slabscan_result *r, const struct sum *s)
{
	slabscan_put_u64(r, SLABSCAN_A_ALLOCS, s->allocs);
	slabscan_put_u64(r, SLABSCAN_A_FREES, s->frees);
	slabscan_put_u64(r, SLABSCAN_A_SURVIVORS, s->survivors);
	slabscan_put_u64(r, SLABSCAN_A_QUIET, s->quiet);
	slabscan_put_u64(r, SLABSCAN_A_MARKED, s->marked);
}

static void put_site(struct slabscan_result *r, const struct report *rep, const struct site *site, u32 rank, const struct slabscan_trace_end *end)
{
	const struct slabscan_stacks *stacks = &rep->t->stacks;
	const struct sum *s = &site->sum;
	u64 now = get_jiffies_64();
	u32 i;

	slabscan_record_begin(r, SLABSCAN_A_RECORD_SITE);
	slabscan_put_u32(r, SLABSCAN_A_RANK, rank);
	slabscan_put_string(r, SLABSCAN_A_SYMBOL, site->name);
	put_sum(r, s);
	slabscan_put_u64(r, SLABSCAN_A_EXPECTED, site->expected);
	slabscan_put_u64(r, SLABSCAN_A_BYTES, s->survivors * rep->t->cache->size);
	if (s->survivors) {
		slabscan_put_u64(r, SLABSCAN_A_AGE_NS, jiffies64_to_nsecs(now - s->oldest));
		slabscan_put_u64(r, SLABSCAN_A_AGE_MIN_NS, jiffies64_to_nsecs(now - s->youngest));
		slabscan_put_string(r, SLABSCAN_A_TASK, s->task[0] ? s->task : "(interrupt)");
		slabscan_put_u32(r, SLABSCAN_A_PID, s->pid);
		if (s->size_max) {
			slabscan_put_u32(r, SLABSCAN_A_SIZE_MIN, s->size_min);
			slabscan_put_u32(r, SLABSCAN_A_SIZE_MAX, s->size_max);
		}
		for (i = 0; i < s->examples; i++)
			slabscan_put_u64(r, SLABSCAN_A_EXAMPLE, s->example[i]);
	}
	if (site->freed_by) {
		const struct slabscan_stack *by = &stacks->stack[site->freed_by - 1];

		slabscan_put_string(r, SLABSCAN_A_FREED_BY, slabscan_stack_frame(stacks, by, slabscan_stack_site(stacks, by)));
	}
	if (s->cluster && end->fingerprints)
		slabscan_put_u32(r, SLABSCAN_A_FINGERPRINT, end->fingerprints[s->cluster - 1]);
	slabscan_record_end(r);
}

static void put_stack(struct slabscan_result *r, const struct report *rep, const struct chain *c, u32 rank)
{
	const struct slabscan_stacks *stacks = &rep->t->stacks;
	const struct slabscan_stack *stack;
	u32 i;

	slabscan_record_begin(r, SLABSCAN_A_RECORD_STACK);
	slabscan_put_u32(r, SLABSCAN_A_RANK, rank);
	put_sum(r, &c->sum);
	if (c->number) {
		stack = &stacks->stack[c->number - 1];
		for (i = 0; i < stack->nr; i++)
			slabscan_put_string(r, SLABSCAN_A_SYMBOL, slabscan_stack_frame(stacks, stack, i));
	}
	slabscan_record_end(r);
}

static void put_sites(struct slabscan_result *r, const struct report *rep, const struct slabscan_trace_end *end)
{
	u32 i, k, rank = 0, stacks = 0, frees = 0;

	for (i = 0; i < rep->nr_sites; i++) {
		const struct site *site = &rep->site[i];

		if (site->free) {
			if (frees++ == end->limit)
				break;
			slabscan_record_begin(r, SLABSCAN_A_RECORD_FREE_SITE);
			slabscan_put_string(r, SLABSCAN_A_SYMBOL, site->name);
			slabscan_put_u64(r, SLABSCAN_A_FREES, site->sum.allocs);
			slabscan_record_end(r);
		} else if (rank < end->limit) {
			put_site(r, rep, site, ++rank, end);
			for (k = 0; k < site->nr && k < STACKS_OF_SITE && stacks < STACKS_TOLD; k++, stacks++)
				put_stack(r, rep, rep->sorted[site->first + k], rank);
		}
	}
}

static void put_summary(struct slabscan_result *r, const struct report *rep, const struct sum *all, const struct slabscan_trace_end *end)
{
	const struct slabscan_trace *t = rep->t;
	struct slabscan_trace_counts counts;

	slabscan_trace_counts(t, &counts);
	slabscan_record_begin(r, SLABSCAN_A_RECORD_SUMMARY);
	slabscan_put_cache(r, t->cache);
	slabscan_put_u64(r, SLABSCAN_A_ALLOCS, counts.allocs);
	slabscan_put_u64(r, SLABSCAN_A_FREES, counts.frees);
	slabscan_put_u64(r, SLABSCAN_A_OLD_FREES, counts.old_frees - min(counts.old_frees, rep->twice));
	slabscan_put_u64(r, SLABSCAN_A_SURVIVORS, all->survivors);
	slabscan_put_u64(r, SLABSCAN_A_QUIET, all->quiet);
	slabscan_put_u64(r, SLABSCAN_A_MARKED, all->marked);
	slabscan_put_u64(r, SLABSCAN_A_UNSEEN, end->unseen + counts.replaced);
	slabscan_put_u64(r, SLABSCAN_A_LOST, counts.lost);
	slabscan_put_u64(r, SLABSCAN_A_LOST_FREES, counts.lost_frees);
	slabscan_put_u32(r, SLABSCAN_A_SAMPLE, 1U << t->sample_shift);
	slabscan_put_u32(r, SLABSCAN_A_MODEL_CLUSTERS, end->clusters);
	slabscan_put_u64(r, SLABSCAN_A_DURATION_NS, end->duration);
	slabscan_put_effort(r, end->started, end->memory);
	if (end->message)
		slabscan_put_string(r, SLABSCAN_A_MESSAGE, end->message);
	slabscan_record_end(r);
}

/**
 * slabscan_trace_report_room() - the memory that a report takes
 * @stacks: how many chains the trace may record
 * @memory: what it takes is added
 *
 * Taken before the trace begins: after a week of watching there has to be an answer.
 *
 * Context: may sleep.
 * Return: to be freed with slabscan_own_free(); NULL if there is none.
 */
void *slabscan_trace_report_room(u32 stacks, u64 *memory)
{
	size_t size = (stacks + 1UL) * (sizeof(struct chain) + sizeof(struct chain *) + sizeof(struct site));

	*memory += size;
	return slabscan_own_alloc(size);
}

/**
 * slabscan_trace_report() - write all records of a trace
 * @r: where to
 * @t: disarmed; what is recorded are the survivors
 * @end: the rest
 * @room: from slabscan_trace_report_room(), for as many chains as @t records or more
 *
 * Context: process context; sleeps.
 */
void slabscan_trace_report(struct slabscan_result *r, const struct slabscan_trace *t, const struct slabscan_trace_end *end, void *room)
{
	struct report rep = { .t = t, .chain = room };
	struct sum all = { 0 };

	rep.site = (struct site *)(rep.chain + t->stacks.nr + 1);
	rep.sorted = (struct chain **)(rep.site + t->stacks.nr + 1);
	collect_chains(&rep);
	collect_records(&rep, &all);
	make_sites(&rep);
	expect(&rep);
	if (end->judge)
		judge(&rep, &all);
	sort(rep.site, rep.nr_sites, sizeof(*rep.site), by_sum, NULL);
	put_summary(r, &rep, &all, end);
	put_sites(r, &rep, end);
}
