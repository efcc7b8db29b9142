/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_TRACE_REPORT_H
#define SLABSCAN_TRACE_REPORT_H

#include <linux/types.h>

#include "result.h"
#include "trace_hook.h"

/* Flags of struct slabscan_track_record. */
#define SLABSCAN_TRACE_SIGNED		(1 << 0)	/* content is the hash of what it held when the drain began */
#define SLABSCAN_TRACE_QUIET		(1 << 1)	/* and still was at the end */
#define SLABSCAN_TRACE_MARKED		(1 << 2)
#define SLABSCAN_TRACE_CLUSTER_SHIFT	8		/* number of the cluster that it looks like, from 1; 0: none */

/**
 * struct slabscan_trace_end - what is known when all is over
 * @unseen: objects that were found free, though no free was seen
 * @duration: ns, how long it was watched
 * @clusters: that survivors were compared with
 * @fingerprints: of the model, by rank from 0; or NULL
 * @judge: take marks away where there are no more survivors than may be expected
 * @limit: sites to tell of
 * @memory: of the job
 * @started: when the job began
 * @message: what is missing, or NULL
 */
struct slabscan_trace_end {
	u64 unseen;
	u64 duration;
	u32 clusters;
	const u32 *fingerprints;
	bool judge;
	u32 limit;
	u64 memory;
	u64 started;
	const char *message;
};

void *slabscan_trace_report_room(u32 stacks, u64 *memory);
void slabscan_trace_report(struct slabscan_result *r, const struct slabscan_trace *t, const struct slabscan_trace_end *end, void *room);

#endif /* SLABSCAN_TRACE_REPORT_H */
