// SPDX-License-Identifier: GPL-2.0-only
/*
 * all.c - the clusters of all unreclaimable caches in one list
 *
 * While the parts come in, each cluster's rank is made unique over all of them (a base is added); all_rank() then replaces the ranks of
 * clusters, words and links by those in the order of bytes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "all.h"
#include "interrupt.h"
#include "out_int.h"

struct turn {
	const struct record *cache;
	uint32_t index;		/* among caches of the same name */
	bool same_name;
};

static void set_has(struct record *rec, unsigned int attr)
{
	rec->has[attr / 64] |= 1ULL << (attr % 64);
}

static uint32_t highest_rank(const struct result *result)
{
	uint32_t highest = 0;

	for (size_t i = 0; i < result->count; i++)
		if (result->rec[i]->rank > highest)
			highest = result->rec[i]->rank;
	return highest;
}

void all_merge(struct result *into, struct result *part)
{
	const struct record *summary = part->summary;
	uint32_t base = highest_rank(into);

	for (size_t i = 0; i < part->count; i++) {
		struct record *rec = part->rec[i];

		if (rec->rank)
			rec->rank += base;
		if (rec->to_rank)
			rec->to_rank += base;
		/* The name points into the summary's own bytes, which move along. */
		if (rec->type == SLABSCAN_A_RECORD_CLUSTER && summary) {
			rec->cache = summary->cache;
			rec->slot_size = summary->slot_size;
			set_has(rec, SLABSCAN_A_CACHE);
			set_has(rec, SLABSCAN_A_SLOT_SIZE);
		}
		result_take(into, rec);
	}
	part->count = 0;
	part->summary = NULL;
}

static int by_bytes(const void *a, const void *b)
{
	const struct record *const *x = a, *const *y = b;

	if ((*x)->bytes != (*y)->bytes)
		return (*x)->bytes < (*y)->bytes ? 1 : -1;
	return (*x)->rank < (*y)->rank ? -1 : (*x)->rank > (*y)->rank;
}

/* Is there still a place for it in the list that all_rank() has numbered? */
static bool stays(const struct record *rec)
{
	switch (rec->type) {
	case SLABSCAN_A_RECORD_CLUSTER:
	case SLABSCAN_A_RECORD_WORD:
		return rec->rank;
	case SLABSCAN_A_RECORD_LINK:
		return rec->rank && rec->to_rank;
	}
	return true;	/* summaries: names of caches point into them */
}

void all_rank(struct result *result, uint32_t limit, uint64_t live)
{
	uint32_t top = highest_rank(result), *rank = out_alloc((top + 1) * sizeof(*rank));
	struct record **list = out_alloc((result->count + 1) * sizeof(*list));
	size_t clusters = 0, at;

	for (size_t i = 0; i < result->count; i++)
		if (result->rec[i]->type == SLABSCAN_A_RECORD_CLUSTER)
			list[clusters++] = result->rec[i];
	qsort(list, clusters, sizeof(*list), by_bytes);
	for (size_t i = 0; i < clusters && i < limit; i++)
		rank[list[i]->rank] = (uint32_t)i + 1;

	/* The clusters that stay come first, in their new order. */
	at = clusters < limit ? clusters : limit;
	for (size_t i = 0; i < result->count; i++) {
		struct record *rec = result->rec[i];

		rec->rank = rank[rec->rank];
		rec->to_rank = rec->to_rank <= top ? rank[rec->to_rank] : 0;
		if (!stays(rec)) {
			free(rec);
			continue;
		}
		if (rec->type == SLABSCAN_A_RECORD_CLUSTER) {
			rec->share = live ? (uint32_t)((double)rec->objects / (double)live * 1e6 + 0.5) : 0;
			list[rec->rank - 1] = rec;
		} else {
			list[at++] = rec;
		}
	}
	if (at)
		memcpy(result->rec, list, at * sizeof(*list));
	result->count = at;
	free(rank);
	free(list);
}

static int by_size(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;
	uint64_t p = x->cache->live * x->cache->slot_size, q = y->cache->live * y->cache->slot_size;

	return p < q ? 1 : p > q ? -1 : strcmp(x->cache->name, y->cache->name);
}

/* The unreclaimable caches of a census that have live objects, the biggest first. Return: how many; *turns is the caller's to free. */
static size_t pick_caches(const struct result *census, struct turn **turns)
{
	const struct record *rec;
	size_t count = 0, at = 0;

	*turns = out_alloc((census->count + 1) * sizeof(**turns));
	while ((rec = result_next(census, SLABSCAN_A_RECORD_CACHE, &at))) {
		struct turn *t = &(*turns)[count];

		if (!rec->name || !rec->live || rec->cache_flags & SLABSCAN_CACHE_RECLAIMABLE)
			continue;
		t->cache = rec;
		for (size_t i = 0; i < census->count; i++) {
			const struct record *other = census->rec[i];

			if (other == rec || other->type != SLABSCAN_A_RECORD_CACHE || !other->name || strcmp(other->name, rec->name))
				continue;
			t->same_name = true;
			t->index += i + 1 < at;
		}
		count++;
	}
	qsort(*turns, count, sizeof(**turns), by_size);
	return count;
}

/* Bytes that a cluster must have to be among the first @limit of what was found so far; 0 if there is room. */
static uint64_t threshold(const struct result *result, uint32_t limit)
{
	uint64_t *bytes = out_alloc((result->count + 1) * sizeof(*bytes)), least;
	size_t count = 0;

	for (size_t i = 0; i < result->count; i++) {
		size_t at;

		if (result->rec[i]->type != SLABSCAN_A_RECORD_CLUSTER)
			continue;
		for (at = count++; at > 0 && bytes[at - 1] < result->rec[i]->bytes; at--)
			bytes[at] = bytes[at - 1];
		bytes[at] = result->rec[i]->bytes;
	}
	least = count >= limit ? bytes[limit - 1] : 0;
	free(bytes);
	return least;
}

/* A summary over all: sums of the census, what was read of the scans. */
static void sum_up(struct record *sum, const struct record *part)
{
	sum->scanned += part->scanned;
	sum->skipped += part->skipped;
	sum->elapsed_ns += part->elapsed_ns;
	if (part->count_error > sum->count_error)
		sum->count_error = part->count_error;
	if (part->memory > sum->memory)
		sum->memory = part->memory;
}

static int scan_one(struct cli *cli, const struct job_params *params, const struct turn *turn, size_t number, size_t count,
		    struct result *into, struct record *sum)
{
	struct job_params one = { .kind = SLABSCAN_KIND_SCAN, .cache = turn->cache->name, .limit = params->limit, .cpus = params->cpus,
				  .has_index = turn->same_name, .cache_index = turn->index };
	char label[SLABSCAN_NAME_MAX + 40];
	struct result *part;
	int status;

	snprintf(label, sizeof(label), "%zu of %zu: scanning %s", number, count, turn->cache->name);
	status = job_run(cli, &one, label, &part);
	if (part->summary)
		sum_up(sum, part->summary);
	if (status == CLI_PARTIAL)
		snprintf(into->why, sizeof(into->why), "%.60s: %.180s", turn->cache->name, part->why);
	if (status != CLI_FAILED)
		all_merge(into, part);
	result_free(part);
	return status;
}

int all_run(struct cli *cli, const struct job_params *params, struct result **result)
{
	struct job_params census_params = { .kind = SLABSCAN_KIND_CACHES };
	struct record *sum;
	struct result *census;
	struct turn *turns;
	size_t count;
	int status;

	*result = out_alloc(sizeof(**result));
	interrupt_begin();
	status = job_run(cli, &census_params, "counting objects", &census);
	count = pick_caches(census, &turns);
	sum = out_alloc(sizeof(*sum));
	sum->type = SLABSCAN_A_RECORD_SUMMARY;
	for (size_t i = 0; i < count; i++) {
		sum->slabs += turns[i].cache->slabs;
		sum->objects += turns[i].cache->objects;
		sum->live += turns[i].cache->live;
	}
	for (size_t i = 0; status == CLI_OK && i < count; i++) {
		if (turns[i].cache->live * turns[i].cache->slot_size < threshold(*result, params->limit))
			break;
		status = scan_one(cli, params, &turns[i], i + 1, count, *result, sum);
		/* A cache that went away is none that leaks. */
		if (status == CLI_FAILED && (job_errno(cli) == -ENOENT || job_errno(cli) == -ESTALE) && !job_connect(cli))
			status = CLI_OK;
		if (status == CLI_OK && interrupt_seen()) {
			status = CLI_PARTIAL;
			snprintf((*result)->why, sizeof((*result)->why), "interrupted after %zu of %zu caches", i + 1, count);
		}
	}
	interrupt_end();
	all_rank(*result, params->limit, sum->live);
	result_take(*result, sum);
	(*result)->summary = sum;
	(*result)->partial = status == CLI_PARTIAL;
	free(turns);
	result_free(census);
	return status;
}
