/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.h - a diagnosis as one HTML page that needs nothing else: no network, no scripts
 */
#ifndef SLABSCAN_REPORT_H
#define SLABSCAN_REPORT_H

#include <stdio.h>

#include "checkrun.h"
#include "diagnosis.h"

/**
 * struct report_step - what was done
 * @name: as people read it
 * @done: it brought an answer
 * @why: if not, why
 */
struct report_step {
	char name[96];
	bool done;
	char why[256];
	uint64_t elapsed_ns;
};

#define REPORT_STEPS_MAX	40

struct report {
	const struct check_run *run;
	const struct facts *facts;
	const struct diagnosis *diagnosis;
	struct report_step step[REPORT_STEPS_MAX];
	size_t steps;
	bool redacted, partial;
	char release[72];
};

/* Write the page. Errors show in ferror(@f). */
void report_html(FILE *f, const struct report *report);

/* Parts of it. */
void report_text(FILE *f, const char *text);				/* escaped */
void report_growth(FILE *f, const struct check_run *run, const struct diagnosis *d);
void report_word_map(FILE *f, const json_t *cluster);
void report_flames(FILE *f, const json_t *trace);
void report_words_style(FILE *f);

/*
 * "[0x1000] function [module]": the stacks of a trace, folded into a tree. Each frame's @weight is what survives of what it allocated.
 */
struct flame {
	char name[128];
	uint64_t weight;
	struct flame *child, *sibling;
};

/* Return: the root, for flame_free(); its weight is 0 if there are no stacks. */
struct flame *flame_make(const json_t *trace);
void flame_free(struct flame *root);

#endif
