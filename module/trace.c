// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace.c - job "trace": who allocates what nobody frees?
 *
 *   record   allocations and frees of one cache are watched (trace_hook.c)
 *   drain    nothing more is recorded, so that what lives shortly leaves. What is there at its begin is signed: a hash of each object's content
 *   settle   what waits for a grace period in call_rcu() is let go; if that takes too long, nothing is marked
 *   verify   each object left is looked up in its slab, as a scan would: a free one was freed where no hook saw it, and is dropped. If the content is
 *            what it was, the object is quiet; if it is quiet and looks like one of the masses that the last scan of this cache found, it is marked
 *   report   trace_report.c
 *
 * Frees are watched until all are verified, so what is told at the end is true of one moment.
 *
 * Locks: a shard's lock for the copy of one record at a time; those of slab.c. A record that was freed, or whose address is another object's by now,
 * is told by its serial number.
 * Lifetime: hooks are gone before the memory that they use is; see release().
 *
 * rcu_barrier() can't be cancelled and takes as long as the slowest reader. So it runs on a work queue, which a cancelled trace does not wait for;
 * only the unloading of the module does.
 */
#include <linux/completion.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <linux/xxhash.h>

#include "compat/compat.h"
#include "job.h"
#include "kmem.h"
#include "own.h"
#include "scan.h"
#include "slab.h"
#include "trace.h"
#include "trace_hook.h"
#include "trace_report.h"

#define DEFAULT_RECORDS	65536
#define DEFAULT_LIMIT	20
#define MAX_RECORDS	(1U << 24)
#define MAX_MS		(7U * 24 * 3600 * 1000)
#define STACKS		4096
#define TICK_MS		100
#define SETTLE_MS	10000	/* how long to wait for grace periods */
#define COLLECT_NS	(2 * NSEC_PER_MSEC)
#define CANCELLED_NS	(2 * NSEC_PER_SEC)	/* of the last look, when the job was cancelled */
#define MASS_MIN	32	/* objects of a cluster that is a mass ... */
#define MASS_SHARE	100	/* ... and one of so many of all */

struct trace {
	struct slabscan_trace t;
	struct slabscan_slab slab;
	struct slabscan_parked parked;
	u64 collect_at;
	struct slabscan_model *model;
	u64 mass;		/* objects that a cluster needs */
	u64 unseen;
	bool stale, settled, blind;
	void *room;		/* of the report */
};

/* Settling */

static DECLARE_COMPLETION(settled);

static void settle_work(struct work_struct *work)
{
	rcu_barrier();
	complete_all(&settled);
}

static DECLARE_WORK(settling, settle_work);

/* Sets @settled if what waited for a grace period is gone. Returns false if the trace is to end now. */
static bool settle(struct slabscan_job *job)
{
	struct trace *tr = job->private;
	unsigned long end = jiffies + msecs_to_jiffies(SETTLE_MS);

	if (work_pending(&settling) || work_busy(&settling))
		return true;	/* the last one hangs: grace periods do not end */
	reinit_completion(&settled);
	schedule_work(&settling);
	while (!try_wait_for_completion(&settled)) {
		if (time_after(jiffies, end))
			return true;
		if (!slabscan_job_wait(job, HZ / 50 + 1))
			return false;
	}
	tr->settled = true;
	return true;
}

/* Looking at objects */

struct look {
	bool live, read;
	u64 content;
	int cluster;	/* from 0 */
};

static int collect(struct trace *tr)
{
	u64 now = ktime_get_ns();
	int err;

	if (now < tr->collect_at)
		return 0;
	err = slabscan_parked_collect(&tr->parked, tr->t.cache);
	if (err) {
		tr->stale = true;
		return err;
	}
	tr->collect_at = ktime_get_ns();
	tr->collect_at += max_t(u64, COLLECT_NS, 10 * (tr->collect_at - now));
	return 0;
}

static void look_at(struct trace *tr, unsigned long addr, bool match, struct look *ret)
{
	const struct slabscan_cache *cache = tr->t.cache;
	struct slabscan_slab *s = &tr->slab;
	unsigned long first;
	struct page *page;
	unsigned int i;
	int hold, err;

	*ret = (struct look){ .cluster = -1 };
	hold = slabscan_kmem_hold();
	page = slabscan_kmem_page(__pa(addr) >> PAGE_SHIFT);
	err = page ? slabscan_slab_copy(s, cache, slabscan_kmem_head(page), &tr->parked) : -ENOENT;
	if (err == -EIO) {
		ret->live = true;	/* can't be told; the hooks saw no free */
		goto out;
	}
	if (err)
		goto out;
	first = slabscan_slab_object(s, 0);
	i = addr >= first ? (addr - first) / cache->size : s->objects;
	if (i >= s->objects || slabscan_slab_object(s, i) != addr || !test_bit(i, s->live))
		goto out;
	ret->live = true;
	ret->read = true;
	ret->content = xxh64(s->image + (addr - s->addr), cache->object_size, 0);
	if (match && tr->model)
		ret->cluster = slabscan_cluster_match(tr->model->set, s->image + (addr - s->addr), addr);
out:
	slabscan_kmem_release(hold);
}

/* Is this cluster one that an object may be marked for? */
static bool is_mass(struct slabscan_job *job, int cluster)
{
	struct trace *tr = job->private;
	struct slabscan_cluster c;

	if (cluster < 0 || !slabscan_cluster_get(tr->model->set, cluster, &c))
		return false;
	if (job->params.has_fingerprint)
		return tr->model->fingerprints[cluster] == job->params.fingerprint;
	return c.objects >= tr->mass;
}

static void sign(struct slabscan_track_record *r, const struct look *look)
{
	if (!look->read)
		return;
	r->content = look->content;
	r->flags |= SLABSCAN_TRACE_SIGNED;
}

static void verify(struct slabscan_job *job, struct slabscan_track_record *r, const struct look *look)
{
	if (!look->read || !(r->flags & SLABSCAN_TRACE_SIGNED) || r->content != look->content)
		return;
	r->flags |= SLABSCAN_TRACE_QUIET;
	if (look->cluster >= 0)
		r->flags |= (look->cluster + 1) << SLABSCAN_TRACE_CLUSTER_SHIFT | SLABSCAN_TRACE_MARKED;
}

/* For a cancelled job: whoever cancelled it wants what there is, but soon. */
static bool is_late(const struct slabscan_job *job, u64 *until)
{
	u64 now;

	if (!slabscan_job_cancelled(job))
		return false;
	now = ktime_get_ns();
	if (!*until)
		*until = now + CANCELLED_NS;
	return now > *until;
}

/*
 * Each record once: a slab's copy each. A cancelled job may want its partial result, so the last look goes on for a moment; what was not reached by then counts
 * as a survivor that is not quiet.
 */
static void look_at_all(struct slabscan_job *job, bool last)
{
	struct trace *tr = job->private;
	u64 until = 0;
	u32 i, at;

	for (i = 0; i < tr->t.nr_shards; i++) {
		struct slabscan_trace_shard *shard = &tr->t.shards[i];

		for (at = 0; at < shard->track.nr; at++) {
			struct slabscan_track_record copy, *r = &shard->track.records[at], gone;
			struct look look;

			raw_spin_lock_irq(&shard->lock);
			copy = *r;
			raw_spin_unlock_irq(&shard->lock);
			if (at % 4096 == 0)
				cond_resched_tasks_rcu_qs();
			if (!copy.address)
				continue;
			if (last ? is_late(job, &until) : slabscan_job_cancelled(job))
				return;
			if (collect(tr))
				return;
			look_at(tr, copy.address, last && tr->settled && !tr->blind, &look);
			if (look.cluster >= 0 && !is_mass(job, look.cluster))
				look.cluster = -1;

			raw_spin_lock_irq(&shard->lock);
			if (r->address == copy.address && r->serial == copy.serial) {
				if (!look.live)
					tr->unseen += slabscan_track_remove(&shard->track, copy.address, &gone);
				else if (last)
					verify(job, r, &look);
				else
					sign(r, &look);
			}
			raw_spin_unlock_irq(&shard->lock);
			slabscan_job_step(job, 0);
		}
	}
}

/* The job */

static int check_params(struct slabscan_job *job, struct netlink_ext_ack *extack)
{
	struct slabscan_params *p = &job->params;
	u32 i;

	if (!p->duration_ms || p->duration_ms > MAX_MS) {
		NL_SET_ERR_MSG(extack, "DURATION_MS: from 1 ms to a week");
		return -EINVAL;
	}
	if (p->drain_ms == U32_MAX)
		p->drain_ms = p->duration_ms / 5;
	if (p->drain_ms >= p->duration_ms) {
		NL_SET_ERR_MSG(extack, "DRAIN_MS: has to leave time for allocations");
		return -EINVAL;
	}
	if (!p->records)
		p->records = DEFAULT_RECORDS;
	if (p->records < 64 || p->records > MAX_RECORDS) {
		NL_SET_ERR_MSG(extack, "RECORDS: from 64 to 16777216");
		return -EINVAL;
	}
	if (!p->limit)
		p->limit = DEFAULT_LIMIT;
	if (p->module[0] && !slabscan_trace_module_loaded(p->module)) {
		NL_SET_ERR_MSG(extack, "MODULE: no such module is loaded");
		return -EINVAL;
	}
	for (i = 0; i < p->nr_probes; i++) {
		int err = slabscan_trace_probeable(p->probe[i]);

		if (!err)
			continue;
		if (err == -ENOMEM)
			return err;
		if (err == -ENOENT)
			NL_SET_ERR_MSG(extack, "PROBE: there is no function of that name, or it was inlined everywhere");
		else if (err == -EADDRNOTAVAIL)
			NL_SET_ERR_MSG(extack, "PROBE: several functions bear that name");
		else
			NL_SET_ERR_MSG(extack, "PROBE: the kernel does not allow to probe that function");
		return err == -ENOENT || err == -EADDRNOTAVAIL ? err : -EINVAL;
	}
	return 0;
}

static int prepare(struct slabscan_job *job, struct netlink_ext_ack *extack)
{
	const struct slabscan_params *p = &job->params;
	const struct slabscan_cache *cache;
	struct trace *tr;
	int at, err;

	at = slabscan_job_pick_cache(job, extack);
	if (at < 0)
		return at;
	err = check_params(job, extack);
	if (err)
		return err;
	cache = &job->caches->cache[at];
	tr = kvzalloc(sizeof(*tr), SLABSCAN_GFP);
	if (!tr)
		return -ENOMEM;
	job->private = tr;
	job->total = p->duration_ms;
	job->memory = sizeof(*tr) + slabscan_slab_size(cache->order, cache->max_objects) + slabscan_parked_size(cache);
	err = slabscan_trace_init(&tr->t, cache, p->records, STACKS, &job->memory);
	if (!err)
		err = slabscan_slab_init(&tr->slab, cache->order, cache->max_objects);
	if (!err)
		err = slabscan_parked_init(&tr->parked, cache);
	if (!err) {
		tr->room = slabscan_trace_report_room(STACKS, &job->memory);
		err = tr->room ? 0 : -ENOMEM;
	}
	tr->t.owner = current->tgid;
	tr->t.pid = p->pid;
	strscpy(tr->t.module, p->module, sizeof(tr->t.module));
	memcpy(tr->t.probe, p->probe, sizeof(tr->t.probe));
	tr->t.nr_probes = p->nr_probes;
	return err;
}

static void release(struct slabscan_job *job)
{
	struct trace *tr = job->private;

	if (!tr)
		return;
	slabscan_trace_disarm(&tr->t);
	slabscan_trace_deinit(&tr->t);
	slabscan_slab_deinit(&tr->slab);
	slabscan_parked_deinit(&tr->parked);
	slabscan_own_free(tr->room);
	slabscan_model_give_back(tr->model);
	kvfree(tr);
}

/* Lets time pass. Returns false if the trace is to end now. */
static bool watch(struct slabscan_job *job, u64 until)
{
	struct trace *tr = job->private;
	u64 now = ktime_get_ns(), before;

	while (now < until) {
		u64 left = until - now;

		before = now;
		if (!slabscan_job_wait(job, clamp_t(unsigned long, nsecs_to_jiffies(left) + 1, 1, msecs_to_jiffies(TICK_MS))))
			return false;
		if (slabscan_trace_used(&tr->t) > tr->t.nr_records / 4 * 3)
			slabscan_trace_thin(&tr->t);
		if (!slabscan_trace_sees(&tr->t)) {
			tr->blind = true;
			return false;
		}
		/* the cache may go away, and another may come to its place */
		if (slabscan_cache_lock(tr->t.cache, &now)) {
			tr->stale = true;
			return false;
		}
		slabscan_cache_unlock();
		now = ktime_get_ns();
		slabscan_job_step(job, div_u64(now - before, NSEC_PER_MSEC));
	}
	return true;
}

static void take_model(struct slabscan_job *job)
{
	struct trace *tr = job->private;
	struct slabscan_cluster c;
	u64 total = 0;
	u32 i;

	tr->model = slabscan_model_take(tr->t.cache->name);
	if (tr->model && tr->model->random != tr->t.cache->random) {
		slabscan_model_give_back(tr->model);
		tr->model = NULL;
	}
	if (!tr->model)
		return;
	for (i = 0; slabscan_cluster_get(tr->model->set, i, &c); i++)
		total += c.objects;
	tr->mass = max_t(u64, MASS_MIN, div_u64(total, MASS_SHARE));
}

static u32 masses(struct slabscan_job *job)
{
	struct trace *tr = job->private;
	u32 i, nr = 0;

	for (i = 0; tr->model && i < tr->model->nr; i++)
		nr += is_mass(job, i);
	return nr;
}

static int run(struct slabscan_job *job)
{
	struct trace *tr = job->private;
	const struct slabscan_params *p = &job->params;
	struct slabscan_trace_end end = { .judge = !p->has_fingerprint, .limit = p->limit, .memory = job->memory, .started = job->started };
	u64 begin;
	bool going;
	int err;

	tr->t.self = current;
	err = slabscan_trace_arm(&tr->t, &job->reason);
	if (err)
		return err;
	begin = ktime_get_ns();
	going = watch(job, begin + (u64)(p->duration_ms - p->drain_ms) * NSEC_PER_MSEC);
	if (going) {
		slabscan_trace_drain(&tr->t);
		look_at_all(job, false);
		going = !tr->stale && watch(job, begin + (u64)p->duration_ms * NSEC_PER_MSEC);
	}
	if (going)
		going = settle(job);
	if (going && !slabscan_trace_sees(&tr->t))
		tr->blind = true;
	if (!going)
		slabscan_trace_disarm(&tr->t);	/* at once; the rest is about what was seen until now */
	end.duration = ktime_get_ns() - begin;
	take_model(job);
	if (!tr->stale)
		look_at_all(job, true);
	slabscan_trace_disarm(&tr->t);

	job->result->complete = going && !tr->stale && tr->settled && !tr->blind;
	if (tr->stale)
		job->reason = "the cache was destroyed meanwhile: what survived is not known";
	else if (tr->blind)
		job->reason = SLABSCAN_TRACE_BLIND;
	else if (going && !tr->settled)
		job->reason = "grace periods of RCU are held up: survivors may just be waiting for one, so none is marked";
	end.message = going || tr->stale || tr->blind ? job->reason : "cancelled";
	end.unseen = tr->unseen;
	end.clusters = masses(job);
	end.fingerprints = tr->model ? tr->model->fingerprints : NULL;
	slabscan_stacks_name(&tr->t.stacks, NULL);
	slabscan_trace_report(job->result, &tr->t, &end, tr->room);
	return going || tr->stale || tr->blind ? 0 : -EINTR;
}

/**
 * slabscan_trace_exit() - wait for what a trace may have left behind
 *
 * Context: module exit, after the last job. Waits for a grace period that a cancelled trace did not wait for.
 */
void slabscan_trace_exit(void)
{
	flush_work(&settling);
}

const struct slabscan_job_ops slabscan_trace_ops = {
	.attrs = (const u8[]){ SLABSCAN_A_KIND, SLABSCAN_A_CACHE, SLABSCAN_A_CACHE_INDEX, SLABSCAN_A_DURATION_MS, SLABSCAN_A_DRAIN_MS,
			       SLABSCAN_A_RECORDS, SLABSCAN_A_PID, SLABSCAN_A_MODULE, SLABSCAN_A_PROBE, SLABSCAN_A_FINGERPRINT,
			       SLABSCAN_A_LIMIT, 0 },
	.prepare = prepare,
	.run = run,
	.release = release,
};
