// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench.c - clustering against a bare read of the same memory
 *
 * For each object size and mix: fill the memory, sum its words (the bare read), cluster its objects, print both speeds and their ratio. Both are
 * timed in turn, some times, in CPU time of this thread, and the best of each counts: other load on the machine disturbs less.
 *
 * Pointers lead to 100,000 symbols (found by binary search) or into a direct map of 4 GiB of which each page is described by a cache line of its own,
 * as struct page is: so looking up a pointee costs cache misses, as it does in the kernel. Memory is in huge pages, as the kernel's is.
 *
 * "scalar" is the ratio without vector instructions, "ratio" the one with them, where the CPU has AVX2.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "cluster.h"

#define DIRECT	0xffff888000000000ULL
#define IMAGE	0xffffffff81000000ULL
#define SYMBOLS	100000
#define PAGES	(1 << 20)
#define RUNS	3	/* the best counts: other load disturbs most of them */
#define KINDS	20
#define HUGE	(2UL << 20)
#define WORDS	512
#define SLAB	(32UL << 10)

static u64 seed = 1;
static u64 symbols[SYMBOLS];

static struct {
	u32 cache;
	u32 size;
	u32 pad[14];
} *pages;

static u64 rnd(void)
{
	/* splitmix64 (Vigna) */
	u64 z = seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static bool symbol(void *ctx, u64 addr, struct slabscan_ref *ret)
{
	u32 low = 0, high = SYMBOLS;

	(void)ctx;
	while (high - low > 1) {
		u32 middle = (low + high) / 2;

		if (symbols[middle] <= addr)
			low = middle;
		else
			high = middle;
	}
	ret->id = symbols[low];
	ret->offset = addr - symbols[low];
	return true;
}

static bool slab(void *ctx, u64 addr, struct slabscan_ref *ret)
{
	u64 page = (addr - DIRECT) >> 12;

	(void)ctx;
	if (page >= PAGES || !pages[page].cache)
		return false;
	ret->id = pages[page].cache;
	ret->offset = (addr & 4095) % pages[page].size;
	return true;
}

static bool vectors;

static bool vector_begin(void)
{
	return vectors;
}

static void vector_end(void)
{
}

static struct slabscan_env env = {
	.image = { IMAGE, IMAGE + SYMBOLS * 320ULL },
	.vmalloc = { 0xffffc90000000000ULL, 0xffffe90000000000ULL },
	.direct = { DIRECT, DIRECT + ((u64)PAGES << 12) },
	.poison1 = 0xdead000000000100ULL,
	.poison2 = 0xdead000000000122ULL,
	.symbol = symbol,
	.slab = slab,
	.vector_begin = vector_begin,
	.vector_end = vector_end,
};

/* Pages of 32 MiB belong to one cache; one in four to none. */
static u64 in_cache(u32 cache)
{
	u64 chunk = cache + 16 * (rnd() % 8);

	return DIRECT + (chunk << 25) + (rnd() & 0x1ffffc0);
}

/* As the kernel's direct map and its memmap: in huge pages if they are to be had. */
static void *huge_alloc(size_t bytes)
{
	void *mem;

	if (posix_memalign(&mem, HUGE, bytes))
		exit(1);
	madvise(mem, bytes, MADV_HUGEPAGE);
	memset(mem, 0, bytes);
	return mem;
}

static void world_make(void)
{
	u32 i;

	for (i = 0; i < SYMBOLS; i++)
		symbols[i] = IMAGE + i * 320ULL + (rnd() & 0xf0);
	pages = huge_alloc(PAGES * sizeof(*pages));
	env.memmap.start = (u64)(uintptr_t)pages;
	env.memmap.end = env.memmap.start + PAGES * sizeof(*pages);
	env.page = sizeof(*pages);
	for (i = 0; i < PAGES; i++) {
		u32 chunk = i >> 13;

		pages[i].cache = chunk % 4 == 3 ? 0 : 1 + chunk % 16;
		pages[i].size = 64;
	}
}

/* What a word of a kind holds. About a quarter of the words of a kind is noise, a third zero, the rest tells something. */
enum role { COUNTER, COOKIE, MAYBE, ZERO, NUMBER, LIST, OWNER, OPS };

struct plan {
	u8 role[WORDS];
	u64 what[WORDS];
};

static void plan_make(struct plan *p, u32 words)
{
	static const u8 deck[] = { COUNTER, COUNTER, COOKIE, MAYBE, ZERO, ZERO, ZERO, ZERO, ZERO, NUMBER, LIST, LIST, OWNER, OWNER, OPS, OPS };
	u32 i;

	for (i = 0; i < words; i++) {
		p->role[i] = deck[rnd() % ARRAY_SIZE(deck)];
		p->what[i] = p->role[i] == OPS ? symbols[rnd() % SYMBOLS] : rnd() % 16;
	}
	p->role[rnd() % words] = OWNER;
	i = rnd() % words;
	p->role[i] = OPS;
	p->what[i] = symbols[rnd() % SYMBOLS];
}

static void plan_object(const struct plan *p, u64 *o, u32 words, u64 address)
{
	u32 i;

	for (i = 0; i < words; i++) {
		switch (p->role[i]) {
		case COUNTER: o[i] = rnd() % 100000; break;
		case COOKIE: o[i] = rnd(); break;
		case MAYBE: o[i] = rnd() & 1 ? in_cache(p->what[i]) : 0; break;
		case NUMBER: o[i] = p->what[i]; break;
		case LIST: o[i] = rnd() & 3 ? in_cache(p->what[i]) : address + i * 8; break;
		case OWNER: o[i] = in_cache(p->what[i]); break;
		case OPS: o[i] = p->what[i]; break;
		default: o[i] = 0;
		}
	}
}

static void different_object(u64 *o, u32 words)
{
	u32 i;

	for (i = 0; i < words; i++) {
		switch (rnd() % 6) {
		case 0: o[i] = symbols[rnd() % SYMBOLS]; break;
		case 1: o[i] = in_cache(rnd() % 16); break;
		case 2: o[i] = rnd(); break;
		case 3: o[i] = rnd() & 0xffff; break;
		default: o[i] = 0;
		}
	}
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static u64 bare_read(const u64 *data, size_t words)
{
	u64 a = 0, b = 0, c = 0, d = 0;
	size_t i;

	for (i = 0; i + 4 <= words; i += 4) {
		a += data[i];
		b += data[i + 1];
		c += data[i + 2];
		d += data[i + 3];
	}
	return a + b + c + d;
}

static const char *const mixes[] = { "one kind 95 %", "twenty kinds", "all different" };

static void fill(u64 *data, size_t objects, u32 words, u32 mix)
{
	static struct plan plans[KINDS];
	size_t i;
	u32 k;

	for (k = 0; k < KINDS; k++)
		plan_make(&plans[k], words);
	for (i = 0; i < objects; i++) {
		u64 *o = data + i * words;

		k = mix == 0 && rnd() % 100 < 95 ? 0 : rnd() % KINDS;
		if (mix == 2)
			different_object(o, words);
		else
			plan_object(&plans[k], o, words, DIRECT + i * words * 8);
	}
}

/* Seconds for one scan; one that would take more than three is broken off, and what it did stands for the rest. */
static double scan_once(const u64 *data, size_t objects, u32 size, void *mem, u32 *clusters, double *top)
{
	struct slabscan_cluster_set *set = slabscan_cluster_init(mem, size, &env);
	size_t some = objects, i;
	struct slabscan_cluster c;
	double began = now(), t;

	for (i = 0; i < objects; i += SLAB / size) {
		u32 nr = min(objects - i, SLAB / size);

		slabscan_cluster_feed_slab(set, (const u8 *)data + i * size, DIRECT + i * size, size, nr, NULL);
		if (!(i / nr & 63) && now() - began > 3) {
			some = i + nr;
			break;
		}
	}
	t = (now() - began) * objects / some;
	slabscan_cluster_finish(set);
	for (*clusters = 0; slabscan_cluster_get(set, *clusters, &c); ++*clusters)
		if (!*clusters)
			*top = 100.0 * c.objects / some;
	return t;
}

static void bench(u64 *data, size_t bytes, u32 size, u32 mix, double *ratio)
{
	size_t objects = bytes / size;
	void *mem = malloc(slabscan_cluster_size(size));
	double read = 1e9, scan[2] = { 1e9, 1e9 }, t, top = 0;
	volatile u64 sink;
	u32 run, clusters;

	if (!mem)
		exit(1);
	fill(data, objects, size / 8, mix);
	for (run = 0; run < RUNS; run++) {
		t = now();
		sink = bare_read(data, objects * size / 8);
		read = min(read, now() - t);
		(void)sink;
		vectors = false;
		scan[0] = min(scan[0], scan_once(data, objects, size, mem, &clusters, &top));
		vectors = __builtin_cpu_supports("avx2");
		scan[1] = min(scan[1], scan_once(data, objects, size, mem, &clusters, &top));
	}
	*ratio = read / scan[1];
	printf("%5u  %-14s %8.2f %8.2f %8.3f %8.3f %9.1f %9u %9.1f\n", size, mixes[mix], bytes / read / 1e9, bytes / scan[1] / 1e9, read / scan[0], *ratio,
	       scan[1] / objects * 1e9, clusters, top);
	fflush(stdout);
	free(mem);
}

int main(int argc, char **argv)
{
	static const u32 sizes[] = { 32, 64, 192, 1024, 4096 };
	size_t bytes = (argc > 1 ? strtoull(argv[1], NULL, 0) : 1024) << 20;
	u64 *data;
	double ratio, sum[ARRAY_SIZE(mixes)] = { 0 };
	u32 s, m, only_mix = argc > 2 ? (u32)atoi(argv[2]) : U32_MAX, only_size = argc > 3 ? (u32)atoi(argv[3]) : 0;

	if (!bytes)
		return 1;
	data = huge_alloc(bytes);
	world_make();
	printf("%zu MiB; of an object the first %u bytes are looked at\n", bytes >> 20, SLABSCAN_CLUSTER_WORDS * 8);
	printf(" size  mix            read GB/s scan GB/s  scalar   ratio ns/object  clusters  largest %%\n");
	for (m = 0; m < ARRAY_SIZE(mixes); m++) {
		for (s = 0; s < ARRAY_SIZE(sizes); s++) {
			if ((only_mix != U32_MAX && only_mix != m) || (only_size && only_size != sizes[s]))
				continue;
			bench(data, bytes, sizes[s], m, &ratio);
			sum[m] += ratio;
		}
	}
	for (m = 0; m < ARRAY_SIZE(mixes); m++)
		printf("mean ratio, %s: %.3f\n", mixes[m], sum[m] / ARRAY_SIZE(sizes));
	free(data);
	free(pages);
	return 0;
}
