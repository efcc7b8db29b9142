/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * all.h - the clusters of all unreclaimable caches in one list
 */
#ifndef SLABSCAN_ALL_H
#define SLABSCAN_ALL_H

#include "job.h"

/**
 * all_run() - scan all unreclaimable caches, rank their clusters by bytes
 * @params: limit and cpus are used
 * @result: as from a SCAN job with ALL: clusters carry their cache, ranks count through; to be freed by result_free()
 *
 * Takes one SCAN job a cache, the big caches first, and stops where no cluster of the caches that are left could still be among the first
 * @params->limit: those are counted but not scanned. Shows progress and heeds Ctrl-C as job_run() does, and returns the same.
 */
int all_run(struct cli *cli, const struct job_params *params, struct result **result);

/**
 * all_merge() - put the result of one cache's scan into the list
 * @into: takes over all records of @part, which is empty then
 * @part: of a SCAN job
 *
 * For all_run() and for tests. Ranks are made by all_rank() at the end.
 */
void all_merge(struct result *into, struct result *part);

/* Number the clusters by their bytes, drop all beyond @limit with what belongs to them, make shares those of @live objects. */
void all_rank(struct result *result, uint32_t limit, uint64_t live);

#endif
