// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_vector.c - what AVX2 does, its scalar twin, and a third opinion that knows no tricks
 */
#include "mix.h"

#include "bounds.h"
#include "index.h"

#define BASE	(MIX_DIRECT + (1ULL << 35))
#define KINDS	20
#define MEMBERS	64
#define OBJECTS	400

static const u32 sizes[] = { 1, 2, 3, 4, 5, 7, 8, 13, 16, 24, 126, 128 };
static struct mix mix;
static struct slabscan_env env;
static u64 objects[OBJECTS * 130];

static bool begin(void)
{
	return true;
}

static void end(void)
{
}

static int setup(void **state)
{
	(void)state;
	env = mix_env();
	return 0;
}

static void need_avx2(void)
{
	if (!__builtin_cpu_supports("avx2")) {
		printf("this CPU has no AVX2\n");
		skip();
	}
}

static void classify(const u64 *object, u64 address, u32 words, struct slabscan_word *w)
{
	u32 i;

	for (i = 0; i < words; i++)
		slabscan_word_classify(&env, NULL, object[i], address, words * 8, &w[i]);
}

/* Profile and template of a kind of the mix, from some members. */
static void learn(u32 kind, u32 members, u32 words, struct slabscan_profile *p, struct slabscan_expect *t)
{
	struct slabscan_word w[SLABSCAN_CLUSTER_WORDS];
	u64 object[MIX_WORDS];
	u32 i, n;

	memset(p, 0, words * sizeof(*p));
	for (n = 0; n < members; n++) {
		u64 address = BASE + n * 4096ULL;

		mix_object(&mix, kind, address, object);
		classify(object, address, words, w);
		for (i = 0; i < words; i++)
			slabscan_profile_add(&p[i], &w[i], object[i], address + i * 8);
	}
	slabscan_template_learn(t, p, words);
}

/* Objects of all kinds, one in three with a word that is something else. */
static void plant(u32 words, u32 stride)
{
	u32 i;

	for (i = 0; i < OBJECTS; i++) {
		mix_object(&mix, mix_pick(&mix), BASE + i * stride * 8, objects + i * stride);
		if (!unit_below(3))
			objects[i * stride + unit_below(words)] = mix_stale(BASE);
	}
}

/* Word by word, without gates: the guess first, then in order. */
static u8 opinion(const struct slabscan_index *x, const u64 *object)
{
	u32 kind, i, at;

	for (kind = 0; kind <= x->nr; kind++) {
		u32 k = kind ? kind - 1 : x->guess;
		bool fits = k < x->nr;

		for (i = 0; fits && i < x->nr_words; i++) {
			const union slabscan_gate *g = x->gates + k * x->nr_gates;

			/* the last gate ends with the object */
			at = i / 4 < x->nr_gates - 1 || x->nr_words < 4 ? i : x->nr_gates * 4 - (x->nr_words - i);
			fits = object[i] - (g[at / 4].lanes.lo[at % 4] ^ 1ULL << 63) <= ((u64)g[at / 4].lanes.span[at % 4] ^ 1ULL << 63);
		}
		if (fits)
			return k;
	}
	return SLABSCAN_INDEX_STRANGE;
}

static void index_twins(void **state)
{
	static struct slabscan_profile profiles[KINDS][SLABSCAN_CLUSTER_WORDS];
	static struct slabscan_expect templates[KINDS][SLABSCAN_CLUSTER_WORDS];
	static struct slabscan_index x;
	u8 scalar[OBJECTS], vector[OBJECTS];
	u32 s, k, i, known = 0, strange = 0;

	(void)state;
	need_avx2();
	unit_seed("index_twins");
	for (s = 0; s < ARRAY_SIZE(sizes) * 4; s++) {
		u32 words = sizes[s / 4], stride = words + unit_below(3);
		union slabscan_gate *gates = malloc(SLABSCAN_INDEX_KINDS * slabscan_index_gates(words) * sizeof(*gates));

		assert_non_null(gates);
		mix_init(&mix, max(words, 4U), KINDS, 20);
		slabscan_index_init(&x, gates, words);
		for (k = 0; k < KINDS; k++) {
			learn(k, MEMBERS, words, profiles[k], templates[k]);
			slabscan_index_add(&x, &env, k + 100, profiles[k], templates[k]);
		}
		slabscan_index_build(&x);
		if (s & 1 && x.nr)
			slabscan_index_guess(&x, slabscan_index_number(&x, unit_below(x.nr)));
		stride = max(stride, 4U);
		plant(words, stride);
		slabscan_index_find_all(&x, objects, stride * 8, OBJECTS, scalar);
		if (words >= SLABSCAN_INDEX_LANES)
			slabscan_index_find_vector(&x, objects, stride * 8, OBJECTS, vector);
		for (i = 0; i < OBJECTS; i++) {
			u8 right = opinion(&x, objects + i * stride);

			assert_int_equal(scalar[i], right);
			assert_int_equal(slabscan_index_find(&x, objects + i * stride), right);
			if (words >= SLABSCAN_INDEX_LANES)
				assert_int_equal(vector[i], right);
			known += right != SLABSCAN_INDEX_STRANGE;
			strange += right == SLABSCAN_INDEX_STRANGE;
		}
		free(gates);
	}
	printf("%u found, %u strange\n", known, strange);
	assert_true(known > 1000 && strange > 1000);
}

/* No kind's bound is below what the full comparison says, and most are near it. */
static void bounds_bound(void **state)
{
	static struct slabscan_profile profile[SLABSCAN_CLUSTER_WORDS];
	static struct slabscan_expect templates[SLABSCAN_CLUSTER_KINDS][SLABSCAN_CLUSTER_WORDS], first[SLABSCAN_CLUSTER_WORDS], one[SLABSCAN_NR_CLASSES];
	s16 scalar[SLABSCAN_CLUSTER_KINDS], vector[SLABSCAN_CLUSTER_KINDS];
	struct slabscan_word w[SLABSCAN_CLUSTER_WORDS];
	u32 s, k, i, compared = 0, exact = 0;

	(void)state;
	need_avx2();
	unit_seed("bounds_bound");
	slabscan_template_words(one);
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		u32 words = max(sizes[s], 4U), kinds = words > 32 ? SLABSCAN_CLUSTER_KINDS / 2 : SLABSCAN_CLUSTER_KINDS;
		struct slabscan_bounds b = { .nr_words = words, .nr_kinds = kinds };

		b.score = malloc(slabscan_bounds_size(words, kinds));
		assert_non_null(b.score);
		mix_init(&mix, words, KINDS, 20);
		for (k = 0; k < kinds; k++) {
			u32 members = 1 + unit_below(k % 4 ? 3 : 40);

			learn(k % KINDS, members, words, profile, templates[k]);
			slabscan_bounds_set(&b, k, templates[k]);
		}
		for (i = 0; i < 100; i++) {
			mix_object(&mix, mix_pick(&mix), BASE, objects);
			if (unit_below(2))
				objects[unit_below(words)] = mix_stale(BASE);
			classify(objects, BASE, words, w);
			slabscan_bounds_sum(&b, w, scalar);
			slabscan_bounds_sum_vector(&b, w, vector);
			assert_memory_equal(scalar, vector, kinds * sizeof(*scalar));
			for (k = 0; k < kinds; k++) {
				s32 fit = slabscan_template_object(templates[k], w, words, -S32_MAX / 2);

				assert_true(fit <= scalar[k]);
				compared++;
				exact += fit == scalar[k];
			}
			/* what is learned from one object in the quick way and in the other */
			memset(profile, 0, sizeof(profile));
			for (k = 0; k < words; k++)
				slabscan_profile_add(&profile[k], &w[k], objects[k], BASE + k * 8);
			assert_int_equal(slabscan_template_first(first, one, w, words), slabscan_template_learn(templates[0], profile, words));
			for (k = 0; k < words; k++) {
				assert_memory_equal(first[k].score, templates[0][k].score, sizeof(first[k].score));
				assert_true(first[k].ref == templates[0][k].ref && first[k].rest == templates[0][k].rest && first[k].hit == templates[0][k].hit &&
					    first[k].mode == templates[0][k].mode && first[k].sure == templates[0][k].sure && first[k].ref_sure == templates[0][k].ref_sure);
			}
			slabscan_bounds_set(&b, 0, templates[0]);
		}
		free(b.score);
	}
	printf("%u of %u bounds are what the comparison says\n", exact, compared);
	assert_true(exact > compared / 4);
}

/* Whole slabs, with and without vectors, and one object at a time: the same clusters. */
static void clusters_twins(void **state)
{
	u32 s, i, k, n, turn;

	(void)state;
	need_avx2();
	unit_seed("clusters_twins");
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		u32 words = max(sizes[s], 4U), stride = words + unit_below(2), nr = 150;
		struct slabscan_env vectors = env;
		struct slabscan_cluster_set *set[3];
		struct slabscan_cluster a, b;

		vectors.vector_begin = begin;
		vectors.vector_end = end;
		for (i = 0; i < 3; i++) {
			set[i] = malloc(slabscan_cluster_size(words * 8));
			assert_non_null(set[i]);
			slabscan_cluster_init(set[i], words * 8, i == 2 ? &vectors : &env);
		}
		mix_init(&mix, words, KINDS, 30);
		for (turn = 0; turn < 40; turn++) {
			DECLARE_BITMAP(live, 150);
			u64 at = BASE + turn * 1048576ULL;

			for (i = 0; i < nr; i++)
				mix_object(&mix, mix_pick(&mix), at + i * stride * 8, objects + i * stride);
			for (i = 0; i < ARRAY_SIZE(live); i++)
				live[i] = unit_random() | unit_random();
			for (i = 0; i < nr; i++)
				if (test_bit(i, live))
					slabscan_cluster_feed(set[0], objects + i * stride, at + i * stride * 8);
			for (i = 1; i < 3; i++)
				slabscan_cluster_feed_slab(set[i], objects, at, stride * 8, nr, live);
		}
		for (i = 0; i < 3; i++)
			slabscan_cluster_finish(set[i]);
		for (n = 1; n < 3; n++) {
			assert_int_equal(slabscan_cluster_total(set[0]), slabscan_cluster_total(set[n]));
			assert_int_equal(slabscan_cluster_error(set[0]), slabscan_cluster_error(set[n]));
			for (k = 0; slabscan_cluster_get(set[0], k, &a); k++) {
				assert_true(slabscan_cluster_get(set[n], k, &b));
				assert_int_equal(a.objects, b.objects);
				assert_int_equal(a.profiled, b.profiled);
				assert_int_equal(a.nr_samples, b.nr_samples);
				assert_memory_equal(a.samples, b.samples, a.nr_samples * sizeof(*a.samples));
				assert_memory_equal(a.words, b.words, words * sizeof(*a.words));
			}
			assert_false(slabscan_cluster_get(set[n], k, &b));
		}
		assert_true(k > 1);
		for (i = 0; i < 3; i++)
			free(set[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(index_twins),
		cmocka_unit_test(bounds_bound),
		cmocka_unit_test(clusters_twins),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
