// SPDX-License-Identifier: GPL-2.0-only
/*
 * checkrun.c - watch memory for a while and judge
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "account.h"
#include "checkrun.h"
#include "interrupt.h"
#include "job.h"

#define GRACE_WAIT_MS	3000	/* longer than what verdict.c takes for held up */

struct check_run *check_run_create(void)
{
	struct check_run *run = calloc(1, sizeof(*run));

	if (!run)
		abort();
	return run;
}

void check_run_free(struct check_run *run)
{
	if (!run)
		return;
	for (size_t i = 0; i < run->count; i++)
		sample_free(run->now[i]);
	for (size_t i = 0; i < run->saved_count; i++)
		sample_free(run->saved[i]);
	aliases_free(run->aliases);
	free(run);
}

/* Replace what /proc/slabinfo says by what the module counts. Return: job_run()'s. */
static int count_exactly(struct cli *cli, struct sample *s)
{
	struct job_params params = { .kind = SLABSCAN_KIND_CACHES };
	const struct record *rec;
	struct result *result;
	size_t at = 0;
	int status = job_run(cli, &params, NULL, &result);

	if (status == CLI_OK) {
		sample_drop_caches(s);
		while ((rec = result_next(result, SLABSCAN_A_RECORD_CACHE, &at))) {
			struct sample_cache *c = rec->name ? sample_add_cache(s, rec->name, rec->slot_size) : NULL;

			if (!c)
				continue;
			c->live = rec->live;
			c->parked = rec->parked;
			c->bytes = rec->bytes;
			c->slab_bytes = rec->slabs ? rec->bytes / rec->slabs : 0;
			c->reclaimable = rec->cache_flags & SLABSCAN_CACHE_RECLAIMABLE;
		}
		sample_sort(s);
		s->exact = true;
	}
	result_free(result);
	return status;
}

int check_sample(struct cli *cli, struct check_run *run, bool deep)
{
	struct grace grace;
	struct sample *s;
	uint64_t ns;
	int status = CLI_OK, missing;

	if (run->count == SERIES_MAX)
		return CLI_OK;
	grace_begin(&grace);
	s = sample_read(cli->root, deep);
	if (!s) {
		int error = errno;

		grace_end(&grace, 0, &ns);
		return cli_fail(cli, CLI_FAILED, "cannot read %s/proc/meminfo: %s", cli->root, strerror(error));
	}
	if (!run->aliases)
		run->aliases = aliases_load(cli->root);
	s->aliases = run->aliases;
	if (!run->count && (missing = job_connect(cli))) {
		if (missing == -ENOENT)
			snprintf(run->why_not, sizeof(run->why_not), "the slabscan module is not loaded");
		else
			snprintf(run->why_not, sizeof(run->why_not), "%.255s", cli->job_error);
	} else if (!run->count || run->exact) {
		status = count_exactly(cli, s);
		if (!run->count)
			run->exact = status == CLI_OK;
		if (status == CLI_FAILED)
			snprintf(run->why_not, sizeof(run->why_not), "%.255s", cli->job_error);
	}
	/* Once RCU is known to be held up there is no need to wait for it each time. */
	if (grace_end(&grace, run->count && sample_has(run->now[run->count - 1], GAUGE_GRACE_NS) &&
		      run->now[run->count - 1]->gauge[GAUGE_GRACE_NS] >= 2000000000ULL ? 100 : GRACE_WAIT_MS, &ns))
		sample_set(s, GAUGE_GRACE_NS, ns);
	if (s->exact == run->exact)
		run->now[run->count++] = s;
	else
		sample_free(s);
	return status == CLI_PARTIAL ? CLI_PARTIAL : CLI_OK;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int check_watch(struct cli *cli, struct check_run *run, uint32_t interval_ms, uint32_t count, const char *label)
{
	uint64_t begin = now_ms();
	struct progress progress;
	int status = CLI_OK;

	progress_begin(&progress, label, cli->quiet);
	for (uint32_t i = 0; i < count && status == CLI_OK; i++) {
		uint64_t due = begin + (uint64_t)i * interval_ms, now = now_ms();

		while (now < due && status == CLI_OK) {
			uint64_t left = due - now;

			if (!interrupt_sleep(left > 500 ? 500 : left))
				status = CLI_PARTIAL;
			now = now_ms();
			if (now < due)
				progress_show(&progress, now - begin, (count - 1) * (uint64_t)interval_ms);
		}
		if (status == CLI_OK)
			status = check_sample(cli, run, !i || i + 1 == count);
	}
	progress_end(&progress);
	run->interrupted = status == CLI_PARTIAL;
	return status;
}

void check_judge(struct check_run *run)
{
	verdict_make(&run->verdict, run->now, run->count, run->saved, run->saved_count);
}

static void say_change(struct out *o, int64_t change)
{
	char num[OUT_NUM_MAX];

	out_i64(o, "change", NULL, change);
	if (change)
		out_cell(o, "change", "%s%s", change < 0 ? "-" : "+", out_fmt_bytes(num, change < 0 ? -(uint64_t)change : (uint64_t)change));
}

void check_say_accounting(struct out *o, const struct check_run *run)
{
	static const struct out_column columns[] = {
		{ "text", "MEMORY IS USED FOR", OUT_LEFT },
		{ "bytes", "BYTES", OUT_RIGHT },
		{ "share", "SHARE", OUT_RIGHT },
		{ "change", "CHANGE", OUT_RIGHT },
	};
	struct account first, last;

	if (!run->count)
		return;
	account_make(&first, run->now[0]);
	account_make(&last, run->now[run->count - 1]);
	out_u64(o, "memory", NULL, last.total);
	out_table_open(o, "accounting", columns, 4);
	for (int i = 0; i < ACCOUNT_USES; i++) {
		if (!(last.known >> i & 1))
			continue;
		out_row_open(o);
		out_str(o, "use", NULL, account_key(i));
		out_cell(o, "text", "%s", account_text(i));
		out_bytes(o, "bytes", "{}", last.bytes[i]);
		out_ppm(o, "share", "{}", last.total ? (uint32_t)(last.bytes[i] * 1000000.0 / last.total) : 0);
		say_change(o, (int64_t)(last.bytes[i] - first.bytes[i]));
		out_row_close(o);
	}
	out_table_close(o);
}

void check_say_evidence(struct out *o, const struct verdict *v)
{
	out_array_open(o, "evidence");
	for (size_t i = 0; i < v->evidence_count; i++) {
		out_str(o, NULL, NULL, v->evidence[i]);
		out_wrapped(o, 2, "- %s", v->evidence[i]);
	}
	out_array_close(o);
}
