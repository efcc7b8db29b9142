/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * diagnosis.h - from what the verbs found to one conclusion. Pure: no input but its arguments
 *
 * Kinds of evidence, and the confidence that goes with them (also in the manual):
 *
 *   0.95  nothing points to the objects, and they become more
 *   0.8   nothing points to a great many of them; or they become more, a function was seen to allocate them and nobody freed them, and
 *         something still points to them
 *   0.7   they become more steadily, all of one kind, and are still referenced
 *   0.5   the cache grows steadily, but not which objects
 *   0.3   something speaks for it, not enough: undecided
 */
#ifndef SLABSCAN_DIAGNOSIS_H
#define SLABSCAN_DIAGNOSIS_H

#include <jansson.h>

#include "aliases.h"
#include "verdict.h"

#define DIAGNOSIS_CACHES	6	/* caches that are looked into */
#define DIAGNOSIS_FINDINGS	8
#define FINDING_EVIDENCE	16
#define FINDING_TYPES		4

/**
 * struct cache_facts - what the verbs said of one cache; any may be NULL
 * @name: of the cache
 * @before, @after: answers of top, in this order
 * @between_s: seconds between them
 * @trace: answer of trace
 * @refs: answer of refs for the cluster with the fingerprint @refs_of
 * @holder_refs: answer of refs for an example of diagnosis_holder()
 */
struct cache_facts {
	char name[SAMPLE_NAME_MAX];
	json_t *before, *after, *trace, *refs, *holder_refs;
	char refs_of[16];
	double between_s;
};

/**
 * struct facts - everything that is known
 * @check: the verdict of check
 * @aliases: names of merged caches, or NULL
 * @leaks: answer of leaks, or NULL
 */
struct facts {
	const struct verdict *check;
	const struct aliases *aliases;
	json_t *leaks;
	struct cache_facts cache[DIAGNOSIS_CACHES];
	size_t caches;
};

/**
 * struct finding - objects of one kind that may leak
 * @cache, @fingerprint: which; the fingerprint is "" if it is the cache as a whole
 * @rank: of the cluster in @cluster's answer, or 0
 * @objects, @bytes, @unreferenced: of that kind; of the cache, if it is the cache as a whole
 * @grown: objects more than in the first scan
 * @rate: bytes per second by which the cache grows
 * @function, @module, @types: who and what; "" if unknown. The module is the function's, or that of a caller (@caller_module); without a function
 *	that of a symbol in the objects, which need not have to do with them: a leaked route points to the device that it led to
 * @who: function and module as text, "" if there is no function
 * @site: of the trace, the call site that allocates them, or NULL
 * @cluster: of top's answer (words, symbols, strings), or NULL
 * @group: of the answer of leaks, or NULL
 * @kind, @confidence: what is concluded from this alone
 * @held_by: what still points to them, "" if that is unknown
 * @here: of the names that @cache has, the one that the objects' symbols or their @function speak for, or ""
 * @aliases: how many other names it has
 * @tree: they leak together with others; the cache of the parent. "": by themselves
 * @parent: the others hang on these
 * @evidence: sentences
 * @next: the command to type next, "" if there is none
 */
struct finding {
	char cache[SAMPLE_NAME_MAX], fingerprint[16];
	uint32_t rank;
	uint64_t objects, bytes, unreferenced;
	int64_t grown;
	double rate;
	char function[192], module[SAMPLE_NAME_MAX], who[128], types[FINDING_TYPES][128];
	bool caller_module;
	size_t type_count;
	const json_t *site, *cluster, *group;
	enum verdict_kind kind;
	double confidence;
	char held_by[128], here[SAMPLE_NAME_MAX];
	size_t aliases;
	char tree[SAMPLE_NAME_MAX];
	bool parent;
	char evidence[FINDING_EVIDENCE][VERDICT_TEXT_MAX];
	size_t evidence_count;
	char next[192];
	double score;
};

/**
 * struct diagnosis - the conclusion
 * @summary: a sentence
 * @findings: most suspicious first
 */
struct diagnosis {
	enum verdict_kind kind;
	enum verdict_class class;
	double confidence;
	char summary[VERDICT_TEXT_MAX];
	struct finding findings[DIAGNOSIS_FINDINGS];
	size_t count;
};

/* @facts must live as long as what is pointed to by @d. */
void diagnosis_make(struct diagnosis *d, const struct facts *facts);

/**
 * diagnosis_pick() - the caches worth a look
 * @check: the verdict
 * @leaks: answer of leaks, or NULL
 * @names: gets them, the most suspicious first
 *
 * Return: how many.
 */
size_t diagnosis_pick(const struct verdict *check, const json_t *leaks, char names[DIAGNOSIS_CACHES][SAMPLE_NAME_MAX]);

/* The cluster of @cache that the references should be asked for: the one that grew, else most of which is forgotten, else the largest. NULL: none. */
const json_t *diagnosis_cluster(const struct cache_facts *cache, const json_t *leaks);

/* Of an answer of refs: what points to the objects most, other than themselves. NULL: nothing. */
const json_t *diagnosis_holder(const json_t *refs);

#endif
