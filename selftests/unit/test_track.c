// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_track.c - which objects are allocated, against a plain array
 */
#include <stdlib.h>

#include "track.h"
#include "unit.h"

static void *memory(struct slabscan_track *t, u32 nr)
{
	void *mem = calloc(1, slabscan_track_size(nr));

	assert_non_null(mem);
	slabscan_track_init(t, mem, nr);
	return mem;
}

static void test_one(void **state)
{
	struct slabscan_track_record *r, copy;
	struct slabscan_track t;
	void *mem = memory(&t, 1);
	bool replaced;

	(void)state;
	assert_null(slabscan_track_find(&t, 0x1000));
	assert_false(slabscan_track_remove(&t, 0x1000, &copy));
	r = slabscan_track_add(&t, 0x1000, &replaced);
	assert_non_null(r);
	assert_false(replaced);
	assert_int_equal(r->address, 0x1000);
	assert_int_equal(r->when | r->content | r->stack | r->size | r->pid | r->flags | (u64)r->task[0], 0);
	r->stack = 7;
	assert_null(slabscan_track_add(&t, 0x2000, &replaced));
	assert_int_equal(t.used, 1);
	assert_ptr_equal(slabscan_track_find(&t, 0x1000), r);
	assert_true(slabscan_track_remove(&t, 0x1000, &copy));
	assert_int_equal(copy.stack, 7);
	assert_int_equal(t.used, 0);
	assert_int_equal(slabscan_track_next(&t, 0), 1);
	assert_non_null(slabscan_track_add(&t, 0x2000, &replaced));
	free(mem);
}

/* An address that comes back without having been removed is another object. */
static void test_replaced(void **state)
{
	struct slabscan_track_record *r;
	struct slabscan_track t;
	void *mem = memory(&t, 4);
	bool replaced;
	u32 serial;

	(void)state;
	r = slabscan_track_add(&t, 64, &replaced);
	r->flags = 3;
	serial = r->serial;
	r = slabscan_track_add(&t, 64, &replaced);
	assert_true(replaced);
	assert_int_equal(r->flags, 0);
	assert_int_not_equal(r->serial, serial);
	assert_int_equal(t.used, 1);
	free(mem);
}

#define SLOTS	700

/* Random traffic on few addresses, compared with an array that holds what should be there. */
static void test_random(void **state)
{
	static u32 there[SLOTS];
	struct slabscan_track_record copy, *r;
	struct slabscan_track t;
	void *mem = memory(&t, 500);
	u32 used = 0, i, at, seen;
	bool replaced;

	(void)state;
	unit_seed("test_random");
	memset(there, 0, sizeof(there));
	for (i = 1; i < 200000; i++) {
		u32 slot = unit_random() % SLOTS;
		u64 address = 0xffff888000000000ULL + slot * 64ULL;

		if (unit_random() % 2) {
			r = slabscan_track_add(&t, address, &replaced);
			assert_int_equal(replaced, there[slot] != 0);
			if (!r) {
				assert_int_equal(used, 500);
				assert_int_equal(there[slot], 0);
				continue;
			}
			used += !replaced;
			r->stack = there[slot] = i;
		} else {
			assert_int_equal(slabscan_track_remove(&t, address, &copy), there[slot] != 0);
			if (there[slot]) {
				assert_int_equal(copy.stack, there[slot]);
				used--;
			}
			there[slot] = 0;
		}
		assert_int_equal(t.used, used);
	}
	for (at = slabscan_track_next(&t, 0), seen = 0; at < t.nr; at = slabscan_track_next(&t, at + 1), seen++)
		assert_int_equal(t.records[at].stack, there[(t.records[at].address - 0xffff888000000000ULL) / 64]);
	assert_int_equal(seen, used);
	free(mem);
}

/* Half of the objects stay, whatever their order; all that stay are those of the mask. */
static void test_thin(void **state)
{
	struct slabscan_track t;
	void *mem = memory(&t, 10000);
	u64 mask = 1ULL << 32;
	u32 at, gone;
	bool replaced;
	u64 i;

	(void)state;
	for (i = 1; i <= 10000; i++)
		assert_non_null(slabscan_track_add(&t, i * 96, &replaced));
	for (at = 0, gone = 0; at < t.nr;)
		gone += slabscan_track_thin(&t, mask, &at, 1024);
	assert_int_equal(gone + t.used, 10000);
	assert_in_range(gone, 4700, 5300);
	for (at = slabscan_track_next(&t, 0); at < t.nr; at = slabscan_track_next(&t, at + 1))
		assert_int_equal(slabscan_track_hash(t.records[at].address) & mask, 0);
	for (i = 1; i <= 10000; i++)
		assert_int_equal(slabscan_track_find(&t, i * 96) != NULL, !(slabscan_track_hash(i * 96) & mask));
	at = 0;
	assert_int_equal(slabscan_track_thin(&t, mask, &at, UINT32_MAX), 0);
	assert_int_equal(at, t.nr);
	free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_thin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
