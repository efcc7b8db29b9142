/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kinds.h - a kind of object through several answers
 *
 * Clusters are told by their fingerprint. That is made of what nearly all members agree on, so while the kind grows a word that is near the limit
 * may come or go, and with that the fingerprint changes. Then the words tell that it is the same.
 */
#ifndef SLABSCAN_KINDS_H
#define SLABSCAN_KINDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * kind_alike() - may two clusters of one cache be the same kind under two fingerprints?
 *
 * Return: true if no pointer contradicts, or of many few: members of a hash chain point to each other or to the table, and the table moves.
 */
bool kind_alike(const json_t *a, const json_t *b);

/**
 * kind_find() - find a cluster of another answer
 * @list: clusters, or groups of leaks, of the other
 * @mine: clusters of the answer that @cluster is from: what one of these is by its fingerprint cannot be another; may be NULL
 * @cluster: which
 * @cache: only those of that cache; NULL: they are all of one
 *
 * Return: the one with its fingerprint; else the one of which no pointer contradicts, if there is just one; else NULL.
 */
const json_t *kind_find(const json_t *list, const json_t *mine, const json_t *cluster, const char *cache);

/* The cluster with that fingerprint, or NULL. */
const json_t *kind_by_fingerprint(const json_t *list, const char *fingerprint, const char *cache);

/* All objects in @list that are alike. */
uint64_t kind_objects(const json_t *list, const json_t *cluster);

#endif
