/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tree.h - what leaks together, and what of it the rest hangs on
 */
#ifndef SLABSCAN_TREE_H
#define SLABSCAN_TREE_H

#include "diagnosis.h"

/**
 * tree_find() - find trees among the leaking kinds of objects
 * @d: findings; those that belong to a tree get its parent's cache as @tree, the parents @parent and a score above that of their children
 * @facts: what was asked
 *
 * The caller has to sort the findings afterwards. Pure.
 */
void tree_find(struct diagnosis *d, const struct facts *facts);

/* Add a sentence of evidence; what is too much is dropped. For diagnosis.c and tree.c. */
void finding_say(struct finding *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
