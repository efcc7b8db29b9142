// SPDX-License-Identifier: GPL-2.0-only
/*
 * aliases.c - the names of a cache
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aliases.h"
#include "out_int.h"

struct entry {
	char *name;
	char *target;	/* the directory's own name */
};

struct aliases {
	struct entry *entries;	/* sorted by name */
	const char **names;	/* the same order */
	size_t count, room;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static char *copy(const char *text)
{
	char *to = strdup(text);

	if (!to)
		abort();
	return to;
}

static void add(struct aliases *a, const char *name, const char *target)
{
	const char *slash = strrchr(target, '/');

	if (a->count == a->room) {
		size_t room = a->room ? 2 * a->room : 256;
		struct entry *entries = realloc(a->entries, room * sizeof(*entries));

		if (!entries)
			abort();
		a->entries = entries;
		a->room = room;
	}
	a->entries[a->count].name = copy(name);
	a->entries[a->count++].target = copy(slash ? slash + 1 : target);
}

struct aliases *aliases_load(const char *root)
{
	struct aliases *a = out_alloc(sizeof(*a));
	struct dirent *d;
	char path[256];
	DIR *dir;

	snprintf(path, sizeof(path), "%s/sys/kernel/slab", root);
	dir = opendir(path);
	while (dir && (d = readdir(dir))) {
		char target[256];
		ssize_t len;

		if (d->d_name[0] == '.')
			continue;
		len = readlinkat(dirfd(dir), d->d_name, target, sizeof(target) - 1);
		if (len > 0) {
			target[len] = 0;
			add(a, d->d_name, target);
		} else if (d->d_name[0] != ':') {	/* an unmergeable cache; ":..." are no names of caches */
			add(a, d->d_name, d->d_name);
		}
	}
	if (dir)
		closedir(dir);
	if (a->count)
		qsort(a->entries, a->count, sizeof(*a->entries), by_name);
	a->names = out_alloc((a->count + 1) * sizeof(*a->names));
	for (size_t i = 0; i < a->count; i++)
		a->names[i] = a->entries[i].name;
	return a;
}

void aliases_free(struct aliases *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->count; i++) {
		free(a->entries[i].name);
		free(a->entries[i].target);
	}
	free(a->entries);
	free(a->names);
	free(a);
}

static const struct entry *find(const struct aliases *a, const char *name)
{
	struct entry key = { .name = (char *)name };

	return a->count ? bsearch(&key, a->entries, a->count, sizeof(key), by_name) : NULL;
}

bool aliases_known(const struct aliases *a, const char *name)
{
	return find(a, name);
}

size_t aliases_all(const struct aliases *a, const char *const **names)
{
	*names = a->names;
	return a->count;
}

size_t aliases_of(const struct aliases *a, const char *name, const char **list, size_t max)
{
	const struct entry *self = find(a, name);
	size_t found = 0;

	for (size_t i = 0; self && i < a->count; i++) {
		if (&a->entries[i] == self || strcmp(a->entries[i].target, self->target))
			continue;
		if (found < max)
			list[found] = a->entries[i].name;
		found++;
	}
	return found;
}

/* "kmalloc-<kind>-<size>" or "dma-kmalloc-<size>". Return: where the size begins, NULL if it is none of these. */
static const char *family_size(const char *name)
{
	const char *at = name;

	if (!strncmp(at, "dma-", 4))
		at += 4;
	if (strncmp(at, "kmalloc-", 8))
		return NULL;
	at += 8;
	if (at - name == 8) {
		if (!strncmp(at, "cg-", 3))
			at += 3;
		else if (!strncmp(at, "rcl-", 4))
			at += 4;
		else if (!strncmp(at, "rnd-", 4) && strspn(at + 4, "0123456789") == 2 && at[6] == '-')
			at += 7;
	}
	if (*at < '0' || *at > '9' || strspn(at, "0123456789kM") != strlen(at))
		return NULL;
	return at;
}

bool family_base(const char *name, char *base, size_t size)
{
	const char *at = family_size(name);

	if (at)
		snprintf(base, size, "kmalloc-%s", at);
	return at;
}

size_t family_of(const struct aliases *a, const char *name, const char **list, size_t max)
{
	const char *size = family_size(name);
	size_t found = 0;

	for (size_t i = 0; size && i < a->count; i++) {
		const char *other = family_size(a->entries[i].name);

		if (!other || strcmp(other, size) || !strcmp(a->entries[i].name, name))
			continue;
		if (found < max)
			list[found] = a->entries[i].name;
		found++;
	}
	return found;
}
