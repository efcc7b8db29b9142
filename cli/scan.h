/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scan.h - which cache to scan, and the result of it as clusters with their words
 */
#ifndef SLABSCAN_SCAN_H
#define SLABSCAN_SCAN_H

#include "job.h"

#define SCAN_GROUPS_MAX	1000	/* to ask a LEAKS job for, of each cache: more kinds than the module tells apart */

/**
 * struct scan_choice - the cache that a verb works on
 * @name: its name in the kernel
 * @has_index: there are several of that name, and
 * @index: this one of them was asked for
 * @asked: what the user typed, if that was an alias; else ""
 * @because: why it was taken, if the user named none; else ""
 */
struct scan_choice {
	char name[SLABSCAN_NAME_MAX];
	bool has_index;
	uint32_t index;
	char asked[SLABSCAN_NAME_MAX];
	char because[256];
};

/* Fill @choice from "NAME" or "NAME#N". Return: false if it is neither. */
bool scan_choice_parse(struct scan_choice *choice, const char *text);

/**
 * scan_choice_suspect() - take the unreclaimable cache that holds the most memory
 *
 * Runs a CACHES job. Return: CLI_OK; CLI_PARTIAL after Ctrl-C (nothing is chosen); CLI_FAILED, see job_fail().
 */
int scan_choice_suspect(struct cli *cli, struct scan_choice *choice);

/**
 * scan_choice_run() - run a job on a cache, by whatever name it goes
 * @params: the cache is filled in from @choice
 * @choice: if its name turns out to be an alias, the real one moves in and the one that was asked for goes to @asked
 *
 * Else as job_run(). For ENOENT and ENOTUNIQ the sentence of job_fail() has near matches or the numbers to choose from.
 */
int scan_choice_run(struct cli *cli, struct job_params *params, struct scan_choice *choice, struct result **result);

/* "cache", "asked_for", "aliases", "family", "chosen_because": JSON keys and sentences. */
void scan_choice_say(struct cli *cli, const struct scan_choice *choice);

struct scan_cluster {
	const struct record *rec;
	const struct record **words;
	size_t word_count;
};

/* Points into the result that it was made from, which must live as long. */
struct scan {	/* of a LEAKS job: groups instead of clusters */
	const struct record *summary;
	struct scan_cluster *clusters;
	size_t count;
	const struct record **links;
	size_t link_count;
};

struct scan *scan_create(const struct result *result);
void scan_destroy(struct scan *scan);

/* NULL if there is none of that rank. */
const struct scan_cluster *scan_find(const struct scan *scan, uint32_t rank);

#endif
