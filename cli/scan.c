// SPDX-License-Identifier: GPL-2.0-only
/*
 * scan.c - the result of a SCAN job as clusters with their words
 */
#include <stdlib.h>

#include "out_int.h"
#include "scan.h"

const struct scan_cluster *scan_find(const struct scan *scan, uint32_t rank)
{
	for (size_t i = 0; i < scan->count; i++)
		if (scan->clusters[i].rec->rank == rank)
			return &scan->clusters[i];
	return NULL;
}

static size_t count(const struct result *result, uint32_t type)
{
	size_t at = 0, n = 0;

	while (result_next(result, type, &at))
		n++;
	return n;
}

struct scan *scan_create(const struct result *result)
{
	struct scan *scan = out_alloc(sizeof(*scan));
	const struct record *rec;
	size_t at;

	scan->summary = result->summary;
	scan->clusters = out_alloc((count(result, SLABSCAN_A_RECORD_CLUSTER) + count(result, SLABSCAN_A_RECORD_GROUP) + 1) *
				   sizeof(*scan->clusters));
	for (at = 0; (rec = result_next(result, SLABSCAN_A_RECORD_CLUSTER, &at)); )
		scan->clusters[scan->count++].rec = rec;
	for (at = 0; (rec = result_next(result, SLABSCAN_A_RECORD_GROUP, &at)); )
		scan->clusters[scan->count++].rec = rec;
	scan->links = out_alloc((count(result, SLABSCAN_A_RECORD_LINK) + 1) * sizeof(*scan->links));
	for (at = 0; (rec = result_next(result, SLABSCAN_A_RECORD_LINK, &at)); )
		scan->links[scan->link_count++] = rec;
	for (at = 0; (rec = result_next(result, SLABSCAN_A_RECORD_WORD, &at)); ) {
		struct scan_cluster *c = (struct scan_cluster *)scan_find(scan, rec->rank);
		const struct record **words;

		if (!c)
			continue;
		words = realloc(c->words, (c->word_count + 1) * sizeof(*words));
		if (!words)
			abort();
		c->words = words;
		c->words[c->word_count++] = rec;
	}
	return scan;
}

void scan_destroy(struct scan *scan)
{
	if (!scan)
		return;
	for (size_t i = 0; i < scan->count; i++)
		free(scan->clusters[i].words);
	free(scan->clusters);
	free(scan->links);
	free(scan);
}
