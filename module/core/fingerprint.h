/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fingerprint.h - a number for a kind of object that is the same on other machines
 */
#ifndef SLABSCAN_FINGERPRINT_H
#define SLABSCAN_FINGERPRINT_H

#include "core.h"
#include "profile.h"

/**
 * slabscan_fingerprint - number a profile
 * @words: the profile
 * @nr_words: of it
 * @object_size: bytes
 * @name: name of a referent, for @class SLABSCAN_WORD_SYMBOL "symbol [module]", for SLABSCAN_WORD_SLAB the name of its cache; writes it to @buf,
 *	or returns false
 * @ctx: for @name
 * @buf: scratch
 * @size: of @buf
 *
 * Made of the size and of what nearly all members agree on: the class of a word, and for pointers the name of what they lead to. Never of addresses
 * and values, so it survives a reboot. Words that say little (zero, numbers, data) take part only where no other word does.
 */
u32 slabscan_fingerprint(const struct slabscan_profile *words, u32 nr_words, u32 object_size,
			 bool (*name)(void *ctx, u8 class, u64 id, char *buf, size_t size), void *ctx, char *buf, size_t size);

#endif /* SLABSCAN_FINGERPRINT_H */
