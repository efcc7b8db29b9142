/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lost.h - how many objects of a cluster does nothing point to any more?
 */
#ifndef SLABSCAN_LOST_H
#define SLABSCAN_LOST_H

#include "scan.h"

/**
 * struct lost - the result of a LEAKS job, to be joined with that of a SCAN job
 * @result: of the job; NULL if none was run or it failed
 * @age_ns: for so long it was over; 0 if it was run for this
 * @scan: summary of the SCAN job: clusters of a single cache do not repeat which
 */
struct lost {
	struct result *result;
	uint64_t age_ns;
	const struct record *scan;
};

/**
 * lost_run() - search for unreferenced objects
 * @choice: of this cache; NULL: of all
 * @cpus: at most so many; 0: no bound
 *
 * Return: as job_run(). result_free(lost->result) in any case.
 */
int lost_run(struct cli *cli, const struct scan_choice *choice, uint32_t cpus, struct lost *lost);

/**
 * lost_at_hand() - what an earlier search found, if the module still has it, it is whole, of the last hour, and about these caches
 * @choice: as for lost_run()
 *
 * lost->result is NULL if there is none; result_free() it in any case.
 */
void lost_at_hand(struct cli *cli, const struct scan_choice *choice, struct lost *lost);

/* Objects that nothing points to and that look like those of @cluster (same cache, same fingerprint), without known innocents. */
uint64_t lost_of(const struct lost *lost, const struct record *cluster);

#endif
