/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_RESULT_H
#define SLABSCAN_RESULT_H

#include <linux/refcount.h>
#include <linux/slabscan.h>
#include <linux/types.h>
#include <net/netlink.h>

struct slabscan_cache;

/* A record has to fit into one message of a dump. */
#define SLABSCAN_RECORD_MAX	16000

/**
 * struct slabscan_result - what a job found, as it will be sent
 *
 * A sequence of netlink attributes, one nest a record. Written by one job, immutable from slabscan_result_seal() on, shared by reference
 * with those who dump it. Errors while writing are sticky: the job checks once, at the end.
 *
 * @complete: everything was seen
 */
struct slabscan_result {
	refcount_t refs;
	u32 kind;
	u32 generation;
	bool complete;
	/* private: */
	int err;
	void *buf;
	size_t len, room, record;
};

struct slabscan_result *slabscan_result_create(u32 kind);
struct slabscan_result *slabscan_result_get(struct slabscan_result *r);
void slabscan_result_put(struct slabscan_result *r);

void slabscan_record_begin(struct slabscan_result *r, int attr);
void slabscan_record_end(struct slabscan_result *r);
size_t slabscan_nest_begin(struct slabscan_result *r, int attr);
void slabscan_nest_end(struct slabscan_result *r, size_t nest);
void slabscan_put_u32(struct slabscan_result *r, int attr, u32 value);
void slabscan_put_u64(struct slabscan_result *r, int attr, u64 value);
void slabscan_put_string(struct slabscan_result *r, int attr, const char *value);
void slabscan_put_cache(struct slabscan_result *r, const struct slabscan_cache *cache);
void slabscan_put_effort(struct slabscan_result *r, u64 started, u64 memory);
void slabscan_result_fail(struct slabscan_result *r, int err);
int slabscan_result_seal(struct slabscan_result *r);

const struct nlattr *slabscan_result_next(const struct slabscan_result *r, size_t *at);

#endif /* SLABSCAN_RESULT_H */
