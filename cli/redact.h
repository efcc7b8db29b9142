/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * redact.h - take out of answers what must not leave the house
 *
 * What stays: names of caches, of kernel functions, modules and types; counts, sizes, rates; offsets and classes of words. What goes: addresses,
 * text and numbers found in memory, names of processes.
 */
#ifndef SLABSCAN_REDACT_H
#define SLABSCAN_REDACT_H

#include <jansson.h>

#include "sample.h"

/* In place, all the way down. A key that is not known to be harmless loses its text. NULL is fine. */
void redact_answer(json_t *answer);
void redact_sample(struct sample *s);

/* A sentence that others wrote, in place: what may be an address becomes xs. */
void redact_text(char *text);

#endif
