// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_check.c - slabscan check: is it a leak? Is it slab at all? Which cache?
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "checkrun.h"
#include "interrupt.h"
#include "job.h"

#define INTERVAL_MS	5000
#define COUNT		13

struct check_args {
	uint32_t interval_ms, count;
	const char *save, *since;
	bool exit_code;
};

static const struct cli_option options[] = {
	{ "interval", "S", CLI_SECONDS, offsetof(struct check_args, interval_ms), "seconds between two samples (default 5)" },
	{ "count", "N", CLI_UINT, offsetof(struct check_args, count), "how many samples (default 13; at least 6 to decide)" },
	{ "save", "FILE", CLI_STRING, offsetof(struct check_args, save), "add the last sample to FILE" },
	{ "since", "FILE", CLI_STRING, offsetof(struct check_args, since), "also compare with what --save put there" },
	{ "exit-code", NULL, CLI_FLAG, offsetof(struct check_args, exit_code), "exit with 10 if a leak is suspected" },
	{ 0 }
};

static int load_since(struct cli *cli, struct check_run *run, const char *path)
{
	struct sample_origin origin, here;
	char error[256];
	int ret = sample_load(path, &origin, run->saved, &run->saved_count, error);

	if (ret == -EINVAL)
		return cli_fail(cli, CLI_USAGE, "--since %s: %s", path, error);
	if (ret)
		return cli_fail(cli, CLI_USAGE, "--since %s: %s", path, strerror(-ret));
	sample_origin_read(cli->root, &here);
	if (strcmp(origin.boot_id, here.boot_id))
		return cli_fail(cli, CLI_USAGE, "--since %s: it was saved before the last reboot (or on another machine); nothing can be compared with it",
				path);
	return CLI_OK;
}

static void say_head(struct out *o, const struct verdict *v)
{
	const char *size = v->confidence >= 0.75 ? "high" : v->confidence >= 0.5 ? "medium" : "low";

	out_str(o, "verdict", NULL, verdict_key(v->kind));
	out_str(o, "class", NULL, class_name(v->class));
	out_double(o, "confidence", NULL, v->confidence);
	if (v->culprit[0])
		out_str(o, "culprit", NULL, v->culprit);
	if (v->kind == VERDICT_LEAK)
		out_styled(o, OUT_BAD, "A leak is suspected, class %s", class_name(v->class));
	else if (v->kind == VERDICT_UNDECIDED && v->class != CLASS_NONE)
		out_styled(o, OUT_WARN, "Undecided: something grows, class %s, but this is not enough to call it a leak", class_name(v->class));
	else if (v->kind == VERDICT_UNDECIDED)
		out_styled(o, OUT_WARN, "Undecided: this cannot be told from what was seen");
	else
		out_styled(o, OUT_GOOD, "No leak seen");
	out_text(o, " (confidence %s).\n", size);
}

static void say_suspects(struct out *o, const struct verdict *v)
{
	static const struct out_column columns[] = {
		{ "cache", "SUSPECT", OUT_LEFT },
		{ "live", "OBJECTS", OUT_RIGHT },
		{ "bytes", "BYTES", OUT_RIGHT },
		{ "growth_bytes_per_s", "GROWTH/S", OUT_RIGHT },
		{ "reason", "WHY", OUT_LEFT },
	};

	out_table_open(o, "suspects", columns, 5);
	for (size_t i = 0; i < v->suspect_count; i++) {
		const struct verdict_suspect *s = &v->suspects[i];

		out_row_open(o);
		out_str(o, "cache", "{}", s->name);
		out_u64(o, "live", "{}", s->live);
		out_u64(o, "slot_size", NULL, s->slot);
		out_bytes(o, "bytes", "{}", s->bytes);
		out_rate(o, "growth_bytes_per_s", "{}", s->rate);
		out_i64(o, "growth_bytes", NULL, s->growth);
		out_bool(o, "strong", NULL, s->strong);
		out_bool(o, "since_saved", NULL, s->since);
		out_str(o, "reason", "{}", s->reason);
		out_row_close(o);
	}
	out_table_close(o);
}

static void say_next(struct out *o, const struct check_run *run)
{
	const struct verdict *v = &run->verdict;
	char command[SAMPLE_NAME_MAX + 64];

	if (v->suspect_count && v->class == CLASS_SLAB) {
		snprintf(command, sizeof(command), "slabscan top --cache %s", v->suspects[0].name);
		out_next(o, command, "what fills it?");
		snprintf(command, sizeof(command), "slabscan leaks --cache %s", v->suspects[0].name);
		out_next(o, command, "are its objects still referenced?");
		snprintf(command, sizeof(command), "slabscan trace --cache %s", v->suspects[0].name);
		out_next(o, command, "who allocates them?");
		out_next(o, "slabscan diagnose", "all of this at once");
	} else if (v->big[0]) {
		snprintf(command, sizeof(command), "slabscan top --cache %s", v->big);
		out_next(o, command, "what is in the biggest one?");
		snprintf(command, sizeof(command), "slabscan leaks --cache %s", v->big);
		out_next(o, command, "is any of it forgotten?");
	}
	if (v->kind != VERDICT_LEAK) {
		out_next(o, "slabscan check --save FILE", "keep the state; later --since FILE sees slow leaks");
		if (run->count < SERIES_MIN)
			out_next(o, "slabscan check --interval 5 --count 13", "a minute of watching tells growth from noise");
	}
}

static int answer(struct cli *cli, struct check_run *run)
{
	const struct sample *first = run->now[0], *last = run->now[run->count - 1];
	struct out *o = cli->out;

	say_head(o, &run->verdict);
	out_u64(o, "samples", NULL, run->count);
	out_ns(o, "watched_ns", NULL, last->time_ns - first->time_ns);
	out_bool(o, "exact", NULL, run->exact);
	out_bool(o, "complete", NULL, !run->interrupted);
	if (run->saved_count)
		out_ns(o, "since_ns", NULL, last->time_ns - run->saved[0]->time_ns);
	check_say_evidence(o, &run->verdict);
	if (!run->exact)
		out_say(o, "limit", OUT_DIM, "Counts are those of /proc/slabinfo, which takes free objects in per-CPU stores for live ones. With the module "
			"small leaks show sooner, but %s.", run->why_not[0] ? run->why_not : "the module could not count");
	out_text(o, "\n");
	if (run->verdict.suspect_count)
		say_suspects(o, &run->verdict);
	else {
		out_array_open(o, "suspects");
		out_array_close(o);
	}
	check_say_accounting(o, run);
	say_next(o, run);
	return run->interrupted ? CLI_PARTIAL : CLI_OK;
}

static int run_check(struct cli *cli, const struct check_args *args)
{
	struct check_run *run = check_run_create();
	struct sample_origin origin;
	int status = CLI_OK, ret;

	if (args->since)
		status = load_since(cli, run, args->since);
	if (status == CLI_OK) {
		interrupt_begin();
		status = check_watch(cli, run, args->interval_ms, args->count, "watching");
		interrupt_end();
	}
	if (run->count && (status == CLI_OK || status == CLI_PARTIAL)) {
		check_judge(run);
		status = answer(cli, run);
		if (run->interrupted)
			cli_warn(cli, "interrupted: only %zu of %u samples were taken", run->count, args->count);
		if (args->save) {
			sample_origin_read(cli->root, &origin);
			ret = sample_save(args->save, &origin, run->now[run->count - 1]);
			if (ret)
				status = cli_fail(cli, CLI_FAILED, "--save %s: %s", args->save,
						  ret == -EINVAL ? "there is a file that slabscan did not make; it was left alone" : strerror(-ret));
		}
		if (args->exit_code && status != CLI_FAILED && run->verdict.kind == VERDICT_LEAK)
			status = CLI_SUSPECT;
	}
	check_run_free(run);
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct check_args args = { .interval_ms = INTERVAL_MS, .count = COUNT };
	int rest, status = cli_parse(cli, argc, argv, &args, &rest);

	if (status >= 0)
		return status;
	if (!args.count || args.count > SERIES_MAX)
		return cli_fail(cli, CLI_USAGE, "--count: from 1 to %d", SERIES_MAX);
	return run_check(cli, &args);
}

const struct cli_verb cmd_check = {
	.name = "check",
	.brief = "is it a leak? is it slab at all? which cache?",
	.options = options,
	.help = "Looks at all memory a number of times and says whether something grows that the\n"
		"kernel cannot take back, and what it is: slab (which cache), vmalloc (which\n"
		"function), pages taken directly, kernel stacks (which process), or memory of\n"
		"processes, which is no leak of the kernel. What is merely big is no leak; what\n"
		"is reclaimable, held up by RCU, or held by processes is called so.\n"
		"\n"
		"Works without the module; then it counts less exactly. A slow leak needs more\n"
		"time than one run: save a state now and then, and compare.\n"
		"\n"
		"Examples:\n"
		"  slabscan check                                   watch for a minute\n"
		"  slabscan check --interval 60 --count 30          watch for half an hour\n"
		"  slabscan check --count 6 --save /var/tmp/state   keep a state (cron, hourly)\n"
		"  slabscan check --since /var/tmp/state            what grew since?\n",
	.run = run,
};
