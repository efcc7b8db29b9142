// SPDX-License-Identifier: GPL-2.0-only
/*
 * btf.c - read-only BTF over (buffer, length)
 *
 * The format is the kernel's Documentation/bpf/btf.rst: a header, records of types one after the other, numbered from 1, and strings. A
 * record's length follows from its kind and its count, so type number N is found by walking; a sparse index of every 2^k-th type keeps that
 * walk short, in memory of fixed size whatever the number of types. Names are found by one linear pass over the records.
 *
 * The blob may be hostile. slabscan_btf_init() proves once that each record lies in the type section; after that only what a record *refers*
 * to is in doubt: string offsets and type numbers are checked where they are used, chains and nesting have a fixed bound, and one budget of
 * members covers a whole lookup.
 */
#include "btf.h"

#define BTF_MAGIC	0xeb9f
#define BTF_MAGIC_SWAB	0x9feb
#define BTF_HDR_LEN	24
#define BTF_HDR_LEN_LAYOUT 32	/* with the layout section that describes each kind's length */
#define BTF_REC_LEN	12	/* name, info, size or type */
#define BTF_MEMBER_LEN	12	/* name, type, offset */

#define MAX_CHAIN	64	/* typedefs, qualifiers and array dimensions between a member and its type */
#define MAX_NEST	32	/* unnamed members inside each other */
#define MAX_MEMBERS	262144	/* looked at by one lookup */

enum btf_kind {
	KIND_VOID, KIND_INT, KIND_PTR, KIND_ARRAY, KIND_STRUCT, KIND_UNION, KIND_ENUM, KIND_FWD, KIND_TYPEDEF, KIND_VOLATILE, KIND_CONST,
	KIND_RESTRICT, KIND_FUNC, KIND_FUNC_PROTO, KIND_VAR, KIND_DATASEC, KIND_FLOAT, KIND_DECL_TAG, KIND_TYPE_TAG, KIND_ENUM64, KIND_NR
};

/* bytes that follow the record: fixed, and per element */
static const u8 kind_fixed[KIND_NR] = {
	[KIND_INT] = 4, [KIND_ARRAY] = 12, [KIND_VAR] = 4, [KIND_DECL_TAG] = 4,
};

static const u8 kind_each[KIND_NR] = {
	[KIND_STRUCT] = 12, [KIND_UNION] = 12, [KIND_ENUM] = 8, [KIND_FUNC_PROTO] = 8, [KIND_DATASEC] = 12, [KIND_ENUM64] = 12,
};

struct rec {
	u32 off;	/* of the record in the type section */
	u32 name;
	u32 info;
	u32 size;	/* or the type that it refers to */
};

static __always_inline u32 get_u32(const u8 *p)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* the kind had 5 bits and the count 16 until v7.1; the bits between were always zero, so one reading fits both */
static __always_inline u32 rec_kind(u32 info)
{
	return (info >> 24) & (SLABSCAN_BTF_KINDS - 1);
}

static __always_inline u32 rec_vlen(u32 info)
{
	return info & 0xffffff;
}

static __always_inline bool rec_kflag(u32 info)
{
	return info >> 31;
}

static __always_inline bool is_composite(u32 kind)
{
	return kind == KIND_STRUCT || kind == KIND_UNION;
}

/* 0 for a kind of unknown length */
static __always_inline u64 rec_len(const struct slabscan_btf *b, u32 info)
{
	u32 kind = rec_kind(info);

	if (unlikely(kind >= b->nr_kinds))
		return 0;
	return BTF_REC_LEN + b->fixed[kind] + (u64)b->each[kind] * rec_vlen(info);
}

static void read_rec(const struct slabscan_btf *b, u32 off, struct rec *r)
{
	const u8 *p = b->types + off;

	r->off = off;
	r->name = get_u32(p);
	r->info = get_u32(p + 4);
	r->size = get_u32(p + 8);
}

static const char *name_at(const struct slabscan_btf *b, u32 name)
{
	return name < b->strs_len ? b->strs + name : "";
}

static bool name_is(const struct slabscan_btf *b, u32 name, const char *want, size_t n)
{
	const char *s = name_at(b, name);

	return !strncmp(s, want, n) && !s[n];
}

/* keep the index sparse enough for the number of types seen so far */
static void index_add(struct slabscan_btf *b, u32 id, u32 off)
{
	u32 i;

	if (id & ((1U << b->index_shift) - 1))
		return;
	if (id >> b->index_shift >= SLABSCAN_BTF_INDEX) {
		for (i = 0; i < SLABSCAN_BTF_INDEX / 2; i++)
			b->index[i] = b->index[2 * i];
		b->index_shift++;
		if (id & ((1U << b->index_shift) - 1))
			return;
	}
	b->index[id >> b->index_shift] = off;
}

/* types are numbered from 0 here: BTF's number less one */
static int index_types(struct slabscan_btf *b)
{
	u32 off = 0, id = 0, info;
	u64 len;

	while (off < b->types_len) {
		if (b->types_len - off < BTF_REC_LEN)
			return -EINVAL;
		info = get_u32(b->types + off + 4);
		if (rec_kind(info) == KIND_VOID)
			return -EINVAL;
		len = rec_len(b, info);
		if (!len)
			return -EOPNOTSUPP;
		if (b->types_len - off < len || get_u32(b->types + off) >= b->strs_len)
			return -EINVAL;
		index_add(b, id, off);
		id++;
		off += len;
	}
	b->nr_types = id;
	return 0;
}

/* lengths of the kinds that this file knows, then of those that only the blob's layout section knows: 4 bytes each */
static void learn_kinds(struct slabscan_btf *b, const u8 *layout, u32 layout_len)
{
	u32 i;

	memcpy(b->fixed, kind_fixed, sizeof(kind_fixed));
	memcpy(b->each, kind_each, sizeof(kind_each));
	b->nr_kinds = KIND_NR;
	for (i = KIND_NR; i < SLABSCAN_BTF_KINDS && i < layout_len / 4; i++) {
		b->fixed[i] = layout[4 * i];
		b->each[i] = layout[4 * i + 1];
		b->nr_kinds = i + 1;
	}
}

int slabscan_btf_init(struct slabscan_btf *b, const void *buf, size_t len)
{
	const u8 *p = buf;
	u32 hdr_len, type_off, str_off, layout_off = 0, layout_len = 0;
	u16 magic;

	memset(b, 0, sizeof(*b));
	if (len < BTF_HDR_LEN)
		return -EINVAL;
	memcpy(&magic, p, sizeof(magic));
	if (magic == BTF_MAGIC_SWAB)
		return -EOPNOTSUPP;
	if (magic != BTF_MAGIC)
		return -EINVAL;
	if (p[2] != 1)
		return -EOPNOTSUPP;
	hdr_len = get_u32(p + 4);
	type_off = get_u32(p + 8);
	b->types_len = get_u32(p + 12);
	str_off = get_u32(p + 16);
	b->strs_len = get_u32(p + 20);
	if (hdr_len < BTF_HDR_LEN || hdr_len > len)
		return -EINVAL;
	if (hdr_len >= BTF_HDR_LEN_LAYOUT) {
		layout_off = get_u32(p + 24);
		layout_len = get_u32(p + 28);
	}
	p += hdr_len;
	len -= hdr_len;
	if (type_off > len || b->types_len > len - type_off || b->types_len > S32_MAX)
		return -EINVAL;
	if (str_off > len || b->strs_len > len - str_off || !b->strs_len)
		return -EINVAL;
	if (layout_off > len || layout_len > len - layout_off)
		return -EINVAL;
	b->types = p + type_off;
	b->strs = (const char *)p + str_off;
	/* the terminator of the last string is what lets strings be compared without a length later */
	if (b->strs[0] || b->strs[b->strs_len - 1])
		return -EINVAL;
	learn_kinds(b, p + layout_off, layout_len);
	return index_types(b);
}

/* record of type number @id (BTF's own numbering); false for void and for numbers that do not exist */
static bool find_id(const struct slabscan_btf *b, u32 id, struct rec *r)
{
	u32 off, steps;

	if (!id || id > b->nr_types)
		return false;
	id--;
	off = b->index[id >> b->index_shift];
	for (steps = id & ((1U << b->index_shift) - 1); steps; steps--)
		off += rec_len(b, get_u32(b->types + off + 4));
	read_rec(b, off, r);
	return true;
}

/* what a chain of typedefs, qualifiers and array dimensions ends in */
struct resolved {
	struct rec rec;
	u32 size;	/* bytes of one element */
	u32 nr;		/* elements; 1 if it is no array */
	bool array;
};

static int resolve(const struct slabscan_btf *b, u32 id, struct resolved *t)
{
	u64 nr = 1;
	u32 i, kind;

	t->array = false;
	for (i = 0; i < MAX_CHAIN; i++) {
		memset(&t->rec, 0, sizeof(t->rec));
		if (!find_id(b, id, &t->rec) && id)
			return -EINVAL;
		kind = rec_kind(t->rec.info);
		switch (kind) {
		case KIND_TYPEDEF:
		case KIND_VOLATILE:
		case KIND_CONST:
		case KIND_RESTRICT:
		case KIND_TYPE_TAG:
			id = t->rec.size;
			continue;
		case KIND_ARRAY:
			t->array = true;
			id = get_u32(b->types + t->rec.off + BTF_REC_LEN);
			nr *= get_u32(b->types + t->rec.off + BTF_REC_LEN + 8);
			if (nr > U32_MAX)
				return -EINVAL;
			continue;
		case KIND_PTR:
			t->size = 8;
			break;
		case KIND_INT:
		case KIND_STRUCT:
		case KIND_UNION:
		case KIND_ENUM:
		case KIND_ENUM64:
		case KIND_FLOAT:
			t->size = t->rec.size;
			break;
		default:
			t->size = 0;
		}
		t->nr = nr;
		return nr * t->size > U32_MAX ? -EINVAL : 0;
	}
	return -EINVAL;
}

struct cursor {
	u32 member;	/* offset of the next member in the type section */
	u32 left;
	u32 bits;	/* where this struct starts in the outermost one */
	bool kflag;
};

static void enter(struct cursor *c, const struct rec *r, u32 bits)
{
	c->member = r->off + BTF_REC_LEN;
	c->left = rec_vlen(r->info);
	c->bits = bits;
	c->kflag = rec_kflag(r->info);
}

struct found {
	u32 type;
	u32 bits;	/* from the start of the outermost struct */
	u32 bit_size;	/* as the member says; 0 if it says nothing */
};

/* search @outer and its unnamed members, depth first, for the name (@name, @n) */
static int find_member(const struct slabscan_btf *b, const struct rec *outer, u32 bits, const char *name, size_t n, u32 *budget,
		       struct found *ret)
{
	struct cursor stack[MAX_NEST], *c;
	struct resolved inner;
	u32 depth = 1, mname, mtype, moff, at, bit_size;
	const u8 *p;

	enter(&stack[0], outer, bits);
	while (depth) {
		c = &stack[depth - 1];
		if (!c->left) {
			depth--;
			continue;
		}
		if (!(*budget)--) {
			*budget = 0;
			return -E2BIG;
		}
		p = b->types + c->member;
		c->member += BTF_MEMBER_LEN;
		c->left--;
		mname = get_u32(p);
		mtype = get_u32(p + 4);
		moff = get_u32(p + 8);
		bit_size = c->kflag ? moff >> 24 : 0;
		if (c->kflag)
			moff &= 0xffffff;
		if (moff > S32_MAX - c->bits)
			return -EINVAL;
		at = c->bits + moff;
		if (mname) {
			if (!name_is(b, mname, name, n))
				continue;
			ret->type = mtype;
			ret->bits = at;
			ret->bit_size = bit_size;
			return 0;
		}
		/* an unnamed bitfield is padding; an unnamed struct may be of a named type (-fms-extensions) */
		if (bit_size || resolve(b, mtype, &inner) || inner.array || !is_composite(rec_kind(inner.rec.info)))
			continue;
		if (depth == MAX_NEST)
			return -EINVAL;
		enter(&stack[depth++], &inner.rec, at);
	}
	return -ENOENT;
}

static int describe(const struct slabscan_btf *b, const struct found *f, struct slabscan_btf_member *ret)
{
	struct resolved t;
	u32 bits = f->bits, bit_size = f->bit_size, enc;
	int err;

	err = resolve(b, f->type, &t);
	if (err)
		return err;
	memset(ret, 0, sizeof(*ret));
	/* before the kind flag existed, the integer itself said that it is a bitfield */
	if (!bit_size && !t.array && rec_kind(t.rec.info) == KIND_INT) {
		enc = get_u32(b->types + t.rec.off + BTF_REC_LEN);
		if ((enc & 0xff) && (enc & 0xff) != t.size * 8) {
			bit_size = enc & 0xff;
			bits += (enc >> 16) & 0xff;
		}
	}
	ret->offset = bits / 8;
	if (bit_size) {
		ret->bit_offset = bits % 8;
		ret->bit_size = bit_size;
		ret->size = DIV_ROUND_UP(ret->bit_offset + bit_size, 8);
		return 0;
	}
	if (bits % 8)
		return -EINVAL;
	ret->size = t.size * t.nr;
	if (t.array) {
		ret->nr_elems = t.nr;
		ret->elem_size = t.size;
	}
	return 0;
}

/* one candidate for the outermost struct: follow the whole path */
static int find_path(const struct slabscan_btf *b, const struct rec *outer, const char *path, u32 *budget, struct slabscan_btf_member *ret)
{
	struct resolved t;
	struct found f = { .bits = 0 };
	size_t n;
	int err;

	t.rec = *outer;
	for (;;) {
		n = strcspn(path, ".");
		if (!n)
			return -ENOENT;
		err = find_member(b, &t.rec, f.bits, path, n, budget, &f);
		if (err)
			return err;
		if (!path[n])
			return describe(b, &f, ret);
		path += n + 1;
		err = resolve(b, f.type, &t);
		if (err)
			return err;
		if (f.bit_size || !is_composite(rec_kind(t.rec.info)))
			return -ENOENT;
	}
}

/* next struct, union or typedef of one that is called @name, from the record at @off on; the offset after it, 0 if there is none */
static u32 next_named(struct slabscan_btf *b, u32 off, const char *name, size_t n, struct rec *ret)
{
	struct resolved t;
	u32 kind, info, at;

	while (off < b->types_len) {
		at = off;
		info = get_u32(b->types + off + 4);
		off += rec_len(b, info);
		kind = rec_kind(info);
		if (kind != KIND_STRUCT && kind != KIND_UNION && kind != KIND_TYPEDEF)
			continue;
		if (!name_is(b, get_u32(b->types + at), name, n))
			continue;
		read_rec(b, at, ret);
		if (kind == KIND_TYPEDEF) {
			if (resolve(b, ret->size, &t) || t.array || !is_composite(rec_kind(t.rec.info)))
				continue;
			*ret = t.rec;
		}
		if (!b->hint_name || !name_is(b, b->hint_name, name, n)) {
			b->hint_name = get_u32(b->types + at);
			b->hint_off = at;
		}
		return off;
	}
	return 0;
}

/* the first of a name is remembered, because members of one struct are asked for in a row */
static u32 first_off(const struct slabscan_btf *b, const char *name, size_t n)
{
	return b->hint_name && name_is(b, b->hint_name, name, n) ? b->hint_off : 0;
}

int slabscan_btf_member(struct slabscan_btf *b, const char *type, const char *path, struct slabscan_btf_member *ret)
{
	size_t n = strlen(type);
	u32 budget = MAX_MEMBERS, off;
	struct rec outer;
	int err;

	if (!n)
		return -ENOENT;
	off = first_off(b, type, n);
	while ((off = next_named(b, off, type, n, &outer))) {
		err = find_path(b, &outer, path, &budget, ret);
		if (err != -ENOENT)
			return err;
	}
	return -ENOENT;
}

s64 slabscan_btf_struct_size(struct slabscan_btf *b, const char *type)
{
	size_t n = strlen(type);
	struct rec r;

	if (!n || !next_named(b, first_off(b, type, n), type, n, &r))
		return -ENOENT;
	return r.size;
}

u64 slabscan_btf_read(const struct slabscan_btf_member *m, const void *p)
{
	u8 bytes[16] = { 0 };
	u64 lo, hi;

	memcpy(bytes, p, min_t(u32, m->size, 9));
	memcpy(&lo, bytes, 8);
	memcpy(&hi, bytes + 8, 8);
	if (!m->bit_size)
		return m->size < 8 ? lo & ((1ULL << (m->size * 8)) - 1) : lo;
	if (m->bit_offset)
		lo = lo >> m->bit_offset | hi << (64 - m->bit_offset);
	return m->bit_size < 64 ? lo & ((1ULL << m->bit_size) - 1) : lo;
}
