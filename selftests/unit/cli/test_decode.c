// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_decode.c - attributes to structs: right ones, wrong ones, and cut ones
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "decode.h"
#include "msg.h"

/* A copy of exactly that length, so that ASan sees a read past its end. */
static int decode_exact(const void *buf, size_t len, struct record *rec, void **keep)
{
	*keep = malloc(len ? len : 1);
	memcpy(*keep, buf, len);
	return decode_record(*keep, len, rec);
}

static void full_cluster(struct msg *m)
{
	size_t record, nest, hop;

	m->len = 0;
	msg_u32(m, SLABSCAN_A_GENERATION, 42);
	record = msg_open(m, SLABSCAN_A_RECORD_CLUSTER);
	msg_u32(m, SLABSCAN_A_RANK, 3);
	msg_u64(m, SLABSCAN_A_OBJECTS, 419440512);
	msg_u32(m, SLABSCAN_A_FINGERPRINT, 0x5f0c31d2);
	msg_u64(m, SLABSCAN_A_EXAMPLE, 0xffff8e8ec1c19900);
	msg_u64(m, SLABSCAN_A_EXAMPLE, 0xffff8e8ec1c19960);
	msg_str(m, SLABSCAN_A_SYMBOL, "a_ops [a]");
	msg_str(m, SLABSCAN_A_SYMBOL, "b_ops");
	nest = msg_open(m, SLABSCAN_A_STRING);
	msg_str(m, SLABSCAN_A_TEXT, "file_1");
	msg_u32(m, SLABSCAN_A_OFFSET, 0x20);
	msg_u64(m, SLABSCAN_A_OBJECTS, 12);
	msg_close(m, nest);
	nest = msg_open(m, SLABSCAN_A_CHASE);
	for (int i = 0; i < 2; i++) {
		hop = msg_open(m, SLABSCAN_A_HOP);
		msg_str(m, SLABSCAN_A_TARGET_CACHE, i ? "kmalloc-4k" : "kmalloc-96");
		msg_u32(m, SLABSCAN_A_OFFSET, 8 + i);
		msg_close(m, hop);
	}
	msg_str(m, SLABSCAN_A_SYMBOL, "c_ops [c]");
	msg_u32(m, SLABSCAN_A_SHARE, 998000);
	msg_close(m, nest);
	msg_close(m, record);
}

static void test_whole(void **state)
{
	struct msg m;
	struct record rec;
	void *keep;

	(void)state;
	full_cluster(&m);
	assert_int_equal(decode_exact(m.buf, m.len, &rec, &keep), 0);
	assert_int_equal(rec.type, SLABSCAN_A_RECORD_CLUSTER);
	assert_int_equal(rec.generation, 42);
	assert_int_equal(rec.rank, 3);
	assert_int_equal(rec.objects, 419440512);
	assert_int_equal(rec.fingerprint, 0x5f0c31d2);
	assert_int_equal(rec.example_count, 2);
	assert_int_equal(rec.example[1], 0xffff8e8ec1c19960);
	assert_int_equal(rec.symbol_count, 2);
	assert_string_equal(rec.symbol, "a_ops [a]");
	assert_string_equal(rec.symbols[1], "b_ops");
	assert_int_equal(rec.string_count, 1);
	assert_string_equal(rec.strings[0].text, "file_1");
	assert_int_equal(rec.strings[0].offset, 0x20);
	assert_int_equal(rec.strings[0].objects, 12);
	assert_int_equal(rec.chase_count, 1);
	assert_int_equal(rec.chases[0].hops, 2);
	assert_string_equal(rec.chases[0].hop[1].cache, "kmalloc-4k");
	assert_int_equal(rec.chases[0].hop[1].offset, 9);
	assert_string_equal(rec.chases[0].symbol, "c_ops [c]");
	assert_int_equal(rec.chases[0].share, 998000);
	assert_true(record_has(&rec, SLABSCAN_A_RANK));
	assert_false(record_has(&rec, SLABSCAN_A_VALUE));
	free(keep);
}

/* Cut anywhere: never past the end (ASan), and only at the boundaries of outer attributes is it a message at all. */
static void test_cut(void **state)
{
	struct msg m;
	struct record rec;
	void *keep;

	(void)state;
	full_cluster(&m);
	for (size_t len = 0; len < m.len; len++) {
		int ret = decode_exact(m.buf, len, &rec, &keep);

		assert_int_equal(ret, len == 0 || len == 8 ? -ENODATA : -EBADMSG);
		free(keep);
	}
}

/* One attribute in a record, of a length that it must not have. */
static int decode_one(unsigned int type, const void *data, size_t len)
{
	struct msg m = { .len = 0 };
	struct record rec;
	size_t record;
	void *keep;
	int ret;

	record = msg_open(&m, SLABSCAN_A_RECORD_WORD);
	msg_put(&m, type, data, len);
	msg_close(&m, record);
	ret = decode_exact(m.buf, m.len, &rec, &keep);
	free(keep);
	return ret;
}

static void test_lengths(void **state)
{
	static const unsigned int u32s[] = { SLABSCAN_A_RANK, SLABSCAN_A_OFFSET, SLABSCAN_A_CLASS, SLABSCAN_A_SHARE };
	static const unsigned int u64s[] = { SLABSCAN_A_VALUE, SLABSCAN_A_DISTINCT, SLABSCAN_A_EXAMPLE };
	static const unsigned int strings[] = { SLABSCAN_A_SYMBOL, SLABSCAN_A_CACHE, SLABSCAN_A_TARGET_CACHE, SLABSCAN_A_TEXT };
	char data[16] = { 0 };

	(void)state;
	for (size_t len = 0; len <= sizeof(data); len++) {
		for (size_t i = 0; i < sizeof(u32s) / sizeof(*u32s); i++)
			assert_int_equal(decode_one(u32s[i], data, len), len == 4 ? 0 : -EBADMSG);
		for (size_t i = 0; i < sizeof(u64s) / sizeof(*u64s); i++)
			assert_int_equal(decode_one(u64s[i], data, len), len == 8 ? 0 : -EBADMSG);
	}
	for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++) {
		assert_int_equal(decode_one(strings[i], "", 0), -EBADMSG);
		assert_int_equal(decode_one(strings[i], "abc", 3), -EBADMSG);		/* no NUL */
		assert_int_equal(decode_one(strings[i], "a\0c", 4), -EBADMSG);	/* NUL inside */
		assert_int_equal(decode_one(strings[i], "abc", 4), 0);
		assert_int_equal(decode_one(strings[i], "", 1), 0);
	}
}

static void test_twice(void **state)
{
	struct msg m = { .len = 0 };
	struct record rec;
	size_t record;

	(void)state;
	record = msg_open(&m, SLABSCAN_A_RECORD_WORD);
	msg_u32(&m, SLABSCAN_A_RANK, 1);
	msg_u32(&m, SLABSCAN_A_RANK, 2);
	msg_close(&m, record);
	assert_int_equal(decode_record(m.buf, m.len, &rec), -EBADMSG);

	m.len = 0;
	msg_close(&m, msg_open(&m, SLABSCAN_A_RECORD_WORD));
	assert_int_equal(decode_record(m.buf, m.len, &rec), 0);
	msg_close(&m, msg_open(&m, SLABSCAN_A_RECORD_WORD));
	assert_int_equal(decode_record(m.buf, m.len, &rec), -EBADMSG);
}

static void test_unknown_skipped(void **state)
{
	struct msg m = { .len = 0 };
	struct record rec;
	size_t record;

	(void)state;
	msg_str(&m, SLABSCAN_A_MAX + 1, "from the future");
	record = msg_open(&m, SLABSCAN_A_RECORD_CACHE);
	msg_u32(&m, 0x3fff, 5);
	msg_str(&m, SLABSCAN_A_NAME, "dentry");
	msg_u32(&m, SLABSCAN_A_MAX + 1, 5);
	msg_u32(&m, SLABSCAN_A_UNSPEC, 5);
	msg_close(&m, record);
	assert_int_equal(decode_record(m.buf, m.len, &rec), 0);
	assert_string_equal(rec.name, "dentry");

	/* a record of a kind not known here is no record */
	m.len = 0;
	msg_close(&m, msg_open(&m, SLABSCAN_A_MAX + 2));
	assert_int_equal(decode_record(m.buf, m.len, &rec), -ENODATA);
}

static void test_lists_bounded(void **state)
{
	struct msg m = { .len = 0 };
	struct record rec;
	size_t record, nest;

	(void)state;
	record = msg_open(&m, SLABSCAN_A_RECORD_CLUSTER);
	for (int i = 0; i < 40; i++) {
		msg_u64(&m, SLABSCAN_A_EXAMPLE, (uint64_t)i);
		msg_str(&m, SLABSCAN_A_SYMBOL, "s");
		nest = msg_open(&m, SLABSCAN_A_STRING);
		msg_str(&m, SLABSCAN_A_TEXT, "t");
		msg_close(&m, nest);
		nest = msg_open(&m, SLABSCAN_A_CHASE);
		msg_str(&m, SLABSCAN_A_SYMBOL, "c");
		for (int h = 0; h < 10; h++)
			msg_close(&m, msg_open(&m, SLABSCAN_A_HOP));
		msg_close(&m, nest);
	}
	msg_close(&m, record);
	assert_int_equal(decode_record(m.buf, m.len, &rec), 0);
	assert_int_equal(rec.example_count, RECORD_EXAMPLES);
	assert_int_equal(rec.symbol_count, RECORD_SYMBOLS);
	assert_int_equal(rec.string_count, RECORD_STRINGS);
	assert_int_equal(rec.chase_count, RECORD_CHASES);
	assert_int_equal(rec.chases[0].hops, RECORD_HOPS);
	assert_int_equal(rec.dropped, 4 * 40 - RECORD_EXAMPLES - RECORD_SYMBOLS - RECORD_STRINGS - RECORD_CHASES + 40 * (10 - RECORD_HOPS));
}

static void test_nests_incomplete(void **state)
{
	struct msg m = { .len = 0 };
	struct record rec;
	size_t record;

	(void)state;
	record = msg_open(&m, SLABSCAN_A_RECORD_WORD);
	msg_close(&m, msg_open(&m, SLABSCAN_A_CHASE));
	msg_close(&m, record);
	assert_int_equal(decode_record(m.buf, m.len, &rec), -EBADMSG);	/* leads to no symbol */

	m.len = 0;
	record = msg_open(&m, SLABSCAN_A_RECORD_CLUSTER);
	msg_close(&m, msg_open(&m, SLABSCAN_A_STRING));
	msg_close(&m, record);
	assert_int_equal(decode_record(m.buf, m.len, &rec), -EBADMSG);	/* a string without text */
}

static void test_event(void **state)
{
	struct msg m = { .len = 0 };
	struct job_event ev;

	(void)state;
	msg_u32(&m, SLABSCAN_A_JOB, 9);
	msg_u32(&m, SLABSCAN_A_STATE, SLABSCAN_STATE_PARTIAL);
	msg_u64(&m, SLABSCAN_A_DONE, 5);
	msg_u64(&m, SLABSCAN_A_TOTAL, 1ULL << 40);
	msg_u32(&m, SLABSCAN_A_ERRNO, ESTALE);
	msg_str(&m, SLABSCAN_A_MESSAGE, "the cache was destroyed");
	msg_u32(&m, SLABSCAN_A_GENERATION, 3);
	assert_int_equal(decode_event(m.buf, m.len, &ev), 0);
	assert_int_equal(ev.job, 9);
	assert_int_equal(ev.state, SLABSCAN_STATE_PARTIAL);
	assert_int_equal(ev.done, 5);
	assert_true(ev.total == 1ULL << 40);
	assert_int_equal(ev.error, ESTALE);
	assert_string_equal(ev.message, "the cache was destroyed");
	assert_int_equal(ev.generation, 3);
	assert_int_equal(decode_event(m.buf, m.len - 1, &ev), -EBADMSG);
	assert_int_equal(decode_event(m.buf, 0, &ev), 0);
}

static void test_info(void **state)
{
	struct msg m = { .len = 0 };
	struct module_info info;

	(void)state;
	msg_str(&m, SLABSCAN_A_MODULE_VERSION, "0.1.0");
	for (int i = 0; i < 50; i++)
		msg_str(&m, SLABSCAN_A_FEATURE, i ? "sheaves" : "cpu-slabs");
	msg_u32(&m, SLABSCAN_A_JOB, 7);
	assert_int_equal(decode_info(m.buf, m.len, &info), 0);
	assert_string_equal(info.version, "0.1.0");
	assert_int_equal(info.features, INFO_FEATURES);
	assert_string_equal(info.feature[0], "cpu-slabs");
	assert_int_equal(info.job, 7);
}

/* Any change of any one byte: an answer or an error, never a crash; what comes back lies inside the message. */
static void test_damaged(void **state)
{
	struct msg m;
	struct record rec;
	void *keep;

	(void)state;
	full_cluster(&m);
	for (size_t at = 0; at < m.len; at++) {
		for (int bit = 0; bit < 8; bit++) {
			m.buf[at] ^= 1 << bit;
			if (!decode_exact(m.buf, m.len, &rec, &keep)) {
				for (unsigned int i = 0; i < rec.symbol_count; i++)
					assert_in_range(rec.symbols[i] + strlen(rec.symbols[i]), (uintptr_t)keep, (uintptr_t)keep + m.len - 1);
				for (unsigned int i = 0; i < rec.chase_count; i++)
					assert_in_range(rec.chases[i].symbol + strlen(rec.chases[i].symbol), (uintptr_t)keep,
							(uintptr_t)keep + m.len - 1);
			}
			free(keep);
			m.buf[at] ^= 1 << bit;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_unknown_skipped),
		cmocka_unit_test(test_lists_bounded),
		cmocka_unit_test(test_nests_incomplete),
		cmocka_unit_test(test_event),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
