// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_names.c - near names, aliases in a tree made for it, names with a turn, and numbers as typed
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "aliases.h"
#include "describe.h"
#include "names.h"
#include "progress.h"
#include "scan.h"

/* Distance by its definition, slowly. */
static unsigned int reference(const char *a, const char *b)
{
	unsigned int best, d;

	if (!*a || !*b)
		return (unsigned int)(strlen(a) + strlen(b));
	if (*a == *b)
		return reference(a + 1, b + 1);
	best = 1 + reference(a + 1, b);
	d = 1 + reference(a, b + 1);
	best = d < best ? d : best;
	d = 1 + reference(a + 1, b + 1);
	best = d < best ? d : best;
	if (a[1] && b[1] && a[0] == b[1] && a[1] == b[0]) {
		d = 1 + reference(a + 2, b + 2);
		best = d < best ? d : best;
	}
	return best;
}

static void test_distance(void **state)
{
	unsigned int seed = 4711;

	(void)state;
	assert_int_equal(names_distance("", ""), 0);
	assert_int_equal(names_distance("kmalloc", ""), 7);
	assert_int_equal(names_distance("kmalloc-64", "kmalloc-46"), 1);
	assert_int_equal(names_distance("dentry", "dentyr"), 1);
	for (int i = 0; i < 3000; i++) {
		char a[8] = "", b[8] = "";

		for (int c = 0; c < rand_r(&seed) % 7; c++)
			a[c] = 'a' + rand_r(&seed) % 3;
		for (int c = 0; c < rand_r(&seed) % 7; c++)
			b[c] = 'a' + rand_r(&seed) % 3;
		assert_int_equal(names_distance(a, b), reference(a, b));
	}
}

static void test_near(void **state)
{
	static const char *const names[] = { "dentry", "inode_cache", "kmalloc-64", "kmalloc-cg-64", "kmalloc-96", "ext4_inode_cache" };
	const char *near[NAMES_NEAR];

	(void)state;
	assert_int_equal(names_near("dentyr", names, 6, near), 1);
	assert_string_equal(near[0], "dentry");
	assert_true(names_near("kmaloc-64", names, 6, near) >= 2);
	assert_string_equal(near[0], "kmalloc-64");
	assert_int_equal(names_near("inode", names, 6, near), 2);	/* part of a name */
	assert_int_equal(names_near("xyzzy", names, 6, near), 0);
	assert_int_equal(names_near("", names, 6, near), 0);
	assert_int_equal(names_near("a-name-that-is-longer-than-any-cache-has-a-right-to-be-and-then-some-more-of-it", names, 6, near), 0);
}

static void make_link(const char *root, const char *name, const char *target)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/sys/kernel/slab/%s", root, name);
	assert_int_equal(target ? symlink(target, path) : mkdir(path, 0755), 0);
}

static void test_aliases(void **state)
{
	char root[] = "/tmp/slabscan-test-XXXXXX", path[256];
	const char *list[4];
	const char *const *names;
	struct aliases *a;

	(void)state;
	assert_non_null(mkdtemp(root));
	for (const char *const *p = (const char *const []){ "/sys", "/sys/kernel", "/sys/kernel/slab", NULL }; *p; p++) {
		snprintf(path, sizeof(path), "%s%s", root, *p);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	make_link(root, ":0000064", NULL);
	make_link(root, "task_struct", NULL);
	make_link(root, "zswap_entry", ":0000064");
	make_link(root, "io", "/sys/kernel/slab/:0000064");	/* an absolute link is one, too */
	make_link(root, "kmalloc-64", ":0000096");
	make_link(root, "kmalloc-cg-64", ":0000097");
	make_link(root, "kmalloc-rnd-07-64", ":0000098");
	make_link(root, "dma-kmalloc-64", ":0000099");
	make_link(root, "kmalloc-640", ":0000100");

	a = aliases_load(root);
	assert_int_equal(aliases_all(a, &names), 8);	/* not ":0000064" */
	assert_true(aliases_known(a, "io"));
	assert_true(aliases_known(a, "task_struct"));
	assert_false(aliases_known(a, ":0000064"));
	assert_int_equal(aliases_of(a, "io", list, 4), 1);
	assert_string_equal(list[0], "zswap_entry");
	assert_int_equal(aliases_of(a, "task_struct", list, 4), 0);
	assert_int_equal(aliases_of(a, "nope", list, 4), 0);
	assert_int_equal(family_of(a, "kmalloc-64", list, 4), 3);
	assert_string_equal(list[0], "dma-kmalloc-64");
	assert_string_equal(list[2], "kmalloc-rnd-07-64");
	assert_int_equal(family_of(a, "kmalloc-rnd-07-64", list, 1), 3);	/* more than fit */
	assert_int_equal(family_of(a, "io", list, 4), 0);
	aliases_free(a);

	snprintf(path, sizeof(path), "rm -rf %s", root);
	assert_int_equal(system(path), 0);
	a = aliases_load(root);		/* no such directory: no aliases */
	assert_int_equal(aliases_all(a, &names), 0);
	assert_int_equal(aliases_of(a, "io", list, 4), 0);
	aliases_free(a);
}

static void test_family(void **state)
{
	char base[32];

	(void)state;
	assert_true(family_base("kmalloc-rnd-07-64", base, sizeof(base)));
	assert_string_equal(base, "kmalloc-64");
	assert_true(family_base("kmalloc-rcl-8k", base, sizeof(base)));
	assert_string_equal(base, "kmalloc-8k");
	assert_true(family_base("dma-kmalloc-1k", base, sizeof(base)));
	assert_string_equal(base, "kmalloc-1k");
	assert_false(family_base("dentry", base, sizeof(base)));
	assert_false(family_base("kmalloc-", base, sizeof(base)));
	assert_false(family_base("kmalloc-foo", base, sizeof(base)));
	assert_false(family_base("kmalloc-rnd-7-64", base, sizeof(base)));
}

static void test_choice(void **state)
{
	struct scan_choice c;

	(void)state;
	assert_true(scan_choice_parse(&c, "kmalloc-64"));
	assert_string_equal(c.name, "kmalloc-64");
	assert_false(c.has_index);
	assert_true(scan_choice_parse(&c, "nfs_page#12"));
	assert_string_equal(c.name, "nfs_page");
	assert_true(c.has_index);
	assert_int_equal(c.index, 12);
	assert_false(scan_choice_parse(&c, ""));
	assert_false(scan_choice_parse(&c, "#1"));
	assert_false(scan_choice_parse(&c, "x#"));
	assert_false(scan_choice_parse(&c, "x#-1"));
	assert_false(scan_choice_parse(&c, "0123456789012345678901234567890123456789012345678901234567890123456789"));
}

static void test_typed(void **state)
{
	uint32_t n;
	uint64_t a;

	(void)state;
	assert_true(cli_number("4294967295", &n) && n == 4294967295u);
	assert_false(cli_number("4294967296", &n));
	assert_false(cli_number("", &n));
	assert_false(cli_number("-1", &n));
	assert_false(cli_number("1k", &n));
	assert_false(cli_number(" 1", &n));
	assert_true(cli_address("0xffff8e8ec1c19900", &a) && a == 0xffff8e8ec1c19900);
	assert_true(cli_address("FFFF8E8EC1C19900", &a) && a == 0xffff8e8ec1c19900);
	assert_false(cli_address("0x", &a));
	assert_false(cli_address("", &a));
	assert_false(cli_address("1ffff8e8ec1c19900", &a));
	assert_false(cli_address("0x0x1", &a));
	assert_false(cli_address("-1", &a));
	assert_true(cli_seconds("0.5", &n) && n == 500);
	assert_true(cli_seconds("200", &n) && n == 200000);
	assert_false(cli_seconds("0", &n));
	assert_false(cli_seconds("1e3", &n));
	assert_false(cli_seconds("nan", &n));
	assert_false(cli_seconds("1.2.3", &n));
	assert_false(cli_seconds("99999999", &n));
}

static void test_described(void **state)
{
	char module[SLABSCAN_NAME_MAX], line[80], buf[DESCRIBE_MAX];
	struct record word = { .class = SLABSCAN_WORD_ERRPTR, .value = (uint64_t)-12 };

	(void)state;
	assert_true(symbol_module("vxlan_netdev_ether_ops+0x10 [vxlan]", module, sizeof(module)));
	assert_string_equal(module, "vxlan");
	assert_false(symbol_module("kernfs_ops", module, sizeof(module)));
	assert_false(symbol_module("odd []", module, sizeof(module)));
	assert_false(symbol_module("odd [", module, sizeof(module)));
	assert_string_equal(class_key(9999), "unknown");
	assert_string_equal(where_text(SLABSCAN_WHERE_UNSPEC), "unknown");
	for (uint32_t c = 0; c <= SLABSCAN_WORD_MAX; c++)
		assert_string_not_equal(class_key(c), "unknown");

	word.has[SLABSCAN_A_VALUE / 64] |= 1ULL << SLABSCAN_A_VALUE % 64;
	assert_string_equal(describe_word(buf, &word), "-12 (Cannot allocate memory)");

	progress_format(line, "scanning", 0, 450, 1000, 9000);
	assert_string_equal(line, "scanning  45%  11 s left");
	progress_format(line, "scanning", 0, 1, 1000, 1000000);
	assert_string_equal(line, "scanning  0%");
	progress_format(line, "scanning", 0, 10, 1000, 10000);
	assert_string_equal(line, "scanning  1%  16 min 30 s left");
	progress_format(line, "scanning", 0, 1234567, 0, 10000);
	assert_string_equal(line, "scanning  1,234,567 done");
	progress_format(line, "searching all memory for references", 5347738, 0, 0, 700);
	assert_string_equal(line, "searching all memory for references (needs 5.1 MiB)  0 s");
	progress_format(line, "searching all memory for references", 1072693248, 10, 1000, 60000);
	assert_string_equal(line, "searching all memory for references (needs 1023.0 MiB)  1%  99 min 00 s left");
	progress_format(line, "scanning a cache with a name that is as long as it can be", UINT64_MAX, 10, 1000, 600000);
	assert_true(strlen(line) < 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_near),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_family),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_typed),
		cmocka_unit_test(test_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
