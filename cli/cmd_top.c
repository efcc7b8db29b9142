// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_top.c - slabscan top: what fills this cache?
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "interrupt.h"
#include "lost.h"
#include "out_int.h"
#include "scan.h"

#define LIMIT_DEFAULT	10
#define DETAILS_DEFAULT	3	/* clusters whose words are shown */
#define WORDS_DEFAULT	14	/* words that are shown of one */

struct top_args {
	const char *cache;
	bool all;
	uint32_t limit;
	uint32_t cpus;
	uint32_t cluster;
	bool words;
	bool leaks;
};

static const struct cli_option options[] = {
	{ "cache", "NAME[#N]", CLI_STRING, offsetof(struct top_args, cache), "this cache (#N: the Nth of that name, from 0)" },
	{ "all", NULL, CLI_FLAG, offsetof(struct top_args, all), "all unreclaimable caches at once" },
	{ "limit", "N", CLI_UINT, offsetof(struct top_args, limit), "show N clusters (10); counts do not depend on it" },
	{ "cluster", "RANK", CLI_UINT, offsetof(struct top_args, cluster), "the words of this cluster only" },
	{ "words", NULL, CLI_FLAG, offsetof(struct top_args, words), "all words of all clusters shown" },
	{ "leaks", NULL, CLI_FLAG, offsetof(struct top_args, leaks), "also: to how many of them does nothing point now?" },
	{ "cpus", "N", CLI_UINT, offsetof(struct top_args, cpus), "let the scan use N CPUs at most" },
	{ 0 }
};

/* A set of strings, in the order in which they came. */
struct set {
	char **item;
	size_t count, room;
};

static void set_add(struct set *set, const char *text)
{
	for (size_t i = 0; i < set->count; i++)
		if (!strcmp(set->item[i], text))
			return;
	if (set->count == set->room) {
		set->room = set->room ? 2 * set->room : 16;
		set->item = realloc(set->item, set->room * sizeof(*set->item));
		if (!set->item)
			abort();
	}
	set->item[set->count] = strdup(text);
	if (!set->item[set->count++])
		abort();
}

static void set_free(struct set *set)
{
	for (size_t i = 0; i < set->count; i++)
		free(set->item[i]);
	free(set->item);
}

static void say_list(struct out *o, const char *key, const char *const *list, size_t count)
{
	out_array_open(o, key);
	for (size_t i = 0; i < count; i++)
		out_str(o, NULL, NULL, list[i]);
	out_array_close(o);
}

/* Every symbol found in or behind the objects, the modules that these belong to, and the strings. */
static void say_evidence(struct out *o, const struct scan_cluster *c)
{
	struct set symbols = { 0 }, modules = { 0 };
	const char *texts[RECORD_STRINGS];

	for (unsigned int i = 0; i < c->rec->symbol_count; i++)
		set_add(&symbols, c->rec->symbols[i]);
	for (size_t w = 0; w < c->word_count; w++) {
		for (unsigned int i = 0; i < c->words[w]->symbol_count; i++)
			set_add(&symbols, c->words[w]->symbols[i]);
		for (unsigned int i = 0; i < c->words[w]->chase_count; i++)
			set_add(&symbols, c->words[w]->chases[i].symbol);
	}
	say_list(o, "symbols", (const char *const *)symbols.item, symbols.count);
	for (size_t i = 0; i < symbols.count; i++) {
		char module[SLABSCAN_NAME_MAX];

		if (symbol_module(symbols.item[i], module, sizeof(module)))
			set_add(&modules, module);
	}
	say_list(o, "modules", (const char *const *)modules.item, modules.count);
	set_free(&symbols);
	set_free(&modules);

	for (unsigned int i = 0; i < c->rec->string_count; i++)
		texts[i] = c->rec->strings[i].text;
	say_list(o, "strings", texts, c->rec->string_count);
	say_list(o, "types", NULL, 0);
}

static void say_strings(struct out *o, const struct scan_cluster *c, bool text)
{
	static const struct out_column columns[] = {
		{ "indent", "", OUT_LEFT }, { "at", "OFFSET", OUT_LEFT }, { "objects", "OBJECTS", OUT_RIGHT }, { "text", "STRINGS IN THEM", OUT_LEFT },
	};

	out_table_open(o, "strings_at", columns, sizeof(columns) / sizeof(*columns));
	for (unsigned int i = 0; i < c->rec->string_count; i++) {
		const struct record_string *s = &c->rec->strings[i];

		out_row_open(o);
		if (text) {
			out_cell(o, "indent", " ");
			out_cell(o, "at", "+0x%02x", s->offset);
		}
		out_u64(o, "offset", NULL, s->offset);
		out_str(o, "text", text ? "\"{}\"" : NULL, s->text);
		out_u64(o, "objects", text ? "{}" : NULL, s->objects);
		out_row_close(o);
	}
	out_table_close(o);
}

/* Which words are shown: the most telling ones, in the order of their offsets. @shown: a flag for each. */
static size_t pick_words(const struct scan_cluster *c, bool all, bool *shown)
{
	size_t left = all ? c->word_count : WORDS_DEFAULT, picked = 0;

	for (unsigned int weight = 11; weight-- > (all ? 0 : 1); ) {
		for (size_t i = 0; i < c->word_count && left; i++) {
			if (shown[i] || word_weight(c->words[i]) != weight)
				continue;
			shown[i] = true;
			picked++;
			left--;
		}
	}
	return picked;
}

static void say_words(struct out *o, const struct scan_cluster *c, bool text, bool all)
{
	static const struct out_column columns[] = {
		{ "indent", "", OUT_LEFT }, { "at", "OFFSET", OUT_LEFT }, { "class", "CLASS", OUT_LEFT }, { "share", "IN", OUT_RIGHT },
		{ "what", "VALUE OR RANGE", OUT_LEFT },
	};
	bool *shown = out_alloc(c->word_count + 1);
	size_t picked = text ? pick_words(c, all, shown) : 0;

	out_table_open(o, "words", columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < c->word_count; i++) {
		char what[DESCRIBE_MAX];

		if (!shown[i]) {
			out_object_open(o, NULL);
			say_word(o, c->words[i], NULL);
			out_object_close(o);
			continue;
		}
		out_row_open(o);
		out_cell(o, "indent", " ");
		say_word(o, c->words[i], describe_word(what, c->words[i]));
		out_row_close(o);
	}
	out_table_close(o);
	if (text && picked < c->word_count)
		out_styled(o, OUT_DIM, "   %zu more word%s that tell%s little (--words)\n", c->word_count - picked,
			   c->word_count - picked > 1 ? "s" : "", c->word_count - picked > 1 ? "" : "s");
	free(shown);
}

/* A search that ended early decided nothing: what it did not find may be lost all the same. */
static bool lost_known(const struct lost *lost)
{
	return lost->result && lost->result->summary && !lost->result->partial;
}

static void say_cluster(struct out *o, const struct scan_cluster *c, const struct lost *lost, bool text, bool all_words)
{
	const struct record *rec = c->rec;
	char what[DESCRIBE_MAX];

	out_row_open(o);
	out_u64(o, "rank", "{}", rec->rank);
	out_u64(o, "objects", "{}", rec->objects);
	/* of all objects of all caches it would tell nothing, and the line is full without it */
	out_ppm(o, "share", rec->cache ? NULL : "{}", rec->share);
	out_bytes(o, "bytes", "{}", rec->bytes);
	if (lost_known(lost))
		out_u64(o, "unreferenced", "{}", lost_of(lost, rec));
	out_str(o, "cache", "{}", rec->cache);
	if (rec->cache)
		out_u64(o, "cache_index", NULL, rec->cache_index);
	out_cell(o, "what", "%s", describe_cluster(what, c));

	/* From here on below the table. */
	if (text) {
		char count[OUT_NUM_MAX];

		out_styled(o, OUT_BOLD, "\ncluster %u", rec->rank);
		out_text(o, ": %s object%s", out_fmt_count(count, rec->objects), rec->objects == 1 ? "" : "s");
		if (rec->cache)
			out_text(o, " of %s", rec->cache);
	}
	out_id(o, "fingerprint", text ? "   fingerprint {}" : NULL, rec->fingerprint);
	if (text && rec->cache)
		out_text(o, "\n");
	out_array_open(o, "examples");
	for (unsigned int i = 0; i < rec->example_count; i++)
		out_addr(o, NULL, text && !i ? "   example {}" : NULL, rec->example[i]);
	out_array_close(o);
	if (text)
		out_text(o, "\n");
	if (record_has(rec, SLABSCAN_A_CONFIDENCE)) {
		bool unsure = text && rec->confidence < 900000;

		out_ppm(o, "confidence", unsure ? "  they are alike to {} only: more than one kind may be in it\n" : NULL, rec->confidence);
	}
	if (record_has(rec, SLABSCAN_A_PROFILED)) {
		bool sampled = text && rec->profiled < rec->objects;

		out_u64(o, "profiled", sampled ? "  the shares below are of {} of them\n" : NULL, rec->profiled);
	}
	say_evidence(o, c);
	say_words(o, c, text, all_words);
	say_strings(o, c, text);
	out_row_close(o);
}

/* Do nearly all objects of a cluster point to an object of their own of the other one, of which there are as many? */
static bool is_even(const struct scan_cluster *from, const struct scan_cluster *to, const struct record *link)
{
	uint64_t a = from->rec->objects, b = to->rec->objects, less = a < b ? a : b, more = a < b ? b : a;
	/* of so many objects different values were counted; the estimate ends somewhere above 1,000 */
	uint64_t seen = record_has(from->rec, SLABSCAN_A_PROFILED) && from->rec->profiled < 1000 ? from->rec->profiled : a < 1000 ? a : 1000;

	if (!less || more == 1 || link->share < 900000 || more - less > more / 20)
		return false;
	for (size_t i = 0; i < from->word_count; i++)
		if (from->words[i]->offset == link->offset)
			return from->words[i]->distinct >= seen / 2;
	return false;
}

/* Has it been told already that these two go together, of this direction or the other? */
static bool told(const struct scan *scan, size_t at)
{
	const struct record *link = scan->links[at];

	for (size_t i = 0; i < at; i++) {
		const struct record *other = scan->links[i];
		bool same = other->rank == link->rank && other->to_rank == link->to_rank, back = other->rank == link->to_rank && other->to_rank == link->rank;

		if ((same || back) && is_even(scan_find(scan, other->rank), scan_find(scan, other->to_rank), other))
			return true;
	}
	return false;
}

/* Of clusters that point to each other in equal numbers, one comes with the other: it is one leak, not two. */
static void say_links(struct out *o, const struct scan *scan)
{
	out_array_open(o, "links");
	for (size_t i = 0; i < scan->link_count; i++) {
		const struct record *link = scan->links[i];
		const struct scan_cluster *from = scan_find(scan, link->rank), *to = scan_find(scan, link->to_rank);
		bool even = from && to && is_even(from, to, link);
		char share[OUT_NUM_MAX];

		out_object_open(o, NULL);
		out_u64(o, "rank", NULL, link->rank);
		out_u64(o, "to_rank", NULL, link->to_rank);
		out_u64(o, "offset", NULL, link->offset);
		out_ppm(o, "share", NULL, link->share);
		out_bool(o, "equal_numbers", NULL, even);
		out_object_close(o);
		if (!from || !to || (even && told(scan, i)))
			continue;
		out_fmt_ppm(share, link->share);
		out_wrapped(o, 0, "%sCluster %u points to cluster %u (+0x%x, %s)%s", i ? "" : "\n", link->rank, link->to_rank, link->offset, share,
			    even ? " and there are as many of each: if it is a leak, then one, with a parent." : ".");
	}
	out_array_close(o);
}

/* Which caches was it, and could the others matter? */
static void say_caches(struct out *o, const struct record *s)
{
	out_u64(o, "caches", s->caches_left ? "in the {} largest caches; " : "in {} caches", s->caches);
	out_u64(o, "caches_left", !s->caches_left ? NULL : s->complete ? "{} others have too little to matter" : "{} others were not reached",
		s->caches_left);
	out_bytes(o, "bytes_left", s->caches_left ? " ({})" : NULL, s->bytes);
	out_text(o, ":\n");
}

static uint32_t largest_object(const struct scan *scan)
{
	uint32_t largest = scan->summary->object_size;

	for (size_t i = 0; i < scan->count; i++)
		if (scan->clusters[i].rec->object_size > largest)
			largest = scan->clusters[i].rec->object_size;
	return largest;
}

static void say_summary(struct out *o, const struct scan *scan, const struct result *result, const struct scan_choice *choice)
{
	const struct record *s = scan->summary;
	bool reclaimable;

	if (!s)
		return;
	reclaimable = s->cache_flags & SLABSCAN_CACHE_RECLAIMABLE;
	if (choice) {
		out_styled(o, OUT_BOLD, "%s", choice->name);
		out_u64(o, "object_size", "   {} B objects, ", s->object_size);
		out_u64(o, "slot_size", NULL, s->slot_size);
		out_bool(o, "reclaimable", NULL, reclaimable);
		out_text(o, "%s", reclaimable ? "reclaimable" : "unreclaimable");
	} else {
		out_styled(o, OUT_BOLD, "all unreclaimable caches");
	}
	out_ns(o, "elapsed_ns", "   {}\n", s->elapsed_ns);
	if (!choice)
		say_caches(o, s);
	out_u64(o, "live", "{} live objects in ", s->live);
	out_u64(o, "slabs", "{} slabs with room for ", s->slabs);
	out_u64(o, "objects", "{}\n", s->objects);
	out_u64(o, "scanned", s->scanned == s->live ? "all scanned, " : "{} scanned, ", s->scanned);
	out_u64(o, "skipped", "{} slots skipped", s->skipped);
	out_u64(o, "unsettled", s->unsettled ? ", {} slabs unsettled" : NULL, s->unsettled);
	out_u64(o, "count_error", s->count_error ? ", counts off by {} at most\n" : ", counts exact\n", s->count_error);
	if (largest_object(scan) > SLABSCAN_SCAN_BYTES)
		out_text(o, "compared by the first %u bytes of each\n", SLABSCAN_SCAN_BYTES);
	out_u64(o, "parked", NULL, s->parked);
	out_u64(o, "memory", NULL, s->memory ? s->memory : result->memory);
}

static void say_next(struct cli *cli, const struct scan *scan, const struct scan_choice *choice)
{
	char command[160], text[SLABSCAN_NAME_MAX + 12] = "";

	if (choice)
		snprintf(text, sizeof(text), choice->has_index ? "%s#%u" : "%s", choice->name, choice->index);
	if (scan->count && scan->clusters[0].rec->example_count) {
		snprintf(command, sizeof(command), "slabscan show %llx", (unsigned long long)scan->clusters[0].rec->example[0]);
		out_next(cli->out, command, "what is in one of them?");
	}
	for (unsigned int i = 0; choice && cli_verbs[i]; i++) {
		const char *why = !strcmp(cli_verbs[i]->name, "leaks") ? "are they still referenced?" :
				  !strcmp(cli_verbs[i]->name, "refs") ? "who points to those of cluster 1?" :
				  !strcmp(cli_verbs[i]->name, "trace") ? "who allocates them?" : NULL;

		if (!why)
			continue;
		snprintf(command, sizeof(command), "slabscan %s --cache %s", cli_verbs[i]->name, text);
		out_next(cli->out, command, why);
	}
}

/* What the search for references found beside the numbers in the table. */
static void say_lost(struct out *o, const struct scan *scan, const struct lost *lost)
{
	const struct record *s = lost->result ? lost->result->summary : NULL;
	bool known = lost_known(lost);
	uint64_t shown = 0;

	if (!s)
		return;
	for (size_t i = 0; i < scan->count; i++)
		shown += lost_of(lost, scan->clusters[i].rec);
	if (!known)
		out_text(o, "LOST: not known, as the search for references did not come to its end.\n");
	out_object_open(o, "leaks");
	out_ns(o, "age_ns", lost->age_ns ? "LOST: nothing pointed to them {} ago. " : NULL, lost->age_ns);
	out_u64(o, "unreferenced", !known ? NULL : lost->age_ns ? "{} in all" : "LOST: nothing points to them any more. {} in all", s->unreferenced);
	out_u64(o, "undecided", !known ? NULL : lost->age_ns ? "; {} undecided\n" : "; {} undecided", s->undecided);
	out_bool(o, "complete", NULL, known);
	out_ns(o, "elapsed_ns", !known || lost->age_ns ? NULL : "   {}\n", s->elapsed_ns);
	if (known && shown < s->unreferenced)
		out_u64(o, "elsewhere", "{} of these are in none of the clusters shown: see slabscan leaks\n", s->unreferenced - shown);
	out_object_close(o);
}

static int show(struct cli *cli, const struct top_args *args, const struct scan_choice *choice, const struct result *result,
		const struct lost *lost, int status)
{
	static const struct out_column columns[] = {
		{ "rank", "#", OUT_RIGHT }, { "objects", "OBJECTS", OUT_RIGHT }, { "share", "SHARE", OUT_RIGHT }, { "bytes", "BYTES", OUT_RIGHT },
		{ "unreferenced", "LOST", OUT_RIGHT }, { "cache", "CACHE", OUT_LEFT }, { "what", "WHAT THEY HAVE IN COMMON", OUT_LEFT },
	};
	struct scan *scan = scan_create(result);
	struct out *o = cli->out;

	if (args->cluster && !scan_find(scan, args->cluster)) {
		status = cli_fail(cli, CLI_FAILED, "there is no cluster %u: the scan found %zu", args->cluster, scan->count);
		scan_destroy(scan);
		return status;
	}
	if (choice)
		scan_choice_say(cli, choice);
	say_summary(o, scan, result, choice);
	say_lost(o, scan, lost);
	job_say_complete(cli, result, status);
	out_text(o, "\n");
	if (!scan->count)
		out_text(o, "No live objects: there is nothing to group.\n");
	out_table_open(o, "clusters", columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < scan->count; i++) {
		uint32_t rank = scan->clusters[i].rec->rank;
		bool details = args->cluster ? rank == args->cluster : args->words || i < DETAILS_DEFAULT;

		say_cluster(o, &scan->clusters[i], lost, details, args->words || args->cluster);
	}
	out_table_close(o);
	say_links(o, scan);
	say_next(cli, scan, choice);
	scan_destroy(scan);
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct top_args args = { .limit = LIMIT_DEFAULT };
	struct job_params params = { .kind = SLABSCAN_KIND_SCAN };
	struct scan_choice choice;
	struct result *result = NULL;
	struct lost lost = { 0 };
	int rest, status = cli_parse(cli, argc, argv, &args, &rest);

	if (status >= 0)
		return status;
	if (args.cache && args.all)
		return cli_fail(cli, CLI_USAGE, "--cache and --all exclude each other");
	if (args.cache && !scan_choice_parse(&choice, args.cache))
		return cli_fail(cli, CLI_USAGE, "--cache: \"%s\" is no name of a cache (NAME or NAME#N)", args.cache);
	if (!args.limit)
		return cli_fail(cli, CLI_USAGE, "--limit: at least 1");
	params.limit = args.cluster > args.limit ? args.cluster : args.limit;
	params.cpus = args.cpus;
	params.all = args.all;

	interrupt_begin();
	status = args.cache || args.all ? CLI_OK : scan_choice_suspect(cli, &choice);
	if (status == CLI_OK)
		status = args.all ? job_run(cli, &params, "scanning all unreclaimable caches", &result) :
				    scan_choice_run(cli, &params, &choice, &result);
	else if (status == CLI_PARTIAL)
		cli_fail(cli, CLI_PARTIAL, "interrupted before a cache was chosen; name one with --cache");
	if (status == CLI_OK && args.leaks) {
		status = lost_run(cli, args.all ? NULL : &choice, args.cpus, &lost);
		if (status == CLI_PARTIAL && !*result->why)
			snprintf(result->why, sizeof(result->why), "the search for references was cut short: %.180s", lost.result->why);
	}
	interrupt_end();
	lost.scan = result ? result->summary : NULL;
	if (status == CLI_OK && !args.leaks)
		lost_at_hand(cli, args.all ? NULL : &choice, &lost);
	if (status == CLI_FAILED)
		status = job_fail(cli);
	else if (result)
		status = show(cli, &args, args.all ? NULL : &choice, result, &lost, status);
	result_free(result);
	result_free(lost.result);
	return status;
}

const struct cli_verb cmd_top = {
	.name = "top",
	.brief = "what fills this cache?",
	.options = options,
	.help =
		"Reads all live objects of a cache once and groups those that look alike. Shows\n"
		"what the members of a group have in common: symbols of the kernel and its\n"
		"modules, strings, pointers to other caches and what lies behind them. Without\n"
		"--cache it takes the unreclaimable cache with the most memory, and says so.\n"
		"\n"
		"Columns of a cluster's words: IN is the share of objects that have this class of\n"
		"word there; \"-> cache+0x10 -> symbol\" was found by following the pointer.\n"
		"LOST are objects that nothing points to any more, as found by slabscan leaks in\n"
		"the last hour, or now with --leaks.\n"
		"\n"
		"A fingerprint is the same for the same kind of object after a reboot and on\n"
		"other machines.\n"
		"\n"
		"Examples:\n"
		"  slabscan top\n"
		"  slabscan top --cache kmalloc-64 --limit 5\n"
		"  slabscan top --cache kmalloc-64 --cluster 2     all words of the second one\n"
		"  slabscan top --cache kmalloc-64 --leaks         are they still referenced?\n"
		"  slabscan top --all --limit 20                   which kinds are most?\n"
		"  slabscan top --cache kmalloc-64 --json | jq -r '.clusters[0].symbols[]'\n",
	.run = run,
};
