/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mix.h - a made-up machine, and caches full of labelled objects on it: what clustering is measured with
 *
 * The machine has symbols, slab pages of some caches, and all other kinds of addresses. A kind of object is a role for each word, drawn at random;
 * two kinds of one mix always differ in what an engineer would tell them apart by. Nothing here knows how clustering works.
 */
#ifndef SLABSCAN_MIX_H
#define SLABSCAN_MIX_H

#include "cluster.h"
#include "unit.h"

#define MIX_IMAGE	0xffffffff81000000ULL
#define MIX_MODULE	0xffffffffc0000000ULL
#define MIX_DIRECT	0xffff888000000000ULL
#define MIX_VMALLOC	0xffffc90000000000ULL
#define MIX_MEMMAP	0xffffea0000000000ULL
#define MIX_PERCPU	0x00003f0000000000ULL
#define MIX_POISON	0xdead000000000100ULL
#define MIX_CACHES	24
#define MIX_OWN		1	/* the cache that the objects live in */
#define MIX_WORDS	512
#define MIX_KINDS	32

/* Cache of a page of the direct map, from 1; 0: no slab. The cache's objects have 192 bytes. */
static inline u32 mix_cache_of(u64 addr)
{
	u64 page = (addr - MIX_DIRECT) >> 12;

	return page % (MIX_CACHES + 1);
}

static inline bool mix_symbol(void *ctx, u64 addr, struct slabscan_ref *ret)
{
	(void)ctx;
	if ((addr & 0xff) >= 0xf0)
		return false;
	ret->id = addr & ~0xffULL;
	ret->offset = addr & 0xff;
	return true;
}

static inline bool mix_slab(void *ctx, u64 addr, struct slabscan_ref *ret)
{
	(void)ctx;
	ret->id = mix_cache_of(addr);
	ret->offset = (addr & 0xfff) % 192;
	return ret->id != 0;
}

static inline struct slabscan_env mix_env(void)
{
	struct slabscan_env env = {
		.image = { MIX_IMAGE, MIX_IMAGE + 0x1000000 }, .image2 = { MIX_IMAGE + 0x1800000, MIX_IMAGE + 0x2000000 },
		.module = { MIX_MODULE, MIX_MODULE + 0x1000000 }, .vmalloc = { MIX_VMALLOC, MIX_VMALLOC + (1ULL << 40) },
		.direct = { MIX_DIRECT, MIX_DIRECT + (1ULL << 36) }, .memmap = { MIX_MEMMAP, MIX_MEMMAP + (1ULL << 31) },
		.percpu = { MIX_PERCPU, MIX_PERCPU + (1ULL << 40) }, .poison1 = MIX_POISON, .poison2 = MIX_POISON + 0x22,
		.symbol = mix_symbol, .slab = mix_slab,
	};
	return env;
}

static inline u64 mix_pointer(u32 cache, u32 offset)
{
	u64 page = (u64)unit_below((1 << 24) / (MIX_CACHES + 1)) * (MIX_CACHES + 1) + cache;

	return MIX_DIRECT + (page << 12) + unit_below(21) * 192 + offset;
}

enum mix_role {
	MIX_ZERO, MIX_CONST, MIX_COUNTER, MIX_FLAGS, MIX_PACKED, MIX_TIME, MIX_COOKIE, MIX_SYMBOL, MIX_SLAB, MIX_SLAB_OR_NULL, MIX_LIST,
	MIX_LIST2, MIX_SELF, MIX_VM, MIX_CPU, MIX_PAGE, MIX_STRUCT_PAGE, MIX_DEAD, MIX_TEXT, MIX_TEXT2, MIX_STALE,
};

struct mix_word {
	u8 role;
	u32 cache, offset;
	u64 value;
};

struct mix_kind {
	u32 share;	/* weight */
	struct mix_word w[MIX_WORDS];
};

struct mix {
	u32 nr_kinds, nr_words, weights;
	struct mix_kind kind[MIX_KINDS];
};

/* what may lie in a word that nobody wrote: anything */
static inline u64 mix_stale(u64 self)
{
	switch (unit_below(8)) {
	case 0: return unit_below(1000);
	case 1: return unit_random();
	case 2: return mix_pointer(1 + unit_below(MIX_CACHES), unit_below(24) * 8);
	case 3: return MIX_IMAGE + (u64)unit_below(0x10000) * 256;
	case 4: return 0x6d6f646e61722061ULL + unit_below(16);
	case 5: return self;
	default: return 0;
	}
}

static inline void mix_text(u8 *p, u32 n)
{
	u32 len = 5 + unit_below(n - 5), i;

	memset(p, 0, n);
	for (i = 0; i < len; i++)
		p[i] = 'a' + unit_below(26);
}

/* one object of a kind */
static inline void mix_object(const struct mix *m, u32 kind, u64 address, u64 *to)
{
	const struct mix_kind *k = &m->kind[kind];
	u32 i;

	for (i = 0; i < m->nr_words; i++) {
		const struct mix_word *w = &k->w[i];
		u64 self = address + i * 8, v = 0;

		switch (w->role) {
		case MIX_ZERO: break;
		case MIX_CONST: v = w->value; break;
		case MIX_COUNTER: v = unit_below(4) ? unit_below(w->offset) : 0; break;
		case MIX_FLAGS: v = w->value | (unit_random() & 0x11); break;
		case MIX_PACKED: v = (u64)(1 + unit_below(200)) << 32 | unit_below(5000); break;
		case MIX_TIME: v = 0x17a0000000000000ULL + unit_random() % 0x10000000000ULL; break;
		case MIX_COOKIE: v = unit_random() >> 1 | 0x0400000000000001ULL; break;
		case MIX_SYMBOL: v = w->value; break;
		case MIX_SLAB_OR_NULL:
			if (unit_below(100) < 30)
				break;
			/* fall through */
		case MIX_SLAB: v = mix_pointer(w->cache, w->offset); break;
		case MIX_LIST:
			/* next and prev: empty, or linked to others of the same kind, or one is the head elsewhere */
			if (unit_below(100) < w->offset)
				v = self;
			else
				v = mix_pointer(MIX_OWN, i * 8);
			break;
		case MIX_LIST2: v = to[i - 1] == self - 8 ? self - 8 : mix_pointer(MIX_OWN, (i - 1) * 8); break;
		case MIX_SELF: v = address + w->offset; break;
		case MIX_VM: v = MIX_VMALLOC + (u64)unit_below(1 << 24) * 4096; break;
		case MIX_CPU: v = MIX_PERCPU + (u64)unit_below(1 << 20) * 8; break;
		case MIX_PAGE: v = MIX_DIRECT + ((u64)unit_below((1 << 24) / (MIX_CACHES + 1)) * (MIX_CACHES + 1) << 12); break;
		case MIX_STRUCT_PAGE: v = MIX_MEMMAP + (u64)unit_below(1 << 24) * 64; break;
		case MIX_DEAD: v = MIX_POISON + (w->offset & 1) * 0x22; break;
		case MIX_TEXT:
			mix_text((u8 *)&to[i], 16);
			continue;
		case MIX_TEXT2: continue;
		case MIX_STALE: v = mix_stale(self); break;
		}
		to[i] = v;
	}
}

static inline u32 mix_role(void)
{
	/* as objects are: much zero, many small numbers, some pointers */
	static const u8 roles[] = {
		MIX_ZERO, MIX_ZERO, MIX_ZERO, MIX_ZERO, MIX_ZERO, MIX_CONST, MIX_CONST, MIX_COUNTER, MIX_COUNTER, MIX_FLAGS, MIX_PACKED,
		MIX_TIME, MIX_COOKIE, MIX_SYMBOL, MIX_SLAB, MIX_SLAB, MIX_SLAB, MIX_SLAB_OR_NULL, MIX_LIST, MIX_LIST, MIX_SELF, MIX_VM,
		MIX_CPU, MIX_PAGE, MIX_STRUCT_PAGE, MIX_DEAD, MIX_TEXT,
	};
	return roles[unit_below(sizeof(roles))];
}

/* what class of word comes out, small numbers and zero taken as one; 0xff: no telling */
static inline u32 mix_layout(const struct mix_word *w)
{
	switch (w->role) {
	case MIX_ZERO: case MIX_CONST: case MIX_COUNTER: case MIX_FLAGS: case MIX_PACKED: return 0;
	case MIX_TIME: case MIX_COOKIE: return 1;
	case MIX_SYMBOL: return 2;
	case MIX_SLAB: return 3;
	case MIX_SELF: return 4;
	case MIX_VM: return 5;
	case MIX_CPU: return 6;
	case MIX_PAGE: return 7;
	case MIX_STRUCT_PAGE: return 8;
	case MIX_DEAD: return 9;
	case MIX_TEXT: return 10;
	default: return 0xff;
	}
}

/* Is there enough to tell two kinds apart: another symbol at the same place, or two words of other make? */
static inline bool mix_differ(const struct mix *m, const struct mix_kind *a, const struct mix_kind *b)
{
	u32 i, n = 0;

	for (i = 0; i < m->nr_words; i++) {
		u32 x = mix_layout(&a->w[i]), y = mix_layout(&b->w[i]);

		if (x == 0xff || y == 0xff)
			continue;
		if (x != y)
			n++;
		else if (x == 2 && (a->w[i].value ^ b->w[i].value) >> 8)
			n += 2;
		else if (x == 3 && a->w[i].cache != b->w[i].cache)
			n += 2;
	}
	return n >= 2;
}

static inline void mix_draw(struct mix_word *w)
{
	w->role = mix_role();
	w->cache = 1 + unit_below(MIX_CACHES);
	w->offset = w->role == MIX_LIST ? unit_below(100) : w->role == MIX_COUNTER ? 2 + unit_below(100000) : unit_below(24) * 8;
	w->value = w->role == MIX_SYMBOL ? (unit_below(3) ? MIX_IMAGE : MIX_MODULE) + (u64)unit_below(0x8000) * 256 + unit_below(4) * 16 :
					    1 + unit_below(100000);
}

/**
 * mix_init - draw kinds
 * @m: the mix
 * @words: of an object
 * @kinds: how many
 * @noise: percent of the words, at most, that hold stale bytes
 */
static inline void mix_init(struct mix *m, u32 words, u32 kinds, u32 noise)
{
	u32 k, i, j, n, tries = 0;

	memset(m, 0, sizeof(*m));
	m->nr_words = words;
	for (k = 0; k < kinds; k++) {
		struct mix_kind *kind = &m->kind[k];
		u32 stale = unit_below(noise + 1) * words / 100;
		u32 twin = k && !unit_below(4) ? unit_below(k) : k;	/* every fourth is another kind but for a symbol or a cache */

again:
		assert_true(tries++ < 100000);
		for (i = 0; i < words; i++)
			mix_draw(&kind->w[i]);
		for (i = 0; i + 1 < words; i++) {
			if (kind->w[i].role == MIX_LIST)
				kind->w[++i].role = MIX_LIST2;
			else if (kind->w[i].role == MIX_TEXT)
				kind->w[++i].role = MIX_TEXT2;
		}
		if (kind->w[words - 1].role == MIX_LIST || kind->w[words - 1].role == MIX_TEXT)
			kind->w[words - 1].role = MIX_ZERO;
		for (i = 0; i < stale; i++) {
			j = unit_below(words);
			if (kind->w[j].role == MIX_LIST || kind->w[j].role == MIX_TEXT)
				kind->w[j + 1].role = MIX_STALE;
			else if (kind->w[j].role == MIX_LIST2 || kind->w[j].role == MIX_TEXT2)
				kind->w[j - 1].role = MIX_STALE;
			kind->w[j].role = MIX_STALE;
		}
		if (twin != k) {
			for (i = 0; i < words && m->kind[twin].w[i].role != MIX_SYMBOL && m->kind[twin].w[i].role != MIX_SLAB; i++)
				;
			if (i < words) {
				*kind = m->kind[twin];
				kind->w[i].value += 256 * (1 + unit_below(100));
				kind->w[i].cache = kind->w[i].cache % MIX_CACHES + 1;
			}
			twin = k;
		}
		/* noise must leave something to go by */
		for (n = 0, i = 0; i < words; i++)
			n += mix_layout(&kind->w[i]) != 0xff;
		if (n < 2)
			goto again;
		for (j = 0; j < k; j++)
			if (!mix_differ(m, kind, &m->kind[j]))
				goto again;
		m->nr_kinds++;
	}
	/* 50 % to 0.5 %, of 20: 500, 5 and geometric between */
	for (k = 0; k < kinds; k++) {
		u32 s = 500;

		for (i = 0; i < k; i++)
			s = s * 785 / 1000;
		m->kind[k].share = s > 5 ? s : 5;
	}
	for (k = 1; k < kinds; k++)
		m->weights += m->kind[k].share;
	m->kind[0].share = kinds > 1 ? m->weights : 1;
	m->weights += m->kind[0].share;
}

/* which kind is next */
static inline u32 mix_pick(const struct mix *m)
{
	u32 at = unit_below(m->weights), k = 0;

	while (at >= m->kind[k].share)
		at -= m->kind[k++].share;
	return k;
}

#endif /* SLABSCAN_MIX_H */
