// SPDX-License-Identifier: GPL-2.0-only
/*
 * lost.c - how many objects of a cluster does nothing point to any more?
 */
#include <string.h>
#include <time.h>

#include "lost.h"

#define OLD_S		3600	/* what was lost so long ago tells little of what is there now */

int lost_run(struct cli *cli, const struct scan_choice *choice, uint32_t cpus, struct lost *lost)
{
	struct job_params params = { .kind = SLABSCAN_KIND_LEAKS, .limit = SCAN_GROUPS_MAX, .cpus = cpus };

	if (choice) {
		params.cache = choice->name;
		params.has_index = choice->has_index;
		params.cache_index = choice->index;
	}
	return job_run(cli, &params, "searching for references", &lost->result);
}

/* Are all that were found in groups? Not if somebody asked for fewer, or stopped the job while it told of them, or if there are too many kinds in a cache. */
static bool all_grouped(const struct result *result)
{
	const struct record *group;
	uint64_t count = 0;
	size_t at = 0;

	while ((group = result_next(result, SLABSCAN_A_RECORD_GROUP, &at)))
		count += group->message ? 0 : group->objects;
	return count >= result->summary->unreferenced;
}

void lost_at_hand(struct cli *cli, const struct scan_choice *choice, struct lost *lost)
{
	struct result *result = job_last(cli, SLABSCAN_KIND_LEAKS);
	const struct record *s;
	struct timespec now;

	if (!result)
		return;
	s = result->summary;
	clock_gettime(CLOCK_MONOTONIC, &now);
	lost->age_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec - s->ended_ns;
	if (record_has(s, SLABSCAN_A_ENDED_NS) && s->complete && lost->age_ns < OLD_S * 1000000000ULL &&
	    (!s->cache || (choice && !strcmp(s->cache, choice->name) && s->cache_index == choice->index)) && all_grouped(result))
		lost->result = result;
	else
		result_free(result);
}

uint64_t lost_of(const struct lost *lost, const struct record *cluster)
{
	const struct record *group, *own = cluster->cache ? cluster : lost->scan;
	uint64_t count = 0;
	size_t at = 0;

	while (lost->result && (group = result_next(lost->result, SLABSCAN_A_RECORD_GROUP, &at))) {
		/* a group with a MESSAGE has an excuse */
		if (group->fingerprint == cluster->fingerprint && !group->message && group->cache && own->cache && !strcmp(own->cache, group->cache) &&
		    group->cache_index == own->cache_index)
			count += group->objects;
	}
	/* The two jobs ran one after the other: there may be more of them by now. */
	return count < cluster->objects ? count : cluster->objects;
}
