/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * aliases.h - the names of a cache
 *
 * SLUB merges caches of like size: only one of their names is in the kernel's list, the others live on as symbolic links in
 * /sys/kernel/slab, which all point to the same directory (":0000064", or the name itself where the cache is not mergeable).
 */
#ifndef SLABSCAN_ALIASES_H
#define SLABSCAN_ALIASES_H

#include <stdbool.h>
#include <stddef.h>

struct aliases;

/**
 * aliases_load() - read /sys/kernel/slab
 * @root: prefix of /sys
 *
 * Return: never NULL; without that directory nothing has an alias. Freed by aliases_free().
 */
struct aliases *aliases_load(const char *root);
void aliases_free(struct aliases *a);

/**
 * aliases_of() - the other names of the cache that is called @name
 * @list: gets them in alphabetical order, without @name; they live as long as @a
 * @max: how many fit
 *
 * Return: how many there are, which may be more than @max.
 */
size_t aliases_of(const struct aliases *a, const char *name, const char **list, size_t max);

bool aliases_known(const struct aliases *a, const char *name);

/* All names, sorted. Return: how many. */
size_t aliases_all(const struct aliases *a, const char *const **names);

/**
 * family_base() - "kmalloc-64" for kmalloc-64, kmalloc-cg-64, kmalloc-rcl-64, kmalloc-rnd-07-64 and dma-kmalloc-64
 * @name: of a cache
 * @base: gets it; at least @size bytes
 *
 * The members of a family serve requests of the same size; which one is used depends on the flags and, for rnd, on the call site.
 * Return: false if @name is none of them.
 */
bool family_base(const char *name, char *base, size_t size);

/* The known names of @name's family other than itself, as aliases_of(). */
size_t family_of(const struct aliases *a, const char *name, const char **list, size_t max);

#endif
