// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clustering against brute force: kinds whose members agree strictly, counted exactly by comparing each object's signature with all seen before.
 */
#include "mix.h"
#include "template.h"

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

/* The whole sum, word by word. */
static s32 plain_sum(const struct slabscan_expect *t, const struct slabscan_word *w, u32 words)
{
	s32 sum = 0, zeros = 0;
	u32 i;

	for (i = 0; i < words; i++) {
		bool ref = w[i].class == SLABSCAN_WORD_SYMBOL || w[i].class == SLABSCAN_WORD_SLAB;
		s32 s = t[i].score[w[i].class];

		if (w[i].class <= SLABSCAN_WORD_INT && s > 0)
			zeros += s;
		else if (!ref || t[i].mode != w[i].class)
			sum += s;
		else if (t[i].ref == w[i].ref.id)
			sum += s + t[i].hit;
		else if (t[i].sure >= 90 && t[i].ref_sure >= 90)
			return SLABSCAN_TEMPLATE_VETO;
		else
			sum += min(s, 16);
	}
	return sum + min(zeros, 16);
}

/* A comparison that ends early says the same as one that does not, as far as it is asked. */
static void early_end_changes_nothing(void **state)
{
	static struct slabscan_profile p[32][24];
	static struct slabscan_expect t[32][24], back[32][24];
	static struct mix mix;
	struct slabscan_env env = mix_env();
	u32 turn, i, j, k, above = 0, below = 0, pairs = 0;

	(void)state;
	unit_seed("early_end_changes_nothing");
	for (turn = 0; turn < 20; turn++) {
		u32 words = 1 + unit_below(24), members = 1 + unit_below(60);
		struct slabscan_word w[24];
		u64 o[25];

		if (words < 4)
			words = 4;
		mix_init(&mix, words, 20, 50);
		memset(p, 0, sizeof(p));
		for (i = 0; i < 20 * members + 500; i++) {
			k = i % 20;
			mix_object(&mix, unit_below(10) ? k : unit_below(20), address_of(i), o);
			for (j = 0; j < words; j++)
				slabscan_word_classify(&env, NULL, o[j], address_of(i), words * 8, &w[j]);
			if (i < 20 * members) {
				for (j = 0; j < words; j++)
					slabscan_profile_add(&p[k][j], &w[j], o[j], address_of(i) + j * 8);
				slabscan_template_learn(t[k], p[k], words);
				continue;
			}
			for (k = 0; k < 20; k++) {
				s32 least = unit_below(2) ? 0 : unit_below(400), want = plain_sum(t[k], w, words);
				s32 got = slabscan_template_object(t[k], w, words, least);

				if (want > least)
					assert_int_equal(got, want);
				else
					assert_true(got <= least);
				above += want > least;
				below += want <= least;
			}
		}
		/* so does that of templates: the order of the words changes where it ends, and nothing else */
		for (k = 0; k < 20; k++) {
			for (j = 0; j < words / 2; j++)
				swap(p[k][j], p[k][words - 1 - j]);
			slabscan_template_learn(back[k], p[k], words);
		}
		for (i = 0; i < 400; i++) {
			u32 sure, sure_back;
			s32 s = slabscan_template_pair(t[i / 20], t[i % 20], words, &sure, NULL);
			s32 s_back = slabscan_template_pair(back[i / 20], back[i % 20], words, &sure_back, NULL);

			assert_true(s == s_back || (s <= 0 && s_back <= 0));
			assert_true(s <= 0 || sure == sure_back);
			pairs += s > 0 && i / 20 != i % 20;
		}
	}
	assert_true(above > 1000 && below > 1000 && pairs > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_equal_brute_force),
		cmocka_unit_test(counts_keep_their_bound),
		cmocka_unit_test(early_end_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
