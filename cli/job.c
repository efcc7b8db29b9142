// SPDX-License-Identifier: GPL-2.0-only
/*
 * job.c - run a job in the kernel and get its result
 *
 * The last notification can be lost when the socket's buffer was full. So silence is not waited out: after a while the module is asked whether
 * the job still runs, and if it does not, its result is fetched; the summary in it says whether it is whole.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interrupt.h"
#include "job.h"
#include "nl.h"
#include "out_int.h"
#include "progress.h"

#define TICKS		4	/* of PROGRESS_QUIET_MS: silence after which to ask */
#define DUMP_TRIES	8

struct job {
	struct cli *cli;
	uint32_t id;
	uint64_t memory;
	uint32_t state;
	uint32_t error;
	uint32_t generation;
	uint64_t done, total;
	bool heard;
	char message[256];
};

static void fill_params(struct nlmsghdr *nlh, const void *arg)
{
	const struct job_params *p = arg;

	mnl_attr_put_u32(nlh, SLABSCAN_A_KIND, p->kind);
	if (p->cache)
		mnl_attr_put_strz(nlh, SLABSCAN_A_CACHE, p->cache);
	if (p->has_index)
		mnl_attr_put_u32(nlh, SLABSCAN_A_CACHE_INDEX, p->cache_index);
	if (p->all)
		mnl_attr_put(nlh, SLABSCAN_A_ALL, 0, NULL);
	if (p->limit)
		mnl_attr_put_u32(nlh, SLABSCAN_A_LIMIT, p->limit);
	if (p->cpus)
		mnl_attr_put_u32(nlh, SLABSCAN_A_CPUS, p->cpus);
	if (p->has_addr)
		mnl_attr_put_u64(nlh, SLABSCAN_A_ADDR, p->addr);
	if (p->has_fingerprint)
		mnl_attr_put_u32(nlh, SLABSCAN_A_FINGERPRINT, p->fingerprint);
	if (p->duration_ms)
		mnl_attr_put_u32(nlh, SLABSCAN_A_DURATION_MS, p->duration_ms);
	if (p->has_drain)
		mnl_attr_put_u32(nlh, SLABSCAN_A_DRAIN_MS, p->drain_ms);
	if (p->records)
		mnl_attr_put_u32(nlh, SLABSCAN_A_RECORDS, p->records);
	if (p->pid)
		mnl_attr_put_u32(nlh, SLABSCAN_A_PID, p->pid);
	if (p->module)
		mnl_attr_put_strz(nlh, SLABSCAN_A_MODULE, p->module);
	for (unsigned int i = 0; i < p->probe_count; i++)
		mnl_attr_put_strz(nlh, SLABSCAN_A_PROBE, p->probes[i]);
}

static void fill_job(struct nlmsghdr *nlh, const void *arg)
{
	mnl_attr_put_u32(nlh, SLABSCAN_A_JOB, *(const uint32_t *)arg);
}

static void fill_kind(struct nlmsghdr *nlh, const void *arg)
{
	mnl_attr_put_u32(nlh, SLABSCAN_A_KIND, *(const uint32_t *)arg);
}

static int on_start(const void *buf, size_t len, void *arg)
{
	struct job *job = arg;
	struct job_event ev;
	int ret = decode_event(buf, len, &ev);

	job->id = ev.job;
	job->memory = ev.memory;
	return ret;
}

/* A quick job's events can come before the answer that tells its number: then there is no other job whose they could be. */
static void on_event(const void *buf, size_t len, void *arg)
{
	struct job *job = arg;
	struct job_event ev;

	if (decode_event(buf, len, &ev) || (job->id && ev.job != job->id))
		return;
	job->heard = true;
	job->state = ev.state;
	job->error = ev.error;
	job->generation = ev.generation;
	job->done = ev.done;
	job->total = ev.total;
	snprintf(job->message, sizeof(job->message), "%s", ev.message ? ev.message : "");
}

static bool ended(const struct job *job)
{
	return job->state >= SLABSCAN_STATE_DONE;
}

static int on_info(const void *buf, size_t len, void *arg)
{
	struct module_info info;
	int ret = decode_info(buf, len, &info);

	*(uint32_t *)arg = info.job;
	return ret;
}

/* Return: 0 to go on waiting; 1 if the job ended without our hearing of it; -errno */
static int ask(struct job *job)
{
	uint32_t running = 0;
	int ret = nl_call(job->cli->nl, SLABSCAN_CMD_INFO_GET, false, NULL, NULL, on_info, &running);

	if (ret)
		return ret;
	return running != job->id && !ended(job);
}

static int cancel(struct job *job)
{
	int ret = nl_call(job->cli->nl, SLABSCAN_CMD_JOB_CANCEL, false, fill_job, &job->id, NULL, NULL);

	return ret == -ESRCH ? 0 : ret;		/* it ended just now */
}

static int wait_for_end(struct job *job, struct progress *progress)
{
	struct nl *nl = job->cli->nl;
	bool cancelled = false;
	int ret = 0, missed = 0, silent = 0;

	progress->memory = job->memory;

	while (!ret && !ended(job) && missed < 2) {
		struct pollfd pfd[2] = {
			{ .fd = nl_fd(nl), .events = POLLIN },
			{ .fd = cancelled ? -1 : interrupt_fd(), .events = POLLIN },
		};
		int ready = poll(pfd, 2, PROGRESS_QUIET_MS);

		if (ready < 0 && errno != EINTR)
			return -errno;
		if (ready > 0 && pfd[0].revents)
			ret = nl_pump(nl);
		if (!cancelled)
			progress_show(progress, job->done, job->total);
		if (!ret && !cancelled && interrupt_seen()) {
			cancelled = true;
			progress_note(progress, "stopping (Ctrl-C again: quit at once)");
			ret = cancel(job);
		}
		silent = ready ? 0 : silent + 1;
		if (!ret && silent == TICKS) {
			silent = 0;
			ret = ask(job);
			if (ret > 0) {
				missed++;
				ret = 0;
			}
		}
	}
	return ret;
}

static int on_record(const void *buf, size_t len, void *arg)
{
	return result_add(arg, buf, len);
}

static int fetch(struct cli *cli, uint32_t kind, struct result *result)
{
	int ret = -EINTR;

	for (int try = 0; try < DUMP_TRIES && ret == -EINTR; try++) {
		result_clear(result);
		ret = nl_call(cli->nl, SLABSCAN_CMD_RESULT_GET, true, fill_kind, &kind, on_record, result);
	}
	return ret;
}

struct result *job_last(struct cli *cli, uint32_t kind)
{
	struct result *result = out_alloc(sizeof(*result));

	if (!fetch(cli, kind, result) && result->summary)
		return result;
	result_free(result);
	return NULL;
}

static int failed(struct cli *cli, int error, const char *sentence)
{
	cli->job_errno = error;
	snprintf(cli->job_error, sizeof(cli->job_error), "%s", sentence);
	return CLI_FAILED;
}

int job_connect(struct cli *cli)
{
	int ret;

	if (!cli->nl)
		cli->nl = nl_create(cli->root);
	ret = nl_connect(cli->nl);
	if (ret)
		failed(cli, ret, nl_error(cli->nl));
	return ret;
}

static int on_owner(const void *buf, size_t len, void *arg)
{
	return decode_info(buf, len, arg);
}

/* Who keeps us out, as far as the module can still tell. */
static int busy(struct cli *cli)
{
	static const char *const kinds[] = {
		[SLABSCAN_KIND_CACHES] = "caches", [SLABSCAN_KIND_SCAN] = "top", [SLABSCAN_KIND_SHOW] = "show", [SLABSCAN_KIND_TRACE] = "trace",
		[SLABSCAN_KIND_LEAKS] = "leaks", [SLABSCAN_KIND_REFS] = "refs",
	};
	struct module_info info = { 0 };
	char text[sizeof(cli->job_error)];
	const char *kind = "some job";

	if (nl_call(cli->nl, SLABSCAN_CMD_INFO_GET, false, NULL, NULL, on_owner, &info) || !info.job)
		return failed(cli, -EBUSY, "another client's job was running; it has just ended: try again");
	if (info.kind < sizeof(kinds) / sizeof(*kinds) && kinds[info.kind])
		kind = kinds[info.kind];
	snprintf(text, sizeof(text), "the module runs one job at a time, and process %u runs one (%s).\nWait for it, or end that process.", info.pid,
		 kind);
	return failed(cli, -EBUSY, text);
}

static int finish(struct cli *cli, const struct job_params *params, struct job *job, struct result *result)
{
	int ret;

	if (job->state == SLABSCAN_STATE_FAILED)
		return failed(cli, -(int)job->error, *job->message ? job->message : strerror((int)job->error));
	ret = fetch(cli, params->kind, result);
	if (ret == -EINTR)
		return failed(cli, ret, "other clients replaced the result again and again while it was read; try again");
	if (ret)
		return failed(cli, ret, nl_error(cli->nl));
	if (job->generation && result->generation && job->generation != result->generation)
		return failed(cli, -ESTALE, "another client replaced the result before it was read; try again");
	result->memory = job->memory;
	result->partial = job->state == SLABSCAN_STATE_PARTIAL || (result->summary && record_has(result->summary, SLABSCAN_A_COMPLETE) &&
								    !result->summary->complete);
	snprintf(result->why, sizeof(result->why), "%s", job->message);
	return result->partial ? CLI_PARTIAL : CLI_OK;
}

int job_run(struct cli *cli, const struct job_params *params, const char *label, struct result **result)
{
	struct job job = { .cli = cli };
	struct progress progress;
	int ret;

	*result = out_alloc(sizeof(**result));
	if (job_connect(cli))
		return CLI_FAILED;
	interrupt_begin();
	progress_begin(&progress, label, cli->quiet);
	nl_listen(cli->nl, on_event, &job);
	ret = nl_call(cli->nl, SLABSCAN_CMD_JOB_START, false, fill_params, params, on_start, &job);
	if (!ret)
		ret = wait_for_end(&job, &progress);
	nl_listen(cli->nl, NULL, NULL);
	progress_end(&progress);
	interrupt_end();
	if (ret == -EBUSY)
		return busy(cli);
	return ret ? failed(cli, ret, nl_error(cli->nl)) : finish(cli, params, &job, *result);
}

int job_errno(const struct cli *cli)
{
	return cli->job_errno;
}

int job_fail(struct cli *cli)
{
	return cli_fail(cli, CLI_FAILED, "%s", cli->job_error);
}

int job_say_complete(struct cli *cli, const struct result *result, int status)
{
	out_bool(cli->out, "complete", NULL, status == CLI_OK);
	if (status == CLI_PARTIAL)
		out_say(cli->out, "partial", OUT_WARN, "PARTIAL RESULT: %s", *result->why ? result->why : "the job ended before everything was seen.");
	return status;
}
