// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_btf.c - BTF lookups: on blobs written here, on broken ones, and on the running kernel's
 */
#include <linux/ip.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include "unit.h"
#include "btf.h"

/* a tiny writer: types and strings are appended, blob_end() lays them out */
struct blob {
	u8 types[65536], strs[8192];
	u32 types_len, strs_len, nr;
	u8 *buf;
	size_t len;
};

enum { INT = 1, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, FUNC_PROTO, VAR, DATASEC, FLOAT, DECL_TAG,
       TYPE_TAG, ENUM64 };

#define KFLAG (1U << 31)

static void put(struct blob *b, u32 v)
{
	assert_true(b->types_len + 4 <= sizeof(b->types));
	memcpy(b->types + b->types_len, &v, 4);
	b->types_len += 4;
}

static u32 str(struct blob *b, const char *s)
{
	u32 at = b->strs_len;

	if (!s)
		return 0;
	assert_true(at + strlen(s) < sizeof(b->strs));
	memcpy(b->strs + at, s, strlen(s) + 1);
	b->strs_len += strlen(s) + 1;
	return at;
}

static void blob_start(struct blob *b)
{
	memset(b, 0, sizeof(*b));
	b->strs_len = 1;
}

static u32 type(struct blob *b, u32 kind, const char *name, u32 vlen_flag, u32 size_type)
{
	put(b, str(b, name));
	put(b, kind << 24 | vlen_flag);
	put(b, size_type);
	return ++b->nr;
}

static u32 type_int(struct blob *b, const char *name, u32 size, u32 bits)
{
	u32 id = type(b, INT, name, 0, size);

	put(b, bits);
	return id;
}

static u32 type_array(struct blob *b, u32 elem, u32 nr)
{
	u32 id = type(b, ARRAY, NULL, 0, 0);

	put(b, elem);
	put(b, 1);
	put(b, nr);
	return id;
}

static void member(struct blob *b, const char *name, u32 id, u32 bits)
{
	put(b, str(b, name));
	put(b, id);
	put(b, bits);
}

static void blob_layout(struct blob *b, const u8 *layout, u32 layout_len)
{
	u32 hdr_len = layout ? 32 : 24;
	u32 hdr[8] = { 0xeb9f | 1 << 16, hdr_len, 0, b->types_len, b->types_len, b->strs_len, b->types_len + b->strs_len, layout_len };

	b->len = hdr_len + b->types_len + b->strs_len + layout_len;
	free(b->buf);
	b->buf = malloc(b->len);
	assert_non_null(b->buf);
	memcpy(b->buf, hdr, hdr_len);
	memcpy(b->buf + hdr_len, b->types, b->types_len);
	memcpy(b->buf + hdr_len + b->types_len, b->strs, b->strs_len);
	if (layout_len)
		memcpy(b->buf + hdr_len + b->types_len + b->strs_len, layout, layout_len);
}

static void blob_end(struct blob *b)
{
	blob_layout(b, NULL, 0);
}

/*
 * A slab allocator's types in miniature, with everything that real ones have: typedefs of qualified types, unnamed unions, an unnamed member
 * of a named struct, bitfields, arrays of structs, a flexible array, a duplicate, a forward declaration of the same name.
 */
static void miniature(struct blob *b, bool with_sheaves)
{
	u32 u32_id, u64_id, ptr, uint, arr, fa, oo, per_node, counters, inner, tdef, cst, flex, u16_id;

	blob_start(b);
	type(b, FWD, "kmem_cache", 0, 0);
	u32_id = type_int(b, "unsigned int", 4, 32);
	u64_id = type_int(b, "long unsigned int", 8, 64);
	u16_id = type_int(b, "short unsigned int", 2, 16);
	ptr = type(b, PTR, NULL, 0, 0);
	uint = type(b, TYPEDEF, "slab_flags_t", 0, u32_id);
	cst = type(b, CONST, NULL, 0, uint);
	arr = type_array(b, ptr, 1024);
	oo = type(b, STRUCT, "kmem_cache_order_objects", 1, 4);
	member(b, "x", u32_id, 0);
	type_array(b, u32_id, 5);
	type_array(b, b->nr, 3);
	type(b, STRUCT, "grid", 1, 60);
	member(b, "cells", b->nr - 1, 0);
	per_node = type(b, STRUCT, "kmem_cache_per_node_ptrs", 2, 16);
	member(b, "barn", ptr, 0);
	member(b, "node", ptr, 64);
	fa = type_array(b, per_node, 1024);
	/* a stranger with the same name first: it has no cpu_slab */
	type(b, STRUCT, "kmem_cache", 1, 4);
	member(b, "stranger", u32_id, 0);
	type(b, STRUCT, "kmem_cache", with_sheaves ? 6 : 5, 8408);
	member(b, "cpu_slab", ptr, 0);
	member(b, "flags", cst, 64);
	member(b, "oo", oo, 52 * 8);
	member(b, "random", u64_id, 184 * 8);
	member(b, "node", arr, 216 * 8);
	if (with_sheaves)
		member(b, "per_node", fa, 208 * 8);
	/* struct { union { counters; struct { inuse:16, objects:15, frozen:1 } } } with the kind flag */
	inner = type(b, STRUCT, NULL, KFLAG | 3, 4);
	member(b, "inuse", u32_id, 16U << 24 | 0);
	member(b, "objects", u32_id, 15U << 24 | 16);
	member(b, "frozen", u32_id, 1U << 24 | 31);
	counters = type(b, UNION, "freelist_counters", 2, 8);
	member(b, "counters", u64_id, 0);
	member(b, NULL, inner, 0);
	type(b, STRUCT, "slab", 3, 64);
	member(b, "slab_cache", ptr, 8 * 8);
	member(b, NULL, counters, 40 * 8);
	member(b, "last", u16_id, 62 * 8);
	/* typedef volatile struct { } local_t, each referring ahead */
	tdef = type(b, TYPEDEF, "local_t", 0, b->nr + 2);
	type(b, VOLATILE, NULL, 0, b->nr + 3);
	flex = type_array(b, ptr, 0);
	type(b, STRUCT, NULL, 2, 8);
	member(b, "a", u32_id, 0);
	member(b, "objects", flex, 64);
	assert_int_equal(b->nr, tdef + 3);
	blob_end(b);
}

static struct slabscan_btf btf;

static void expect(const char *type, const char *path, u32 offset, u32 size, u32 nr, u32 elem)
{
	struct slabscan_btf_member m;

	assert_int_equal(slabscan_btf_member(&btf, type, path, &m), 0);
	assert_int_equal(m.offset, offset);
	assert_int_equal(m.size, size);
	assert_int_equal(m.nr_elems, nr);
	assert_int_equal(m.elem_size, elem);
	assert_int_equal(m.bit_size, 0);
	assert_int_equal(m.bit_offset, 0);
}

static void expect_bits(const char *type, const char *path, u32 offset, u32 size, u32 bit, u32 bits)
{
	struct slabscan_btf_member m;

	assert_int_equal(slabscan_btf_member(&btf, type, path, &m), 0);
	assert_int_equal(m.offset, offset);
	assert_int_equal(m.size, size);
	assert_int_equal(m.bit_offset, bit);
	assert_int_equal(m.bit_size, bits);
	assert_int_equal(m.nr_elems, 0);
}

static void expect_none(const char *type, const char *path)
{
	struct slabscan_btf_member m;

	assert_int_equal(slabscan_btf_member(&btf, type, path, &m), -ENOENT);
}

static void members(void **state)
{
	static struct blob b;

	(void)state;
	miniature(&b, true);
	assert_int_equal(slabscan_btf_init(&btf, b.buf, b.len), 0);
	expect("kmem_cache", "cpu_slab", 0, 8, 0, 0);
	expect("kmem_cache", "flags", 8, 4, 0, 0);
	expect("kmem_cache", "oo", 52, 4, 0, 0);
	expect("kmem_cache", "oo.x", 52, 4, 0, 0);
	expect("kmem_cache", "random", 184, 8, 0, 0);
	expect("kmem_cache", "node", 216, 8192, 1024, 8);
	expect("kmem_cache", "per_node", 208, 16384, 1024, 16);
	expect("kmem_cache", "per_node.node", 216, 8, 0, 0);
	expect("grid", "cells", 0, 60, 15, 4);
	expect("kmem_cache", "stranger", 0, 4, 0, 0);
	expect("slab", "slab_cache", 8, 8, 0, 0);
	expect("slab", "counters", 40, 8, 0, 0);
	expect("slab", "last", 62, 2, 0, 0);
	expect_bits("slab", "inuse", 40, 2, 0, 16);
	expect_bits("slab", "objects", 42, 2, 0, 15);
	expect_bits("slab", "frozen", 43, 1, 7, 1);
	expect_bits("freelist_counters", "objects", 2, 2, 0, 15);
	expect("local_t", "a", 0, 4, 0, 0);
	expect("local_t", "objects", 8, 0, 0, 8);
	assert_int_equal(slabscan_btf_struct_size(&btf, "slab"), 64);
	assert_int_equal(slabscan_btf_struct_size(&btf, "kmem_cache_order_objects"), 4);
	assert_int_equal(slabscan_btf_struct_size(&btf, "local_t"), 8);
	assert_int_equal(slabscan_btf_struct_size(&btf, "kmem_cache"), 4);
	free(b.buf);
}

static void absent(void **state)
{
	static struct blob b;

	(void)state;
	/* cut down: neither sheaves nor barns */
	miniature(&b, false);
	assert_int_equal(slabscan_btf_init(&btf, b.buf, b.len), 0);
	expect_none("kmem_cache", "per_node");
	expect_none("kmem_cache", "per_node.barn");
	expect_none("kmem_cache", "cpu_sla");
	expect_none("kmem_cache", "cpu_slab2");
	expect_none("kmem_cache", "");
	expect_none("kmem_cache", "oo.");
	expect_none("kmem_cache", ".oo");
	expect_none("kmem_cache", "oo.y");
	expect_none("kmem_cache", "cpu_slab.x");
	expect_none("slab", "inuse.x");
	expect_none("slab_sheaf", "size");
	expect_none("sla", "last");
	expect_none("", "last");
	expect_none("unsigned int", "x");
	expect_none("slab_flags_t", "x");
	assert_int_equal(slabscan_btf_struct_size(&btf, "slab_sheaf"), -ENOENT);
	assert_int_equal(slabscan_btf_struct_size(&btf, ""), -ENOENT);
	assert_int_equal(slabscan_btf_struct_size(&btf, "slab_flags_t"), -ENOENT);
	free(b.buf);
}

/* a struct without the kind flag tells its bitfields by the integer's own width */
static void old_bitfields(void **state)
{
	static struct blob b;
	u32 u3, u32_id;

	(void)state;
	blob_start(&b);
	u32_id = type_int(&b, "unsigned int", 4, 32);
	u3 = type_int(&b, "unsigned int", 4, 2 << 16 | 3);
	type(&b, STRUCT, "s", 3, 8);
	member(&b, "whole", u32_id, 0);
	member(&b, "part", u3, 32 + 7);
	member(&b, "crooked", u32_id, 33);
	blob_end(&b);
	assert_int_equal(slabscan_btf_init(&btf, b.buf, b.len), 0);
	expect("s", "whole", 0, 4, 0, 0);
	expect_bits("s", "part", 5, 1, 1, 3);
	assert_int_equal(slabscan_btf_member(&btf, "s", "crooked", &(struct slabscan_btf_member){ 0 }), -EINVAL);
	free(b.buf);
}

static void read_values(void **state)
{
	const u8 bytes[9] = { 0x34, 0x12, 0x05, 0x80, 0xff, 0xee, 0xdd, 0xcc, 0x01 };
	struct slabscan_btf_member m = { .size = 2, .bit_size = 16 };

	(void)state;
	assert_int_equal(slabscan_btf_read(&m, bytes), 0x1234);
	m = (struct slabscan_btf_member){ .size = 2, .bit_size = 15 };
	assert_int_equal(slabscan_btf_read(&m, bytes + 2), 5);
	m = (struct slabscan_btf_member){ .size = 1, .bit_offset = 7, .bit_size = 1 };
	assert_int_equal(slabscan_btf_read(&m, bytes + 3), 1);
	m = (struct slabscan_btf_member){ .size = 4 };
	assert_int_equal(slabscan_btf_read(&m, bytes), 0x80051234);
	m = (struct slabscan_btf_member){ .size = 8 };
	assert_true(slabscan_btf_read(&m, bytes) == 0xccddeeff80051234ULL);
	m = (struct slabscan_btf_member){ .size = 9, .bit_offset = 4, .bit_size = 64 };
	assert_true(slabscan_btf_read(&m, bytes) == 0x1ccddeeff8005123ULL);
	m = (struct slabscan_btf_member){ .size = 64 };
	assert_true(slabscan_btf_read(&m, (u8 [64]){ 1 }) == 1);
}

/* more types than the index has entries, several times over, with records of different length between */
static void many_types(void **state)
{
	static struct blob b;
	char name[16];
	u32 i;

	(void)state;
	blob_start(&b);
	type_int(&b, "i", 4, 32);
	for (i = 0; i < 900; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		type(&b, STRUCT, name, 1, i);
		member(&b, "m", b.nr + 1, i * 8);
		type(&b, i % 2 ? TYPEDEF : PTR, i % 2 ? "t" : NULL, 0, 1);
	}
	blob_end(&b);
	assert_int_equal(slabscan_btf_init(&btf, b.buf, b.len), 0);
	for (i = 0; i < 900; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		assert_int_equal(slabscan_btf_struct_size(&btf, name), i);
		expect(name, "m", i, i % 2 ? 4 : 8, 0, 0);
	}
	free(b.buf);
}

static void unknown_kinds(void **state)
{
	u8 layout[4 * 22] = { 0 };
	static struct blob b;
	u32 id;

	(void)state;
	blob_start(&b);
	id = type_int(&b, "i", 4, 32);
	/* kind 21: 4 bytes and 2 a piece; records stay 4-aligned here */
	type(&b, 21, "future", 4, 0);
	put(&b, 1);
	put(&b, 2);
	put(&b, 3);
	type(&b, STRUCT, "s", 1, 4);
	member(&b, "m", id, 0);
	blob_end(&b);
	assert_int_equal(slabscan_btf_init(&btf, b.buf, b.len), -EOPNOTSUPP);
	layout[4 * 21] = 4;
	layout[4 * 21 + 1] = 2;
	blob_layout(&b, layout, sizeof(layout));
	assert_int_equal(slabscan_btf_init(&btf, b.buf, b.len), 0);
	expect("s", "m", 0, 4, 0, 0);
	/* a layout section that ends before this kind */
	blob_layout(&b, layout, sizeof(layout) - 4);
	assert_int_equal(slabscan_btf_init(&btf, b.buf, b.len), -EOPNOTSUPP);
	free(b.buf);
}

static void broken_headers(void **state)
{
	static struct blob b;
	static const struct { u32 at; u32 value; int err; } cases[] = {
		{ 0, 0x1009feb, -EOPNOTSUPP }, { 0, 0x2eb9f, -EOPNOTSUPP }, { 0, 0, -EINVAL }, { 4, 20, -EINVAL }, { 4, 1 << 20, -EINVAL },
		{ 8, 1 << 20, -EINVAL }, { 12, ~0U, -EINVAL }, { 12, 13, -EINVAL }, { 16, ~0U, -EINVAL }, { 20, 0, -EINVAL },
		{ 20, 1 << 20, -EINVAL }, { 20, 8, -EINVAL },
	};
	u8 *copy;
	u32 i;

	(void)state;
	miniature(&b, true);
	copy = malloc(b.len);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memcpy(copy, b.buf, b.len);
		memcpy(copy + cases[i].at, &cases[i].value, 4);
		assert_int_equal(slabscan_btf_init(&btf, copy, b.len), cases[i].err);
	}
	free(copy);
	/* cut anywhere: refused, and never read beyond */
	for (i = 0; i < b.len; i++) {
		copy = malloc(i ? i : 1);
		memcpy(copy, b.buf, i);
		assert_int_equal(slabscan_btf_init(&btf, copy, i), -EINVAL);
		free(copy);
	}
	/* more bytes behind, and any alignment, are fine */
	copy = malloc(b.len + 8);
	memcpy(copy + 1, b.buf, b.len);
	assert_int_equal(slabscan_btf_init(&btf, copy + 1, b.len + 7), 0);
	expect("slab", "last", 62, 2, 0, 0);
	free(copy);
	free(b.buf);
}

static void bad_types(void **state)
{
	struct slabscan_btf_member m;
	static struct blob b;
	u32 i, id;

	(void)state;
	blob_start(&b);
	/* a typedef of itself; a struct inside itself, unnamed; arrays that overflow */
	id = type(&b, TYPEDEF, "loop", 0, 1);
	type(&b, STRUCT, "has_loop", 1, 8);
	member(&b, "m", id, 0);
	type(&b, STRUCT, "self", 2, 8);
	member(&b, NULL, b.nr, 0);
	member(&b, "m", b.nr, 0);
	type_array(&b, b.nr + 2, 65536);
	type_array(&b, b.nr, 65536);
	type(&b, STRUCT, "large", 1, 8);
	member(&b, "m", b.nr - 1, 0);
	type(&b, STRUCT, "wild", 2, 8);
	member(&b, "m", 1 << 30, 0);
	member(&b, "far", id, ~0U);
	type(&b, STRUCT, "bad_name", 1, 8);
	member(&b, NULL, 0, 0);
	blob_end(&b);
	assert_int_equal(slabscan_btf_init(&btf, b.buf, b.len), 0);
	assert_int_equal(slabscan_btf_member(&btf, "has_loop", "m", &m), -EINVAL);
	assert_int_equal(slabscan_btf_member(&btf, "loop", "m", &m), -ENOENT);
	assert_int_equal(slabscan_btf_member(&btf, "self", "x", &m), -EINVAL);
	assert_int_equal(slabscan_btf_member(&btf, "large", "m", &m), -EINVAL);
	assert_int_equal(slabscan_btf_member(&btf, "wild", "m", &m), -EINVAL);
	assert_int_equal(slabscan_btf_member(&btf, "wild", "far", &m), -EINVAL);
	assert_int_equal(slabscan_btf_member(&btf, "bad_name", "m", &m), -ENOENT);
	free(b.buf);
	/* the nesting bomb: 16 levels, each with 16 unnamed members of the level below */
	blob_start(&b);
	type_int(&b, "i", 4, 32);
	for (i = 0; i < 16; i++) {
		u32 k;

		type(&b, STRUCT, i == 15 ? "bomb" : NULL, 16, 8);
		for (k = 0; k < 16; k++)
			member(&b, i ? NULL : "leaf", b.nr - 1, 0);
	}
	blob_end(&b);
	assert_int_equal(slabscan_btf_init(&btf, b.buf, b.len), 0);
	assert_int_equal(slabscan_btf_member(&btf, "bomb", "x", &m), -E2BIG);
	assert_int_equal(slabscan_btf_member(&btf, "bomb", "leaf", &m), 0);
	free(b.buf);
}

/* flipped bytes must neither crash nor hang; what is answered does not matter */
static void flipped_bytes(void **state)
{
	struct slabscan_btf_member m;
	static struct blob b;
	u32 i, k, accepted = 0;
	u8 *copy;

	(void)state;
	unit_seed("flipped_bytes");
	miniature(&b, true);
	copy = malloc(b.len);
	for (i = 0; i < 20000; i++) {
		memcpy(copy, b.buf, b.len);
		for (k = 0; k <= unit_below(3); k++)
			copy[unit_below(b.len)] = unit_random();
		if (slabscan_btf_init(&btf, copy, b.len))
			continue;
		accepted++;
		slabscan_btf_member(&btf, "kmem_cache", "per_node.barn", &m);
		slabscan_btf_member(&btf, "slab", "frozen", &m);
		slabscan_btf_member(&btf, "local_t", "objects", &m);
		slabscan_btf_struct_size(&btf, "slab");
	}
	/* or nothing was tested */
	assert_true(accepted > 1000);
	free(copy);
	free(b.buf);
}

static u8 *running_kernel(size_t *len)
{
	FILE *f = fopen("/sys/kernel/btf/vmlinux", "rb");
	u8 *buf;

	if (!f)
		return NULL;
	buf = malloc(32 << 20);
	*len = fread(buf, 1, 32 << 20, f);
	fclose(f);
	return buf;
}

/* structs whose layout is ABI, so that this file's own compiler is the oracle */
static void abi_structs(void **state)
{
	size_t len;
	u8 *buf = running_kernel(&len);

	(void)state;
	if (!buf) {
		print_message("no /sys/kernel/btf/vmlinux here\n");
		skip();
	}
	assert_int_equal(slabscan_btf_init(&btf, buf, len), 0);
	assert_int_equal(slabscan_btf_struct_size(&btf, "list_head"), 16);
	assert_int_equal(slabscan_btf_struct_size(&btf, "tcphdr"), sizeof(struct tcphdr));
	assert_int_equal(slabscan_btf_struct_size(&btf, "sockaddr_in6"), sizeof(struct sockaddr_in6));
	expect("list_head", "prev", 8, 8, 0, 0);
	expect("sockaddr_in6", "sin6_addr", offsetof(struct sockaddr_in6, sin6_addr), 16, 0, 0);
	expect("sockaddr_in6", "sin6_addr.in6_u.u6_addr16", offsetof(struct sockaddr_in6, sin6_addr), 16, 8, 2);
	expect("iphdr", "daddr", offsetof(struct iphdr, daddr), 4, 0, 0);
	expect_bits("iphdr", "ihl", 0, 1, 0, 4);
	expect_bits("iphdr", "version", 0, 1, 4, 4);
	expect("tcphdr", "window", offsetof(struct tcphdr, window), 2, 0, 0);
	expect_bits("tcphdr", "syn", 13, 1, 1, 1);
	free(buf);
}

/* every named member of randomly picked types of the running kernel, against a reading of the records without index or hint */
static void against_naive(void **state)
{
	static u32 offs[1 << 20];
	struct slabscan_btf_member m;
	u32 nr = 0, off = 0, i, k, n = 0, hdr[6], mem[3], rec[3];
	static const u8 fixed[20] = { [INT] = 4, [ARRAY] = 12, [VAR] = 4, [DECL_TAG] = 4 };
	static const u8 each[20] = { [STRUCT] = 12, [UNION] = 12, [ENUM] = 8, [FUNC_PROTO] = 8, [DATASEC] = 12, [ENUM64] = 12 };
	const char *strs;
	size_t len;
	u8 *buf = running_kernel(&len), *types;

	(void)state;
	if (!buf) {
		print_message("no /sys/kernel/btf/vmlinux here\n");
		skip();
	}
	unit_seed("against_naive");
	memcpy(hdr, buf, sizeof(hdr));
	types = buf + hdr[1] + hdr[2];
	strs = (char *)buf + hdr[1] + hdr[4];
	while (off < hdr[3]) {
		memcpy(rec, types + off, sizeof(rec));
		offs[++nr] = off;
		off += 12 + fixed[rec[1] >> 24 & 0x7f] + each[rec[1] >> 24 & 0x7f] * (rec[1] & 0xffffff);
	}
	assert_int_equal(slabscan_btf_init(&btf, buf, len), 0);
	assert_int_equal(btf.nr_types, nr);
	for (i = 0; i < 4000 && n < 600; i++) {
		u32 id = 1 + unit_below(nr), first;
		const char *name;

		memcpy(rec, types + offs[id], sizeof(rec));
		if ((rec[1] >> 24 & 0x7f) != STRUCT || !rec[0])
			continue;
		name = strs + rec[0];
		/* names may repeat: only judge by the first of its name */
		for (first = 1; first <= nr; first++) {
			u32 r[3];

			memcpy(r, types + offs[first], sizeof(r));
			k = r[1] >> 24 & 0x7f;
			if ((k == STRUCT || k == UNION || k == TYPEDEF) && !strcmp(strs + r[0], name))
				break;
		}
		if (first != id)
			continue;
		assert_int_equal(slabscan_btf_struct_size(&btf, name), rec[2]);
		for (k = 0; k < (rec[1] & 0xffffff) && k < 20; k++) {
			u32 bits, width;

			memcpy(mem, types + offs[id] + 12 + 12 * k, sizeof(mem));
			if (!mem[0])
				continue;
			bits = rec[1] & KFLAG ? mem[2] & 0xffffff : mem[2];
			width = rec[1] & KFLAG ? mem[2] >> 24 : 0;
			assert_int_equal(slabscan_btf_member(&btf, name, strs + mem[0], &m), 0);
			assert_int_equal(m.offset * 8 + m.bit_offset, bits);
			assert_int_equal(m.bit_size, width);
			assert_true((u64)m.offset + m.size <= rec[2]);
			n++;
		}
	}
	print_message("%u members compared\n", n);
	assert_true(n >= 300);
	free(buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members), cmocka_unit_test(absent), cmocka_unit_test(old_bitfields), cmocka_unit_test(read_values),
		cmocka_unit_test(many_types), cmocka_unit_test(unknown_kinds), cmocka_unit_test(broken_headers), cmocka_unit_test(bad_types),
		cmocka_unit_test(flipped_bytes), cmocka_unit_test(abi_structs), cmocka_unit_test(against_naive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
