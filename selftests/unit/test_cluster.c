// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clustering: planted mixes with known labels. The seeds differ from run to run unless SLABSCAN_SEED is set; the printed one repeats a run.
 */
#include <stdlib.h>
#include <time.h>

#include "unit.h"
#include "cluster.h"
#include "fingerprint.h"

#define DIRECT	0xffff888000000000ULL
#define IMAGE	0xffffffff81000000ULL
#define MODULE	0xffffffffc0000000ULL
#define VMALLOC	0xffffc90000000000ULL

static u64 seed;

static u64 rnd(void)
{
	/* splitmix64 (Vigna) */
	u64 z = seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* A symbol each 256 bytes; a cache of 64-byte objects each 64 MiB of the direct map, 16 caches, then no slabs. */
static bool fake_symbol(void *ctx, u64 addr, struct slabscan_ref *ret)
{
	(void)ctx;
	ret->id = addr & ~255ULL;
	ret->offset = addr & 255;
	return true;
}

static bool fake_slab(void *ctx, u64 addr, struct slabscan_ref *ret)
{
	u64 cache = (addr - DIRECT) >> 26;

	(void)ctx;
	if (cache >= 16)
		return false;
	ret->id = cache + 1;
	ret->offset = addr & 63;
	return true;
}

static const struct slabscan_env env = {
	.image = { IMAGE, IMAGE + (32 << 20) },
	.module = { MODULE, MODULE + (16 << 20) },
	.vmalloc = { VMALLOC, VMALLOC + (1ULL << 40) },
	.direct = { DIRECT, DIRECT + (1ULL << 34) },
	.memmap = { 0xffffea0000000000ULL, 0xffffea0010000000ULL },
	.poison1 = 0xdead000000000100ULL,
	.poison2 = 0xdead000000000122ULL,
	.symbol = fake_symbol,
	.slab = fake_slab,
};

static u64 in_cache(u32 cache)
{
	return DIRECT + ((u64)cache << 26) + (rnd() & 0xfffff) * 64;
}

/* One word of a kind, as real structures have them. Roles from KEEP on say something; those before are noise. */
enum role { COUNTER, COOKIE, TIME, FLAG, MAYBE, STALE, NAME, KEEP, OPS = KEEP, OWNER, SELF, ZERO, POISON, NR_ROLES };

struct plan {
	enum role role[16];
	u64 symbol[16];
	u32 cache[16];
};

static void plan_make(struct plan *p, u32 noisy)
{
	u32 i, telling = 0;

	for (i = 0; i < 16; i++) {
		p->role[i] = i * 100 < noisy * 16 ? rnd() % KEEP : KEEP + rnd() % (NR_ROLES - KEEP);
		p->symbol[i] = (rnd() & 1 ? IMAGE : MODULE) + (rnd() & 0xfff) * 256;
		p->cache[i] = rnd() % 16;
		telling += p->role[i] == OPS || p->role[i] == OWNER;
	}
	/* each kind has something of its own */
	if (telling < 2) {
		p->role[15] = OPS;
		p->role[14] = OWNER;
	}
	/* noise and substance mixed, not one behind the other */
	for (i = 15; i; i--) {
		u32 k = rnd() % (i + 1);

		swap(p->role[i], p->role[k]);
		swap(p->symbol[i], p->symbol[k]);
		swap(p->cache[i], p->cache[k]);
	}
}

static void plan_object(const struct plan *p, u64 *o, u64 address)
{
	u32 i;

	for (i = 0; i < 16; i++) {
		switch (p->role[i]) {
		case COUNTER: o[i] = rnd() % 1000; break;
		case COOKIE: o[i] = rnd(); break;
		case TIME: o[i] = 0x17000000000000ULL + (rnd() & 0xffffffff); break;
		case FLAG: o[i] = rnd() & 0x10001; break;
		case MAYBE: o[i] = rnd() & 3 ? in_cache(p->cache[i]) : 0; break;
		case STALE: o[i] = rnd() & 1 ? 0 : rnd() & 1 ? rnd() : in_cache(p->cache[i]); break;
		case NAME: o[i] = 0x2e30302d656c6966ULL + (rnd() & 7); break;
		case OPS: o[i] = p->symbol[i]; break;
		case OWNER: o[i] = in_cache(p->cache[i]); break;
		case SELF: o[i] = address + i * 8; break;
		case POISON: o[i] = env.poison2; break;
		default: o[i] = 0;
		}
	}
}

#define KINDS	20
#define OBJECTS	40000

/* Shares from 50 % down to 0.5 %, in sum about one. */
static const u32 share[KINDS] = { 500, 100, 80, 60, 50, 40, 30, 25, 20, 15, 12, 10, 10, 8, 8, 7, 7, 6, 6, 5 };

static u32 draw(void)
{
	u32 i, sum = 0, at;

	for (i = 0; i < KINDS; i++)
		sum += share[i];
	at = rnd() % sum;
	for (i = 0; at >= share[i]; i++)
		at -= share[i];
	return i;
}

static struct slabscan_cluster_set *set_make(u32 size)
{
	void *mem = malloc(slabscan_cluster_size(size));

	assert_non_null(mem);
	return slabscan_cluster_init(mem, size, &env);
}

/* What can be read of a set is the same after it was copied and is gone. */
static struct slabscan_cluster_set *set_keep(struct slabscan_cluster_set *set)
{
	struct slabscan_cluster_set *kept = slabscan_cluster_keep(malloc(slabscan_cluster_kept_size(set)), set);
	struct slabscan_cluster was, is;
	u32 i;

	for (i = 0; slabscan_cluster_get(set, i, &was); i++) {
		assert_true(slabscan_cluster_get(kept, i, &is));
		assert_int_equal(is.objects, was.objects);
		assert_int_equal(is.error, was.error);
		assert_int_equal(is.nr_words, was.nr_words);
		assert_memory_equal(is.words, was.words, was.nr_words * sizeof(*was.words));
		assert_int_equal(is.nr_samples, was.nr_samples);
		assert_memory_equal(is.samples, was.samples, was.nr_samples * sizeof(*was.samples));
	}
	assert_true(i > 0);
	assert_false(slabscan_cluster_get(kept, i, &is));
	assert_int_equal(slabscan_cluster_error(kept), slabscan_cluster_error(set));
	memset(set, 0xa5, slabscan_cluster_size(was.nr_words * 8));
	free(set);
	return kept;
}

/* Purity: share of objects that sit in a cluster of their own kind's majority. Recall: share of a kind in its largest cluster. */
static void measure(u32 noisy, u32 nr_sets, double *purity, double *recall)
{
	static u32 count[SLABSCAN_CLUSTER_KINDS][KINDS];
	struct slabscan_cluster_set *sets[2];
	struct plan plans[KINDS];
	u64 o[16], start;
	u32 i, k, of_kind[KINDS] = { 0 }, pure = 0, total = 0, recalled = 0;

	memset(count, 0, sizeof(count));
	for (k = 0; k < KINDS; k++)
		plan_make(&plans[k], noisy);
	for (i = 0; i < nr_sets; i++)
		sets[i] = set_make(sizeof(o));
	start = seed;
	for (i = 0; i < OBJECTS; i++) {
		k = draw();
		plan_object(&plans[k], o, DIRECT + (1ULL << 33) + i * 128ULL);
		slabscan_cluster_feed(sets[i % nr_sets], o, DIRECT + (1ULL << 33) + i * 128ULL);
	}
	for (i = 1; i < nr_sets; i++)
		slabscan_cluster_merge(sets[0], sets[i]);
	slabscan_cluster_finish(sets[0]);
	sets[0] = set_keep(sets[0]);
	assert_int_equal(slabscan_cluster_total(sets[0]), OBJECTS);

	/* the same objects again: where does each belong? */
	seed = start;
	for (i = 0; i < OBJECTS; i++) {
		int at;

		k = draw();
		plan_object(&plans[k], o, DIRECT + (1ULL << 33) + i * 128ULL);
		at = slabscan_cluster_match(sets[0], o, DIRECT + (1ULL << 33) + i * 128ULL);
		of_kind[k]++;
		if (at >= 0)
			count[at][k]++;
	}
	for (i = 0; i < SLABSCAN_CLUSTER_KINDS; i++) {
		u32 most = 0;

		for (k = 0; k < KINDS; k++) {
			most = max(most, count[i][k]);
			total += count[i][k];
		}
		pure += most;
	}
	for (k = 0; k < KINDS; k++) {
		u32 most = 0;

		for (i = 0; i < SLABSCAN_CLUSTER_KINDS; i++)
			most = max(most, count[i][k]);
		recalled += most;
	}
	*purity = total ? (double)pure / total : 0;
	*recall = (double)recalled / OBJECTS;
	for (i = 0; i < nr_sets; i++)
		free(sets[i]);
}

static void test_planted(void **state)
{
	static const u32 noise[] = { 0, 25, 50 };
	double purity, recall;
	u32 i, sets;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(noise); i++)
		for (sets = 1; sets <= 2; sets++) {
			measure(noise[i], sets, &purity, &recall);
			print_message("noise in %u %% of the words, %u sets: purity %.3f, recall %.3f\n", noise[i], sets, purity, recall);
			assert_true(purity >= 0.95);
			assert_true(recall >= 0.95);
		}
}

/* Counts: exact while there is room, and never off by more than said. */
static void test_counts(void **state)
{
	struct slabscan_cluster_set *set = set_make(128);
	struct slabscan_cluster c;
	struct plan a, b;
	u64 o[16], sum = 0;
	u32 i;

	(void)state;
	plan_make(&a, 30);
	plan_make(&b, 30);
	for (i = 0; i < 3000; i++) {
		plan_object(i % 3 ? &a : &b, o, 4096 + i * 128);
		slabscan_cluster_feed(set, o, 4096 + i * 128);
	}
	slabscan_cluster_finish(set);
	for (i = 0; slabscan_cluster_get(set, i, &c); i++)
		sum += c.objects;
	assert_int_equal(sum, 3000);
	assert_int_equal(slabscan_cluster_error(set), 0);
	assert_true(slabscan_cluster_get(set, 0, &c));
	assert_in_range(c.objects, 1980, 2000);
	assert_int_equal(c.nr_samples, SLABSCAN_CLUSTER_SAMPLES);
	free(set);
}

/* A mass of 5 % in a sea of objects that are all different is found, and its count is right within the stated error. */
static void test_sea(void **state)
{
	struct slabscan_cluster_set *set = set_make(128);
	struct slabscan_cluster c;
	struct plan p;
	u64 o[16];
	u32 i, k, planted = 0, at;
	bool found = false;

	(void)state;
	plan_make(&p, 20);
	for (i = 0; i < 20000; i++) {
		if (i % 20 == 7) {
			plan_object(&p, o, 4096 + i * 128ULL);
			planted++;
		} else {
			for (k = 0; k < 16; k++)
				o[k] = rnd() % 5 ? rnd() % 4 ? IMAGE + (rnd() & 0xffff) * 256 : in_cache(rnd() % 16) : rnd();
		}
		slabscan_cluster_feed(set, o, 4096 + i * 128ULL);
	}
	slabscan_cluster_finish(set);
	assert_true(slabscan_cluster_error(set) <= 20000 / SLABSCAN_CLUSTER_KINDS + 1);
	for (at = 0; at < 3 && slabscan_cluster_get(set, at, &c); at++)
		if (c.objects + slabscan_cluster_error(set) >= planted && c.objects <= planted + planted / 10)
			found = true;
	assert_true(found);
	free(set);
}

static bool no_name(void *ctx, u8 class, u64 id, char *buf, size_t size)
{
	(void)ctx;
	/* as if KASLR had moved everything: names stay */
	snprintf(buf, size, "%u:%llx", class, class == SLABSCAN_WORD_SYMBOL ? id & 0xffffff : id);
	return true;
}

/* The fingerprint of 2,000 objects of one kind */
static u32 print_of(const struct plan *p)
{
	struct slabscan_cluster_set *set = set_make(128);
	struct slabscan_cluster c;
	char buf[64];
	u64 o[16];
	u32 print, i;

	for (i = 0; i < 2000; i++) {
		plan_object(p, o, 4096 + i * 128);
		slabscan_cluster_feed(set, o, 4096 + i * 128);
	}
	slabscan_cluster_finish(set);
	assert_true(slabscan_cluster_get(set, 0, &c));
	print = slabscan_fingerprint(c.words, c.nr_words, 128, no_name, NULL, buf, sizeof(buf));
	free(set);
	return print;
}

/*
 * The same kind in another boot: other objects, other addresses, the same fingerprint; another kind another one. A word that is now and then something
 * else may be so just often enough to count, or not: one kind in twenty has one.
 */
static void test_fingerprint(void **state)
{
	struct plan p, q;
	u32 turn, same = 0;

	(void)state;
	for (turn = 0; turn < 12; turn++) {
		plan_make(&p, 40);
		plan_make(&q, 40);
		same += print_of(&p) == print_of(&p);
		assert_int_not_equal(print_of(&p), print_of(&q));
	}
	assert_true(same >= 9);
}

static void test_words(void **state)
{
	static const struct {
		u64 value;
		u8 class;
	} known[] = {
		{ 0, SLABSCAN_WORD_ZERO },
		{ 1, SLABSCAN_WORD_INT },
		{ 0x0000000500000007ULL, SLABSCAN_WORD_INT },
		{ 0xffffffffULL, SLABSCAN_WORD_INT },
		{ IMAGE + 0x1230, SLABSCAN_WORD_SYMBOL },
		{ MODULE + 0x1230, SLABSCAN_WORD_SYMBOL },
		{ DIRECT + 0x4010, SLABSCAN_WORD_SLAB },
		{ DIRECT + (1ULL << 33), SLABSCAN_WORD_PAGE },
		{ VMALLOC + 0x1000, SLABSCAN_WORD_VMALLOC },
		{ 0xffffea0000001000ULL, SLABSCAN_WORD_MEMMAP },
		{ 0xdead000000000122ULL, SLABSCAN_WORD_POISON },
		{ 0x6b6b6b6b6b6b6b6bULL, SLABSCAN_WORD_POISON },
		{ (u64)-ENOMEM, SLABSCAN_WORD_ERRPTR },
		{ 0x6d616e656c6966ULL, SLABSCAN_WORD_TEXT },
		{ 0x0123456789abcdefULL, SLABSCAN_WORD_DATA },
		{ 0x70010ULL + DIRECT + (1ULL << 34), SLABSCAN_WORD_DATA },
	};
	struct slabscan_memo memo;
	struct slabscan_word w, again;
	u32 i;

	(void)state;
	memset(&memo, 0, sizeof(memo));
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		slabscan_word_classify(&env, &memo, known[i].value, 0x1000000000ULL, 64, &w);
		assert_int_equal(w.class, known[i].class);
		slabscan_word_classify(&env, &memo, known[i].value, 0x1000000000ULL, 64, &again);
		assert_int_equal(again.class, w.class);
		assert_int_equal(again.ref.id, w.ref.id);
	}
	slabscan_word_classify(&env, &memo, DIRECT + (1ULL << 33) + 24, DIRECT + (1ULL << 33), 64, &w);
	assert_int_equal(w.class, SLABSCAN_WORD_SELF);
	assert_int_equal(w.ref.offset, 24);
}

/* Linear counting against the truth. */
static void test_distinct(void **state)
{
	static const u32 truth[] = { 1, 10, 50, 100, 200, 400 };
	struct slabscan_word w = { .class = SLABSCAN_WORD_DATA };
	u32 i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(truth); i++) {
		struct slabscan_profile p;
		u64 base = rnd();
		u32 said;

		memset(&p, 0, sizeof(p));
		for (k = 0; k < 5000; k++)
			slabscan_profile_add(&p, &w, base + (k % truth[i]) * 0x10001ULL, 0);
		said = slabscan_profile_distinct(&p);
		assert_in_range(said, truth[i] - truth[i] / 3, truth[i] + truth[i] / 3 + 1);
		assert_int_equal(p.min, min(base, base + (truth[i] - 1) * 0x10001ULL));
	}
}

/* Boyer-Moore: a value in more than half of a stream is the candidate, and what is said of its frequency is never too much. */
static void test_majority(void **state)
{
	u32 run, i;

	(void)state;
	for (run = 0; run < 200; run++) {
		struct slabscan_majority m = { 0, 0, 0 };
		u32 true_count = 0, n = 200 + rnd() % 500;

		for (i = 0; i < n; i++) {
			bool major = rnd() % 100 < 65;

			slabscan_majority_add(&m, major ? 42 : rnd());
			true_count += major;
		}
		if (true_count * 2 > n) {
			assert_int_equal(m.value, 42);
			assert_true(m.seen <= true_count);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_distinct),
		cmocka_unit_test(test_majority),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_sea),
		cmocka_unit_test(test_planted),
		cmocka_unit_test(test_fingerprint),
	};
	const char *given = getenv("SLABSCAN_SEED");

	seed = given ? strtoull(given, NULL, 0) : (u64)time(NULL) * 2654435761ULL;
	print_message("SLABSCAN_SEED=%llu\n", seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
