/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * describe.h - what the numbers of the protocol are called, and a word or a cluster in one line
 *
 * The functions that fill a buffer return it, always with a NUL, cut if need be.
 */
#ifndef SLABSCAN_DESCRIBE_H
#define SLABSCAN_DESCRIBE_H

#include "out.h"
#include "scan.h"

#define DESCRIBE_MAX	512

/* enum slabscan_word_class: one word for JSON ("slab"), and as people read it ("slab pointer"). */
const char *class_key(uint32_t class);
const char *class_text(uint32_t class);

const char *where_key(uint32_t where);
const char *where_text(uint32_t where);
const char *state_key(uint32_t state);		/* enum slabscan_object_state */
const char *list_key(uint32_t list);
const char *list_text(uint32_t list);		/* "" if it tells nothing */

/* "value or range" of a word: what it holds, where it points, what lies behind. */
const char *describe_word(char buf[DESCRIBE_MAX], const struct record *word);

/* "-> kmalloc-4k+0x1e8 -> vxlan_netdev_ether_ops [vxlan]" */
const char *describe_chase(char buf[DESCRIBE_MAX], const struct record_chase *chase);

/* How much a word tells of what the objects are; 0: nothing. */
unsigned int word_weight(const struct record *word);

/* The two or three most telling things of a cluster. Says so if there are none. */
const char *describe_cluster(char buf[DESCRIBE_MAX], const struct scan_cluster *cluster);

/**
 * say_word() - all JSON keys of a word, in an object or row that the caller has opened
 * @what: text of the cell "what"; the cells "at", "class" and "share" are filled, too. NULL: JSON only
 */
void say_word(struct out *o, const struct record *word, const char *what);

/* What a cluster, or a group, has in common: the JSON keys "symbols" and "strings". */
void say_symbols(struct out *o, const struct record *rec);
void say_texts(struct out *o, const struct record *rec);

/* Name of the module in "symbol+0x10 [module]". Return: false if it has none. */
bool symbol_module(const char *symbol, char *module, size_t size);

#endif
