// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_suspect.c - the verdict of two passes
 */
#include "machine.h"
#include "suspect.h"

/* put objects into o[5] and o[6] whose slabs hold neither each other nor any of those before */
static void pick_strangers(const struct machine *x, u32 *o, u32 n)
{
	u32 i, k, from = 7;

	for (i = 5; i < 7; i++) {
		for (k = 0; k < i; k++) {
			if (slabscan_objset_slab_with(&x->set, o[i]) != slabscan_objset_slab_with(&x->set, o[k]))
				continue;
			assert_true(from < n);
			swap(o[i], o[from]);
			from++;
			/* from the start again; the loop adds 1 */
			k = (u32)-1;
		}
	}
}

static u32 content_hash(struct machine *x, u32 object)
{
	return slabscan_suspect_hash(x->mem + (address(x, object) - BASE), size_of(x, object));
}

/* the second pass sees other slabs than the first, so numbers differ: only addresses and caches tie them together */
static void two_passes(void **state)
{
	static u32 o[600];
	struct slabscan_suspect s;
	struct slabscan_marker w;
	struct slabscan_objset later;
	struct machine x;
	unsigned long *first;
	u32 *slots, object = 0, slab = 0, n, i, verdicts[3] = { 0 };
	size_t len;
	void *later_mem;

	(void)state;
	unit_seed("two_passes");
	machine_make(&x);
	collect(&x, o, ARRAY_SIZE(o));
	pick_strangers(&x, o, ARRAY_SIZE(o));
	memset(x.live, 0, x.set.nr_objects);
	for (i = 0; i < ARRAY_SIZE(o); i++) {
		x.live[o[i]] = 1;
		word_write(&x, address(&x, o[i]) + 24, unit_random() >> 20);
	}
	x.roots[0] = address(&x, o[0]);
	word_write(&x, address(&x, o[0]), address(&x, o[1]));
	start_pass(&x);
	run_pass(&x, 16, 4096, 4096, &w);
	first = x.marked;
	slots = calloc(4096, sizeof(*slots));
	slabscan_suspect_init(&s, &x.set, first, slots, 4096);
	for (n = 0; slabscan_suspect_next(&s, &object, &slab); object++, n++) {
		assert_true(x.live[object]);
		assert_int_equal(slabscan_objset_slab_with(&x.set, object), slab);
		slabscan_suspect_note(&s, object, content_hash(&x, object));
	}
	assert_int_equal(n, ARRAY_SIZE(o) - 2);
	slabscan_suspect_drop(&s, o[599]);

	/* meanwhile: one is linked, one freed, one changes, one's slab vanishes, one's slab goes to another cache */
	word_write(&x, address(&x, o[1]), address(&x, o[2]));
	x.live[o[3]] = 0;
	word_write(&x, address(&x, o[4]), 99);
	len = slabscan_objset_bytes(PAGES, PAGES, ARRAY_SIZE(strides) + 1);
	later_mem = calloc(1, len);
	assert_int_equal(slabscan_objset_init(&later, BASE, PAGES, PAGES, ARRAY_SIZE(strides) + 1, later_mem, len), 0);
	assert_int_equal(slabscan_objset_add_class(&later, 77, 32, 0, 32), 0);
	for (i = 0; i < ARRAY_SIZE(strides); i++)
		assert_int_equal(slabscan_objset_add_class(&later, i, strides[i], x.set.classes[i].first, x.set.classes[i].size), i + 1);
	for (i = 0; i < x.set.nr_slabs; i++) {
		const struct slabscan_objset_slab *sl = &x.set.slabs[i];
		u32 pages = (i + 1 < x.set.nr_slabs ? sl[1].page : PAGES) - sl->page;
		bool gone = i == slabscan_objset_slab_with(&x.set, o[5]), other = i == slabscan_objset_slab_with(&x.set, o[6]);

		pages = min(pages, 8U);
		if (!gone)
			assert_int_equal(slabscan_objset_add_slab(&later, BASE + sl->page * 4096ULL, pages, other ? 0 : sl->class + 1,
								  other ? 1 + o[6] % 2 + 50 : sl->nr), 0);
	}
	slabscan_objset_seal(&later);
	x.marked = malloc(slabscan_objset_bitmap_bytes(later.nr_objects));
	free(x.pending);
	x.pending = malloc(slabscan_objset_bitmap_bytes(later.nr_objects));
	memset(x.marked, 0xff, slabscan_objset_bitmap_bytes(later.nr_objects));
	memset(x.pending, 0, slabscan_objset_bitmap_bytes(later.nr_objects));
	slabscan_mark_init(&x.mark, &later, x.marked, x.pending, read_machine, &x);
	for (i = 0; i < ARRAY_SIZE(o); i++) {
		u32 now = slabscan_objset_find(&later, address(&x, o[i]));

		if (now != SLABSCAN_OBJSET_NONE && x.live[o[i]])
			__clear_bit(now, x.marked);
	}
	run_pass(&x, 16, 4096, 4096, &w);
	for (object = 0, slab = 0; slabscan_suspect_next(&s, &object, &slab); object++)
		slabscan_suspect_recheck(&s, object, content_hash(&x, object));
	for (object = 0, slab = 0; slabscan_suspect_next(&s, &object, &slab); object++) {
		enum slabscan_suspect_verdict v = slabscan_suspect_verdict(&s, object, slab, &later, x.marked);
		u32 in5 = slabscan_objset_slab_with(&x.set, o[5]), in6 = slabscan_objset_slab_with(&x.set, o[6]);

		verdicts[v]++;
		if (object == o[2] || object == o[3] || slab == in5 || slab == in6)
			assert_int_equal(v, SLABSCAN_SUSPECT_CLEARED);
		else if (object % 4096 == o[4] % 4096 || object % 4096 == o[2] % 4096)
			assert_in_range(v, SLABSCAN_SUSPECT_UNREFERENCED, SLABSCAN_SUSPECT_CHANGED);
		else if (object % 4096 != o[599] % 4096)
			assert_int_equal(v, SLABSCAN_SUSPECT_UNREFERENCED);
		if (object == o[4] && slab != in5 && slab != in6)
			assert_int_equal(v, SLABSCAN_SUSPECT_CHANGED);
	}
	assert_true(verdicts[SLABSCAN_SUSPECT_UNREFERENCED] > 300);
	assert_true(verdicts[SLABSCAN_SUSPECT_CLEARED] >= 2);
	free(first);
	free(slots);
	free(later_mem);
	machine_drop(&x);
}

/* the same address in the second set, but another cache, or another object's middle: freed, whatever else is there now */
static void moved_in(void **state)
{
	static const struct { u64 tag; u32 stride, first, nr; enum slabscan_suspect_verdict verdict; } cases[] = {
		{ 1, 64, 0, 4, SLABSCAN_SUSPECT_UNREFERENCED }, { 2, 64, 0, 4, SLABSCAN_SUSPECT_CLEARED }, { 1, 96, 0, 4, SLABSCAN_SUSPECT_CLEARED },
		{ 1, 64, 8, 4, SLABSCAN_SUSPECT_CLEARED }, { 1, 64, 128, 4, SLABSCAN_SUSPECT_CLEARED }, { 1, 64, 0, 30, SLABSCAN_SUSPECT_CLEARED },
	};
	u64 mem[2][64];
	unsigned long candidates[1] = { ~0UL }, marked[1] = { 0 };
	struct slabscan_objset set[2];
	struct slabscan_suspect s;
	u32 i, slots[3];

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memset(mem, 0, sizeof(mem));
		assert_int_equal(slabscan_objset_init(&set[0], BASE, 4, 1, 1, mem[0], sizeof(mem[0])), 0);
		assert_int_equal(slabscan_objset_init(&set[1], BASE, 4, 1, 1, mem[1], sizeof(mem[1])), 0);
		slabscan_objset_add_class(&set[0], 1, 64, 0, 64);
		slabscan_objset_add_class(&set[1], cases[i].tag, cases[i].stride, cases[i].first, 64);
		assert_int_equal(slabscan_objset_add_slab(&set[0], BASE + 4096, 1, 0, 4), 0);
		assert_int_equal(slabscan_objset_add_slab(&set[1], BASE + 4096, 1, 0, cases[i].nr), 0);
		assert_int_equal(slabscan_objset_add_slab(&set[1], BASE + 8192, 1, 0, 4), -ENOSPC);
		slabscan_objset_seal(&set[0]);
		slabscan_objset_seal(&set[1]);
		/* of the one long only the four objects' bits may be clear */
		candidates[0] = ~0xfUL;
		memset(slots, 0, sizeof(slots));
		slabscan_suspect_init(&s, &set[0], candidates, slots, ARRAY_SIZE(slots));
		slabscan_suspect_note(&s, 1, 5);
		slabscan_suspect_recheck(&s, 1, 5);
		assert_int_equal(slabscan_suspect_verdict(&s, 1, 0, &set[1], marked), cases[i].verdict);
		/* one in the same slot that changed makes it undecided */
		slabscan_suspect_note(&s, 4, 1);
		if (cases[i].verdict == SLABSCAN_SUSPECT_UNREFERENCED)
			assert_int_equal(slabscan_suspect_verdict(&s, 1, 0, &set[1], marked), SLABSCAN_SUSPECT_CHANGED);
	}
}

static void hashes(void **state)
{
	u8 a[64] = { 0 }, b[64];
	u32 i;

	(void)state;
	/* every byte and the length matter */
	for (i = 0; i < sizeof(a); i++) {
		memcpy(b, a, sizeof(b));
		b[i] = 1;
		assert_int_not_equal(slabscan_suspect_hash(a, 64), slabscan_suspect_hash(b, 64));
		assert_int_not_equal(slabscan_suspect_hash(a, i), slabscan_suspect_hash(a, i + 1));
	}
	memset(a, 7, 8);
	memset(b, 0, sizeof(b));
	memset(b + 8, 7, 8);
	assert_int_not_equal(slabscan_suspect_hash(a, 64), slabscan_suspect_hash(b, 64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_passes), cmocka_unit_test(moved_in), cmocka_unit_test(hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
