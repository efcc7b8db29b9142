/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * progress.h - one line on stderr that says how far a job is, on a terminal only
 */
#ifndef SLABSCAN_PROGRESS_H
#define SLABSCAN_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *label;
	uint64_t memory;	/* that the job needs; 0: it did not say */
	bool on;
	bool shown;
	uint64_t begin_ms, last_ms;
};

/* @label NULL or @quiet: nothing is ever shown. */
void progress_begin(struct progress *p, const char *label, bool quiet);

#define PROGRESS_QUIET_MS	500	/* what is done by then needs no line */

/* @total 0: not known. Shows at most ten lines a second, and none before PROGRESS_QUIET_MS. */
void progress_show(struct progress *p, uint64_t done, uint64_t total);

/* Say something else on that line, now. */
void progress_note(struct progress *p, const char *text);

/* As interrupt_sleep(), and counts the time down on that line. */
bool progress_sleep(struct progress *p, uint64_t ms);

/* Wipe the line. */
void progress_end(struct progress *p);

/* The line's text, for tests: "scanning kmalloc-64 (needs 2.6 MiB)  45%  2 s left"; not how much if @memory is 0. @buf: at least 80 bytes. */
void progress_format(char *buf, const char *label, uint64_t memory, uint64_t done, uint64_t total, uint64_t elapsed_ms);

#endif
