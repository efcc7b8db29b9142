// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_out.c - text and JSON from one call
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "out.h"

/* Run @fill once for text and once for JSON. */
struct both {
	char *text;
	json_t *json;
};

static char *print(void (*fill)(struct out *), bool json, bool color)
{
	char *buf = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&buf, &len);
	struct out *o = out_create(f, json, color, 80);

	fill(o);
	assert_int_equal(out_finish(o), 0);
	fclose(f);
	return buf;
}

static struct both print_both(void (*fill)(struct out *))
{
	struct both b;
	char *json = print(fill, true, true);

	b.text = print(fill, false, false);
	b.json = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(b.json);
	free(json);
	return b;
}

static void drop(struct both *b)
{
	free(b->text);
	json_decref(b->json);
}

static void fill_values(struct out *o)
{
	out_u64(o, "live", "{} live of ", 1234567);
	out_u64(o, "objects", "{} twice {}\n", 999);
	out_u64(o, "silent", NULL, 5);
	out_i64(o, "grown", "{}\n", -4096);
	out_bytes(o, "bytes", "{}\n", 19252);
	out_rate(o, "rate", "{}\n", -1048576.0);
	out_ppm(o, "share", "{}\n", 168208);
	out_ns(o, "elapsed_ns", "{}\n", 1500000000);
	out_addr(o, "addr", "{}\n", 0xffff8e8ec1c19900);
	out_hex(o, "value", "{}\n", 0xffffffffffffffff);
	out_id(o, "fingerprint", "{}\n", 0x1d2);
	out_str(o, "evil", "{}\n", "a\033[31m\x80{}\tb");
	out_str(o, "absent", "{}\n", NULL);
	out_bool(o, "yes", "true\n", true);
	out_bool(o, "no", "false\n", false);
	out_u64(o, "huge", "{}\n", UINT64_MAX);
	out_text(o, "only text %d\n", 5);
}

static void test_values(void **state)
{
	struct both b = print_both(fill_values);

	(void)state;
	assert_string_equal(b.text,
		"1,234,567 live of 999 twice 999\n-4,096\n18.8 KiB\n-1.0 MiB/s\n16.8%\n1.50 s\n0xffff8e8ec1c19900\n0xffffffffffffffff\n000001d2\n"
		"a.[31m.{}.b\ntrue\n18,446,744,073,709,551,615\nonly text 5\n");
	assert_int_equal(json_integer_value(json_object_get(b.json, "live")), 1234567);
	assert_int_equal(json_integer_value(json_object_get(b.json, "silent")), 5);
	assert_int_equal(json_integer_value(json_object_get(b.json, "grown")), -4096);
	assert_int_equal(json_integer_value(json_object_get(b.json, "bytes")), 19252);
	assert_true(json_real_value(json_object_get(b.json, "share")) == 0.168208);
	assert_int_equal(json_integer_value(json_object_get(b.json, "elapsed_ns")), 1500000000);
	assert_string_equal(json_string_value(json_object_get(b.json, "addr")), "0xffff8e8ec1c19900");
	assert_string_equal(json_string_value(json_object_get(b.json, "value")), "0xffffffffffffffff");
	assert_string_equal(json_string_value(json_object_get(b.json, "fingerprint")), "000001d2");
	assert_string_equal(json_string_value(json_object_get(b.json, "evil")), "a.[31m.{}.b");
	assert_null(json_object_get(b.json, "absent"));
	assert_true(json_is_true(json_object_get(b.json, "yes")));
	assert_true(json_is_false(json_object_get(b.json, "no")));
	assert_true(json_is_real(json_object_get(b.json, "huge")));
	drop(&b);
}

static void fill_table(struct out *o)
{
	static const struct out_column columns[] = {
		{ "rank", "#", OUT_RIGHT }, { "bytes", "BYTES", OUT_RIGHT }, { "empty", "NEVER", OUT_LEFT }, { "what", "WHAT", OUT_LEFT },
	};
	static const struct out_column inner[] = { { "at", "AT", OUT_LEFT }, { "class", "CLASS", OUT_LEFT } };

	out_table_open(o, "clusters", columns, 4);
	for (unsigned int i = 1; i <= 2; i++) {
		out_row_open(o);
		out_u64(o, "rank", "{}", i);
		out_bytes(o, "bytes", "{}", i * 1024);
		out_cell(o, "what", "%s", i == 1 ? "short" :
			 "a text that is longer than what is left of a line of eighty columns, so that it has to go on in the next one");
		out_u64(o, "extra", NULL, 7);
		out_u64(o, "below", "below the table: {}\n", i);
		out_table_open(o, "words", inner, 2);
		out_row_open(o);
		out_cell(o, "at", "+0x%x", i);
		out_str(o, "class", "{}", "int");
		out_row_close(o);
		out_table_close(o);
		out_row_close(o);
	}
	out_table_close(o);
	out_text(o, "after\n");
}

static void test_table(void **state)
{
	struct both b = print_both(fill_table);
	json_t *second = json_array_get(json_object_get(b.json, "clusters"), 1);

	(void)state;
	assert_string_equal(b.text,
		"#    BYTES  WHAT\n"
		"1  1.0 KiB  short\n"
		"2  2.0 KiB  a text that is longer than what is left of a line of eighty columns,\n"
		"            so that it has to go on in the next one\n"
		"below the table: 1\n"
		"AT    CLASS\n"
		"+0x1  int\n"
		"below the table: 2\n"
		"AT    CLASS\n"
		"+0x2  int\n"
		"after\n");
	assert_int_equal(json_integer_value(json_object_get(second, "bytes")), 2048);
	assert_int_equal(json_integer_value(json_object_get(second, "extra")), 7);
	assert_null(json_object_get(second, "what"));
	assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(second, "words"), 0), "class")), "int");
	drop(&b);
}

static void fill_next(struct out *o)
{
	out_say(o, "evidence", OUT_WARN, "a sentence of %d words that is so long that it does not fit into one line of eighty columns", 18);
	out_next(o, "slabscan top", "what fills it?");
	out_next(o, "slabscan leaks --cache x", "referenced?");
	out_warning(o, "careful");
}

static void test_next(void **state)
{
	struct both b = print_both(fill_next);

	(void)state;
	assert_string_equal(b.text,
		"a sentence of 18 words that is so long that it does not fit into one line of\neighty columns\n\n"
		"next: slabscan top               what fills it?\n"
		"      slabscan leaks --cache x   referenced?\n");
	assert_int_equal(json_array_size(json_object_get(b.json, "next")), 2);
	assert_int_equal(json_array_size(json_object_get(b.json, "warnings")), 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(b.json, "next"), 1), "why")), "referenced?");
	drop(&b);
}

static void fill_styled(struct out *o)
{
	out_styled(o, OUT_BOLD, "x\n");
}

static void test_color(void **state)
{
	char *plain = print(fill_styled, false, false), *colored = print(fill_styled, false, true);

	(void)state;
	assert_string_equal(plain, "x\n");
	assert_string_equal(colored, "\033[1mx\033[0m\n");
	free(plain);
	free(colored);
}

static void fill_cut(struct out *o)
{
	static const struct out_column columns[] = { { "a", "A", OUT_LEFT } };

	out_table_open(o, "rows", columns, 1);
	out_row_open(o);
	out_u64(o, "a", "{}", 1);
	out_error(o, "it broke");
}

/* An answer that ends in the middle is still whole JSON, with the reason in it. */
static void test_cut(void **state)
{
	struct both b = print_both(fill_cut);

	(void)state;
	assert_string_equal(b.text, "A\n1\n");
	assert_string_equal(json_string_value(json_object_get(b.json, "error")), "it broke");
	drop(&b);
}

static void test_full(void **state)
{
	FILE *f = fopen("/dev/full", "w");
	struct out *o = out_create(f, false, false, 80);

	(void)state;
	out_text(o, "x\n");
	assert_int_equal(out_finish(o), -ENOSPC);
	fclose(f);
}

static void test_numbers(void **state)
{
	char buf[OUT_NUM_MAX];

	(void)state;
	assert_string_equal(out_fmt_count(buf, 0), "0");
	assert_string_equal(out_fmt_count(buf, 1000), "1,000");
	assert_string_equal(out_fmt_count(buf, 419440512), "419,440,512");
	assert_string_equal(out_fmt_bytes(buf, 1023), "1023 B");
	assert_string_equal(out_fmt_bytes(buf, 1024), "1.0 KiB");
	assert_string_equal(out_fmt_bytes(buf, 1048575), "1.0 MiB");
	assert_string_equal(out_fmt_bytes(buf, UINT64_MAX), "16.0 EiB");
	assert_string_equal(out_fmt_ppm(buf, 0), "0%");
	assert_string_equal(out_fmt_ppm(buf, 1), "<0.1%");
	assert_string_equal(out_fmt_ppm(buf, 999999), "99.9%");
	assert_string_equal(out_fmt_ppm(buf, 1000000), "100%");
	assert_string_equal(out_fmt_ns(buf, 10000000), "0.010 s");
	assert_string_equal(out_fmt_ns(buf, 200000000000), "3 min 20 s");
	assert_string_equal(out_fmt_ns(buf, 7380000000000), "2 h 03 min");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_color),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
