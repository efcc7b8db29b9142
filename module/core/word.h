/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * word.h - one aligned 8-byte word of an object -> its class
 */
#ifndef SLABSCAN_WORD_H
#define SLABSCAN_WORD_H

#include "core.h"
#include "env.h"
#include <linux/slabscan.h>

/**
 * struct slabscan_word - a classified word
 * @class: enum slabscan_word_class
 * @ref: for SLABSCAN_WORD_SYMBOL and _SLAB: what it refers to; zero otherwise
 */
struct slabscan_word {
	u8 class;
	struct slabscan_ref ref;
};

/* Log2 of the number of words that a memo remembers. */
#define SLABSCAN_MEMO_BITS 11

/**
 * struct slabscan_memo - answers of the environment, remembered
 *
 * Pointees repeat: objects of one kind point to one ops table, one owner, one head. Direct-mapped by the word. Zeroed memory is an empty memo.
 */
struct slabscan_memo {
	struct {
		u64 word;
		struct slabscan_word answer;
	} slot[1 << SLABSCAN_MEMO_BITS];
};

/**
 * slabscan_word_classify - what is this word?
 * @env: the world
 * @memo: may be NULL
 * @value: the word
 * @object: address of the object that holds it
 * @size: its bytes
 * @ret: the answer
 *
 * The first that fits: zero, poison, pointer into the object itself, other pointers, error pointer, text, small integer, data. A pointer is one only
 * if it leads to something: an address of the image where no symbol is counts as data.
 */
void slabscan_word_classify(const struct slabscan_env *env, struct slabscan_memo *memo, u64 value, u64 object, u32 size,
			    struct slabscan_word *ret);

/**
 * slabscan_word_is_pointer - can a word of this class be followed, or is it at least an address?
 * @class: enum slabscan_word_class
 */
static inline bool slabscan_word_is_pointer(u8 class)
{
	return class >= SLABSCAN_WORD_SYMBOL && class <= SLABSCAN_WORD_MEMMAP;
}

/**
 * slabscan_word_has_ref - is it known what a word of this class refers to?
 * @class: enum slabscan_word_class
 */
static inline bool slabscan_word_has_ref(u8 class)
{
	return class == SLABSCAN_WORD_SYMBOL || class == SLABSCAN_WORD_SLAB;
}

/**
 * slabscan_word_is_small - zero or a small integer? For most purposes they are one: counters start somewhere
 * @class: enum slabscan_word_class
 */
static inline bool slabscan_word_is_small(u8 class)
{
	return class == SLABSCAN_WORD_ZERO || class == SLABSCAN_WORD_INT;
}

#endif /* SLABSCAN_WORD_H */
