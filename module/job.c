// SPDX-License-Identifier: GPL-2.0-only
/*
 * job.c - one background job at a time: the state machine of scans, traces and searches
 *
 *   slabscan_job_start()  parameters checked, memory got, thread made but not running; the client gets its answer
 *   slabscan_job_launch() the thread runs; it tells the owner of its progress
 *   end                   the result replaces the last one of its kind; the last notification is sent; "finished"
 *   reap                  at the next start or at module exit: the thread is joined and the job freed
 *
 * Locks: job_mutex protects the current job as a pointer, its start and its reaping, and the table of results. A running thread takes it only for the
 * moment in which it publishes its result, and nobody joins the thread of an unfinished job under it except slabscan_job_deinit(), which does so
 * after it let go of it. Cancellation is a flag: whoever sets it needs no lock beyond the one that keeps the job alive.
 *
 * Lifetime: the job belongs to the socket that started it (portid). When that socket closes, slabscan_job_orphan() cancels.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "compat/compat.h"
#include "job.h"
#include "kmem.h"

#define NOTIFY_MS	200

static DEFINE_MUTEX(job_mutex);
static struct slabscan_job *current_job;
static u32 last_id;
static u32 owner;	/* portid of the socket that started a job last; so that whoever closes another one need not wait for job_mutex */
static struct slabscan_result *results[SLABSCAN_KIND_MAX + 1];
static u32 generation;

static const struct slabscan_job_ops *const kinds[SLABSCAN_KIND_MAX + 1] = {
	[SLABSCAN_KIND_CACHES] = &slabscan_census_ops,
	[SLABSCAN_KIND_SCAN] = &slabscan_scan_ops,
	[SLABSCAN_KIND_SHOW] = &slabscan_show_ops,
	[SLABSCAN_KIND_TRACE] = &slabscan_trace_ops,
	[SLABSCAN_KIND_LEAKS] = &slabscan_leaks_ops,
	[SLABSCAN_KIND_REFS] = &slabscan_refs_ops,
	[SLABSCAN_KIND_OBJECTS] = &slabscan_objects_ops,
};

static void publish(struct slabscan_job *job, struct slabscan_result *r)
{
	struct slabscan_result *old;

	mutex_lock(&job_mutex);
	r->generation = ++generation;
	old = results[r->kind];
	results[r->kind] = slabscan_result_get(r);
	mutex_unlock(&job_mutex);
	slabscan_result_put(old);
}

static void tell_end(struct slabscan_job *job, int err)
{
	const struct slabscan_result *r = job->result;
	bool whole = !err && r->complete;

	if (err && err != -EINTR)
		slabscan_notify(job, job->portid, SLABSCAN_STATE_FAILED, err, job->reason, 0);
	else
		slabscan_notify(job, job->portid, whole ? SLABSCAN_STATE_DONE : SLABSCAN_STATE_PARTIAL, 0,
				whole ? NULL : err ? "cancelled" : job->reason, r->generation);
}

static int job_thread(void *arg)
{
	struct slabscan_job *job = arg;
	int err;

	set_user_nice(current, 10);
	job->started = ktime_get_ns();
	err = job->ops->run(job);
	if (!err || err == -EINTR) {
		int seal = slabscan_result_seal(job->result);

		if (seal) {
			err = seal;
			job->reason = seal == -EMSGSIZE ? "the result is larger than 64 MiB: ask for less" : "there was no memory for the result";
		}
	}
	if (job->ops->release)
		job->ops->release(job);
	slabscan_caches_destroy(job->caches);
	job->caches = NULL;

	if (!err || err == -EINTR)
		publish(job, job->result);
	/* before the last notification: a client that got it may start its next job, which then waits for the end of this thread */
	complete_all(&job->finished);
	tell_end(job, err);
	slabscan_result_put(job->result);
	return 0;
}

/* A thread that is stopped before it ran never runs, so wait for the end of its work first. */
static void join(struct slabscan_job *job)
{
	wait_for_completion(&job->finished);
	kthread_stop(job->task);
	put_task_struct(job->task);
	kfree(job);
}

static void discard(struct slabscan_job *job)
{
	if (job->ops->release)
		job->ops->release(job);
	slabscan_caches_destroy(job->caches);
	slabscan_result_put(job->result);
	kfree(job);
}

/**
 * slabscan_job_attrs() - parameters that a kind of job takes
 * @kind: any number
 *
 * Return: enum slabscan_attr each, 0 at the end; NULL for a kind that is not known.
 */
const u8 *slabscan_job_attrs(u32 kind)
{
	return kind <= SLABSCAN_KIND_MAX && kinds[kind] ? kinds[kind]->attrs : NULL;
}

/**
 * slabscan_job_start() - make a job
 * @params: what is asked for; the kind is one that slabscan_job_attrs() knows
 * @portid: socket that owns it
 * @extack: told why not
 * @ret: the job: its memory and id may be told to the client before slabscan_job_launch()
 *
 * Context: process context, from netlink. May sleep.
 * Return: 0; -EBUSY; -ENOMEM; otherwise what the kind's prepare says.
 */
int slabscan_job_start(const struct slabscan_params *params, u32 portid, struct netlink_ext_ack *extack, struct slabscan_job **ret)
{
	struct slabscan_job *job;
	int err;

	mutex_lock(&job_mutex);
	if (current_job && !completion_done(&current_job->finished)) {
		NL_SET_ERR_MSG(extack, "another slabscan job is running");
		err = -EBUSY;
		goto out_unlock;
	}
	if (current_job) {
		join(current_job);
		current_job = NULL;
	}

	WRITE_ONCE(owner, portid);
	err = -ENOMEM;
	job = kzalloc(sizeof(*job), SLABSCAN_GFP);
	if (!job)
		goto out_unlock;
	job->params = *params;
	job->ops = kinds[params->kind];
	job->portid = portid;
	job->pid = task_tgid_nr(current);
	job->id = ++last_id;
	init_waitqueue_head(&job->wait);
	init_completion(&job->finished);

	job->result = slabscan_result_create(params->kind);
	if (!job->result)
		goto out_discard;
	job->caches = slabscan_caches_create();
	if (IS_ERR(job->caches)) {
		err = PTR_ERR(job->caches);
		job->caches = NULL;
		goto out_discard;
	}
	err = job->ops->prepare(job, extack);
	if (err)
		goto out_discard;

	job->task = kthread_create(job_thread, job, "slabscan/%u", job->id);
	if (IS_ERR(job->task)) {
		err = PTR_ERR(job->task);
		goto out_discard;
	}
	get_task_struct(job->task);
	current_job = job;
	*ret = job;
	mutex_unlock(&job_mutex);
	return 0;

out_discard:
	discard(job);
out_unlock:
	mutex_unlock(&job_mutex);
	return err;
}

/**
 * slabscan_job_launch() - let a job run
 * @job: from slabscan_job_start(); not to be touched afterwards
 *
 * Has to follow each successful slabscan_job_start(), after slabscan_job_cancel() if it is not wanted any more.
 */
void slabscan_job_launch(struct slabscan_job *job)
{
	wake_up_process(job->task);
}

static void cancel(struct slabscan_job *job)
{
	WRITE_ONCE(job->cancelled, true);
	wake_up_all(&job->wait);
}

/**
 * slabscan_job_cancel() - ask a job to end
 * @id: the job
 * @portid: must be its owner
 *
 * Context: process context. Does not wait.
 * Return: 0, or -ESRCH.
 */
int slabscan_job_cancel(u32 id, u32 portid)
{
	int err = -ESRCH;

	mutex_lock(&job_mutex);
	if (current_job && current_job->id == id && current_job->portid == portid) {
		cancel(current_job);
		err = 0;
	}
	mutex_unlock(&job_mutex);
	return err;
}

/**
 * slabscan_job_orphan() - a socket was closed: end its job
 * @portid: the socket
 *
 * Context: process context. Does not wait.
 */
void slabscan_job_orphan(u32 portid)
{
	/* a socket is not closed while it is asking for something: its job, if it has one, is the newest */
	if (READ_ONCE(owner) != portid)
		return;
	mutex_lock(&job_mutex);
	if (current_job && current_job->portid == portid)
		cancel(current_job);
	mutex_unlock(&job_mutex);
}

/**
 * slabscan_job_current() - is a job running?
 * @id: its number
 * @kind: what it does
 * @pid: who started it
 */
bool slabscan_job_current(u32 *id, u32 *kind, int *pid)
{
	bool busy = false;

	mutex_lock(&job_mutex);
	if (current_job && !completion_done(&current_job->finished)) {
		*id = current_job->id;
		*kind = current_job->params.kind;
		*pid = current_job->pid;
		busy = true;
	}
	mutex_unlock(&job_mutex);
	return busy;
}

/**
 * slabscan_job_result() - the newest result of a kind
 * @kind: enum slabscan_kind
 *
 * Return: with a reference, or NULL.
 */
struct slabscan_result *slabscan_job_result(u32 kind)
{
	struct slabscan_result *r;

	if (kind > SLABSCAN_KIND_MAX)
		return NULL;
	mutex_lock(&job_mutex);
	r = slabscan_result_get(results[kind]);
	mutex_unlock(&job_mutex);
	return r;
}

/**
 * slabscan_job_deinit() - end the job that may run and drop all results
 *
 * Context: module exit, when no client can reach us any more. Waits for the job.
 */
void slabscan_job_deinit(void)
{
	struct slabscan_job *job;
	unsigned int i;

	mutex_lock(&job_mutex);
	job = current_job;
	current_job = NULL;
	mutex_unlock(&job_mutex);
	if (job) {
		cancel(job);
		join(job);
	}
	for (i = 0; i <= SLABSCAN_KIND_MAX; i++) {
		slabscan_result_put(results[i]);
		results[i] = NULL;
	}
}

/**
 * slabscan_job_cancelled() - should the work stop?
 * @job: the job
 *
 * Context: any.
 */
bool slabscan_job_cancelled(const struct slabscan_job *job)
{
	return READ_ONCE(job->cancelled);
}

/**
 * slabscan_job_step() - account for some work, tell the owner now and then, and let others run
 * @job: the job
 * @units: work done since the last call
 *
 * Where others may run is a quiescent state for RCU-tasks, too, here and everywhere else in the module: with CONFIG_PREEMPTION cond_resched() is none, and who
 * waits for one meanwhile, as kprobe_optimizer() does with text_mutex held, would wait for the end of the job.
 *
 * Context: process context, no lock held. Sleeps.
 * Return: false if the work should stop.
 */
bool slabscan_job_step(struct slabscan_job *job, u64 units)
{
	u64 done = atomic64_add_return(units, &job->done);
	unsigned long at = READ_ONCE(job->notify_at);

	if (time_after(jiffies, at) && cmpxchg(&job->notify_at, at, jiffies + msecs_to_jiffies(NOTIFY_MS)) == at && done)
		slabscan_notify(job, job->portid, SLABSCAN_STATE_RUNNING, 0, NULL, 0);
	cond_resched_tasks_rcu_qs();
	return !slabscan_job_cancelled(job);
}

/**
 * slabscan_job_wait() - let time pass
 * @job: the job
 * @jiffies: how long
 *
 * Context: process context. Sleeps.
 * Return: false if the work should stop.
 */
bool slabscan_job_wait(struct slabscan_job *job, unsigned long jiffies)
{
	wait_event_interruptible_timeout(job->wait, slabscan_job_cancelled(job), jiffies);
	return !slabscan_job_cancelled(job);
}

struct helper {
	struct slabscan_job *job;
	int (*work)(struct slabscan_job *job, void *arg);
	void *arg;
	struct task_struct *task;
	atomic_t taken;
	struct completion done;
	int err;
};

static int helper_thread(void *arg)
{
	struct helper *h = arg;

	set_user_nice(current, 10);
	if (!atomic_xchg(&h->taken, 1)) {
		h->err = h->work(h->job, h->arg);
		complete(&h->done);
	}
	return 0;
}

/**
 * slabscan_job_parallel() - do the same on several CPUs
 * @job: the job
 * @nr: how many threads, this one included
 * @work: to be called once with each of @args
 * @args: @nr pointers
 *
 * Each @args has its turn, be it in this thread: when there is no other, or when the other was too late to start.
 *
 * Context: the job's thread. Returns when all have ended.
 * Return: 0 or the first error.
 */
int slabscan_job_parallel(struct slabscan_job *job, unsigned int nr, int (*work)(struct slabscan_job *job, void *arg), void **args)
{
	struct helper *helpers = NULL;
	unsigned int i;
	int err, e;

	if (nr > 1)
		helpers = kcalloc(nr, sizeof(*helpers), SLABSCAN_GFP);
	for (i = 1; helpers && i < nr; i++) {
		struct helper *h = &helpers[i];

		h->job = job;
		h->work = work;
		h->arg = args[i];
		init_completion(&h->done);
		h->task = kthread_create(helper_thread, h, "slabscan/%u.%u", job->id, i);
		if (IS_ERR(h->task)) {
			h->task = NULL;
			continue;
		}
		get_task_struct(h->task);
		wake_up_process(h->task);
	}
	err = work(job, args[0]);
	for (i = 1; i < nr; i++) {
		struct helper *h = helpers ? &helpers[i] : NULL;

		if (!h || !h->task || !atomic_xchg(&h->taken, 1)) {
			e = work(job, args[i]);
		} else {
			/* no signal comes here; but this may take minutes, and who sleeps uninterruptibly for so long is reported */
			while (wait_for_completion_interruptible(&h->done))
				;
			e = h->err;
		}
		if (h && h->task) {
			kthread_stop(h->task);
			put_task_struct(h->task);
		}
		if (!err)
			err = e;
	}
	kfree(helpers);
	return err;
}

/**
 * slabscan_job_pick_cache() - the cache that the parameters name
 * @job: its caches were listed
 * @extack: told why not
 *
 * Return: index in job->caches; -EINVAL if none was named; -ENOENT; -ENOTUNIQ.
 */
int slabscan_job_pick_cache(struct slabscan_job *job, struct netlink_ext_ack *extack)
{
	int at;

	if (!job->params.cache[0]) {
		NL_SET_ERR_MSG(extack, "no cache is named");
		return -EINVAL;
	}
	at = slabscan_caches_named(job->caches, job->params.cache, job->params.cache_index);
	if (at == -ENOENT)
		NL_SET_ERR_MSG(extack, "no cache bears that name");
	else if (at == -ENOTUNIQ)
		NL_SET_ERR_MSG(extack, "several caches bear that name");
	return at;
}
