// SPDX-License-Identifier: GPL-2.0-only
/*
 * lost.c - how many objects of a cluster does nothing point to any more?
 */
#include <string.h>

#include "lost.h"

#define GROUPS_MAX	1000	/* as many as the module reports */

int lost_run(struct cli *cli, const struct scan_choice *choice, uint32_t cpus, struct lost *lost)
{
	struct job_params params = { .kind = SLABSCAN_KIND_LEAKS, .limit = GROUPS_MAX, .cpus = cpus };

	if (choice) {
		params.cache = choice->name;
		params.has_index = choice->has_index;
		params.cache_index = choice->index;
	}
	return job_run(cli, &params, "searching for references", &lost->result);
}

uint64_t lost_of(const struct lost *lost, const struct record *cluster)
{
	const struct record *group;
	uint64_t count = 0;
	size_t at = 0;

	while (lost->result && (group = result_next(lost->result, SLABSCAN_A_RECORD_GROUP, &at))) {
		/* A group with a MESSAGE has an excuse. With one cache only, the clusters do not repeat its name. */
		if (group->fingerprint != cluster->fingerprint || group->message)
			continue;
		if (!cluster->cache || !group->cache || !strcmp(cluster->cache, group->cache))
			count += group->objects;
	}
	/* The two jobs ran one after the other: there may be more of them by now. */
	return count < cluster->objects ? count : cluster->objects;
}
