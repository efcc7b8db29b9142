// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_leaks.c - slabscan leaks: which objects does nothing point to any more?
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "interrupt.h"
#include "out_int.h"
#include "scan.h"

#define LIMIT_DEFAULT	10
#define TEXT_MAX	400	/* a sentence */
#define EXAMPLES_OF	3	/* groups of which an example is shown */

struct leaks_args {
	const char *cache;
	uint32_t limit;
	uint32_t cpus;
	bool addresses;
};

static const struct cli_option options[] = {
	{ "cache", "NAME[#N]", CLI_STRING, offsetof(struct leaks_args, cache), "report objects of this cache only" },
	{ "limit", "N", CLI_UINT, offsetof(struct leaks_args, limit), "show N groups (10); counts do not depend on it" },
	{ "cpus", "N", CLI_UINT, offsetof(struct leaks_args, cpus), "let the search use N CPUs at most" },
	{ "addresses", NULL, CLI_FLAG, offsetof(struct leaks_args, addresses), "list the addresses of all of them, too" },
	{ 0 }
};

/* Suspects before those that have an excuse, then by bytes. */
static int by_weight(const void *a, const void *b)
{
	const struct record *x = ((const struct scan_cluster *)a)->rec, *y = ((const struct scan_cluster *)b)->rec;

	if (!x->message != !y->message)
		return x->message ? 1 : -1;
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return x->rank < y->rank ? -1 : 1;
}

/* Symbols in and behind the objects, and the modules that they belong to. */
static void say_evidence(struct out *o, const struct record *rec)
{
	out_array_open(o, "examples");
	for (unsigned int i = 0; i < rec->example_count; i++)
		out_addr(o, NULL, NULL, rec->example[i]);
	out_array_close(o);
	say_symbols(o, rec);
	out_array_open(o, "modules");
	for (unsigned int i = 0; i < rec->symbol_count; i++) {
		char module[SLABSCAN_NAME_MAX], before[SLABSCAN_NAME_MAX];
		bool said = false;

		if (!symbol_module(rec->symbols[i], module, sizeof(module)))
			continue;
		for (unsigned int k = 0; k < i && !said; k++)
			said = symbol_module(rec->symbols[k], before, sizeof(before)) && !strcmp(before, module);
		if (!said)
			out_str(o, NULL, NULL, module);
	}
	out_array_close(o);
	say_texts(o, rec);
	out_array_open(o, "types");
	out_array_close(o);
}

static void say_group(struct out *o, const struct scan_cluster *c, uint32_t rank)
{
	const struct record *rec = c->rec;
	char what[DESCRIBE_MAX];

	out_row_open(o);
	out_u64(o, "rank", "{}", rank);
	out_u64(o, "objects", "{}", rec->objects);
	out_bytes(o, "bytes", "{}", rec->bytes);
	out_str(o, "cache", "{}", rec->cache);
	out_u64(o, "cache_index", NULL, rec->cache_index);
	out_u64(o, "object_size", NULL, rec->object_size);
	out_id(o, "fingerprint", NULL, rec->fingerprint);
	out_cell(o, "what", "%s", describe_cluster(what, c));
	if (rank <= EXAMPLES_OF && rec->example_count)
		out_text(o, "%sgroup %u: example 0x%llx   fingerprint %08x\n", rank == 1 ? "\n" : "", rank, (unsigned long long)rec->example[0],
			 rec->fingerprint);
	say_evidence(o, rec);
	out_row_close(o);
}

/* What nothing points to though it is in use: apart, so that nobody counts it as lost. One sentence for each reason. */
static void say_innocents(struct out *o, const struct scan *scan)
{
	out_array_open(o, "innocent_groups");
	for (size_t i = 0; i < scan->count; i++) {
		const struct record *rec = scan->clusters[i].rec;
		uint64_t alike = 0;
		bool said = false;

		if (!rec->message)
			continue;
		out_object_open(o, NULL);
		out_str(o, "cache", NULL, rec->cache);
		out_u64(o, "objects", NULL, rec->objects);
		out_bytes(o, "bytes", NULL, rec->bytes);
		out_id(o, "fingerprint", NULL, rec->fingerprint);
		out_str(o, "excuse", NULL, rec->message);
		say_evidence(o, rec);
		out_object_close(o);
		for (size_t k = 0; k < scan->count; k++) {
			const struct record *other = scan->clusters[k].rec;

			if (!other->message || strcmp(other->message, rec->message) || strcmp(other->cache, rec->cache))
				continue;
			said = said || k < i;
			alike += other->objects;
		}
		if (!said)
			out_wrapped(o, 0, "Not counted: %llu of %s: %s.", (unsigned long long)alike, rec->cache, rec->message);
	}
	out_array_close(o);
}

#define add(text, ...) out_add(text, TEXT_MAX, __VA_ARGS__)

/* What was found, and what could not be decided on: of a search that came to its end only. */
static void say_found(struct out *o, const struct record *s)
{
	char text[TEXT_MAX], found[OUT_NUM_MAX], count[OUT_NUM_MAX];

	out_wrapped(o, 0, s->cache ? "%s object%s of %s that nothing points to, %s allocated objects of all caches searched." :
		    "%s object%s%s that nothing points to, of %s allocated ones.", out_fmt_count(found, s->unreferenced), s->unreferenced == 1 ? "" : "s",
		    s->cache ? s->cache : "", out_fmt_count(count, s->live));
	if (s->undecided) {
		snprintf(text, sizeof(text), "%s undecided%s:", out_fmt_count(count, s->undecided), s->cache ? ", of all caches" : "");
		if (s->changed)
			add(text, " %s changed while the search ran;", out_fmt_count(count, s->changed));
		if (s->young)
			add(text, " %s may be chance, as others of their cache were referenced after all;", out_fmt_count(count, s->young));
		if (s->skipped)
			add(text, " %s can't be read;", out_fmt_count(count, s->skipped));
		text[strlen(text) - 1] = '.';
		out_wrapped(o, 0, "%s", text);
	} else {
		out_text(o, "None undecided.\n");
	}
	if (s->unsettled)
		out_text(o, s->unsettled == 1 ? "%s slab kept changing: its objects are not told.\n" : "%s slabs kept changing: their objects are not told.\n",
			 out_fmt_count(count, s->unsettled));
}

/* Of a search that ended early nothing is known: not of any object that nothing was found to point to, nor that there is none. */
static void say_nothing_decided(struct out *o, const struct record *s)
{
	char count[OUT_NUM_MAX];

	if (s->live)
		out_text(o, "Nothing was decided: %s allocated objects were to be searched.\n", out_fmt_count(count, s->live));
	else
		out_text(o, "Nothing was decided: it was not even known yet what is allocated.\n");
}

static void say_effort(struct out *o, const struct record *s, uint64_t memory)
{
	char text[TEXT_MAX] = "", number[OUT_NUM_MAX];

	if (s->complete)
		add(text, "Searched %s beside all slabs, each time", out_fmt_bytes(number, s->root_bytes));
	if (s->complete && s->unread_bytes)
		add(text, " (%s could not be read)", out_fmt_bytes(number, s->unread_bytes));
	add(text, *text ? "; used %s of memory" : "Used %s of memory", out_fmt_bytes(number, memory));
	add(text, "; %s", out_fmt_ns(number, s->elapsed_ns));
	if (s->search_ns) {
		add(text, ", %s of it to read everything", out_fmt_ns(number, s->search_ns));
		add(text, ", %s waiting for RCU", out_fmt_ns(number, s->wait_ns));
	}
	out_wrapped(o, 0, "%s.", text);
}

static void say_summary(struct out *o, const struct record *s, const struct result *result)
{
	uint64_t memory;

	if (!s)
		return;
	memory = s->memory ? s->memory : result->memory;
	if (s->complete)
		say_found(o, s);
	else
		say_nothing_decided(o, s);
	say_effort(o, s, memory);
	out_u64(o, "unreferenced", NULL, s->unreferenced);
	out_u64(o, "live", NULL, s->live);
	out_u64(o, "innocent", NULL, s->innocent);
	out_u64(o, "undecided", NULL, s->undecided);
	out_u64(o, "changed", NULL, s->changed);
	out_u64(o, "young", NULL, s->young);
	out_u64(o, "skipped", NULL, s->skipped);
	out_u64(o, "unsettled", NULL, s->unsettled);
	out_u64(o, "objects", NULL, s->objects);
	out_u64(o, "slabs", NULL, s->slabs);
	out_bytes(o, "root_bytes", NULL, s->root_bytes);
	out_bytes(o, "unread_bytes", NULL, s->unread_bytes);
	out_u64(o, "words", NULL, s->words_seen);
	out_bytes(o, "memory", NULL, memory);
	out_ns(o, "elapsed_ns", NULL, s->elapsed_ns);
	out_ns(o, "search_ns", NULL, s->search_ns);
	out_ns(o, "wait_ns", NULL, s->wait_ns);
}

static void say_addresses(struct out *o, const struct result *result)
{
	const struct record *rec;
	size_t at = 0;

	out_text(o, "\n");
	out_array_open(o, "addresses");
	while ((rec = result_next(result, SLABSCAN_A_RECORD_OBJECTS, &at)))
		for (unsigned int i = 0; i < rec->example_count; i++)
			out_addr(o, NULL, "{}\n", rec->example[i]);
	out_array_close(o);
}

static void say_next(struct out *o, const struct scan *scan)
{
	const struct record *first = scan->count ? scan->clusters[0].rec : NULL;
	char command[160];

	if (!first || first->message)
		return;
	if (first->example_count) {
		snprintf(command, sizeof(command), "slabscan show %llx", (unsigned long long)first->example[0]);
		out_next(o, command, "what is in one of them?");
	}
	snprintf(command, sizeof(command), "slabscan trace --cache %s", first->cache);
	out_next(o, command, "who allocates them?");
}

static int show(struct cli *cli, const struct leaks_args *args, const struct scan_choice *choice, const struct result *result, int status)
{
	static const struct out_column columns[] = {
		{ "rank", "#", OUT_RIGHT }, { "objects", "OBJECTS", OUT_RIGHT }, { "bytes", "BYTES", OUT_RIGHT }, { "cache", "CACHE", OUT_LEFT },
		{ "what", "WHAT THEY HAVE IN COMMON", OUT_LEFT },
	};
	struct scan *scan = scan_create(result);
	struct out *o = cli->out;
	size_t groups = 0;

	if (choice)
		scan_choice_say(cli, choice);
	say_summary(o, scan->summary, result);
	job_say_complete(cli, result, status);
	out_text(o, "\n");
	if (scan->count > 1)
		qsort(scan->clusters, scan->count, sizeof(*scan->clusters), by_weight);
	out_table_open(o, "groups", columns, sizeof(columns) / sizeof(*columns));
	for (; groups < scan->count && !scan->clusters[groups].rec->message; groups++)
		if (groups < args->limit)
			say_group(o, &scan->clusters[groups], (uint32_t)groups + 1);
	out_table_close(o);
	if (groups > args->limit)
		out_styled(o, OUT_DIM, "\n%zu smaller groups are not shown (--limit)\n", groups - args->limit);
	if (groups && groups < scan->count)
		out_text(o, "\n");
	say_innocents(o, scan);
	if (args->addresses)
		say_addresses(o, result);
	say_next(o, scan);
	scan_destroy(scan);
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct leaks_args args = { .limit = LIMIT_DEFAULT };
	struct job_params params = { .kind = SLABSCAN_KIND_LEAKS };
	struct scan_choice choice;
	struct result *result = NULL;
	int rest, status = cli_parse(cli, argc, argv, &args, &rest);

	if (status >= 0)
		return status;
	if (args.cache && !scan_choice_parse(&choice, args.cache))
		return cli_fail(cli, CLI_USAGE, "--cache: \"%s\" is no name of a cache (NAME or NAME#N)", args.cache);
	if (!args.limit)
		return cli_fail(cli, CLI_USAGE, "--limit: at least 1");
	params.limit = SCAN_GROUPS_MAX;	/* --limit is of all caches, and applied here */
	params.cpus = args.cpus;
	params.all = args.addresses;

	interrupt_begin();
	status = args.cache ? scan_choice_run(cli, &params, &choice, &result) : job_run(cli, &params, "searching all memory for references", &result);
	interrupt_end();
	if (status == CLI_FAILED)
		status = job_fail(cli);
	else if (result)
		status = show(cli, &args, args.cache ? &choice : NULL, result, status);
	result_free(result);
	return status;
}

const struct cli_verb cmd_leaks = {
	.name = "leaks",
	.brief = "which objects does nothing point to any more?",
	.options = options,
	.help =
		"Follows all pointers from everything that can hold one (the kernel's data,\n"
		"per-cpu and vmalloc memory, stacks, pages of drivers) through all slab caches.\n"
		"Then everything that is allocated is read again, and once more where chance may\n"
		"have had a hand. Reports allocated objects that nothing pointed to each time and\n"
		"whose content did not change in between: as far as can be seen nobody can free\n"
		"them any more. Pointers that are packed, xored or physical addresses are not\n"
		"seen (Documentation/limits.md).\n"
		"What is still referenced is not reported, even if nobody will ever use it again;\n"
		"slabscan top and trace find that.\n"
		"\n"
		"Needs 5 MiB, 0.02% of all memory and up to 2% of that of slabs while it runs, 3%\n"
		"where objects have 32 bytes, 10% where they have 8; how much is told as it\n"
		"begins. It says how many objects it could not decide on and why.\n"
		"\n"
		"Examples:\n"
		"  slabscan leaks\n"
		"  slabscan leaks --cache kmalloc-64\n"
		"  slabscan leaks --cpus 4                  faster\n"
		"  slabscan leaks --json | jq '.groups[] | [.cache, .objects, .symbols]'\n",
	.run = run,
};
