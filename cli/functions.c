// SPDX-License-Identifier: GPL-2.0-only
/*
 * functions.c - the functions of the running kernel, by name
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "functions.h"
#include "names.h"
#include "out_int.h"

struct list {
	char **name;
	size_t count, room;
};

static void add(struct list *list, const char *name)
{
	if (list->count == list->room) {
		list->room = list->room ? 2 * list->room : 1024;
		list->name = realloc(list->name, list->room * sizeof(*list->name));
		if (!list->name)
			abort();
	}
	list->name[list->count] = strdup(name);
	if (!list->name[list->count++])
		abort();
}

static void suggest(const struct list *list, const char *word, char *near, size_t size)
{
	const char *found[NAMES_NEAR];
	size_t n = names_near(word, (const char *const *)list->name, list->count, found), len = 0;

	for (size_t i = 0; i < n && len < size; i++)
		len += (size_t)snprintf(near + len, size - len, "%s%.60s%s", !i ? "; did you mean " : i + 1 == n ? " or " : ", ", found[i],
					i + 1 == n ? "?" : "");
}

unsigned int functions_count(const char *root, const char *name, char *near, size_t size)
{
	const char *colon = strchr(name, ':'), *word = colon ? colon + 1 : name;
	struct list list = { 0 };
	char path[512], line[1024];
	unsigned int count = 0, of_kernel = 0;
	FILE *f;

	*near = 0;
	snprintf(path, sizeof(path), "%s/proc/kallsyms", root);
	f = fopen(path, "re");
	if (!f)
		return 1;
	while (fgets(line, sizeof(line), f)) {
		char type, symbol[512], module[128] = "";

		if (sscanf(line, "%*s %c %511s [%127[^]]", &type, symbol, module) < 2 || !strchr("tTwW", type))
			continue;
		if (colon && (strlen(module) != (size_t)(colon - name) || strncmp(module, name, strlen(module)) != 0))
			continue;
		if (!strcmp(symbol, word)) {
			count++;
			of_kernel += !*module;
		} else if (!count) {
			add(&list, symbol);
		}
	}
	fclose(f);
	/* an empty list tells of a kernel that hides its symbols, not of one without functions */
	if (!count && !list.count && !colon)
		count = 1;
	if (!count)
		suggest(&list, word, near, size);
	for (size_t i = 0; i < list.count; i++)
		free(list.name[i]);
	free(list.name);
	/* the kernel looks in itself first */
	return of_kernel == 1 ? 1 : count;
}
