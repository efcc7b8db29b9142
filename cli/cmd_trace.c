// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_trace.c - slabscan trace: who allocates them?
 *
 * A scan first, so that the module knows what the masses of the cache look like; then the trace itself.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "functions.h"
#include "interrupt.h"
#include "out_int.h"
#include "scan.h"

#define DURATION_DEFAULT	60000
#define LIMIT_DEFAULT		10
#define STACKS_DEFAULT		3	/* sites whose call chain is shown */

struct trace_args {
	const char *cache;
	uint32_t duration_ms;
	uint32_t drain_ms;
	const char *cluster;
	bool no_scan;
	struct cli_list probe;
	uint32_t pid;
	const char *module;
	uint32_t records;
	uint32_t limit;
	bool stacks;
	const char *folded;
};

static const struct cli_option options[] = {
	{ "cache", "NAME[#N]", CLI_STRING, offsetof(struct trace_args, cache), "this cache (#N: the Nth of that name, from 0)" },
	{ "duration", "S", CLI_SECONDS, offsetof(struct trace_args, duration_ms), "seconds to watch (60)" },
	{ "drain", "S", CLI_SECONDS, offsetof(struct trace_args, drain_ms), "the last S of them watch frees only (a fifth)" },
	{ "cluster", "RANK|FP", CLI_STRING, offsetof(struct trace_args, cluster), "mark only what looks like this cluster of top" },
	{ "no-scan", NULL, CLI_FLAG, offsetof(struct trace_args, no_scan), "no scan before; marks by the last one, if any" },
	{ "probe", "FUNC", CLI_LIST, offsetof(struct trace_args, probe), "only allocations below this function (repeatable)" },
	{ "pid", "PID", CLI_UINT, offsetof(struct trace_args, pid), "only allocations of this process" },
	{ "module", "NAME", CLI_STRING, offsetof(struct trace_args, module), "only allocations on a way through this module" },
	{ "records", "N", CLI_UINT, offsetof(struct trace_args, records), "remember N objects (65536); beyond it samples" },
	{ "limit", "N", CLI_UINT, offsetof(struct trace_args, limit), "show N sites (10); counts do not depend on it" },
	{ "stacks", NULL, CLI_FLAG, offsetof(struct trace_args, stacks), "the call chains of all sites shown" },
	{ "folded", "FILE", CLI_STRING, offsetof(struct trace_args, folded), "write the survivors' call chains for flame graphs" },
	{ 0 }
};

/* "function+0x1c/0x40 [module]" to its parts. */
static void say_symbol(struct out *o, const char *symbol)
{
	char module[SLABSCAN_NAME_MAX], function[SLABSCAN_SYMBOL_MAX];

	snprintf(function, sizeof(function), "%.*s", (int)strcspn(symbol, "+ "), symbol);
	out_str(o, "function", NULL, function);
	if (symbol_module(symbol, module, sizeof(module)))
		out_str(o, "module", NULL, module);
	else
		out_null(o, "module");
	out_str(o, "symbol", NULL, symbol);
}

static void say_counts(struct out *o, const struct record *rec, bool cells)
{
	out_u64(o, "marked", cells ? "{}" : NULL, rec->marked);
	out_u64(o, "survivors", cells ? "{}" : NULL, rec->survivors);
	out_u64(o, "quiet", NULL, rec->quiet);
	out_u64(o, "allocs", cells ? "{}" : NULL, rec->allocs);
	out_u64(o, "frees", cells ? "{}" : NULL, rec->frees);
}

static void say_frames(struct out *o, const struct record *stack, bool text)
{
	out_array_open(o, "stack");
	for (unsigned int i = 0; stack && i < stack->symbol_count; i++)
		out_str(o, NULL, text ? "    {}\n" : NULL, stack->symbols[i]);
	out_array_close(o);
}

/* The site's chains stand behind it in the result, the best first; *at is moved behind them. */
static void say_stacks(struct out *o, const struct result *result, size_t *at, bool text)
{
	size_t first = *at, more = 0;

	while (*at < result->count && result->rec[*at]->type == SLABSCAN_A_RECORD_STACK)
		(*at)++;
	say_frames(o, *at > first ? result->rec[first] : NULL, text);
	out_array_open(o, "stacks");
	for (size_t i = first; i < *at; i++, more++) {
		out_object_open(o, NULL);
		say_counts(o, result->rec[i], false);
		say_frames(o, result->rec[i], false);
		out_object_close(o);
	}
	out_array_close(o);
	if (text && more > 1)
		out_styled(o, OUT_DIM, "    and %zu other way%s there (--json, --folded)\n", more - 1, more > 2 ? "s" : "");
}

static void say_site(struct out *o, const struct result *result, size_t *at, bool text)
{
	const struct record *rec = result->rec[(*at)++];

	out_row_open(o);
	out_u64(o, "rank", "{}", rec->rank);
	say_symbol(o, rec->symbol ? rec->symbol : "?");
	say_counts(o, rec, true);
	out_bytes(o, "bytes", "{}", rec->bytes);
	out_cell(o, "who", "%s", rec->symbol ? rec->symbol : "?");

	/* From here on below the table. */
	if (text)
		out_styled(o, OUT_BOLD, "\nsite %u: %s\n", rec->rank, rec->symbol ? rec->symbol : "?");
	if (rec->survivors) {
		out_str(o, "task", text ? "  first by {}" : NULL, rec->task);
		out_u64(o, "pid", NULL, rec->pid);
		if (text && rec->pid)
			out_text(o, " (process %u)", rec->pid);
		out_ns(o, "age_ns", text ? ", {} ago" : NULL, rec->age_ns);
		out_ns(o, "age_min_ns", text ? rec->survivors > 1 ? "; last {} ago\n" : "\n" : NULL, rec->age_min_ns);
	}
	if (record_has(rec, SLABSCAN_A_SIZE_MAX)) {
		bool same = rec->size_min == rec->size_max;

		out_u64(o, "size_min", text ? same ? "  {} bytes asked for\n" : "  from {} to " : NULL, rec->size_min);
		out_u64(o, "size_max", text && !same ? "{} bytes asked for\n" : NULL, rec->size_max);
	}
	out_u64(o, "expected", text && rec->expected ? "  {} survivors may be expected: as many older ones were freed\n" : NULL, rec->expected);
	if (record_has(rec, SLABSCAN_A_FINGERPRINT) && rec->marked)
		out_id(o, "fingerprint", text ? "  they look like the cluster with fingerprint {}\n" : NULL, rec->fingerprint);
	out_str(o, "freed_by", text ? "  those that are freed are freed by {}\n" : NULL, rec->freed_by);
	out_array_open(o, "examples");
	for (unsigned int i = 0; i < rec->example_count; i++)
		out_addr(o, NULL, text && !i ? "  example {}\n" : NULL, rec->example[i]);
	out_array_close(o);
	say_stacks(o, result, at, text);
	out_row_close(o);
}

static void say_sites(struct out *o, const struct result *result, const struct trace_args *args)
{
	static const struct out_column columns[] = {
		{ "rank", "#", OUT_RIGHT }, { "marked", "MARKED", OUT_RIGHT }, { "survivors", "SURVIVE", OUT_RIGHT },
		{ "allocs", "ALLOCATED", OUT_RIGHT }, { "frees", "FREED", OUT_RIGHT }, { "bytes", "BYTES", OUT_RIGHT },
		{ "who", "WHO ALLOCATES", OUT_LEFT },
	};
	size_t at = 0, shown = 0;

	out_table_open(o, "sites", columns, sizeof(columns) / sizeof(*columns));
	while (at < result->count) {
		const struct record *rec = result->rec[at];

		if (rec->type != SLABSCAN_A_RECORD_SITE)
			at++;
		else
			say_site(o, result, &at, args->stacks || (shown++ < STACKS_DEFAULT && rec->survivors));
	}
	out_table_close(o);
}

static void say_free_sites(struct out *o, const struct result *result)
{
	static const struct out_column columns[] = { { "frees", "FREED", OUT_RIGHT }, { "who", "WHO FREES OBJECTS OF THIS CACHE", OUT_LEFT } };
	const struct record *rec;
	size_t at = 0;

	if (result_next(result, SLABSCAN_A_RECORD_FREE_SITE, &at))
		out_text(o, "\n");
	at = 0;
	out_table_open(o, "free_sites", columns, sizeof(columns) / sizeof(*columns));
	while ((rec = result_next(result, SLABSCAN_A_RECORD_FREE_SITE, &at))) {
		out_row_open(o);
		out_u64(o, "frees", "{}", rec->frees);
		say_symbol(o, rec->symbol ? rec->symbol : "?");
		out_cell(o, "who", "%s", rec->symbol ? rec->symbol : "?");
		out_row_close(o);
	}
	out_table_close(o);
}

static void say_summary(struct out *o, const struct record *s)
{
	char n[OUT_NUM_MAX];

	out_styled(o, OUT_BOLD, "%s", s->cache ? s->cache : "");
	out_u64(o, "object_size", "   {} B objects", s->object_size);
	out_ns(o, "duration_ns", ", watched for {}\n", s->duration_ns);
	out_u64(o, "allocs", "{} allocated, ", s->allocs);
	out_u64(o, "frees", "{} of these freed; ", s->frees);
	out_u64(o, "survivors", "{} survive", s->survivors);
	out_u64(o, "quiet", ", {} of them unchanged since", s->quiet);
	out_u64(o, "marked", s->model_clusters ? ", {} look like a mass\n" : NULL, s->marked);
	if (!s->model_clusters)
		out_text(o, "\n");
	out_u64(o, "old_frees", s->old_frees ? "{} older objects were freed meanwhile\n" : NULL, s->old_frees);
	out_u64(o, "masses", NULL, s->model_clusters);
	out_u64(o, "freed_unseen", s->unseen ? "{} more were found free at the end, though no free was seen\n" : NULL, s->unseen);
	out_u64(o, "lost", s->lost ? "{} allocations could not be recorded: there was no room (--records), or no way to\n" : NULL, s->lost);
	out_u64(o, "lost_frees", s->lost_frees ? "{} events that may have been frees could not be looked at\n" : NULL, s->lost_frees);
	out_u64(o, "sample", NULL, s->sample);
	if (s->sample > 1)
		out_wrapped(o, 0, "There were more objects than --records: one of %s was followed. Multiply all numbers but the allocations by that.",
			    out_fmt_count(n, s->sample));
	if (!s->model_clusters)
		out_wrapped(o, 0, "Nothing is marked: the scan found no mass of similar objects to compare with.");
	out_u64(o, "memory", NULL, s->memory);
}

static void say_next(struct cli *cli, const struct result *result, const struct scan_choice *choice)
{
	char command[4 * SLABSCAN_NAME_MAX], function[SLABSCAN_SYMBOL_MAX];
	const struct record *best;
	size_t at = 0;

	best = result_next(result, SLABSCAN_A_RECORD_SITE, &at);
	if (!best || !best->survivors || !best->symbol)
		return;
	if (best->example_count) {
		snprintf(command, sizeof(command), "slabscan show 0x%llx", (unsigned long long)best->example[0]);
		out_next(cli->out, command, "what is in one of them?");
	}
	snprintf(function, sizeof(function), "%.*s", (int)strcspn(best->symbol, "+ "), best->symbol);
	snprintf(command, sizeof(command), "slabscan trace --cache %s --probe %.128s", choice->name, function);
	out_next(cli->out, command, "the same, below this function only, at little cost");
}

/* Outermost frame first, ";" between: what flamegraph.pl and its kin read. Return: 0 or -errno. */
static int write_folded(const struct result *result, const char *path)
{
	FILE *f = fopen(path, "we");
	const struct record *rec;
	size_t at = 0;
	int ret = 0;

	if (!f)
		return -errno;
	while ((rec = result_next(result, SLABSCAN_A_RECORD_STACK, &at))) {
		if (!rec->survivors)
			continue;
		for (unsigned int i = rec->symbol_count; i-- > 0; ) {
			char frame[SLABSCAN_SYMBOL_MAX];
			char module[SLABSCAN_NAME_MAX];

			snprintf(frame, sizeof(frame), "%.*s", (int)strcspn(rec->symbols[i], "+ ;"), rec->symbols[i]);
			out_printable(frame);
			fprintf(f, "%s", frame);
			if (symbol_module(rec->symbols[i], module, sizeof(module)))
				fprintf(f, "_[%s]", module);
			fputs(i ? ";" : "", f);
		}
		fprintf(f, "%s %llu\n", rec->symbol_count ? "" : "unknown", (unsigned long long)rec->survivors);
	}
	if (ferror(f))
		ret = -EIO;
	if (fclose(f) && !ret)
		ret = -errno;
	return ret;
}

static int show(struct cli *cli, const struct trace_args *args, const struct scan_choice *choice, const struct result *result, int status)
{
	int ret;

	scan_choice_say(cli, choice);
	if (result->summary)
		say_summary(cli->out, result->summary);
	job_say_complete(cli, result, status);
	out_text(cli->out, "\n");
	say_sites(cli->out, result, args);
	say_free_sites(cli->out, result);
	say_next(cli, result, choice);
	if (!args->folded)
		return status;
	ret = write_folded(result, args->folded);
	return ret ? cli_fail(cli, CLI_FAILED, "%s: %s", args->folded, strerror(-ret)) : status;
}

/* --cluster: a rank of the scan, or a fingerprint. Return: CLI_OK, or the status to end with. */
static int pick_cluster(struct cli *cli, const struct trace_args *args, const struct result *scanned, struct job_params *params)
{
	const struct record *rec;
	uint32_t rank;
	uint64_t print;
	size_t at = 0;
	bool is_rank;

	if (!args->cluster)
		return CLI_OK;
	is_rank = strlen(args->cluster) < 8 && cli_number(args->cluster, &rank);
	if (!is_rank && (!cli_address(args->cluster, &print) || print > UINT32_MAX))
		return cli_fail(cli, CLI_USAGE, "--cluster: \"%s\" is neither a rank nor a fingerprint of slabscan top", args->cluster);
	params->has_fingerprint = true;
	params->fingerprint = is_rank ? 0 : (uint32_t)print;
	if (!scanned)
		return is_rank ? cli_fail(cli, CLI_USAGE, "--cluster with --no-scan needs a fingerprint, not a rank") : CLI_OK;
	while ((rec = result_next(scanned, SLABSCAN_A_RECORD_CLUSTER, &at))) {
		if (is_rank ? rec->rank != rank : rec->fingerprint != params->fingerprint)
			continue;
		params->fingerprint = rec->fingerprint;
		return CLI_OK;
	}
	return cli_fail(cli, CLI_FAILED, "the scan found no cluster %s in this cache", args->cluster);
}

/* Are the functions to be probed there? The kernel would say less. */
static int check_probes(struct cli *cli, const struct cli_list *probe)
{
	for (unsigned int i = 0; i < probe->count; i++) {
		char near[256];
		unsigned int n = functions_count(cli->root, probe->item[i], near, sizeof(near));

		if (n == 1)
			continue;
		if (n)
			return cli_fail(cli, CLI_FAILED, "--probe: %u functions are called \"%.128s\", and the kernel would take any of them%s", n,
					probe->item[i], strchr(probe->item[i], ':') ? "" : "; MODULE:FUNCTION names one of a module");
		return cli_fail(cli, CLI_FAILED, "--probe: the kernel has no function \"%.128s\" (it may have been inlined)%s", probe->item[i], near);
	}
	return CLI_OK;
}

static int trace(struct cli *cli, const struct trace_args *args, struct scan_choice *choice, struct result **scanned, struct result **traced)
{
	struct job_params scan = { .kind = SLABSCAN_KIND_SCAN, .limit = 100 };
	struct job_params params = {
		.kind = SLABSCAN_KIND_TRACE, .limit = args->limit, .duration_ms = args->duration_ms,
		.has_drain = args->drain_ms != UINT32_MAX, .drain_ms = args->drain_ms, .records = args->records, .pid = args->pid,
		.module = args->module, .probes = args->probe.item, .probe_count = args->probe.count,
	};
	char label[SLABSCAN_NAME_MAX + 16];
	int status;

	if (!args->no_scan) {
		status = scan_choice_run(cli, &scan, choice, scanned);
		if (status != CLI_OK)
			return status;
	}
	status = pick_cluster(cli, args, *scanned, &params);
	if (status != CLI_OK)
		return -status;
	if (args->no_scan)
		return scan_choice_run(cli, &params, choice, traced);
	params.cache = choice->name;
	params.has_index = choice->has_index;
	params.cache_index = choice->index;
	snprintf(label, sizeof(label), "tracing %s", choice->name);
	return job_run(cli, &params, label, traced);
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct trace_args args = { .limit = LIMIT_DEFAULT, .duration_ms = DURATION_DEFAULT, .drain_ms = UINT32_MAX };
	struct result *scanned = NULL, *traced = NULL;
	struct scan_choice choice;
	int rest, status = cli_parse(cli, argc, argv, &args, &rest);

	if (status >= 0)
		return status;
	if (args.cache && !scan_choice_parse(&choice, args.cache))
		return cli_fail(cli, CLI_USAGE, "--cache: \"%s\" is no name of a cache (NAME or NAME#N)", args.cache);
	if (!args.duration_ms || !args.limit)
		return cli_fail(cli, CLI_USAGE, "--%s: at least 1", args.limit ? "duration" : "limit");
	if (args.drain_ms != UINT32_MAX && args.drain_ms >= args.duration_ms)
		return cli_fail(cli, CLI_USAGE, "--drain: has to be shorter than --duration");
	if (args.probe.count > 8)
		return cli_fail(cli, CLI_USAGE, "--probe: at most 8 functions");
	status = check_probes(cli, &args.probe);
	if (status != CLI_OK)
		return status;

	interrupt_begin();
	status = args.cache ? CLI_OK : scan_choice_suspect(cli, &choice);
	if (status == CLI_OK)
		status = trace(cli, &args, &choice, &scanned, &traced);
	if (status == CLI_PARTIAL && !traced)
		status = -cli_fail(cli, CLI_PARTIAL, "interrupted before the trace began");
	interrupt_end();
	if (status < 0)
		status = -status;	/* the reason was told */
	else if (status == CLI_FAILED || !traced)
		status = job_fail(cli);
	else
		status = show(cli, &args, &choice, traced, status);
	result_free(scanned);
	result_free(traced);
	return status;
}

const struct cli_verb cmd_trace = {
	.name = "trace",
	.brief = "who allocates them?",
	.options = options,
	.help =
		"Scans the cache, then watches its allocations and frees for a while. The last\n"
		"part of the time watches frees only, so that what lives shortly leaves. What is\n"
		"left is looked up in the slabs: only objects that really are still allocated\n"
		"count as survivors. Those whose content no longer changes and that look like one\n"
		"of the masses that the scan found are marked: they are the ones to worry about.\n"
		"A site is the function that asked for the memory, past wrappers like kmalloc,\n"
		"kmemdup or alloc_skb. Without --cache it takes the unreclaimable cache with the\n"
		"most memory, and says so.\n"
		"\n"
		"Examples:\n"
		"  slabscan trace --duration 200\n"
		"  slabscan trace --cache kmalloc-96 --duration 60 --drain 20\n"
		"  slabscan trace --cache kmalloc-96 --cluster 1   mark only what looks like this\n"
		"  slabscan trace --cache kmalloc-96 --probe vxlan_fdb_create --duration 600\n"
		"  slabscan trace --cache kmalloc-96 --json | jq -r '.sites[0].function'\n",
	.run = run,
};
