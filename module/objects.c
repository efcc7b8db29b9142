// SPDX-License-Identifier: GPL-2.0-only
/*
 * objects.c - job "objects": the addresses of the allocated objects of a cache
 *
 * The plainest use of slab.c. For other tools to start from, and for the tests that hold slab.c to its word: they plant objects, and compare.
 *
 * The walk over slabs that it shares with the scan is walk.c.
 */
#include <linux/bitmap.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "compat/compat.h"
#include "job.h"
#include "walk.h"

#define PER_RECORD	1000	/* addresses: 12 bytes each in a message */
#define DEFAULT_LIMIT	1000000

struct objects {
	struct slabscan_walk walk;
	u64 told;
	bool open;
	unsigned int in_record;
};

static void end_record(struct slabscan_job *job)
{
	struct objects *o = job->private;

	if (o->in_record)
		slabscan_record_end(job->result);
	o->in_record = 0;
}

static void tell(struct slabscan_job *job, unsigned long addr)
{
	struct objects *o = job->private;

	if (!o->in_record)
		slabscan_record_begin(job->result, SLABSCAN_A_RECORD_OBJECTS);
	slabscan_put_u64(job->result, SLABSCAN_A_EXAMPLE, addr);
	if (++o->in_record == PER_RECORD)
		end_record(job);
	o->told++;
}

static void see_slab(struct slabscan_walk_part *part, struct slabscan_slab *s)
{
	struct slabscan_job *job = part->private;
	struct objects *o = job->private;
	unsigned int i;

	for_each_set_bit(i, s->live, s->objects) {
		if (o->told == job->params.limit)
			return;
		tell(job, slabscan_slab_object(s, i));
	}
}

static int prepare(struct slabscan_job *job, struct netlink_ext_ack *extack)
{
	int at = slabscan_job_pick_cache(job, extack), err;
	struct objects *o;
	u32 cache = at;

	if (at < 0)
		return at;
	if (!job->params.limit)
		job->params.limit = DEFAULT_LIMIT;
	o = kzalloc(sizeof(*o), SLABSCAN_GFP);
	if (!o)
		return -ENOMEM;
	job->private = o;
	job->memory = 24ULL * job->params.limit +	/* the result doubles as it grows */
		      slabscan_walk_size(job->caches, &cache, 1, 1);
	err = slabscan_walk_init(&o->walk, job, &cache, 1, 1, see_slab);
	if (!err)
		o->walk.workers[0].part[0].private = job;
	return err;
}

static void release(struct slabscan_job *job)
{
	struct objects *o = job->private;

	if (!o)
		return;
	slabscan_walk_deinit(&o->walk);
	kfree(o);
}

static int run(struct slabscan_job *job)
{
	struct slabscan_walk_part sum = { 0 };
	struct objects *o = job->private;
	int err;

	err = slabscan_walk_run(&o->walk);
	if (err && err != -EINTR && err != -ESTALE)
		return err;
	job->result->complete = !err;
	if (err == -ESTALE) {
		job->reason = "the cache was destroyed meanwhile";
		err = 0;
	}
	end_record(job);
	if (o->told == job->params.limit) {
		job->result->complete = false;
		job->reason = "the limit of addresses was reached";
	}
	slabscan_walk_sum(&o->walk, true, &sum);
	slabscan_record_begin(job->result, SLABSCAN_A_RECORD_SUMMARY);
	slabscan_put_cache(job->result, o->walk.cache[0]);
	slabscan_walk_summary(job, &sum, 0);
	slabscan_record_end(job->result);
	return err;
}

const struct slabscan_job_ops slabscan_objects_ops = {
	.attrs = (const u8[]){ SLABSCAN_A_KIND, SLABSCAN_A_CACHE, SLABSCAN_A_CACHE_INDEX, SLABSCAN_A_LIMIT, 0 },
	.prepare = prepare,
	.run = run,
	.release = release,
};
