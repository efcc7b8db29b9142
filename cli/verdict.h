/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verdict.h - from samples to an answer: is it a leak, and of what class? Pure: no input but its arguments
 *
 * What makes a leak here: memory that the kernel cannot take back, that grows steadily over the whole time, more than the noise of its
 * measurement, and that nothing explains which user space holds. Size alone never counts. Everything that speaks against a suspicion makes it
 * weaker: a wrong accusation is worse than no answer.
 */
#ifndef SLABSCAN_VERDICT_H
#define SLABSCAN_VERDICT_H

#include "account.h"
#include "sample.h"
#include "series.h"

enum verdict_kind {
	VERDICT_NO_LEAK,
	VERDICT_UNDECIDED,
	VERDICT_LEAK,
};

enum verdict_class {
	CLASS_NONE,
	CLASS_SLAB,
	CLASS_VMALLOC,
	CLASS_PAGES,
	CLASS_USER,
	CLASS_KERNEL_STACK,
};

#define VERDICT_EVIDENCE_MAX	32
#define VERDICT_SUSPECTS_MAX	16
#define VERDICT_TEXT_MAX	400

/**
 * struct verdict_suspect - a cache that may leak
 * @name, @turn, @slot: which
 * @live: objects in use
 * @bytes: of all its slabs
 * @growth: bytes of objects in use, over the time that was watched (or since the saved state, if that was more telling)
 * @rate: bytes per second
 * @since: @growth is since the saved state
 * @shape: how it grew while it was watched
 * @strong: by itself enough to say leak
 * @score: for ranking
 * @reason: a sentence
 */
struct verdict_suspect {
	char name[SAMPLE_NAME_MAX];
	uint32_t turn, slot;
	uint64_t live, bytes;
	int64_t growth;
	double rate;
	bool since;
	enum series_shape shape;
	bool strong;
	double score;
	char reason[VERDICT_TEXT_MAX];
};

/**
 * struct verdict - the answer
 * @kind, @class: see above
 * @confidence: 0 to 1: how often this kind of evidence is right, by our own cases; see Documentation
 * @evidence: sentences, the most important first
 * @suspects: most suspicious first
 * @suspect_caches: how many there were, which may be more
 * @culprit: for classes other than slab: the function, the process or the kind of pages; "" if unknown
 * @rcu_held: a grace period took or has taken very long
 * @big: an unreclaimable cache that is big but steady; "" if there is none
 */
struct verdict {
	enum verdict_kind kind;
	enum verdict_class class;
	double confidence;
	char evidence[VERDICT_EVIDENCE_MAX][VERDICT_TEXT_MAX];
	size_t evidence_count;
	struct verdict_suspect suspects[VERDICT_SUSPECTS_MAX];
	size_t suspect_count, suspect_caches;
	char culprit[SAMPLE_NAME_MAX + 32];
	bool rcu_held;
	char big[SAMPLE_NAME_MAX];
};

/**
 * verdict_make() - judge
 * @v: gets the answer
 * @now: samples of now, in order of time
 * @n: how many; with fewer than SERIES_MIN nothing is ever called a leak
 * @saved: earlier ones, of the same boot, or NULL
 * @m: how many
 */
void verdict_make(struct verdict *v, struct sample *const *now, size_t n, struct sample *const *saved, size_t m);

const char *verdict_key(enum verdict_kind kind);	/* "no-leak" */
const char *class_name(enum verdict_class class);	/* "kernel-stack" */

#endif
