// SPDX-License-Identifier: GPL-2.0-only
/*
 * result.c - the records of a finished job
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "out_int.h"

/* A record and the bytes that it points into. */
struct kept {
	struct record rec;
	char bytes[];
};

void result_take(struct result *result, struct record *rec)
{
	if (result->count == result->room) {
		size_t room = result->room ? 2 * result->room : 64;
		struct record **list = realloc(result->rec, room * sizeof(*list));

		if (!list)
			abort();
		result->rec = list;
		result->room = room;
	}
	result->rec[result->count++] = rec;
}

int result_add(struct result *result, const void *buf, size_t len)
{
	struct kept *kept = out_alloc(sizeof(*kept) + len);
	int ret;

	memcpy(kept->bytes, buf, len);
	ret = decode_record(kept->bytes, len, &kept->rec);
	if (ret) {
		free(kept);
		return ret == -ENODATA ? 0 : ret;
	}
	result_take(result, &kept->rec);
	if (kept->rec.type == SLABSCAN_A_RECORD_SUMMARY && !result->summary)
		result->summary = &kept->rec;
	if (kept->rec.generation)
		result->generation = kept->rec.generation;
	return 0;
}

void result_clear(struct result *result)
{
	for (size_t i = 0; i < result->count; i++)
		free(result->rec[i]);
	result->count = 0;
	result->summary = NULL;
}

void result_free(struct result *result)
{
	if (!result)
		return;
	result_clear(result);
	free(result->rec);
	free(result);
}

const struct record *result_next(const struct result *result, uint32_t type, size_t *at)
{
	while (*at < result->count) {
		const struct record *rec = result->rec[(*at)++];

		if (rec->type == type)
			return rec;
	}
	return NULL;
}
