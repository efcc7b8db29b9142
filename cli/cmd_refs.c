// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_refs.c - slabscan refs: who still points to them?
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "interrupt.h"
#include "out_int.h"
#include "scan.h"

#define LIMIT_DEFAULT	20
#define TEXT_MAX	512	/* a sentence */

struct refs_args {
	const char *cache;
	uint32_t cluster;
	uint32_t limit;
	uint32_t cpus;
};

static const struct cli_option options[] = {
	{ "cache", "NAME[#N]", CLI_STRING, offsetof(struct refs_args, cache), "to the objects of a cluster of this cache" },
	{ "cluster", "RANK", CLI_UINT, offsetof(struct refs_args, cluster), "which cluster, as numbered by slabscan top (1)" },
	{ "limit", "N", CLI_UINT, offsetof(struct refs_args, limit), "show N places (20)" },
	{ "cpus", "N", CLI_UINT, offsetof(struct refs_args, cpus), "let the search use N CPUs at most" },
	{ 0 }
};

/* Static per-cpu variables, of modules, too, have their offset as address in /proc/kallsyms on kernels that link them at 0; the kernel itself does not tell. */
static bool percpu_symbol(const struct cli *cli, uint32_t offset, char *buf, size_t size)
{
	char path[256], line[512];
	unsigned long long best = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/proc/kallsyms", cli->root);
	f = fopen(path, "re");
	if (!f)
		return false;
	buf[0] = 0;
	while (fgets(line, sizeof(line), f)) {
		unsigned long long addr;
		char name[256], module[80] = "", type;

		/* what is 0 may just be hidden */
		if (sscanf(line, "%llx %c %255s %79s", &addr, &type, name, module) < 3 || addr > offset || addr < best || !addr)
			continue;
		best = addr;
		snprintf(buf, size, "%.100s+0x%llx%s%s", name, offset - addr, *module ? " " : "", module);
	}
	fclose(f);
	return buf[0];
}

#define add(text, ...) out_add(text, TEXT_MAX, __VA_ARGS__)

/* Whose referrers these are, as the begin of a sentence. */
static void say_target(struct out *o, char text[TEXT_MAX], const struct record *s, const struct scan_choice *choice)
{
	char count[OUT_NUM_MAX];

	out_object_open(o, "target");
	if (choice) {
		out_str(o, "cache", NULL, choice->name);
		out_id(o, "fingerprint", NULL, s->fingerprint);
		add(text, "%s objects of %s (cluster %08x)", out_fmt_count(count, s->objects), choice->name, s->fingerprint);
	} else {
		out_addr(o, "address", NULL, s->addr);
		add(text, "0x%016llx", (unsigned long long)s->addr);
		if (s->object_addr) {
			out_str(o, "cache", NULL, s->cache);
			out_addr(o, "object", NULL, s->object_addr);
			out_str(o, "state", NULL, state_key(s->object_state));
			add(text, ", an object of %s", s->cache);
			if (s->object_addr != s->addr)
				add(text, " at 0x%016llx", (unsigned long long)s->object_addr);
			add(text, "%s", s->object_state == SLABSCAN_OBJECT_FREE ? " that is free" : "");
		} else {
			add(text, ", in no slab: who points to its page");
		}
	}
	out_u64(o, "objects", NULL, s->objects);
	out_object_close(o);
}

/* What was found. What was not found is said only if all was searched. */
static void say_found(struct out *o, const struct record *s, const struct scan_choice *choice)
{
	char text[TEXT_MAX] = "", count[OUT_NUM_MAX];

	say_target(o, text, s, choice);
	out_u64(o, "references", NULL, s->references);
	add(text, ": %s pointer%s", out_fmt_count(count, s->references), s->references == 1 ? "" : "s");
	out_u64(o, "inside", NULL, s->inside);
	if (s->inside)
		add(text, ", %s of them from one of these objects to another", out_fmt_count(count, s->inside));
	out_wrapped(o, 0, "%s.", text);
	if (record_has(s, SLABSCAN_A_POINTED)) {
		uint64_t lost = s->objects - s->pointed;

		out_u64(o, "held", NULL, s->held);
		out_u64(o, "unreferenced", NULL, lost);
		text[0] = 0;
		if (s->objects > 1)
			add(text, "%s of the objects are pointed to from outside.", out_fmt_count(count, s->held));
		if (s->objects > 1 && lost && s->complete)
			add(text, " Nothing points to %s of them.", out_fmt_count(count, lost));
		if (text[0])
			out_wrapped(o, 0, "%s", text);
	}
	if (!s->references && s->complete)
		out_say(o, "message", OUT_PLAIN, "Nothing points there: no memory that was searched, no allocated object, no stack.");
}

static void say_summary(struct out *o, const struct record *s, const struct scan_choice *choice, const struct result *result)
{
	char text[TEXT_MAX] = "", number[OUT_NUM_MAX];

	if (!s)
		return;
	say_found(o, s, choice);
	out_u64(o, "lost", s->lost ? "{} pointers are from places that there was no room to count.\n" : NULL, s->lost);
	out_bytes(o, "root_bytes", NULL, s->root_bytes);
	out_u64(o, "live", NULL, s->live);
	out_bytes(o, "unread_bytes", NULL, s->unread_bytes);
	out_bytes(o, "memory", NULL, s->memory ? s->memory : result->memory);
	out_ns(o, "elapsed_ns", NULL, s->elapsed_ns);
	add(text, "Searched %s", out_fmt_bytes(number, s->root_bytes));
	add(text, " and %s allocated objects", out_fmt_count(number, s->live));
	if (s->unread_bytes)
		add(text, " (%s could not be read)", out_fmt_bytes(number, s->unread_bytes));
	add(text, "; %s", out_fmt_ns(number, s->elapsed_ns));
	out_wrapped(o, 0, "%s.", text);
}

/* A slab object that points there: of which cache, and what the examples have in common. */
static void say_object(struct out *o, const struct record *rec, const struct scan_cluster *look)
{
	char what[DESCRIBE_MAX] = "";

	out_str(o, "where", NULL, rec->cache);
	out_hex(o, "offset", NULL, rec->offset);
	out_bool(o, "inside", NULL, rec->inside);
	if (look) {
		out_id(o, "fingerprint", NULL, look->rec->fingerprint);
		out_str(o, "look", NULL, describe_cluster(what, look));
		say_symbols(o, look->rec);
		say_texts(o, look->rec);
	}
	out_cell(o, "what", "%s+0x%x%s%s%s", rec->cache, rec->offset, rec->inside ? ", of one of these objects" : "", look ? ": " : "", what);
}

static void say_where(struct cli *cli, const struct record *rec, const struct scan *scan)
{
	struct out *o = cli->out;
	char text[SLABSCAN_SYMBOL_MAX];

	switch (rec->where) {
	case SLABSCAN_WHERE_SLAB:
		say_object(o, rec, record_has(rec, SLABSCAN_A_RANK) ? scan_find(scan, rec->rank) : NULL);
		break;
	case SLABSCAN_WHERE_SYMBOL:
		out_str(o, "where", NULL, rec->symbol);
		out_cell(o, "what", "%s", rec->symbol);
		break;
	case SLABSCAN_WHERE_STACK:
		out_str(o, "where", NULL, rec->task);
		out_u64(o, "pid", NULL, rec->pid);
		out_cell(o, "what", "%s, thread %u", rec->task, rec->pid);
		break;
	case SLABSCAN_WHERE_PERCPU:
		if (rec->symbol || percpu_symbol(cli, rec->offset, text, sizeof(text))) {
			out_str(o, "where", NULL, rec->symbol ? rec->symbol : text);
			out_cell(o, "what", "%s", rec->symbol ? rec->symbol : text);
		} else {
			out_str(o, "where", NULL, "");
			out_cell(o, "what", "+0x%x", rec->offset);
		}
		out_hex(o, "offset", NULL, rec->offset);
		break;
	case SLABSCAN_WHERE_VMALLOC:
		snprintf(text, sizeof(text), "0x%llx", (unsigned long long)rec->addr);
		out_str(o, "where", NULL, text);
		if (rec->example_count == 1)
			out_hex(o, "offset", NULL, rec->example[0] - rec->addr);
		out_cell(o, "what", "mapped at %s", text);
		break;
	default:
		snprintf(text, sizeof(text), "0x%llx", (unsigned long long)(rec->example_count ? rec->example[0] : 0));
		out_str(o, "where", NULL, text);
		out_cell(o, "what", rec->where == SLABSCAN_WHERE_MEMMAP ? "a struct page, %s" : "at %s", text);
		break;
	}
}

static void say_referrer(struct cli *cli, const struct record *rec, const struct scan *scan)
{
	struct out *o = cli->out;

	out_row_open(o);
	out_u64(o, "count", "{}", rec->references);
	out_str(o, "kind", "{}", where_key(rec->where));
	say_where(cli, rec, scan);
	if (rec->example_count)
		out_cell(o, "example", "%llx", (unsigned long long)rec->example[0]);
	out_array_open(o, "examples");
	for (unsigned int i = 0; i < rec->example_count; i++)
		out_addr(o, NULL, NULL, rec->example[i]);
	out_array_close(o);
	out_row_close(o);
}

static int show(struct cli *cli, const struct scan_choice *choice, const struct result *result, int status)
{
	static const struct out_column columns[] = {
		{ "count", "POINTERS", OUT_RIGHT }, { "kind", "FROM", OUT_LEFT }, { "example", "EXAMPLE", OUT_LEFT }, { "what", "WHERE", OUT_LEFT },
	};
	struct scan *scan = scan_create(result);	/* how the objects that point there look, by rank */
	struct out *o = cli->out;
	const struct record *rec, *up = NULL;
	char command[80];
	size_t at = 0;

	if (choice)
		scan_choice_say(cli, choice);
	say_summary(o, result->summary, choice, result);
	job_say_complete(cli, result, status);
	out_text(o, "\n");
	out_table_open(o, "referrers", columns, sizeof(columns) / sizeof(*columns));
	while ((rec = result_next(result, SLABSCAN_A_RECORD_REFERRER, &at))) {
		say_referrer(cli, rec, scan);
		if (!up && !rec->inside && rec->example_count && rec->where == SLABSCAN_WHERE_SLAB)
			up = rec;
	}
	out_table_close(o);
	if (up) {
		snprintf(command, sizeof(command), "slabscan refs %llx", (unsigned long long)up->example[0]);
		out_next(o, command, "and who points to that one?");
	}
	scan_destroy(scan);
	return status;
}

/* The cluster of that rank in a new scan of the cache: its fingerprint. */
static int find_cluster(struct cli *cli, const struct refs_args *args, struct scan_choice *choice, struct job_params *params)
{
	struct job_params scan_params = { .kind = SLABSCAN_KIND_SCAN, .limit = args->cluster, .cpus = args->cpus };
	const struct scan_cluster *c;
	struct result *result = NULL;
	struct scan *scan;
	int status = scan_choice_run(cli, &scan_params, choice, &result);

	if (status == CLI_FAILED) {
		status = job_fail(cli);
	} else if (status == CLI_OK) {
		scan = scan_create(result);
		c = scan_find(scan, args->cluster);
		if (c) {
			params->has_fingerprint = true;
			params->fingerprint = c->rec->fingerprint;
		} else {
			status = cli_fail(cli, CLI_FAILED, "there is no cluster %u in %s: the scan found %zu", args->cluster, choice->name, scan->count);
		}
		scan_destroy(scan);
	} else {
		cli_fail(cli, status, "interrupted before the cluster was found");
	}
	result_free(result);
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct refs_args args = { .limit = LIMIT_DEFAULT };
	struct job_params params = { .kind = SLABSCAN_KIND_REFS };
	struct scan_choice choice;
	struct result *result = NULL;
	int rest, status = cli_parse(cli, argc, argv, &args, &rest);

	if (status >= 0)
		return status;
	if ((argc - rest == 1) == !!args.cache || argc - rest > 1)
		return cli_fail(cli, CLI_USAGE, "refs takes one address, or --cache NAME and --cluster RANK");
	if (args.cluster && !args.cache)
		return cli_fail(cli, CLI_USAGE, "--cluster needs --cache");
	if (args.cache && !scan_choice_parse(&choice, args.cache))
		return cli_fail(cli, CLI_USAGE, "--cache: \"%s\" is no name of a cache (NAME or NAME#N)", args.cache);
	if (!args.cache && !cli_address(argv[rest], &params.addr))
		return cli_fail(cli, CLI_USAGE, "\"%s\" is no address: up to 16 hexadecimal digits, with or without 0x", argv[rest]);
	if (!args.limit || args.limit > 1000)
		return cli_fail(cli, CLI_USAGE, "--limit: 1 to 1000");
	if (!args.cluster)
		args.cluster = 1;
	params.has_addr = !args.cache;
	params.limit = args.limit;
	params.cpus = args.cpus;

	interrupt_begin();
	status = args.cache ? find_cluster(cli, &args, &choice, &params) : CLI_OK;
	if (status == CLI_OK) {
		status = args.cache ? scan_choice_run(cli, &params, &choice, &result) :
				      job_run(cli, &params, "searching all memory for references", &result);
		if (status == CLI_FAILED)
			status = job_fail(cli);
		else if (result)
			status = show(cli, args.cache ? &choice : NULL, result, status);
	}
	interrupt_end();
	result_free(result);
	return status;
}

const struct cli_verb cmd_refs = {
	.name = "refs",
	.brief = "who still points to an object, or to a cluster of objects?",
	.positional = "[ADDR]",
	.options = options,
	.help =
		"Searches all memory of the kernel for pointers to an object, to its start or\n"
		"into it, or to any object of a cluster, and counts them by place: which symbol\n"
		"of the kernel or of a module, which offset of the objects of which cache, which\n"
		"thread's stack, which per-cpu variable. So it names who holds on to what only\n"
		"grows: \"all 600,000 hang on one list head in module X\". Stale pointers in dead\n"
		"parts of stacks and the like do not count.\n"
		"\n"
		"Examples:\n"
		"  slabscan refs ffff8e8ec1c19900\n"
		"  slabscan refs --cache kmalloc-64 --cluster 2     number 2 of slabscan top\n",
	.run = run,
};
