/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * step.h - one verb as a step of another
 *
 * The verb runs in a child and answers in JSON, whose keys are the interface that scripts rely on, too: what diagnose says is what the verbs
 * say, and a verb that this kernel or this module cannot do fails alone.
 */
#ifndef SLABSCAN_STEP_H
#define SLABSCAN_STEP_H

#include <jansson.h>

#include "cli.h"

#define STEP_ERROR_MAX	256

/**
 * struct step - what came of it
 * @status: enum cli_status
 * @answer: the verb's, with CLI_OK and CLI_PARTIAL; else NULL
 * @error: with any other status, a sentence
 * @elapsed_ns: how long it took
 */
struct step {
	int status;
	json_t *answer;
	char error[STEP_ERROR_MAX];
	uint64_t elapsed_ns;
};

/**
 * step_run() - run a verb
 * @cli: gives the root and whether progress is shown
 * @step: gets the outcome; step_clear() ends it
 * @argv: verb and arguments, ended by NULL; --json is added
 *
 * To be called inside one pair of interrupt_begin() and interrupt_end(): Ctrl-C is passed on, and what the verb knows by then comes back.
 */
void step_run(struct cli *cli, struct step *step, const char *const *argv);
void step_clear(struct step *step);

/* Values of an answer; what is absent, or of another type, is 0, "" or an empty array. */
uint64_t answer_u64(const json_t *o, const char *key);
double answer_number(const json_t *o, const char *key);
const char *answer_str(const json_t *o, const char *key);
const json_t *answer_list(const json_t *o, const char *key);

#endif
