// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clustering against brute force: kinds whose members agree strictly, counted exactly by comparing each object's signature with all seen before.
 */
#include "mix.h"

#define WORDS	12
#define MANY	600

struct strict {
	u64 word[WORDS];
	bool self[WORDS];
};

struct reference {
	struct strict of[MANY];
	u64 count[MANY];
	u32 nr;
};

/* Four symbols that are its own, and constants: nothing in it is left to judgement. */
static void strict_make(struct strict *s, u32 number)
{
	u32 i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < WORDS; i++) {
		s->self[i] = i >= 4 && unit_random() % 4 == 0;
		if (i < 4)
			s->word[i] = MIX_IMAGE + ((u64)number * 4 + i) * 0x100;
		else if (!s->self[i])
			s->word[i] = unit_random() & 1 ? unit_random() % 1000 : 0;
	}
}

static void strict_object(const struct strict *s, u64 *o, u64 address)
{
	u32 i;

	for (i = 0; i < WORDS; i++)
		o[i] = s->self[i] ? address + i * 8 : s->word[i];
}

/* The number of the object's signature. */
static u32 reference_add(struct reference *r, const u64 *o, u64 address)
{
	struct strict s;
	u32 i;

	memset(&s, 0, sizeof(s));
	for (i = 0; i < WORDS; i++) {
		s.self[i] = o[i] - address < WORDS * 8;
		s.word[i] = s.self[i] ? 0 : o[i];
	}
	for (i = 0; i < r->nr; i++)
		if (!memcmp(&s, &r->of[i], sizeof(s)))
			break;
	if (i == r->nr) {
		assert_true(r->nr < MANY);
		r->of[r->nr++] = s;
	}
	r->count[i]++;
	return i;
}

static u64 address_of(u32 i)
{
	return MIX_DIRECT + (1ULL << 35) + (u64)i * WORDS * 8;
}

/* Feeds a random stream of @kinds kinds to @nr_sets sets and compares each cluster with the exact count of the kind that its samples are of. */
static void run(u32 kinds, u32 objects, u32 nr_sets, bool exact)
{
	static struct reference r;
	struct slabscan_env env = mix_env();
	struct strict *plans = calloc(kinds, sizeof(*plans));
	u32 *label = calloc(objects, sizeof(*label));
	struct slabscan_cluster_set *sets[3];
	struct slabscan_cluster c;
	u32 i, k, rank;
	u64 o[WORDS];

	assert_true(plans && label);
	memset(&r, 0, sizeof(r));
	for (k = 0; k < kinds; k++)
		strict_make(&plans[k], k);
	for (i = 0; i < nr_sets; i++)
		sets[i] = slabscan_cluster_init(malloc(slabscan_cluster_size(sizeof(o))), sizeof(o), &env);
	for (i = 0; i < objects; i++) {
		/* a few large, many small */
		k = unit_random() % kinds;
		k = unit_random() % (k + 1);
		strict_object(&plans[k], o, address_of(i));
		label[i] = reference_add(&r, o, address_of(i));
		slabscan_cluster_feed(sets[i % nr_sets], o, address_of(i));
	}
	for (i = 1; i < nr_sets; i++)
		slabscan_cluster_merge(sets[0], sets[i]);
	slabscan_cluster_finish(sets[0]);
	assert_int_equal(slabscan_cluster_total(sets[0]), objects);
	for (rank = 0; slabscan_cluster_get(sets[0], rank, &c); rank++) {
		u32 of = label[(c.samples[0] - address_of(0)) / sizeof(o)];
		u64 truth = r.count[of];

		for (i = 1; i < c.nr_samples; i++)
			assert_int_equal(label[(c.samples[i] - address_of(0)) / sizeof(o)], of);
		assert_true(c.objects <= truth);
		assert_true(c.objects + c.error >= truth);
		if (exact) {
			assert_int_equal(c.objects, truth);
			assert_int_equal(c.error, 0);
		}
	}
	if (exact)
		assert_int_equal(rank, r.nr);
	for (i = 0; i < nr_sets; i++)
		free(sets[i]);
	free(label);
	free(plans);
}

/* While there is room for all kinds, counts are those of brute force, in one set and in three. */
static void counts_equal_brute_force(void **state)
{
	u32 i;

	(void)state;
	unit_seed("counts_equal_brute_force");
	for (i = 0; i < 6; i++)
		run(1 + unit_random() % 150, 20000, i % 2 ? 3 : 1, true);
}

/* With more kinds than there is room for, no count is too high, and none is too low by more than said. */
static void counts_keep_their_bound(void **state)
{
	u32 i;

	(void)state;
	unit_seed("counts_keep_their_bound");
	for (i = 0; i < 4; i++)
		run(300 + unit_random() % 300, 20000, i % 2 ? 3 : 1, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_equal_brute_force),
		cmocka_unit_test(counts_keep_their_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
