/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_LEAKS_REPORT_H
#define SLABSCAN_LEAKS_REPORT_H

#include "core/cluster.h"
#include "core/mark.h"
#include "core/suspect.h"
#include "newborn.h"
#include "reach.h"
#include "report.h"

#define SLABSCAN_LEAKS_LIST	4096	/* objects that a thread remembers to follow */
#define SLABSCAN_LEAKS_BUFFER	16384U	/* bytes; neighbours are read by half as many */

/**
 * struct worker - a thread of a search
 * @marker: what it has followed, and has to
 * @list: of @marker, SLABSCAN_LEAKS_LIST long
 * @buf: of @marker, SLABSCAN_LEAKS_BUFFER bytes
 */
struct worker {
	struct slabscan_marker marker;
	u64 *list;
	void *buf;
};

/**
 * struct tally - what is told of one cache
 * @cache: its number
 * @reasons: bit n: reason n of innocent.c, 0 for none
 * @innocent: objects that have a reason
 * @unreferenced: objects; bytes, when it comes to sorting
 * @moving: candidates that the last look cleared, or that changed
 * @moved: of the looks before it
 */
struct tally {
	u32 cache;
	u32 reasons;
	u32 innocent;
	u64 unreferenced;
	u64 moving, moved;
};

/**
 * struct leaks - one search
 * @reach: how memory is read
 * @set: all objects, by number: of the pass and of the look at hand
 * @mem: memory of each @set
 * @marked: bits over each @set: reached, or not to be reported
 * @pending: bits over the set at hand: marked and not followed yet; before, what is excluded or to be read
 * @newborn: what came during a look
 * @mark: how what is read is marked
 * @seen: slabs that a look saw
 * @suspects: caches with objects that look lost
 * @packed: caches whose objects may hold pointers at 4 mod 8
 * @suspect: candidates, by the first set
 * @slots: of @suspect, for the contents
 * @nr_slots: how many
 * @nr: threads
 * @workers: of each
 * @env: for @clusters
 * @clusters: of one cache at a time
 * @object: copy of an object
 * @only: cache that is asked for, or -1
 * @tally: by the number of a cache
 * @live: objects allocated when the pass began
 * @unreferenced: lost ones of the caches that are asked for
 * @innocent: others that have a reason
 * @changed: candidates whose content changed
 * @young: lost ones that may be chance
 * @moving: so many candidates were cleared or have changed
 * @left: those left of the caches that are asked for
 * @started: the pass or look that runs, ktime_get_ns()
 * @wait_ns: for grace periods
 * @search_ns: in the pass and the looks
 */
struct leaks {
	struct slabscan_reach reach;
	struct slabscan_objset set[2];
	void *mem[2];
	unsigned long *marked[2], *pending;
	struct slabscan_newborn newborn;
	struct slabscan_mark mark;
	unsigned long *seen;
	unsigned long *suspects;
	unsigned long *packed;
	struct slabscan_suspect suspect;
	u32 *slots;
	u32 nr_slots;
	unsigned int nr;
	struct worker *workers;
	struct slabscan_env env;
	void *clusters;
	void *object;
	int only;
	struct tally *tally;
	u64 live, unreferenced, innocent, changed, young;
	u64 moving, left;
	u64 started;
	u64 wait_ns, search_ns;
};

static inline struct tally *slabscan_leaks_tally(const struct leaks *l, u32 slab)
{
	return &l->tally[l->set[0].slabs[slab].class];
}

static inline bool slabscan_leaks_is_asked_for(const struct leaks *l, u32 class)
{
	return l->only < 0 || l->only == class;
}

int slabscan_leaks_pass(struct slabscan_job *job);
int slabscan_leaks_note(struct slabscan_job *job);
int slabscan_leaks_look(struct slabscan_job *job);
int slabscan_leaks_drop_changed(struct slabscan_job *job);

bool slabscan_leaks_read(struct leaks *l, u32 object, u32 slab);
u32 slabscan_leaks_excuse(struct leaks *l, u32 object, u32 slab);
void slabscan_leaks_summarise(struct slabscan_job *job);
int slabscan_leaks_report(struct slabscan_job *job);

#endif /* SLABSCAN_LEAKS_REPORT_H */
