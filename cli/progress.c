// SPDX-License-Identifier: GPL-2.0-only
/*
 * progress.c - one line on stderr that says how far a job is, on a terminal only
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "interrupt.h"
#include "out.h"
#include "progress.h"

#define EVERY_MS	100
#define LINE		80	/* progress_format() promises it */

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void progress_begin(struct progress *p, const char *label, bool quiet)
{
	memset(p, 0, sizeof(*p));
	p->label = label;
	p->on = label && !quiet && isatty(STDERR_FILENO);
	p->begin_ms = now_ms();
}

void progress_format(char *buf, const char *label, uint64_t memory, uint64_t done, uint64_t total, uint64_t elapsed_ms)
{
	unsigned int percent, left, at;
	char number[OUT_NUM_MAX];
	double part;

	at = (unsigned int)snprintf(buf, LINE, "%.40s", label);
	if (memory)
		at += (unsigned int)snprintf(buf + at, LINE - at, " (needs %.10s)", out_fmt_bytes(number, memory));
	if (!total || done > total) {
		if (done)
			snprintf(buf + at, LINE - at, "  %s done", out_fmt_count(number, done));
		else
			snprintf(buf + at, LINE - at, "  %" PRIu64 " s", elapsed_ms / 1000);
		return;
	}
	part = (double)done / (double)total;
	percent = (unsigned int)(part * 100);
	if (part < 0.01 || elapsed_ms < 200) {
		snprintf(buf + at, LINE - at, "  %u%%", percent);
		return;
	}
	left = (unsigned int)((double)elapsed_ms * (1 - part) / part / 1000 + 0.999);
	if (left < 120)
		snprintf(buf + at, LINE - at, "  %u%%  %u s left", percent, left);
	else
		snprintf(buf + at, LINE - at, "  %u%%  %u min %02u s left", percent, left / 60, left % 60);
}

void progress_show(struct progress *p, uint64_t done, uint64_t total)
{
	uint64_t now = now_ms();
	char line[LINE];

	if (!p->on || now - p->begin_ms < PROGRESS_QUIET_MS || now - p->last_ms < EVERY_MS)
		return;
	p->last_ms = now;
	progress_format(line, p->label, p->memory, done, total, now - p->begin_ms);
	fprintf(stderr, "\r%s\033[K", line);
	fflush(stderr);
	p->shown = true;
}

void progress_note(struct progress *p, const char *text)
{
	if (!p->on)
		return;
	fprintf(stderr, "\r%s\033[K", text);
	fflush(stderr);
	p->shown = true;
}

bool progress_sleep(struct progress *p, uint64_t ms)
{
	uint64_t begin = now_ms(), gone;

	while ((gone = now_ms() - begin) < ms) {
		progress_show(p, gone, ms);
		if (!interrupt_sleep(ms - gone < 1000 ? ms - gone : 1000))
			return false;
	}
	return true;
}

void progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
