/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_JOB_H
#define SLABSCAN_JOB_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/slabscan.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "cache.h"
#include "result.h"

struct netlink_ext_ack;
struct slabscan_job;

#define SLABSCAN_PROBES_MAX	8	/* functions that a trace may look below of */
#define SLABSCAN_FUNCTION_MAX	128	/* bytes of a function's name, with the NUL */

/**
 * struct slabscan_params - what a client asked for
 */
struct slabscan_params {
	u32 kind;
	char cache[SLABSCAN_NAME_MAX];	/* empty: none named */
	int cache_index;		/* -1: not given */
	bool all;
	u32 limit;			/* 0: not given */
	u32 cpus;			/* 0: not given */
	u64 addr;
	u32 duration_ms, drain_ms;	/* drain_ms -1: not given */
	u32 records;			/* 0: not given */
	u32 pid;			/* 0: not given */
	u32 fingerprint;
	bool has_fingerprint;
	char module[SLABSCAN_NAME_MAX];	/* empty: not given */
	u32 nr_probes;
	char probe[SLABSCAN_PROBES_MAX][SLABSCAN_FUNCTION_MAX];
};

/**
 * struct slabscan_job_ops - one kind of job
 * @attrs: the attributes (enum slabscan_attr) that it takes, 0 at the end
 * @prepare: check the parameters and get all memory; sets job->memory and job->total. Process context, under the netlink lock: no long work
 * @run: do it, in a thread of its own. Returns 0; -EINTR if it was cancelled but has a partial result; any other errno: no result.
 *       job->reason may be set to a sentence that explains what is missing from the result, or the error
 * @release: free what @prepare got; after @run, or after a failed @prepare
 */
struct slabscan_job_ops {
	const u8 *attrs;
	int (*prepare)(struct slabscan_job *job, struct netlink_ext_ack *extack);
	int (*run)(struct slabscan_job *job);
	void (*release)(struct slabscan_job *job);
};

/**
 * struct slabscan_job - a job, from JOB_START to its last notification
 * @params: what was asked
 * @result: being written
 * @caches: all caches as they were at the start
 * @memory: bytes that it allocates at most
 * @done: units of work done
 * @total: of so many
 * @started: ktime_get_ns() when it began to run
 * @reason: a sentence; see struct slabscan_job_ops
 * @private: of the kind
 */
struct slabscan_job {
	struct slabscan_params params;
	struct slabscan_result *result;
	struct slabscan_caches *caches;
	u64 memory;
	atomic64_t done;
	u64 total;
	u64 started;
	const char *reason;
	void *private;

	/* private: */
	const struct slabscan_job_ops *ops;
	u32 id, portid;
	int pid;
	bool cancelled;
	struct completion finished;
	unsigned long notify_at;
	struct task_struct *task;
	wait_queue_head_t wait;
};

extern const struct slabscan_job_ops slabscan_census_ops;
extern const struct slabscan_job_ops slabscan_scan_ops;
extern const struct slabscan_job_ops slabscan_show_ops;
extern const struct slabscan_job_ops slabscan_objects_ops;
extern const struct slabscan_job_ops slabscan_leaks_ops;
extern const struct slabscan_job_ops slabscan_refs_ops;
extern const struct slabscan_job_ops slabscan_trace_ops;

const u8 *slabscan_job_attrs(u32 kind);
int slabscan_job_start(const struct slabscan_params *params, u32 portid, struct netlink_ext_ack *extack, struct slabscan_job **ret);
void slabscan_job_launch(struct slabscan_job *job);
int slabscan_job_cancel(u32 id, u32 portid);
void slabscan_job_orphan(u32 portid);
bool slabscan_job_current(u32 *id, u32 *kind, int *pid);
void slabscan_job_deinit(void);

struct slabscan_result *slabscan_job_result(u32 kind);

/* For those who do the work. */
bool slabscan_job_step(struct slabscan_job *job, u64 units);
bool slabscan_job_cancelled(const struct slabscan_job *job);
bool slabscan_job_wait(struct slabscan_job *job, unsigned long jiffies);
int slabscan_job_parallel(struct slabscan_job *job, unsigned int nr, int (*work)(struct slabscan_job *job, void *arg), void **args);
int slabscan_job_pick_cache(struct slabscan_job *job, struct netlink_ext_ack *extack);

/* Provided by netlink.c. */
void slabscan_notify(struct slabscan_job *job, u32 portid, u32 state, int err, const char *message, u32 generation);

#endif /* SLABSCAN_JOB_H */
