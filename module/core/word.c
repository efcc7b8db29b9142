// SPDX-License-Identifier: GPL-2.0-only
/*
 * word.c - word classes
 *
 * Cost: a few compares for what is no pointer; for pointers a memo look-up, and behind it the environment's callbacks.
 */
#include "word.h"

static bool in(const struct slabscan_range *r, u64 v)
{
	return v - r->start < r->end - r->start;
}

static bool is_poison(const struct slabscan_env *env, u64 v)
{
	u64 b = v & 0xff;

	if (v == env->poison1 || v == env->poison2)
		return true;
	/* POISON_INUSE, POISON_FREE, SLUB_RED_INACTIVE, SLUB_RED_ACTIVE of include/linux/poison.h, and a freed object's last word */
	if (b != 0x5a && b != 0x6b && b != 0xbb && b != 0xcc)
		return false;
	return v == b * 0x0101010101010101ULL || v == 0xa56b6b6b6b6b6b6bULL;
}

/* Printable to the end, or at least four characters and then zeros. */
static bool is_text(u64 v)
{
	unsigned int i;

	for (i = 0; i < 8; i++, v >>= 8) {
		u8 c = v;

		if (!c)
			return i >= 4 && !v;
		if (c < 0x20 || c > 0x7e)
			return false;
	}
	return true;
}

static bool is_int(u64 v)
{
	u32 low = v, high = v >> 32;

	if (!high || high == U32_MAX)
		return true;
	/* two 32-bit ones; -1 is small */
	return high + 0x10000 < 0x20000 && low + 0x10000 < 0x20000;
}

static void classify_kernel_address(const struct slabscan_env *env, u64 v, struct slabscan_word *ret)
{
	ret->class = SLABSCAN_WORD_DATA;
	if (in(&env->percpu2, v)) {
		ret->class = SLABSCAN_WORD_PERCPU;
	} else if (in(&env->direct, v)) {
		ret->class = env->slab(env->ctx, v, &ret->ref) ? SLABSCAN_WORD_SLAB : SLABSCAN_WORD_PAGE;
	} else if (in(&env->image, v) || in(&env->image2, v) || in(&env->module, v)) {
		if (env->symbol(env->ctx, v, &ret->ref))
			ret->class = SLABSCAN_WORD_SYMBOL;
	} else if (in(&env->vmalloc, v)) {
		ret->class = SLABSCAN_WORD_VMALLOC;
	} else if (in(&env->memmap, v)) {
		ret->class = SLABSCAN_WORD_MEMMAP;
	}
}

void slabscan_word_classify(const struct slabscan_env *env, struct slabscan_memo *memo, u64 value, u64 object, u32 size,
			    struct slabscan_word *ret)
{
	u32 slot;

	ret->ref.id = 0;
	ret->ref.offset = 0;
	if (!value) {
		ret->class = SLABSCAN_WORD_ZERO;
	} else if (is_poison(env, value)) {
		ret->class = SLABSCAN_WORD_POISON;
	} else if (value - object < size) {
		ret->class = SLABSCAN_WORD_SELF;
		ret->ref.offset = value - object;
	} else if (value >= -4095ULL) {
		ret->class = SLABSCAN_WORD_ERRPTR;
	} else if (value >= 0xff00000000000000ULL) {
		slot = (value * 0x9e3779b97f4a7c15ULL) >> (64 - SLABSCAN_MEMO_BITS);
		if (memo && memo->slot[slot].word == value) {
			*ret = memo->slot[slot].answer;
			return;
		}
		classify_kernel_address(env, value, ret);
		if (memo) {
			memo->slot[slot].word = value;
			memo->slot[slot].answer = *ret;
		}
	} else if (is_text(value)) {
		ret->class = SLABSCAN_WORD_TEXT;
	} else if (is_int(value)) {
		ret->class = SLABSCAN_WORD_INT;
	} else if (in(&env->percpu, value)) {
		ret->class = SLABSCAN_WORD_PERCPU;
	} else {
		ret->class = SLABSCAN_WORD_DATA;
	}
}
