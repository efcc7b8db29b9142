/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * names.h - which of the known names is near to what was typed
 */
#ifndef SLABSCAN_NAMES_H
#define SLABSCAN_NAMES_H

#include <stddef.h>

#define NAMES_NEAR	5	/* at most so many suggestions */

/**
 * names_distance() - how many single edits (insert, delete, replace, swap of neighbours) make @b from @a
 *
 * Strings longer than 63 characters are compared by their first 63.
 */
unsigned int names_distance(const char *a, const char *b);

/**
 * names_near() - the most similar names
 * @word: what was typed
 * @names: what there is
 * @count: how many of them
 * @near: gets pointers from @names, best first
 *
 * A name is similar if few edits lead to it, or if one is part of the other. Return: how many were found, up to NAMES_NEAR.
 */
size_t names_near(const char *word, const char *const *names, size_t count, const char *near[NAMES_NEAR]);

#endif
