// SPDX-License-Identifier: GPL-2.0-only
/*
 * sample.c - the state of all memory at one moment: the container
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sample.h"

void sample_set(struct sample *s, enum gauge g, uint64_t value)
{
	s->gauge[g] = value;
	s->has |= 1ULL << g;
}

const char *gauge_name(enum gauge g)
{
	static const char *const names[] = {
#define GAUGE_NAME(id, name, from, field) [GAUGE_##id] = (name),
		SAMPLE_GAUGES(GAUGE_NAME)
#undef GAUGE_NAME
	};

	return names[g];
}

struct sample *sample_create(void)
{
	struct sample *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	return s;
}

void sample_free(struct sample *s)
{
	if (!s)
		return;
	free(s->caches);
	free(s->procs);
	free(s->callers);
	free(s);
}

/* Room for one more, by doubling: @count is a power of two when the array is full. */
static void *append(void *array, size_t *count, size_t max, size_t size)
{
	char *p = *(void **)array;

	if (*count == max)
		return NULL;
	if (!(*count & (*count - 1))) {
		p = realloc(p, (*count ? *count * 2 : 1) * size);
		if (!p)
			abort();
		*(void **)array = p;
	}
	p += (*count)++ * size;
	return memset(p, 0, size);
}

struct sample_cache *sample_add_cache(struct sample *s, const char *name, uint32_t slot)
{
	struct sample_cache *c = append(&s->caches, &s->cache_count, SAMPLE_CACHES_MAX, sizeof(*c));

	if (c) {
		snprintf(c->name, sizeof(c->name), "%s", name);
		c->slot = slot;
	}
	return c;
}

struct sample_proc *sample_add_proc(struct sample *s)
{
	return append(&s->procs, &s->proc_count, SAMPLE_PROCS_MAX, sizeof(*s->procs));
}

struct sample_caller *sample_add_caller(struct sample *s, const char *name)
{
	struct sample_caller *c = append(&s->callers, &s->caller_count, SAMPLE_CALLERS_MAX, sizeof(*c));

	if (c)
		snprintf(c->name, sizeof(c->name), "%s", name);
	return c;
}

void sample_drop_caches(struct sample *s)
{
	free(s->caches);
	s->caches = NULL;
	s->cache_count = 0;
}

/* Caches of one name and size have no order of their own but the kernel's, which changes only at its end: keep it by @turn. */
static int by_cache(const void *a, const void *b)
{
	const struct sample_cache *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	if (order)
		return order;
	if (x->slot != y->slot)
		return x->slot < y->slot ? -1 : 1;
	return x->turn < y->turn ? -1 : x->turn > y->turn;
}

static int by_pid(const void *a, const void *b)
{
	const struct sample_proc *x = a, *y = b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static int by_caller(const void *a, const void *b)
{
	const struct sample_caller *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void sample_sort(struct sample *s)
{
	for (size_t i = 0; i < s->cache_count; i++)
		s->caches[i].turn = (uint32_t)i;
	if (s->cache_count)
		qsort(s->caches, s->cache_count, sizeof(*s->caches), by_cache);
	for (size_t i = 0; i < s->cache_count; i++) {
		struct sample_cache *c = &s->caches[i], *before = c - 1;

		c->turn = i && !strcmp(c->name, before->name) && c->slot == before->slot ? before->turn + 1 : 0;
	}
	if (s->proc_count)
		qsort(s->procs, s->proc_count, sizeof(*s->procs), by_pid);
	if (s->caller_count)
		qsort(s->callers, s->caller_count, sizeof(*s->callers), by_caller);
}

const struct sample_cache *sample_find_cache(const struct sample *s, const struct sample_cache *like)
{
	return s->cache_count ? bsearch(like, s->caches, s->cache_count, sizeof(*s->caches), by_cache) : NULL;
}

const struct sample_proc *sample_find_proc(const struct sample *s, const struct sample_proc *like)
{
	const struct sample_proc *p = s->proc_count ? bsearch(like, s->procs, s->proc_count, sizeof(*s->procs), by_pid) : NULL;

	return p && p->start == like->start ? p : NULL;
}

const struct sample_caller *sample_find_caller(const struct sample *s, const char *name)
{
	struct sample_caller key;

	snprintf(key.name, sizeof(key.name), "%s", name);
	return s->caller_count ? bsearch(&key, s->callers, s->caller_count, sizeof(*s->callers), by_caller) : NULL;
}
