// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_caches.c - slabscan caches: what caches are there, and how big are they?
 */
#include <stdlib.h>
#include <string.h>

#include "aliases.h"
#include "interrupt.h"
#include "job.h"
#include "progress.h"

#define ALIASES_MAX	256
#define ALIASES_SHOWN	2
#define GROWTH_MS	10000

struct caches_args {
	const char *sort;
	uint32_t limit;
	uint32_t interval_ms;
	bool families;
};

static const struct cli_option options[] = {
	{ "sort", "KEY", CLI_STRING, offsetof(struct caches_args, sort), "bytes (default), objects, live, growth or name" },
	{ "limit", "N", CLI_UINT, offsetof(struct caches_args, limit), "only the first N" },
	{ "interval", "S", CLI_SECONDS, offsetof(struct caches_args, interval_ms), "look twice, S seconds apart, and show what grew" },
	{ "families", NULL, CLI_FLAG, offsetof(struct caches_args, families), "also the sums of kmalloc-64, kmalloc-cg-64, ..." },
	{ 0 }
};

/* A cache now and, with --interval, before. */
struct row {
	const struct record *now;
	bool has_before;
	uint64_t before;	/* live objects */
};

static int64_t grown(const struct row *row)
{
	return row->has_before ? (int64_t)(row->now->live - row->before) : 0;
}

static int64_t grown_bytes(const struct row *row)
{
	return grown(row) * (int64_t)row->now->slot_size;
}

static int by_name(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return strcmp(x->now->name, y->now->name);
}

#define BY(function, value)								\
static int function(const void *a, const void *b)					\
{											\
	const struct row *x = a, *y = b;						\
											\
	return value(x) < value(y) ? 1 : value(x) > value(y) ? -1 : by_name(a, b);	\
}
#define BYTES(row)	((row)->now->bytes)
#define OBJECTS(row)	((row)->now->objects)
#define LIVE(row)	((row)->now->live)

BY(by_bytes, BYTES)
BY(by_objects, OBJECTS)
BY(by_live, LIVE)
static int by_growth(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return grown_bytes(x) < grown_bytes(y) ? 1 : grown_bytes(x) > grown_bytes(y) ? -1 : by_bytes(a, b);
}

static const struct {
	const char *name;
	int (*compare)(const void *, const void *);
} sorts[] = {
	{ "bytes", by_bytes },
	{ "objects", by_objects },
	{ "live", by_live },
	{ "growth", by_growth },
	{ "name", by_name },
};

static int count(struct cli *cli, struct result **result)
{
	struct job_params params = { .kind = SLABSCAN_KIND_CACHES };

	return job_run(cli, &params, "counting objects", result);
}

/* The rows of @now, in its order; what they were in @before, if that is not NULL: same name, same size, same turn among those. */
static struct row *make_rows(const struct result *now, const struct result *before, size_t *rows)
{
	struct row *row = calloc(now->count + 1, sizeof(*row));
	bool *taken = calloc((before ? before->count : 0) + 1, sizeof(*taken));
	const struct record *rec;
	size_t at = 0;

	if (!row || !taken)
		abort();
	*rows = 0;
	while ((rec = result_next(now, SLABSCAN_A_RECORD_CACHE, &at))) {
		struct row *r = &row[*rows];

		if (!rec->name)
			continue;
		r->now = rec;
		(*rows)++;
		for (size_t i = 0; before && i < before->count; i++) {
			const struct record *old = before->rec[i];

			if (taken[i] || old->type != SLABSCAN_A_RECORD_CACHE || !old->name || strcmp(old->name, rec->name) ||
			    old->slot_size != rec->slot_size)
				continue;
			taken[i] = true;
			r->has_before = true;
			r->before = old->live;
			break;
		}
	}
	free(taken);
	return row;
}

static void say_aliases(struct out *o, const struct aliases *aliases, const char *name)
{
	const char *list[ALIASES_MAX];
	size_t n = aliases_of(aliases, name, list, ALIASES_MAX), shown = n < ALIASES_MAX ? n : ALIASES_MAX;
	char text[256];
	int len = 0;

	out_array_open(o, "aliases");
	for (size_t i = 0; i < shown; i++)
		out_str(o, NULL, NULL, list[i]);
	out_array_close(o);
	if (!n)
		return;
	for (size_t i = 0; i < shown && i < ALIASES_SHOWN; i++)
		len += snprintf(text + len, sizeof(text) - len, "%s%.60s", i ? ", " : "", list[i]);
	if (n > ALIASES_SHOWN)
		snprintf(text + len, sizeof(text) - len, " +%zu", n - ALIASES_SHOWN);
	out_cell(o, "also", "%s", text);
}

static void say_row(struct out *o, const struct aliases *aliases, const struct row *row, double seconds)
{
	const struct record *rec = row->now;
	bool reclaimable = rec->cache_flags & SLABSCAN_CACHE_RECLAIMABLE;
	const char *once = seconds ? NULL : "{}";	/* columns that make room for growth */

	out_row_open(o);
	out_str(o, "name", "{}", rec->name);
	out_u64(o, "object_size", "{}", rec->object_size);
	out_u64(o, "slot_size", NULL, rec->slot_size);
	out_u64(o, "live", "{}", rec->live);
	out_u64(o, "objects", NULL, rec->objects);
	out_u64(o, "parked", NULL, rec->parked);
	out_u64(o, "slabs", NULL, rec->slabs);
	out_bytes(o, "bytes", "{}", rec->bytes);
	out_bytes(o, "unused_bytes", once, rec->objects > rec->live ? (rec->objects - rec->live) * rec->slot_size : 0);
	if (row->has_before) {
		out_i64(o, "growth_objects", grown(row) ? "{}" : NULL, grown(row));
		out_rate(o, "growth_bytes_per_s", grown(row) ? "{}" : NULL, (double)grown_bytes(row) / seconds);
	}
	out_bool(o, "reclaimable", NULL, reclaimable);
	out_cell(o, "r", "%s", reclaimable ? "r" : "");
	out_bool(o, "debug", NULL, rec->cache_flags & SLABSCAN_CACHE_DEBUG);
	say_aliases(o, aliases, rec->name);
	out_row_close(o);
}

static void say_table(struct cli *cli, const struct row *rows, size_t count, const struct caches_args *args)
{
	static const struct out_column columns[] = {
		{ "name", "NAME", OUT_LEFT }, { "object_size", "SIZE", OUT_RIGHT }, { "live", "LIVE", OUT_RIGHT },
		{ "bytes", "BYTES", OUT_RIGHT }, { "unused_bytes", "UNUSED", OUT_RIGHT },
		{ "r", "", OUT_LEFT }, { "also", "ALSO KNOWN AS", OUT_LEFT },
	};
	static const struct out_column growth[] = {
		{ "name", "NAME", OUT_LEFT }, { "object_size", "SIZE", OUT_RIGHT }, { "live", "LIVE", OUT_RIGHT },
		{ "bytes", "BYTES", OUT_RIGHT }, { "growth_objects", "GREW BY", OUT_RIGHT }, { "growth_bytes_per_s", "PER SECOND", OUT_RIGHT },
		{ "r", "", OUT_LEFT }, { "also", "ALSO KNOWN AS", OUT_LEFT },
	};
	struct aliases *aliases = aliases_load(cli->root);
	bool twice = args->interval_ms;
	size_t shown = args->limit && args->limit < count ? args->limit : count;

	out_table_open(cli->out, "caches", twice ? growth : columns,
		       twice ? sizeof(growth) / sizeof(*growth) : sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < shown; i++)
		say_row(cli->out, aliases, &rows[i], args->interval_ms / 1000.0);
	out_table_close(cli->out);
	if (shown < count)
		out_styled(cli->out, OUT_DIM, "%zu more (no --limit: all)\n", count - shown);
	aliases_free(aliases);
}

static void say_sums(struct out *o, const struct row *rows, size_t count, const struct record *summary)
{
	uint64_t bytes = 0, reclaimable = 0, unused = 0;

	for (size_t i = 0; i < count; i++) {
		const struct record *rec = rows[i].now;

		bytes += rec->bytes;
		if (rec->cache_flags & SLABSCAN_CACHE_RECLAIMABLE)
			reclaimable += rec->bytes;
		if (rec->objects > rec->live)
			unused += (rec->objects - rec->live) * rec->slot_size;
	}
	out_u64(o, "cache_count", "{} caches, ", count);
	out_bytes(o, "bytes", "{}", bytes);
	if (summary && record_has(summary, SLABSCAN_A_ELAPSED_NS))
		out_ns(o, "elapsed_ns", "   {}", summary->elapsed_ns);
	out_bytes(o, "unreclaimable_bytes", "\n{} unreclaimable, ", bytes - reclaimable);
	out_bytes(o, "reclaimable_bytes", "{} reclaimable (r), ", reclaimable);
	out_bytes(o, "unused_bytes", "{} of it in free slots\n\n", unused);
}

struct family {
	char base[SLABSCAN_NAME_MAX];
	unsigned int members;
	uint64_t live, bytes;
};

static int family_by_bytes(const void *a, const void *b)
{
	const struct family *x = a, *y = b;

	return x->bytes < y->bytes ? 1 : x->bytes > y->bytes ? -1 : strcmp(x->base, y->base);
}

static void say_families(struct out *o, const struct row *rows, size_t count, bool text)
{
	static const struct out_column columns[] = {
		{ "family", "FAMILY", OUT_LEFT }, { "members", "CACHES", OUT_RIGHT }, { "live", "LIVE", OUT_RIGHT },
		{ "bytes", "BYTES", OUT_RIGHT },
	};
	struct family *list = calloc(count + 1, sizeof(*list));
	size_t families = 0, f;
	const char *tmpl = text ? "{}" : NULL;

	if (!list)
		abort();
	for (size_t i = 0; i < count; i++) {
		char base[SLABSCAN_NAME_MAX];

		if (!family_base(rows[i].now->name, base, sizeof(base)))
			continue;
		for (f = 0; f < families && strcmp(list[f].base, base); f++)
			;
		if (f == families)
			memcpy(list[families++].base, base, sizeof(base));
		list[f].members++;
		list[f].live += rows[i].now->live;
		list[f].bytes += rows[i].now->bytes;
	}
	qsort(list, families, sizeof(*list), family_by_bytes);
	if (text)
		out_text(o, "\n");
	out_table_open(o, "families", columns, sizeof(columns) / sizeof(*columns));
	for (f = 0; f < families; f++) {
		out_row_open(o);
		out_str(o, "family", tmpl, list[f].base);
		out_u64(o, "members", tmpl, list[f].members);
		out_u64(o, "live", tmpl, list[f].live);
		out_bytes(o, "bytes", tmpl, list[f].bytes);
		out_row_close(o);
	}
	out_table_close(o);
	free(list);
}

/* The unreclaimable cache that grew or, if none did, is big. */
static void hint(struct cli *cli, const struct row *rows, size_t count, bool twice)
{
	const struct row *best = NULL;
	char command[128];

	for (size_t i = 0; i < count; i++) {
		const struct row *r = &rows[i];

		if (r->now->cache_flags & SLABSCAN_CACHE_RECLAIMABLE)
			continue;
		if (!best || (twice && grown_bytes(r) > grown_bytes(best)) ||
		    ((!twice || grown_bytes(r) == grown_bytes(best)) && r->now->bytes > best->now->bytes))
			best = r;
	}
	if (best) {
		snprintf(command, sizeof(command), "slabscan top --cache %s", best->now->name);
		out_next(cli->out, command, twice && grown(best) > 0 ? "what fills the one that grew most?" : "what fills the biggest one?");
	}
	if (!twice)
		out_next(cli->out, "slabscan caches --sort growth", "which one grows?");
}

static int show(struct cli *cli, const struct caches_args *args, int (*compare)(const void *, const void *), const struct result *before,
		const struct result *now, int status)
{
	size_t count;
	struct row *rows = make_rows(now, before, &count);

	qsort(rows, count, sizeof(*rows), compare);
	if (before)
		out_double(cli->out, "interval_s", NULL, args->interval_ms / 1000.0);
	job_say_complete(cli, now, status);
	say_sums(cli->out, rows, count, now->summary);
	say_table(cli, rows, count, args);
	say_families(cli->out, rows, count, args->families);
	hint(cli, rows, count, before);
	free(rows);
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct caches_args args = { .sort = "bytes" };
	struct result *before = NULL, *now = NULL;
	int rest, status = cli_parse(cli, argc, argv, &args, &rest);
	size_t sort;

	if (status >= 0)
		return status;
	for (sort = 0; sort < sizeof(sorts) / sizeof(*sorts) && strcmp(args.sort, sorts[sort].name); sort++)
		;
	if (sort == sizeof(sorts) / sizeof(*sorts))
		return cli_fail(cli, CLI_USAGE, "--sort: \"%s\" is none of bytes, objects, live, growth, name", args.sort);
	if (!args.interval_ms && !strcmp(args.sort, "growth"))
		args.interval_ms = GROWTH_MS;

	interrupt_begin();
	status = count(cli, &now);
	if (status == CLI_OK && args.interval_ms) {
		struct progress progress;
		bool slept;

		before = now;
		now = NULL;
		progress_begin(&progress, "waiting", cli->quiet);
		slept = progress_sleep(&progress, args.interval_ms);
		progress_end(&progress);
		if (slept) {
			status = count(cli, &now);
		} else {
			now = before;
			before = NULL;
			args.interval_ms = 0;
			status = CLI_PARTIAL;
			snprintf(now->why, sizeof(now->why), "interrupted before the second look: what grew is not known.");
		}
	}
	interrupt_end();
	status = status == CLI_FAILED ? job_fail(cli) : show(cli, &args, sorts[sort].compare, before, now, status);
	result_free(before);
	result_free(now);
	return status;
}

const struct cli_verb cmd_caches = {
	.name = "caches",
	.brief = "what caches are there, and how big are they?",
	.options = options,
	.help =
		"Counts the live objects of all slab caches. LIVE objects are in use; UNUSED is\n"
		"what free slots hold; r marks caches that the kernel can shrink by itself.\n"
		"Caches that SLUB merged show once, with the other names that share them.\n"
		"\n"
		"Examples:\n"
		"  slabscan caches --limit 10\n"
		"  slabscan caches --sort growth --interval 60 --limit 5\n"
		"  slabscan caches --json | jq '.caches[] | select(.live > 1000000).name'\n",
	.run = run,
};
