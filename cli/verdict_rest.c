// SPDX-License-Identifier: GPL-2.0-only
/*
 * verdict_rest.c - from samples to an answer: everything that is no slab cache
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verdict_int.h"

#define MIB		(1024.0 * 1024)
#define THREADS_MIN	64
#define MANY_DYING	20
#define MANY_THREADS	500
#define BIG_PROCESS	8		/* a process is worth a word above 1/8 of all memory */
#define VMALLOC_NOISE	(256 << 10)

struct rest {
	struct verdict *v;
	const struct context *ctx;
	struct candidate *out;
	size_t count;
	struct account *books;	/* one a sample */
	double y[SERIES_MAX];
	struct series series;
};

static struct candidate *add(struct rest *r, enum verdict_class class, bool strong)
{
	struct candidate *c;

	if (r->count == CANDIDATES_MAX - 1)
		return NULL;
	c = &r->out[r->count++];
	memset(c, 0, sizeof(*c));
	c->class = class;
	c->strong = strong;
	c->growth = r->series.growth;
	c->rate = r->series.rate;
	return c;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

/* Growth of a use that goes on: steadily, or in any way that does not end. */
static bool use_grows(struct rest *r, enum account_use use, double threshold)
{
	for (size_t i = 0; i < r->ctx->n; i++)
		r->y[i] = (double)r->books[i].bytes[use];
	series_judge(&r->series, r->ctx->t, r->y, r->ctx->n, threshold);
	return r->series.growth > threshold && (r->series.shape == SERIES_STEADY || r->series.shape == SERIES_ERRATIC ||
						r->series.shape == SERIES_SLOWING || r->series.shape == SERIES_SHORT);
}

static bool is_strong(const struct rest *r, double min)
{
	return r->series.shape == SERIES_STEADY && r->series.growth >= min && r->ctx->seconds >= LEAK_SECONDS_MIN;
}

/* The process whose @member grew most. Return: by how much; 0: none did. */
static double top_process(const struct rest *r, size_t member, const struct sample_proc **top)
{
	const struct sample *first = r->ctx->first, *last = r->ctx->last;
	double best = 0;

	for (size_t i = 0; i < last->proc_count; i++) {
		const struct sample_proc *p = &last->procs[i], *old = sample_find_proc(first, p);
		uint64_t before = old ? *(const uint64_t *)((const char *)old + member) : 0;
		uint64_t after = *(const uint64_t *)((const char *)p + member);

		if (after > before && after - before > best) {
			best = (double)(after - before);
			*top = p;
		}
	}
	return best;
}

static void judge_user(struct rest *r)
{
	double total = (double)r->ctx->last->gauge[GAUGE_TOTAL];
	const struct sample_proc *p = NULL;
	char num[OUT_NUM_MAX], of[OUT_NUM_MAX];
	struct candidate *c;
	double grown;

	if (use_grows(r, ACCOUNT_ANON, larger(16 * MIB, total / 200)) && (c = add(r, CLASS_USER, false))) {
		grown = top_process(r, offsetof(struct sample_proc, anon), &p);
		if (p && grown >= c->growth / 4) {
			snprintf(c->culprit, sizeof(c->culprit), "%s[%u]", p->comm, p->pid);
			snprintf(c->text, sizeof(c->text), "Memory of processes grows by %s/s, most of it in %s (pid %u, %s more): the kernel does not leak it. "
				 "Whether the process does can be told with bcc memleak or heaptrack.", verdict_bytes(num, c->rate), p->comm, p->pid,
				 verdict_bytes(of, grown));
		} else {
			snprintf(c->text, sizeof(c->text), "Memory of processes grows by %s/s, spread over many: the kernel does not leak it.",
				 verdict_bytes(num, c->rate));
		}
	}
	if (use_grows(r, ACCOUNT_SHMEM, larger(16 * MIB, total / 200)) && (c = add(r, CLASS_USER, false))) {
		snprintf(c->culprit, sizeof(c->culprit), "tmpfs or shared memory");
		snprintf(c->text, sizeof(c->text), "Files in tmpfs or shared memory grow by %s/s: see df -t tmpfs and ipcs -m.", verdict_bytes(num, c->rate));
	}
}

/* Threads that become ever more: their stacks, and with them task_struct and others. */
static void judge_stacks(struct rest *r)
{
	double threads = (double)gauge_growth(r->ctx->first, r->ctx->last, GAUGE_THREADS);
	const struct sample_proc *p = NULL;
	struct candidate *c;
	char num[OUT_NUM_MAX];
	double grown;

	if (!use_grows(r, ACCOUNT_KERNEL_STACK, 512 << 10))
		return;
	if (threads >= THREADS_MIN) {
		grown = top_process(r, offsetof(struct sample_proc, threads), &p);
		if (grown >= 0.8 * threads) {
			c = add(r, CLASS_KERNEL_STACK, is_strong(r, 1 * MIB));
			if (!c)
				return;
			snprintf(c->culprit, sizeof(c->culprit), "%s[%u]", p->comm, p->pid);
			snprintf(c->text, sizeof(c->text), "%s (pid %u) makes threads that do not end: %.0f more, it has %llu now. Each holds a kernel "
				 "stack and more; stacks grow by %s/s.", p->comm, p->pid, grown, (unsigned long long)p->threads,
				 verdict_bytes(num, c->rate));
		} else {
			c = add(r, CLASS_KERNEL_STACK, false);
			if (c)
				snprintf(c->text, sizeof(c->text), "There are %.0f more threads, in many processes: kernel stacks grow by %s/s.", threads,
					 verdict_bytes(num, c->rate));
		}
	} else if (sample_has(r->ctx->last, GAUGE_THREADS)) {
		c = add(r, CLASS_KERNEL_STACK, is_strong(r, 2 * MIB));
		if (c)
			snprintf(c->text, sizeof(c->text), "Kernel stacks grow by %s/s, yet there are only %.0f more threads: stacks of tasks that are gone.",
				 verdict_bytes(num, c->rate), threads > 0 ? threads : 0);
	}
}

static void judge_vmalloc(struct rest *r)
{
	const struct context *ctx = r->ctx;
	struct series best = { 0 };
	const struct sample_caller *culprit = NULL;
	char num[OUT_NUM_MAX], of[OUT_NUM_MAX];
	struct candidate *c;
	bool busy;

	for (size_t i = 0; i < ctx->last->caller_count; i++) {
		const struct sample_caller *caller = &ctx->last->callers[i];

		for (size_t k = 0; k < ctx->n; k++) {
			const struct sample_caller *then = sample_find_caller(ctx->now[k], caller->name);

			r->y[k] = then ? (double)then->bytes : 0;
		}
		series_judge(&r->series, ctx->t, r->y, ctx->n, VMALLOC_NOISE);
		if (r->series.growth > VMALLOC_NOISE && r->series.growth > best.growth &&
		    (r->series.shape == SERIES_STEADY || r->series.shape == SERIES_ERRATIC || r->series.shape == SERIES_SLOWING ||
		     r->series.shape == SERIES_SHORT)) {
			best = r->series;
			culprit = caller;
		}
	}
	r->series = best;
	if (culprit) {
		/* Terminals, filters, rings: much of it belongs to processes. */
		busy = gauge_growth(ctx->first, ctx->last, GAUGE_PROCESSES) > 0 &&
		       (double)gauge_growth(ctx->first, ctx->last, GAUGE_PROCESSES) * 4 >= best.growth / (64 << 10);
		c = add(r, CLASS_VMALLOC, is_strong(r, 1 * MIB) && !busy);
		if (!c)
			return;
		snprintf(c->culprit, sizeof(c->culprit), "%s", culprit->name);
		snprintf(c->text, sizeof(c->text), "Memory that %s takes by vmalloc grows by %s/s; it has %s in %llu areas now (see /proc/vmallocinfo).%s",
			 culprit->name, verdict_bytes(num, c->rate), verdict_bytes(of, (double)culprit->bytes), (unsigned long long)culprit->areas,
			 busy ? " There are more processes too, to which it may belong." : "");
	} else if (!ctx->last->caller_count && use_grows(r, ACCOUNT_VMALLOC, 1 * MIB) && (c = add(r, CLASS_VMALLOC, is_strong(r, 4 * MIB)))) {
		snprintf(c->text, sizeof(c->text), "vmalloc grows by %s/s; as root, /proc/vmallocinfo tells who takes it.", verdict_bytes(num, c->rate));
	}
}

static void judge_pages(struct rest *r)
{
	double total = (double)r->ctx->last->gauge[GAUGE_TOTAL], threshold = larger(8 * MIB, total / 500);
	char num[OUT_NUM_MAX];
	struct candidate *c;

	if (use_grows(r, ACCOUNT_LARGE_KMALLOC, 1 * MIB) && (c = add(r, CLASS_PAGES, is_strong(r, 4 * MIB)))) {
		snprintf(c->culprit, sizeof(c->culprit), "large kmalloc");
		snprintf(c->text, sizeof(c->text), "Unreclaimable slab grows by %s/s, but no cache does: these are kmalloc()s of more than two pages, which "
			 "are in no cache. slabscan trace does not see them; perf record -e kmem:mm_page_alloc -g does.", verdict_bytes(num, c->rate));
	}
	if (use_grows(r, ACCOUNT_OTHER, threshold)) {
		bool queues = r->ctx->socket_growth >= r->series.growth / 2;

		c = add(r, CLASS_PAGES, is_strong(r, 4 * threshold) && !queues);
		if (!c)
			return;
		snprintf(c->culprit, sizeof(c->culprit), "%s", queues ? "socket queues" : "pages taken directly");
		if (queues)
			snprintf(c->text, sizeof(c->text), "Pages in the queues of sockets grow by %s/s: somebody does not read (ss -tm tells who).",
				 verdict_bytes(num, c->rate));
		else
			snprintf(c->text, sizeof(c->text), "Pages that nothing accounts for grow by %s/s: not slab. Drivers and the network take such pages "
				 "themselves; perf record -e kmem:mm_page_alloc -g, or page_owner, tells who.", verdict_bytes(num, c->rate));
	}
	if (use_grows(r, ACCOUNT_PERCPU, larger(1 * MIB, total / 1000)) && (c = add(r, CLASS_PAGES, false))) {
		snprintf(c->culprit, sizeof(c->culprit), "per-CPU memory");
		snprintf(c->text, sizeof(c->text), "Per-CPU memory grows by %s/s%s.", verdict_bytes(num, c->rate),
			 r->ctx->dying_growth > 0 ? ": it belongs to memory cgroups, of which more and more are dying" : "");
	}
}

/* What grew and is nobody's leak. */
static void note_harmless(struct rest *r)
{
	static const enum account_use uses[] = { ACCOUNT_PAGE_CACHE, ACCOUNT_SLAB_RECLAIMABLE };
	const struct context *ctx = r->ctx;
	char num[OUT_NUM_MAX];
	uint64_t dying;

	for (size_t i = 0; i < 2; i++) {
		double grown = (double)r->books[ctx->n - 1].bytes[uses[i]] - (double)r->books[0].bytes[uses[i]];

		if (grown >= 16 * MIB)
			verdict_say(r->v, "%s grew by %s: the kernel takes that back when memory is needed.",
				    uses[i] == ACCOUNT_PAGE_CACHE ? "The page cache" : "Reclaimable slab", verdict_bytes(num, grown));
	}
	for (size_t i = 0; i < ctx->last->proc_count; i++) {
		const struct sample_proc *p = &ctx->last->procs[i];

		if (p->anon > ctx->last->gauge[GAUGE_TOTAL] / BIG_PROCESS)
			verdict_say(r->v, "%s (pid %u) has %s of its own memory: that is no memory of the kernel.", p->comm, p->pid,
				    verdict_bytes(num, (double)p->anon));
		if (p->threads >= MANY_THREADS)
			verdict_say(r->v, "%s (pid %u) has %llu threads, each with a kernel stack: all stacks take %s.", p->comm, p->pid,
				    (unsigned long long)p->threads, verdict_bytes(num, (double)r->books[ctx->n - 1].bytes[ACCOUNT_KERNEL_STACK]));
	}
	dying = sample_has(ctx->last, GAUGE_DYING_CGROUPS) ? ctx->last->gauge[GAUGE_DYING_CGROUPS] : 0;
	if (dying >= MANY_DYING)
		verdict_say(r->v, "%llu memory cgroups are dying (removed, but pages are still charged to them), %lld more than at first: they go when "
			    "those pages are reclaimed.", (unsigned long long)dying, (long long)ctx->dying_growth);
	if (gauge_growth(ctx->first, ctx->last, GAUGE_OOM_KILL) > 0)
		verdict_say(r->v, "The kernel killed a process for want of memory meanwhile (see dmesg).");
	if (gauge_growth(ctx->first, ctx->last, GAUGE_SLABS_SCANNED) > 10000) {
		double grown = (double)gauge_growth(ctx->first, ctx->last, GAUGE_SLAB_UNRECLAIMABLE);

		verdict_say(r->v, "Memory was reclaimed meanwhile, and unreclaimable slab %s%s.", grown > 0 ? "still grew by " : "did not grow",
			    grown > 0 ? verdict_bytes(num, grown) : "");
	}
}

size_t judge_rest(struct verdict *v, const struct context *ctx, struct candidate *out)
{
	struct rest r = { .v = v, .ctx = ctx, .out = out };

	r.books = malloc(ctx->n * sizeof(*r.books));
	if (!r.books)
		abort();
	for (size_t i = 0; i < ctx->n; i++)
		account_make(&r.books[i], ctx->now[i]);
	judge_stacks(&r);
	judge_vmalloc(&r);
	judge_pages(&r);
	judge_user(&r);
	note_harmless(&r);
	free(r.books);
	return r.count;
}
