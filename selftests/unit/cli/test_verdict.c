// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_verdict.c - from samples to an answer. The negatives are the important ones: what is no leak must never be called one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aliases.h"
#include "verdict.h"

#define N	13
#define MIB	(1024ULL * 1024)

/* A quiet machine of 16 GiB, sampled N times, 5 s apart; each test then changes what it is about. */
struct world {
	struct sample *s[64];
	size_t n;
	struct verdict v;
};

static void set(struct sample *s, enum gauge g, double value)
{
	sample_set(s, g, (uint64_t)value);
}

static void grow(struct sample *s, enum gauge g, double by)
{
	sample_set(s, g, (uint64_t)(s->gauge[g] + by));
}

static void cache(struct sample *s, const char *name, uint32_t slot, double live, bool reclaimable)
{
	struct sample_cache *c = sample_add_cache(s, name, slot);

	c->live = (uint64_t)live;
	c->slab_bytes = 4096;
	c->bytes = (c->live * slot / 4096 + 1) * 4096;
	c->reclaimable = reclaimable;
}

static void world_begin(struct world *w, size_t n, double interval, bool exact)
{
	memset(w, 0, sizeof(*w));
	w->n = n;
	for (size_t i = 0; i < n; i++) {
		struct sample *s = w->s[i] = sample_create();

		s->time_ns = (uint64_t)((1000 + interval * i) * 1e9);
		s->exact = exact;
		set(s, GAUGE_TOTAL, 16384 * MIB);
		set(s, GAUGE_FREE, 8192 * MIB);
		set(s, GAUGE_CACHED, 4096 * MIB);
		set(s, GAUGE_ANON, 2048 * MIB);
		set(s, GAUGE_SLAB_UNRECLAIMABLE, 100 * MIB);
		set(s, GAUGE_SLAB_RECLAIMABLE, 200 * MIB);
		set(s, GAUGE_KERNEL_STACK, 4 * MIB);
		set(s, GAUGE_PAGE_TABLES, 20 * MIB);
		set(s, GAUGE_VMALLOC_AREAS, 30 * MIB);
		set(s, GAUGE_THREADS, 250);
		set(s, GAUGE_PROCESSES, 120);
		set(s, GAUGE_OPEN_FDS, 2000);
		set(s, GAUGE_SOCKETS, 300);
		set(s, GAUGE_INODES, 50000);
		set(s, GAUGE_CONNTRACK, 100);
		set(s, GAUGE_DYING_CGROUPS, 3);
		set(s, GAUGE_CPUS, 4);
		set(s, GAUGE_GRACE_NS, 2e7);
		cache(s, "kmalloc-64", 64, 40000 + 7 * (double)(i % 3), false);
		cache(s, "kmalloc-1k", 1024, 3000 - (double)(i % 2), false);
		cache(s, "dentry", 192, 100000, true);
	}
}

static void world_end(struct world *w)
{
	for (size_t i = 0; i < w->n; i++)
		sample_sort(w->s[i]);
	verdict_make(&w->v, w->s, w->n, NULL, 0);
}

static void world_free(struct world *w)
{
	for (size_t i = 0; i < w->n; i++)
		sample_free(w->s[i]);
}

static bool says(const struct verdict *v, const char *word)
{
	for (size_t i = 0; i < v->evidence_count; i++)
		if (strstr(v->evidence[i], word))
			return true;
	return false;
}

static void dump(const struct verdict *v)
{
	print_message("%s %s %.2f %s\n", verdict_key(v->kind), class_name(v->class), v->confidence, v->culprit);
	for (size_t i = 0; i < v->evidence_count; i++)
		print_message("  - %s\n", v->evidence[i]);
	for (size_t i = 0; i < v->suspect_count; i++)
		print_message("  %s: %s\n", v->suspects[i].name, v->suspects[i].reason);
}

static void expect(struct world *w, enum verdict_kind kind, enum verdict_class class)
{
	world_end(w);
	if (w->v.kind != kind || w->v.class != class)
		dump(&w->v);
	assert_string_equal(verdict_key(w->v.kind), verdict_key(kind));
	assert_string_equal(class_name(w->v.class), class_name(class));
	assert_true(w->v.evidence_count > 0);
}

#define EACH(w, s, i)	(size_t i = 0; i < (w).n; i++) for (struct sample *s = (w).s[i]; s; s = NULL)

static void test_quiet(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w, N, 5, true);
	expect(&w, VERDICT_NO_LEAK, CLASS_NONE);
	assert_int_equal(w.v.suspect_count, 0);
	world_free(&w);
}

static void test_leak(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w, N, 5, true);
	for EACH(w, s, i)
		cache(s, "kmalloc-96", 96, 1000 + 200.0 * i, false);
	expect(&w, VERDICT_LEAK, CLASS_SLAB);
	assert_int_equal(w.v.suspect_count, 1);
	assert_string_equal(w.v.suspects[0].name, "kmalloc-96");
	assert_true(w.v.suspects[0].strong);
	assert_int_equal(w.v.suspects[0].growth, 96 * 200 * (N - 1));
	assert_true(w.v.suspects[0].rate > 3800 && w.v.suspects[0].rate < 3900);
	assert_true(w.v.confidence >= 0.7);
	world_free(&w);
}

/* A small leak, a big cache that is steady, and one that grows more but not steadily: the small leak comes first. */
static void test_rank(void **state)
{
	static const double fits[N] = { 0, 900, 850, 870, 910, 2000, 1980, 2010, 2000, 2900, 2950, 3100, 3080 };
	struct world w;

	(void)state;
	world_begin(&w, N, 5, true);
	for EACH(w, s, i) {
		cache(s, "big", 4096, 800000, false);
		cache(s, "fits", 512, 10000 + fits[i], false);
		cache(s, "small", 32, 2000 + 300.0 * i, false);
	}
	expect(&w, VERDICT_LEAK, CLASS_SLAB);
	assert_string_equal(w.v.suspects[0].name, "small");
	assert_string_equal(w.v.big, "big");
	for (size_t i = 0; i < w.v.suspect_count; i++)
		assert_string_not_equal(w.v.suspects[i].name, "big");
	world_free(&w);
}

/* One event leaks a tree of objects. */
static void test_tree(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w, N, 5, true);
	for EACH(w, s, i) {
		cache(s, "kmalloc-96", 96, 1000 + 200.0 * i, false);
		cache(s, "kmalloc-128", 128, 5000 + 200.0 * i, false);
	}
	expect(&w, VERDICT_LEAK, CLASS_SLAB);
	assert_int_equal(w.v.suspect_count, 2);
	assert_true(w.v.suspects[0].strong && w.v.suspects[1].strong);
	world_free(&w);
}

/* Without the module, what per-CPU stores can amount to is no growth. */
static void test_inexact(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w, N, 5, false);
	for EACH(w, s, i)
		cache(s, "kmalloc-96", 96, 1000 + 30.0 * i, false);
	world_end(&w);
	assert_int_not_equal(w.v.kind, VERDICT_LEAK);
	world_free(&w);
	world_begin(&w, N, 5, false);
	for EACH(w, s, i)
		cache(s, "kmalloc-96", 96, 1000 + 2000.0 * i, false);
	expect(&w, VERDICT_LEAK, CLASS_SLAB);
	world_free(&w);
}

static void test_reclaimable(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w, N, 5, true);
	for EACH(w, s, i) {
		cache(s, "ext4_inode_cache", 1096, 1000 + 20000.0 * i, true);
		grow(s, GAUGE_SLAB_RECLAIMABLE, 22.0 * MIB * i);
		grow(s, GAUGE_FREE, -22.0 * MIB * i);
	}
	expect(&w, VERDICT_NO_LEAK, CLASS_NONE);
	assert_true(says(&w.v, "reclaimable"));
	assert_int_equal(w.v.suspect_count, 0);
	world_free(&w);
}

/* find /: dentries and inodes, and what the security modules hang on each inode. */
static void test_find(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w, N, 5, true);
	for EACH(w, s, i) {
		cache(s, "ext4_inode_cache", 1096, 1000 + 5000.0 * i, true);
		cache(s, "lsm_inode_cache", 64, 1000 + 5000.0 * i, false);
		cache(s, "kmalloc-32", 32, 9000 + 4999.0 * i, false);	/* one each, of whatever kind */
		grow(s, GAUGE_INODES, 5000.0 * i);
	}
	world_end(&w);
	assert_int_not_equal(w.v.kind, VERDICT_LEAK);
	assert_true(says(&w.v, "inodes"));
	world_free(&w);
}

static void test_startup(void **state)
{
	struct world w;

	(void)state;
	for (size_t fill = 2; fill < N - 3; fill++) {
		world_begin(&w, N, 5, true);
		for EACH(w, s, i)
			cache(s, "nf_tables", 256, i < fill ? 20000.0 * i : 20000.0 * fill, false);
		world_end(&w);
		if (w.v.kind == VERDICT_LEAK)
			dump(&w.v);
		assert_int_not_equal(w.v.kind, VERDICT_LEAK);
		world_free(&w);
	}
}

static void test_sawtooth(void **state)
{
	struct world w;

	(void)state;
	for (size_t period = 2; period < N - 2; period++) {
		world_begin(&w, N, 5, true);
		for EACH(w, s, i)
			cache(s, "kmalloc-256", 256, 1000 + 5000.0 * (i % period), false);
		world_end(&w);
		assert_int_not_equal(w.v.kind, VERDICT_LEAK);
		world_free(&w);
	}
}

/* Under memory pressure it came down. */
static void test_reclaimed(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w, N, 5, true);
	for EACH(w, s, i) {
		cache(s, "kmalloc-256", 256, i < 9 ? 1000 + 5000.0 * i : 2000, false);
		set(s, GAUGE_SLABS_SCANNED, i < 9 ? 0 : 500000);
	}
	expect(&w, VERDICT_NO_LEAK, CLASS_NONE);
	world_free(&w);
}

/* A long reader: everything freed by RCU piles up. */
static void test_rcu(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w, N, 5, true);
	for EACH(w, s, i) {
		cache(s, "kmalloc-96", 96, 1000 + 2000.0 * i, false);
		if (i > 4)
			set(s, GAUGE_GRACE_NS, 3e9);
	}
	expect(&w, VERDICT_UNDECIDED, CLASS_SLAB);
	assert_true(w.v.rcu_held);
	assert_true(says(&w.v, "RCU"));
	world_free(&w);
}

static void test_conntrack(void **state)
{
	struct world w;

	(void)state;
	/* fills */
	world_begin(&w, N, 5, true);
	for EACH(w, s, i) {
		cache(s, "nf_conntrack", 256, 100 + 5000.0 * i, false);
		grow(s, GAUGE_CONNTRACK, 5000.0 * i);
	}
	expect(&w, VERDICT_NO_LEAK, CLASS_NONE);
	assert_true(says(&w.v, "tracked connections"));
	world_free(&w);
	/* is full */
	world_begin(&w, N, 5, true);
	for EACH(w, s, i) {
		cache(s, "nf_conntrack", 256, 262144, false);
		set(s, GAUGE_CONNTRACK, 262144);
	}
	expect(&w, VERDICT_NO_LEAK, CLASS_NONE);
	world_free(&w);
}

/* Connections that the table no longer counts, but the cache still holds: that is a leak. */
static void test_conntrack_leak(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w, N, 5, true);
	for EACH(w, s, i)
		cache(s, "nf_conntrack", 256, 100 + 500.0 * i, false);
	expect(&w, VERDICT_LEAK, CLASS_SLAB);
	world_free(&w);
}

static void test_files(void **state)
{
	struct world w;

	(void)state;
	for (int held = 0; held < 2; held++) {
		world_begin(&w, N, 5, true);
		for EACH(w, s, i) {
			cache(s, "filp", 256, 2000 + 400.0 * i, false);
			if (held)
				grow(s, GAUGE_OPEN_FDS, 390.0 * i);
		}
		expect(&w, held ? VERDICT_NO_LEAK : VERDICT_LEAK, held ? CLASS_NONE : CLASS_SLAB);
		world_free(&w);
	}
}

/* Objects without a telling name that come with what user space holds: one each. Three each are somebody else's. */
static void test_in_step(void **state)
{
	struct world w;

	(void)state;
	for (int each = 1; each < 4; each += 2) {
		world_begin(&w, N, 5, true);
		for EACH(w, s, i) {
			cache(s, "eventfd_like", 64, 2000 + 100.0 * each * i, false);
			grow(s, GAUGE_OPEN_FDS, 97.0 * i);
		}
		expect(&w, each == 1 ? VERDICT_UNDECIDED : VERDICT_LEAK, CLASS_SLAB);
		assert_int_equal(each == 1, says(&w.v, "more open files"));
		world_free(&w);
	}
}

/* Merged caches: what user space holds may go by another name. */
static void test_merged(void **state)
{
	char root[] = "/tmp/slabscan-test-XXXXXX", command[512];
	struct aliases *aliases;
	struct world w;

	(void)state;
	assert_non_null(mkdtemp(root));
	snprintf(command, sizeof(command), "d=%s/sys/kernel/slab; mkdir -p $d && ln -s :0001152 $d/signal_like && ln -s :0001152 $d/UDP", root);
	assert_int_equal(system(command), 0);
	aliases = aliases_load(root);
	for (int known = 0; known < 2; known++) {
		world_begin(&w, N, 5, true);
		for EACH(w, s, i) {
			s->aliases = known ? aliases : NULL;
			cache(s, "signal_like", 1152, 300 + 100.0 * i, false);
			grow(s, GAUGE_SOCKETS, 160.0 * i);
		}
		expect(&w, known ? VERDICT_NO_LEAK : VERDICT_LEAK, known ? CLASS_NONE : CLASS_SLAB);
		world_free(&w);
	}
	aliases_free(aliases);
	snprintf(command, sizeof(command), "rm -r %s", root);
	assert_int_equal(system(command), 0);
}

static void test_dying(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w, N, 5, true);
	for EACH(w, s, i) {
		cache(s, "kmalloc-4k", 4096, 500 + 30.0 * i, false);
		cache(s, "kmalloc-2k", 2048, 500 + 60.0 * i, false);
		grow(s, GAUGE_DYING_CGROUPS, 30.0 * i);
	}
	world_end(&w);
	assert_int_not_equal(w.v.kind, VERDICT_LEAK);
	assert_true(says(&w.v, "dying"));
	world_free(&w);
}

static void test_page_cache(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w, N, 5, true);
	for EACH(w, s, i) {
		grow(s, GAUGE_CACHED, 100.0 * MIB * i);
		grow(s, GAUGE_FREE, -100.0 * MIB * i);
	}
	expect(&w, VERDICT_NO_LEAK, CLASS_NONE);
	assert_true(says(&w.v, "page cache"));
	world_free(&w);
}

static void test_user(void **state)
{
	struct world w;

	(void)state;
	/* one that is just big */
	world_begin(&w, N, 5, true);
	for EACH(w, s, i)
		grow(s, GAUGE_ANON, (i * 0 + 1) * 4096.0 * MIB);
	expect(&w, VERDICT_NO_LEAK, CLASS_NONE);
	world_free(&w);
	/* one that grows: the kernel does not leak it */
	world_begin(&w, N, 5, true);
	for EACH(w, s, i) {
		struct sample_proc *p = sample_add_proc(s);

		*p = (struct sample_proc){ .pid = 4711, .comm = "hog", .start = 99, .threads = 1, .anon = (100 + 50 * i) * MIB };
		grow(s, GAUGE_ANON, 50.0 * MIB * i);
		grow(s, GAUGE_FREE, -50.0 * MIB * i);
		grow(s, GAUGE_PAGE_TABLES, 0.1 * MIB * i);
	}
	expect(&w, VERDICT_UNDECIDED, CLASS_USER);
	assert_string_equal(w.v.culprit, "hog[4711]");
	world_free(&w);
}

static void test_threads(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w, N, 5, true);
	for EACH(w, s, i) {
		struct sample_proc *p = sample_add_proc(s);

		*p = (struct sample_proc){ .pid = 815, .comm = "(odd) name", .start = 7, .threads = 10 + 50 * i };
		grow(s, GAUGE_THREADS, 50.0 * i);
		grow(s, GAUGE_KERNEL_STACK, 50.0 * 16384 * i);
		grow(s, GAUGE_FREE, -50.0 * 16384 * i);
		cache(s, "task_struct", 7680, 250 + 50.0 * i, false);
		cache(s, "pid", 128, 250 + 50.0 * i, false);
	}
	expect(&w, VERDICT_LEAK, CLASS_KERNEL_STACK);
	assert_string_equal(w.v.culprit, "(odd) name[815]");
	assert_int_equal(w.v.suspect_count, 0);
	world_free(&w);
}

static void test_vmalloc(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w, N, 5, true);
	for EACH(w, s, i) {
		struct sample_caller *c = sample_add_caller(s, "foo_probe[foo]");

		c->areas = 10 + 4 * i;
		c->bytes = c->areas * 65536;
		c = sample_add_caller(s, "big_and_steady");
		c->bytes = 20 * MIB;
		grow(s, GAUGE_VMALLOC_AREAS, 4.0 * 65536 * i);
		grow(s, GAUGE_FREE, -4.0 * 65536 * i);
	}
	expect(&w, VERDICT_LEAK, CLASS_VMALLOC);
	assert_string_equal(w.v.culprit, "foo_probe[foo]");
	world_free(&w);
}

static void test_pages(void **state)
{
	struct world w;

	(void)state;
	for (int queued = 0; queued < 2; queued++) {
		world_begin(&w, N, 5, true);
		for EACH(w, s, i) {
			grow(s, GAUGE_FREE, -40.0 * MIB * i);
			set(s, GAUGE_SOCKET_BUFFERS, queued ? 40.0 * MIB * i : 0);
		}
		expect(&w, queued ? VERDICT_UNDECIDED : VERDICT_LEAK, CLASS_PAGES);
		world_free(&w);
	}
}

/* kmalloc() of more than two pages is unreclaimable slab, but in no cache. */
static void test_large_kmalloc(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w, N, 5, true);
	for EACH(w, s, i) {
		grow(s, GAUGE_SLAB_UNRECLAIMABLE, 3.0 * MIB * i);
		grow(s, GAUGE_FREE, -3.0 * MIB * i);
	}
	expect(&w, VERDICT_LEAK, CLASS_PAGES);
	assert_string_equal(w.v.culprit, "large kmalloc");
	world_free(&w);
}

static void test_balloon(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w, N, 5, true);
	for EACH(w, s, i) {
		grow(s, GAUGE_FREE, -40.0 * MIB * i);
		set(s, GAUGE_BALLOON_INFLATE, 40.0 * MIB * i / 4096);
		set(s, GAUGE_BALLOON_DEFLATE, 0);
	}
	expect(&w, VERDICT_NO_LEAK, CLASS_NONE);
	world_free(&w);
}

/* Too few samples, or too short a time, decide nothing. */
static void test_short(void **state)
{
	struct world w;

	(void)state;
	for (size_t n = 1; n < SERIES_MIN; n++) {
		world_begin(&w, n, 5, true);
		for EACH(w, s, i)
			cache(s, "kmalloc-96", 96, 1000 + 20000.0 * i, false);
		world_end(&w);
		assert_int_equal(w.v.kind, VERDICT_UNDECIDED);
		world_free(&w);
	}
	world_begin(&w, N, 0.1, true);
	for EACH(w, s, i)
		cache(s, "kmalloc-96", 96, 1000 + 20000.0 * i, false);
	expect(&w, VERDICT_UNDECIDED, CLASS_SLAB);
	world_free(&w);
	memset(&w, 0, sizeof(w));
	verdict_make(&w.v, w.s, 0, NULL, 0);
	assert_int_equal(w.v.kind, VERDICT_UNDECIDED);
}

/* A cache that is made while we look, and two with the same name. */
static void test_names(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w, N, 5, true);
	for EACH(w, s, i) {
		cache(s, "twin", 64, 5000, false);
		cache(s, "twin", 64, 1000 + 1000.0 * i, false);
		if (i != 5)
			cache(s, "fickle", 64, 1000 + 1000.0 * i, false);
	}
	expect(&w, VERDICT_LEAK, CLASS_SLAB);
	assert_int_equal(w.v.suspect_count, 1);
	assert_string_equal(w.v.suspects[0].name, "twin");
	assert_int_equal(w.v.suspects[0].turn, 1);
	world_free(&w);
}

/* More suspects than there is room for: the worst stay. */
static void test_many(void **state)
{
	struct world w;

	(void)state;
	world_begin(&w, N, 5, true);
	for EACH(w, s, i)
		for (int k = 0; k < 40; k++) {
			char name[16];

			snprintf(name, sizeof(name), "c%02d", (k * 17) % 40);
			cache(s, name, 64, 1000 + 100.0 * ((k * 17) % 40 + 1) * i, false);
		}
	expect(&w, VERDICT_LEAK, CLASS_SLAB);
	assert_int_equal(w.v.suspect_count, VERDICT_SUSPECTS_MAX);
	assert_string_equal(w.v.suspects[0].name, "c39");
	assert_string_equal(w.v.suspects[15].name, "c24");
	world_free(&w);
}

static void test_since(void **state)
{
	struct world w, old;

	(void)state;
	/* grew since, and is flat now: told, but not called a leak */
	world_begin(&w, N, 5, true);
	world_begin(&old, 1, 5, true);
	for EACH(w, s, i) {
		s->time_ns += 36000ULL * 1000000000;
		cache(s, "kmalloc-32", 32, 400000, false);
	}
	cache(old.s[0], "kmalloc-32", 32, 1000, false);
	sample_sort(old.s[0]);
	for EACH(w, s, i)
		sample_sort(s);
	verdict_make(&w.v, w.s, w.n, old.s, 1);
	assert_int_equal(w.v.kind, VERDICT_UNDECIDED);
	assert_int_equal(w.v.suspect_count, 1);
	assert_true(w.v.suspects[0].since);
	world_free(&old);

	/* eight states of a cron job, in which it rises all the time */
	world_begin(&old, 8, 4000, true);
	for EACH(old, s, i) {
		cache(s, "kmalloc-32", 32, 1000 + 48000.0 * i, false);
		sample_sort(s);
	}
	verdict_make(&w.v, w.s, w.n, old.s, old.n);
	assert_int_equal(w.v.kind, VERDICT_LEAK);
	assert_string_equal(w.v.suspects[0].name, "kmalloc-32");
	world_free(&old);

	/* the same, but it filled in the first hour and has stayed */
	world_begin(&old, 8, 4000, true);
	for EACH(old, s, i) {
		cache(s, "kmalloc-32", 32, i ? 400000 : 1000, false);
		sample_sort(s);
	}
	verdict_make(&w.v, w.s, w.n, old.s, old.n);
	assert_int_not_equal(w.v.kind, VERDICT_LEAK);
	world_free(&old);

	/* counted in another way then: cannot be compared */
	world_begin(&old, 1, 5, false);
	cache(old.s[0], "kmalloc-32", 32, 1000, false);
	sample_sort(old.s[0]);
	verdict_make(&w.v, w.s, w.n, old.s, 1);
	assert_int_equal(w.v.suspect_count, 0);
	world_free(&old);
	world_free(&w);
}

/* Everything that is accounted for adds up to all of memory. */
static void test_account(void **state)
{
	struct account a;
	struct world w;
	uint64_t sum = 0;

	(void)state;
	world_begin(&w, 1, 5, true);
	set(w.s[0], GAUGE_SHMEM, 1024 * MIB);
	account_make(&a, w.s[0]);
	for (int i = 0; i < ACCOUNT_USES; i++)
		sum += a.bytes[i];
	assert_int_equal(sum, a.total);
	assert_int_equal(a.bytes[ACCOUNT_PAGE_CACHE], 3072 * MIB);
	assert_int_equal(a.excess, 0);
	/* kmalloc-64 625 pages + 1, kmalloc-1k, dentry: what is not in caches is large kmalloc */
	assert_int_equal(a.bytes[ACCOUNT_LARGE_KMALLOC] + a.bytes[ACCOUNT_SLAB_UNRECLAIMABLE], 100 * MIB);
	set(w.s[0], GAUGE_ANON, 1e12);
	account_make(&a, w.s[0]);
	assert_true(a.excess > 0);
	assert_int_equal(a.bytes[ACCOUNT_OTHER], 0);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quiet), cmocka_unit_test(test_leak), cmocka_unit_test(test_rank), cmocka_unit_test(test_tree),
		cmocka_unit_test(test_inexact), cmocka_unit_test(test_reclaimable), cmocka_unit_test(test_find), cmocka_unit_test(test_startup),
		cmocka_unit_test(test_sawtooth), cmocka_unit_test(test_reclaimed), cmocka_unit_test(test_rcu), cmocka_unit_test(test_conntrack),
		cmocka_unit_test(test_conntrack_leak), cmocka_unit_test(test_files), cmocka_unit_test(test_in_step), cmocka_unit_test(test_merged), cmocka_unit_test(test_dying), cmocka_unit_test(test_page_cache),
		cmocka_unit_test(test_user), cmocka_unit_test(test_threads), cmocka_unit_test(test_vmalloc), cmocka_unit_test(test_pages),
		cmocka_unit_test(test_large_kmalloc), cmocka_unit_test(test_balloon), cmocka_unit_test(test_short), cmocka_unit_test(test_names),
		cmocka_unit_test(test_many), cmocka_unit_test(test_since), cmocka_unit_test(test_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
