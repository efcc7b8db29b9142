// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_freelist.c - freelists in slab copies: lists as the allocator writes them, and lists that it never would
 */
#include "unit.h"
#include "freelist.h"

#define BASE 0xffff888012340000ULL

struct slab {
	struct slabscan_freelist_geometry g;
	u64 base;
	u32 nr;
	size_t len;
	u8 *copy;
};

static u64 address(const struct slab *s, u32 i)
{
	return s->base + s->g.first + (u64)i * s->g.stride;
}

/* the allocator's side: store "after @i comes @next" at object @i */
static void store_link(struct slab *s, u32 i, u64 next)
{
	u64 at = address(s, i) + s->g.link, word = next, turned = 0;
	int k;

	for (k = 0; k < 8; k++)
		turned |= (at >> (8 * k) & 0xff) << (56 - 8 * k);
	if (s->g.coding == SLABSCAN_FREELIST_SWAB)
		word ^= s->g.random ^ turned;
	else if (s->g.coding == SLABSCAN_FREELIST_XOR)
		word ^= s->g.random ^ at;
	memcpy(s->copy + (at - s->base), &word, 8);
}

static void slab_make(struct slab *s, u32 stride, u32 first, u32 link, u32 nr, enum slabscan_freelist_coding coding)
{
	size_t i;

	memset(s, 0, sizeof(*s));
	s->g.stride = stride;
	s->g.first = first;
	s->g.link = link;
	s->g.coding = coding;
	s->g.random = unit_random();
	assert_int_equal(slabscan_freelist_init(&s->g), 0);
	s->base = BASE;
	s->nr = nr;
	s->len = first + (size_t)nr * stride;
	s->copy = malloc(s->len);
	assert_non_null(s->copy);
	for (i = 0; i < s->len; i++)
		s->copy[i] = unit_random();
}

/* link the @n objects @order; the head's address, 0 for none */
static u64 link_up(struct slab *s, const u32 *order, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		store_link(s, order[i], i + 1 < n ? address(s, order[i + 1]) : 0);
	return n ? address(s, order[0]) : 0;
}

static void shuffled(u32 *order, u32 nr)
{
	u32 i, k;

	for (i = 0; i < nr; i++)
		order[i] = i;
	for (i = nr; i > 1; i--) {
		k = unit_below(i);
		swap(order[i - 1], order[k]);
	}
}

static void random_lists(void **state)
{
	static const u32 strides[] = { 8, 16, 24, 32, 64, 96, 192, 200, 232, 640, 1024, 4096, 8192, 10936 };
	static u32 order[SLABSCAN_SLAB_MAX_OBJECTS];
	static DECLARE_BITMAP(found, SLABSCAN_SLAB_MAX_OBJECTS);
	struct slab s;
	u32 round, i, n, first, got, stride, nr, parts;
	u64 head;

	(void)state;
	unit_seed("random_lists");
	for (round = 0; round < 3000; round++) {
		stride = strides[unit_below(ARRAY_SIZE(strides))];
		first = unit_below(3) ? 0 : 8 * unit_below(17);
		nr = 1 + unit_below(max(1U, 32768 / stride));
		slab_make(&s, stride, first, 8 * unit_below(stride / 8), nr, unit_below(3));
		shuffled(order, nr);
		n = unit_below(nr + 1);
		memset(found, 0, sizeof(found));
		/* the slab's own list and a cpu's */
		parts = unit_below(n + 1);
		head = link_up(&s, order, parts);
		assert_int_equal(slabscan_freelist_decode(&s.g, s.copy, s.len, s.base, nr, head, found, &got), 0);
		assert_int_equal(got, parts);
		head = link_up(&s, order + parts, n - parts);
		assert_int_equal(slabscan_freelist_decode(&s.g, s.copy, s.len, s.base, nr, head, found, &got), 0);
		assert_int_equal(got, n - parts);
		for (i = 0; i < nr; i++)
			assert_int_equal(test_bit(order[i], found), i < n);
		assert_int_equal(bitmap_weight(found, nr), n);
		/* what next() says of the head is the second object */
		if (n - parts > 1) {
			u64 stored;

			memcpy(&stored, s.copy + (head - s.base) + s.g.link, 8);
			assert_true(slabscan_freelist_next(&s.g, stored, head) == address(&s, order[parts + 1]));
		}
		free(s.copy);
	}
}

/* the encoding as the kernel's source states it, computed by hand once */
static void known_word(void **state)
{
	struct slabscan_freelist_geometry g = { .stride = 64, .link = 32, .coding = SLABSCAN_FREELIST_SWAB, .random = 0x1122334455667788ULL };

	(void)state;
	assert_int_equal(slabscan_freelist_init(&g), 0);
	/* link at 0xffff888001234060, swapped 0x60402301 8088ffff; next 0xffff888001234080 */
	assert_true(slabscan_freelist_next(&g, 0xffff888001234080ULL ^ 0x1122334455667788ULL ^ 0x604023018088ffffULL, 0xffff888001234040ULL) ==
		    0xffff888001234080ULL);
}

static void index_exact(void **state)
{
	struct slabscan_freelist_geometry g = { .coding = SLABSCAN_FREELIST_PLAIN };
	u32 round, nr;
	u64 at, address;

	(void)state;
	unit_seed("index_exact");
	for (round = 0; round < 400000; round++) {
		g.stride = round % 2 ? 8 + unit_below(20000) : 8 + unit_below((1U << 28) - 8 + 1);
		g.first = unit_below(4096);
		assert_int_equal(slabscan_freelist_init(&g), 0);
		nr = min_t(u64, 1 + unit_below(SLABSCAN_SLAB_MAX_OBJECTS), U32_MAX / g.stride);
		at = (u64)unit_below(nr) * g.stride;
		address = BASE + g.first + at;
		assert_int_equal(slabscan_freelist_index(&g, BASE, nr, address), at / g.stride);
		assert_int_equal(slabscan_freelist_index(&g, BASE, nr, address + 1 + unit_below(g.stride - 1)), -EINVAL);
		assert_int_equal(slabscan_freelist_index(&g, BASE, nr, BASE + g.first + (u64)nr * g.stride), -ERANGE);
		assert_int_equal(slabscan_freelist_index(&g, BASE, nr, BASE + g.first - 1), -ERANGE);
		assert_int_equal(slabscan_freelist_index(&g, BASE, nr, unit_random() & ~BIT_ULL(63)), -ERANGE);
	}
}

static int decode(const struct slab *s, u64 head, u32 *got)
{
	DECLARE_BITMAP(found, 64) = { 0 };
	int err = slabscan_freelist_decode(&s->g, s->copy, s->len, s->base, s->nr, head, found, got);

	/* the count always tells what is in the bitmap */
	assert_int_equal(bitmap_weight(found, 64), *got);
	return err;
}

static void bad_lists(void **state)
{
	struct slab s;
	u32 got;

	(void)state;
	unit_seed("bad_lists");
	slab_make(&s, 96, 16, 40, 42, SLABSCAN_FREELIST_SWAB);
	assert_int_equal(decode(&s, 0, &got), 0);
	assert_int_equal(got, 0);
	/* heads */
	assert_int_equal(decode(&s, address(&s, 42), &got), -ERANGE);
	assert_int_equal(decode(&s, s.base, &got), -ERANGE);
	assert_int_equal(decode(&s, s.base - 96, &got), -ERANGE);
	assert_int_equal(decode(&s, 1, &got), -ERANGE);
	assert_int_equal(decode(&s, ~0ULL, &got), -ERANGE);
	assert_int_equal(decode(&s, address(&s, 3) + 8, &got), -EUCLEAN);
	assert_int_equal(got, 0);
	/* links: the part before the fault counts */
	link_up(&s, (const u32 []){ 5, 7, 41 }, 3);
	store_link(&s, 41, address(&s, 9) + 1);
	assert_int_equal(decode(&s, address(&s, 5), &got), -EUCLEAN);
	assert_int_equal(got, 3);
	store_link(&s, 41, s.base + 0x100000);
	assert_int_equal(decode(&s, address(&s, 5), &got), -ERANGE);
	assert_int_equal(got, 3);
	/* cycles: to itself, to the start, to the middle */
	store_link(&s, 5, address(&s, 5));
	assert_int_equal(decode(&s, address(&s, 5), &got), -ELOOP);
	assert_int_equal(got, 1);
	link_up(&s, (const u32 []){ 5, 7, 41 }, 3);
	store_link(&s, 41, address(&s, 5));
	assert_int_equal(decode(&s, address(&s, 5), &got), -ELOOP);
	assert_int_equal(got, 3);
	store_link(&s, 41, address(&s, 7));
	assert_int_equal(decode(&s, address(&s, 5), &got), -ELOOP);
	assert_int_equal(got, 3);
	free(s.copy);
	/* all objects free and the last one links on */
	slab_make(&s, 64, 0, 32, 2, SLABSCAN_FREELIST_XOR);
	link_up(&s, (const u32 []){ 1, 0 }, 2);
	assert_int_equal(decode(&s, address(&s, 1), &got), 0);
	store_link(&s, 0, address(&s, 1));
	assert_int_equal(decode(&s, address(&s, 1), &got), -ELOOP);
	assert_int_equal(got, 2);
	free(s.copy);
}

static void twice_free(void **state)
{
	DECLARE_BITMAP(found, 64) = { 0 };
	struct slab s;
	u64 head;
	u32 got;

	(void)state;
	unit_seed("twice_free");
	slab_make(&s, 64, 0, 32, 64, SLABSCAN_FREELIST_SWAB);
	head = link_up(&s, (const u32 []){ 5, 7, 41 }, 3);
	assert_int_equal(slabscan_freelist_decode(&s.g, s.copy, s.len, s.base, s.nr, head, found, &got), 0);
	/* a second list that leads into the first, as when an object moves while we look */
	head = link_up(&s, (const u32 []){ 9, 7 }, 2);
	assert_int_equal(slabscan_freelist_decode(&s.g, s.copy, s.len, s.base, s.nr, head, found, &got), -ELOOP);
	assert_int_equal(got, 1);
	assert_int_equal(bitmap_weight(found, 64), 4);
	free(s.copy);
}

static void bad_arguments(void **state)
{
	static const struct { u32 stride, first, link, coding; int err; } geometries[] = {
		{ 8, 0, 0, 0, 0 }, { 7, 0, 0, 0, -EINVAL }, { 0, 0, 0, 0, -EINVAL }, { 8, 0, 1, 0, -EINVAL }, { 64, 0, 56, 2, 0 },
		{ 64, 0, 57, 2, -EINVAL }, { 64, 0, ~0U, 2, -EINVAL }, { 64, 0, 0, 3, -EINVAL }, { 1U << 28, 1U << 28, 0, 1, 0 },
		{ (1U << 28) + 1, 0, 0, 1, -EINVAL }, { 64, (1U << 28) + 1, 0, 1, -EINVAL },
	};
	struct slabscan_freelist_geometry g;
	DECLARE_BITMAP(found, 64) = { 0 };
	u8 copy[256];
	u32 i, got;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(geometries); i++) {
		g = (struct slabscan_freelist_geometry){ .stride = geometries[i].stride, .first = geometries[i].first,
							 .link = geometries[i].link, .coding = geometries[i].coding };
		assert_int_equal(slabscan_freelist_init(&g), geometries[i].err);
	}
	g = (struct slabscan_freelist_geometry){ .stride = 64, .link = 56, .coding = SLABSCAN_FREELIST_PLAIN };
	/* not prepared */
	assert_int_equal(slabscan_freelist_decode(&g, copy, sizeof(copy), BASE, 4, BASE, found, &got), -EINVAL);
	assert_int_equal(slabscan_freelist_init(&g), 0);
	assert_int_equal(slabscan_freelist_decode(&g, copy, sizeof(copy), BASE, 0, BASE, found, &got), -EINVAL);
	assert_int_equal(slabscan_freelist_decode(&g, copy, sizeof(copy), BASE, 5, BASE, found, &got), -EINVAL);
	assert_int_equal(slabscan_freelist_decode(&g, copy, sizeof(copy) - 1, BASE, 4, BASE, found, &got), -EINVAL);
	assert_int_equal(slabscan_freelist_decode(&g, copy, ~0UL, BASE, SLABSCAN_SLAB_MAX_OBJECTS + 1, 0, found, &got), -EINVAL);
	assert_true(bitmap_empty(found, 64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_lists), cmocka_unit_test(known_word), cmocka_unit_test(index_exact), cmocka_unit_test(bad_lists),
		cmocka_unit_test(twice_free), cmocka_unit_test(bad_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
