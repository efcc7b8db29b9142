// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_cluster.c - any objects in any order: counts add up, ranks descend, samples were fed, nothing is read that is not there
 *
 * Byte 0: bytes of an object, byte 1: how often the input is fed, whether into two sets that are merged, and whether as
 * slabs, with vectors. The rest makes words: the low bits of a
 * byte choose what a word is, the bytes behind it which one.
 */
#include <stdlib.h>

#include "cluster.h"
#include "fingerprint.h"

#define DIRECT	0xffff888000000000ULL
#define IMAGE	0xffffffff81000000ULL
#define OBJECTS	0xffff888100000000ULL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool symbol(void *ctx, u64 addr, struct slabscan_ref *ret)
{
	(void)ctx;
	ret->id = addr & ~63ULL;
	ret->offset = addr & 63;
	return addr & 4096;
}

static bool slab(void *ctx, u64 addr, struct slabscan_ref *ret)
{
	(void)ctx;
	ret->id = 1 + (addr >> 14 & 3);
	ret->offset = addr & 127;
	return addr & 8192;
}

static const struct slabscan_env env = {
	.image = { IMAGE, IMAGE + (16 << 20) },
	.vmalloc = { 0xffffc90000000000ULL, 0xffffe90000000000ULL },
	.direct = { DIRECT, DIRECT + (8ULL << 30) },
	.memmap = { 0xffffea0000000000ULL, 0xffffea0010000000ULL },
	.poison1 = 0xdead000000000100ULL,
	.poison2 = 0xdead000000000122ULL,
	.symbol = symbol,
	.slab = slab,
};

static bool vector_begin(void)
{
	return __builtin_cpu_supports("avx2");
}

static void vector_end(void)
{
}

static bool name(void *ctx, u8 class, u64 id, char *buf, size_t size)
{
	(void)ctx;
	if (size < 3 || id & 64)
		return false;
	buf[0] = 'a' + class;
	buf[1] = 'a' + (id >> 6) % 26;
	buf[2] = 0;
	return true;
}

struct input {
	const uint8_t *at, *end;
};

static u64 take(struct input *in, u32 bytes)
{
	u64 v = 0;

	while (bytes-- && in->at < in->end)
		v = v << 8 | *in->at++;
	return v;
}

static u64 word(struct input *in, u64 self)
{
	switch (take(in, 1) & 7) {
	case 0: return take(in, 1);
	case 1: return IMAGE + take(in, 2) * 8;
	case 2: return DIRECT + take(in, 2) * 8;
	case 3: return self + take(in, 1);
	case 4: return take(in, 8);
	case 5: return env.poison1 + (take(in, 1) & 0x22);
	case 6: return 0xffffc90000000000ULL + take(in, 3);
	default: return 0;
	}
}

static void check(struct slabscan_cluster_set *set, u64 fed, u32 size, u64 objects, const void *object)
{
	struct slabscan_cluster c;
	u64 sum = 0, last = U64_MAX;
	char buf[8];
	u32 i, rank;
	int match;

	if (slabscan_cluster_total(set) != fed)
		abort();
	for (rank = 0; slabscan_cluster_get(set, rank, &c); rank++) {
		if (!c.objects || c.objects > last || c.profiled > c.objects || c.confidence > 1000000 || !c.nr_samples ||
		    c.nr_samples > SLABSCAN_CLUSTER_SAMPLES || c.nr_words > SLABSCAN_CLUSTER_WORDS)
			abort();
		for (i = 0; i < c.nr_samples; i++)
			if (c.samples[i] < OBJECTS || c.samples[i] >= OBJECTS + objects * size || (c.samples[i] - OBJECTS) % size)
				abort();
		for (i = 0; i < c.nr_words; i++)
			if (slabscan_profile_total(&c.words[i]) != c.profiled || c.words[i].min > c.words[i].max)
				abort();
		slabscan_fingerprint(c.words, c.nr_words, size, name, NULL, buf, sizeof(buf));
		last = c.objects;
		sum += c.objects;
	}
	if (rank > SLABSCAN_CLUSTER_KINDS || sum > fed || (fed && !rank))
		abort();
	match = slabscan_cluster_match(set, object, OBJECTS);
	if (match < -1 || match >= (int)rank)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slabscan_cluster_set *sets[2];
	struct slabscan_env world = env;
	u64 fed = 0, objects = 0;
	u32 bytes, n, i, round, rounds, nr_sets;
	u8 *object;

	if (size < 3)
		return 0;
	bytes = data[0] < 200 ? 1 + data[0] : (data[0] - 199) * 64;
	rounds = 1 + (data[1] & 0x3f);
	nr_sets = 1 + (data[1] >> 7);
	if (data[1] & 0x40) {
		world.vector_begin = vector_begin;
		world.vector_end = vector_end;
	}
	n = DIV_ROUND_UP(bytes, 8);
	/* exactly as long as said, so that ASan sees a read past its end */
	object = malloc(bytes);
	for (i = 0; i < nr_sets; i++)
		sets[i] = slabscan_cluster_init(malloc(slabscan_cluster_size(bytes)), bytes, &world);
	for (round = 0; round < rounds; round++) {
		struct input in = { data + 2, data + size };
		u64 at = 0;

		while (in.at < in.end && at < 4096) {
			for (i = 0; i < n; i++) {
				u64 v = word(&in, OBJECTS + at * bytes + i * 8);

				memcpy(object + i * 8, &v, min(8U, bytes - i * 8));
			}
			if (data[1] & 0x40)
				slabscan_cluster_feed_slab(sets[fed % nr_sets], object, OBJECTS + at * bytes, round_up(bytes, 8), 1, NULL);
			else
				slabscan_cluster_feed(sets[fed % nr_sets], object, OBJECTS + at * bytes);
			fed++;
			at++;
		}
		objects = at;
	}
	if (nr_sets == 2)
		slabscan_cluster_merge(sets[0], sets[1]);
	slabscan_cluster_finish(sets[0]);
	check(sets[0], fed, bytes, objects, object);
	for (i = 0; i < nr_sets; i++)
		free(sets[i]);
	free(object);
	return 0;
}
