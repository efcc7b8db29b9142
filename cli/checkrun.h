/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * checkrun.h - watch memory for a while and judge: what check and diagnose have in common
 */
#ifndef SLABSCAN_CHECKRUN_H
#define SLABSCAN_CHECKRUN_H

#include "aliases.h"
#include "cli.h"
#include "progress.h"
#include "sample.h"
#include "verdict.h"

/**
 * struct check_run - samples and what follows from them
 * @now, @count: taken now; room for SERIES_MAX
 * @saved, @saved_count: from a file
 * @exact: objects were counted by the module
 * @why_not: if not, why
 * @interrupted: Ctrl-C
 * @aliases: names of merged caches, as of the first sample
 * @verdict: made by check_judge()
 */
struct check_run {
	struct sample *now[SERIES_MAX];
	size_t count;
	struct sample *saved[SAMPLE_FILE_MAX];
	size_t saved_count;
	bool exact;
	char why_not[256];
	bool interrupted;
	struct aliases *aliases;
	struct verdict verdict;
};

/* Return: never NULL; check_run_free() ends it. */
struct check_run *check_run_create(void);
void check_run_free(struct check_run *run);

/**
 * check_sample() - take one more sample
 *
 * The first one decides whether the module counts; if it does, a sample for which it cannot is left out. Measures a grace period too.
 * Return: CLI_OK, or CLI_PARTIAL after Ctrl-C; else CLI_FAILED, reported by cli_fail().
 */
int check_sample(struct cli *cli, struct check_run *run, bool deep);

/**
 * check_watch() - take @count samples, @interval_ms apart
 * @label: of the progress line
 *
 * Between interrupt_begin() and interrupt_end(). Return: as check_sample().
 */
int check_watch(struct cli *cli, struct check_run *run, uint32_t interval_ms, uint32_t count, const char *label);

void check_judge(struct check_run *run);

/* Into the answer: what all memory is used for, as "accounting". */
void check_say_accounting(struct out *o, const struct check_run *run);

/* Into the answer: "evidence". */
void check_say_evidence(struct out *o, const struct verdict *v);

#endif
