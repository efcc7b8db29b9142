// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_objset.c - numbering of objects, against a plain list of them
 */
#include "unit.h"
#include "objset.h"

#define BASE 0xffff888000000000ULL
#define PAGES 5000

static const u32 strides[] = { 8, 16, 32, 96, 192, 200, 1024, 4096, 10936 };

/* the reference: every object's extent */
struct extent {
	u64 start, end;
	u32 class, slab;
};

static struct extent *extents;
static u32 nr_extents;
static struct slabscan_objset set;
static void *memory;

static u32 naive(u64 address)
{
	u32 i;

	for (i = 0; i < nr_extents; i++)
		if (address >= extents[i].start && address < extents[i].end)
			return i;
	return SLABSCAN_OBJSET_NONE;
}

static void random_set(void)
{
	u32 page = unit_below(3), k, i, first, nr, class, max_slabs = PAGES;
	size_t len = slabscan_objset_bytes(PAGES, max_slabs, ARRAY_SIZE(strides));

	memory = calloc(1, len);
	extents = malloc(sizeof(*extents) * 200000);
	nr_extents = 0;
	assert_int_equal(slabscan_objset_init(&set, BASE, PAGES, max_slabs, ARRAY_SIZE(strides), memory, len), 0);
	for (i = 0; i < ARRAY_SIZE(strides); i++) {
		first = unit_below(2) * 8 * unit_below(9);
		assert_int_equal(slabscan_objset_add_class(&set, i + 1000, strides[i], first, strides[i] - unit_below(8)), i);
	}
	for (;;) {
		k = 1 << unit_below(4);
		if (page + k > PAGES || nr_extents > 190000)
			break;
		class = unit_below(ARRAY_SIZE(strides));
		first = set.classes[class].first;
		nr = (k * 4096 - first) / strides[class];
		if (!nr || !unit_below(4)) {
			page += unit_below(100);
			continue;
		}
		if (!unit_below(4))
			nr = 1 + unit_below(nr);
		assert_int_equal(slabscan_objset_add_slab(&set, BASE + page * 4096ULL, k, class, nr), 0);
		for (i = 0; i < nr; i++) {
			extents[nr_extents].start = BASE + page * 4096ULL + first + (u64)i * strides[class];
			extents[nr_extents].end = extents[nr_extents].start + strides[class];
			extents[nr_extents].class = class;
			extents[nr_extents++].slab = set.nr_slabs - 1;
		}
		page += k + unit_below(2) * unit_below(20);
	}
	slabscan_objset_seal(&set);
	assert_int_equal(set.nr_objects, nr_extents);
}

static void drop_set(void)
{
	free(memory);
	free(extents);
}

/* anything: near objects, in the set's pages, far away */
static u64 random_word(void)
{
	const struct extent *e = &extents[unit_below(nr_extents)];

	switch (unit_below(8)) {
	case 0:
		return e->start;
	case 1:
		return e->end - 1;
	case 2:
		return e->end;
	case 3:
		return e->start - 1;
	case 4:
		return BASE + unit_random() % (PAGES * 4096ULL);
	case 5:
		return BASE - 1 - unit_below(100000);
	case 6:
		return BASE + PAGES * 4096ULL + unit_below(100000);
	default:
		return unit_below(2) ? unit_random() : unit_below(100);
	}
}

static void find(void **state)
{
	u32 round, i, object;
	u64 w;

	(void)state;
	unit_seed("find");
	for (round = 0; round < 8; round++) {
		random_set();
		for (i = 0; i < 1500; i++) {
			w = random_word();
			assert_int_equal(slabscan_objset_find(&set, w), naive(w));
		}
		/* and back, for all */
		for (object = 0; object < nr_extents; object++) {
			assert_int_equal(slabscan_objset_slab_with(&set, object), extents[object].slab);
			assert_true(slabscan_objset_address(&set, object) == extents[object].start);
			assert_int_equal(slabscan_objset_find(&set, extents[object].start), object);
			assert_int_equal(slabscan_objset_find(&set, extents[object].end - 1), object);
		}
		drop_set();
	}
}

static void hits(void **state)
{
	struct slabscan_objset_hit got[SLABSCAN_OBJSET_BATCH];
	u64 block[700];
	u32 round, i, k, n, at, next, density, len, calls;

	(void)state;
	unit_seed("hits");
	random_set();
	for (round = 0; round < 300; round++) {
		density = unit_below(101);
		len = unit_below(sizeof(block) + 1);
		for (i = 0; i < ARRAY_SIZE(block); i++)
			block[i] = unit_below(100) < density ? random_word() : 0;
		at = 0;
		next = 0;
		for (calls = 0; at < len; calls++) {
			assert_true(calls <= len / 8 / SLABSCAN_OBJSET_BATCH + 1);
			n = slabscan_objset_hits(&set, block, len, &at, NULL, got);
			for (k = 0; k < n; k++) {
				for (; slabscan_objset_find(&set, block[next]) == SLABSCAN_OBJSET_NONE; next++)
					assert_true(next < len / 8);
				assert_int_equal(got[k].at, next * 8);
				assert_int_equal(got[k].object, slabscan_objset_find(&set, block[next]));
				assert_int_equal(got[k].slab, extents[got[k].object].slab);
				next++;
			}
		}
		assert_int_equal(at, len);
		for (; next < len / 8; next++)
			assert_int_equal(slabscan_objset_find(&set, block[next]), SLABSCAN_OBJSET_NONE);
	}
	drop_set();
}

static void empty(void **state)
{
	u64 mem[64] = { 0 };
	u64 pages;

	(void)state;
	for (pages = 0; pages < 200; pages += 63) {
		memset(mem, 0, sizeof(mem));
		assert_int_equal(slabscan_objset_init(&set, BASE, pages, 0, 0, mem, sizeof(mem)), 0);
		slabscan_objset_seal(&set);
		assert_int_equal(slabscan_objset_find(&set, BASE), SLABSCAN_OBJSET_NONE);
		assert_int_equal(slabscan_objset_find(&set, BASE + pages * 4096), SLABSCAN_OBJSET_NONE);
		assert_int_equal(slabscan_objset_find(&set, ~0ULL), SLABSCAN_OBJSET_NONE);
		assert_int_equal(slabscan_objset_find(&set, 0), SLABSCAN_OBJSET_NONE);
	}
}

/* exactly as much memory as announced, so that ASan sees a byte more */
static void refusals(void **state)
{
	size_t len = slabscan_objset_bytes(129, 3, 2);
	void *mem = calloc(1, len);

	(void)state;
	assert_int_equal(slabscan_objset_init(&set, BASE + 8, 129, 3, 2, mem, len), -EINVAL);
	assert_int_equal(slabscan_objset_init(&set, BASE, 1ULL << 32, 3, 2, mem, len), -EINVAL);
	assert_int_equal(slabscan_objset_init(&set, BASE, 129, 3, 65536, mem, len), -EINVAL);
	assert_int_equal(slabscan_objset_init(&set, BASE, 129, 3, 2, mem, len - 1), -ENOSPC);
	assert_int_equal(slabscan_objset_init(&set, BASE, 129, 3, 2, mem, len), 0);
	assert_int_equal(slabscan_objset_add_class(&set, 1, 7, 0, 7), -EINVAL);
	assert_int_equal(slabscan_objset_add_class(&set, 1, 8, 0, 9), -EINVAL);
	assert_int_equal(slabscan_objset_add_class(&set, 1, 8, 0, 0), -EINVAL);
	assert_int_equal(slabscan_objset_add_class(&set, 1, 1U << 29, 0, 8), -EINVAL);
	assert_int_equal(slabscan_objset_add_class(&set, 1, 64, 16, 64), 0);
	assert_int_equal(slabscan_objset_add_class(&set, 2, 8, 0, 8), 1);
	assert_int_equal(slabscan_objset_add_class(&set, 3, 8, 0, 8), -ENOSPC);
	assert_int_equal(slabscan_objset_add_slab(&set, BASE, 1, 2, 10), -EINVAL);
	assert_int_equal(slabscan_objset_add_slab(&set, BASE, 1, 0, 0), -EINVAL);
	assert_int_equal(slabscan_objset_add_slab(&set, BASE, 1, 0, 64), -EINVAL);
	assert_int_equal(slabscan_objset_add_slab(&set, BASE, 64, 1, 32768), -EINVAL);
	assert_int_equal(slabscan_objset_add_slab(&set, BASE + 8, 1, 0, 63), -EINVAL);
	assert_int_equal(slabscan_objset_add_slab(&set, BASE - 4096, 1, 0, 63), -EINVAL);
	assert_int_equal(slabscan_objset_add_slab(&set, BASE + 128 * 4096, 2, 0, 63), -EINVAL);
	assert_int_equal(slabscan_objset_add_slab(&set, BASE + 2 * 4096, 2, 0, 63), 0);
	assert_int_equal(slabscan_objset_add_slab(&set, BASE + 2 * 4096, 1, 0, 63), -EINVAL);
	assert_int_equal(slabscan_objset_add_slab(&set, BASE + 3 * 4096, 1, 0, 63), -EINVAL);
	assert_int_equal(slabscan_objset_add_slab(&set, BASE, 1, 0, 63), -EINVAL);
	assert_int_equal(slabscan_objset_add_slab(&set, BASE + 4 * 4096, 1, 0, 1), 0);
	set.nr_objects = U32_MAX - 10;
	assert_int_equal(slabscan_objset_add_slab(&set, BASE + 128 * 4096, 1, 0, 10), -E2BIG);
	set.nr_objects = 64;
	assert_int_equal(slabscan_objset_add_slab(&set, BASE + 128 * 4096, 1, 1, 512), 0);
	assert_int_equal(slabscan_objset_add_slab(&set, BASE + 128 * 4096, 1, 1, 512), -EINVAL);
	slabscan_objset_seal(&set);
	assert_int_equal(slabscan_objset_find(&set, BASE + 129 * 4096 - 1), 64 + 511);
	assert_int_equal(slabscan_objset_find(&set, BASE + 129 * 4096), SLABSCAN_OBJSET_NONE);
	/* of the left red zone and of the room that is left over nobody is told */
	assert_int_equal(slabscan_objset_find(&set, BASE + 2 * 4096 + 15), SLABSCAN_OBJSET_NONE);
	assert_int_equal(slabscan_objset_find(&set, BASE + 2 * 4096 + 16), 0);
	assert_int_equal(slabscan_objset_find(&set, BASE + 2 * 4096 + 16 + 63 * 64), SLABSCAN_OBJSET_NONE);
	assert_int_equal(slabscan_objset_find(&set, BASE + 4 * 4096 + 16 + 64), SLABSCAN_OBJSET_NONE);
	free(mem);
}

/* what the header promises for a large machine */
static void announced(void **state)
{
	u64 pages = (200ULL << 30) / 4096;

	(void)state;
	assert_true(slabscan_objset_bytes(pages, 0, 0) < 16500000);
	/* 1,000,000 slabs of one page: 12 bytes of 4,096 */
	assert_true(slabscan_objset_bytes(pages, 1000000, 200) - slabscan_objset_bytes(pages, 0, 0) <= 12000000 + 32 * 200 + 8);
	assert_int_equal(slabscan_objset_bitmap_bytes(419440512), 52430064);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(find), cmocka_unit_test(hits), cmocka_unit_test(empty), cmocka_unit_test(refusals),
		cmocka_unit_test(announced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
