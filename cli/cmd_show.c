// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmd_show.c - slabscan show: what is this address?
 */
#include <stdio.h>
#include <string.h>

#include "describe.h"
#include "job.h"

struct show_args {
	bool hexdump;
};

static const struct cli_option options[] = {
	{ "hexdump", NULL, CLI_FLAG, offsetof(struct show_args, hexdump), "the bytes, too" },
	{ 0 }
};

static void say_where(struct out *o, const struct record *rec)
{
	out_addr(o, "address", "{}   ", rec->addr);
	out_str(o, "where", where_text(rec->where), where_key(rec->where));
	if (rec->symbol && rec->where != SLABSCAN_WHERE_SLAB)
		out_str(o, "symbol", "\n  {}", rec->symbol);
	out_text(o, "\n");
	if (rec->cache) {
		out_str(o, "cache", "  cache {}", rec->cache);
		if (rec->object_size)
			out_u64(o, "object_size", ", {} B objects", rec->object_size);
		if (rec->slot_size)
			out_u64(o, "slot_size", " in slots of {} B", rec->slot_size);
		out_text(o, "\n");
	}
	if (record_has(rec, SLABSCAN_A_OBJECT_ADDR)) {
		out_addr(o, "object", "  object {}", rec->object_addr);
		if (record_has(rec, SLABSCAN_A_OFFSET))
			out_u64(o, "offset", NULL, rec->offset);
		if (rec->offset)
			out_text(o, ", the address is +0x%x in it", rec->offset);
	}
	if (record_has(rec, SLABSCAN_A_OBJECT_STATE)) {
		static const char *const said[] = {
			[SLABSCAN_OBJECT_LIVE] = ", allocated", [SLABSCAN_OBJECT_FREE] = ", free: what follows is what its last user left",
			[SLABSCAN_OBJECT_CHANGING] = "; its slab changes too fast to say whether it is allocated",
			[SLABSCAN_OBJECT_NONE] = "  the address lies between the objects of its slab",
		};
		bool known = rec->object_state < sizeof(said) / sizeof(*said) && said[rec->object_state];

		out_str(o, "state", known ? said[rec->object_state] : NULL, state_key(rec->object_state));
	}
	if (record_has(rec, SLABSCAN_A_OBJECT_ADDR) || record_has(rec, SLABSCAN_A_OBJECT_STATE))
		out_text(o, "\n");
	if (rec->message)
		out_say(o, "message", OUT_PLAIN, "  %s", rec->message);
}

/* The value has a column of its own: this one is for what it means. Small integers are easier to read in decimal. */
static const char *meaning(char buf[DESCRIBE_MAX], const struct record *word)
{
	if (word->class == SLABSCAN_WORD_INT && !(word->value >> 32)) {
		snprintf(buf, DESCRIBE_MAX, "%llu", (unsigned long long)word->value);
	} else if (word->symbol || word->target_cache || word->text || word->chase_count || record_has(word, SLABSCAN_A_LIST) ||
		   word->class == SLABSCAN_WORD_INT || word->class == SLABSCAN_WORD_SELF || word->class == SLABSCAN_WORD_TEXT ||
		   word->class == SLABSCAN_WORD_ERRPTR) {
		describe_word(buf, word);
		if (word->target_cache && record_has(word, SLABSCAN_A_OBJECT_STATE) && word->object_state == SLABSCAN_OBJECT_FREE)
			strncat(buf, "  (a free object)", DESCRIBE_MAX - strlen(buf) - 1);
	} else {
		buf[0] = 0;
	}
	return buf;
}

static void say_words(struct out *o, const struct result *result)
{
	static const struct out_column columns[] = {
		{ "at", "OFFSET", OUT_LEFT }, { "raw", "VALUE", OUT_RIGHT }, { "class", "CLASS", OUT_LEFT }, { "what", "WHAT IT IS", OUT_LEFT },
	};
	const struct record *word;
	size_t at = 0;
	bool any = result_next(result, SLABSCAN_A_RECORD_WORD, &at);

	if (any)
		out_text(o, "\n");
	out_table_open(o, "words", columns, sizeof(columns) / sizeof(*columns));
	for (at = 0; (word = result_next(result, SLABSCAN_A_RECORD_WORD, &at)); ) {
		char what[DESCRIBE_MAX];

		out_row_open(o);
		out_cell(o, "raw", "%016llx", (unsigned long long)word->value);
		say_word(o, word, meaning(what, word));
		out_row_close(o);
	}
	out_table_close(o);
}

static void say_bytes(struct out *o, const struct result *result)
{
	const struct record *word;
	uint64_t pair[2];
	size_t at = 0;
	unsigned int have = 0;
	uint32_t offset = 0;

	out_text(o, "\n");
	do {
		word = result_next(result, SLABSCAN_A_RECORD_WORD, &at);
		if (word) {
			if (!have)
				offset = word->offset;
			pair[have++] = word->value;
		}
		if (have == 2 || (!word && have)) {
			unsigned char bytes[16];
			char text[17] = { 0 }, hex[16 * 3 + 2] = { 0 };

			memcpy(bytes, pair, 8 * have);
			for (unsigned int i = 0; i < 8 * have; i++) {
				snprintf(hex + 3 * i, sizeof(hex) - 3 * i, "%02x ", bytes[i]);
				text[i] = bytes[i] > 0x20 && bytes[i] < 0x7f ? (char)bytes[i] : '.';
			}
			out_text(o, "+0x%02x  %-49s %s\n", offset, hex, text);
			have = 0;
		}
	} while (word);
}

static int show(struct cli *cli, const struct show_args *args, const struct result *result, int status)
{
	struct out *o = cli->out;
	const struct record *rec;
	size_t at = 0;

	rec = result_next(result, SLABSCAN_A_RECORD_OBJECT, &at);
	if (!rec)
		return cli_fail(cli, CLI_FAILED, "the kernel's answer does not say what the address is");
	say_where(o, rec);
	if (result->summary)
		out_ns(o, "elapsed_ns", NULL, result->summary->elapsed_ns);
	job_say_complete(cli, result, status);
	say_words(o, result);
	if (args->hexdump)
		say_bytes(o, result);
	if (rec->cache) {
		char command[128];

		snprintf(command, sizeof(command), "slabscan top --cache %s", rec->cache);
		out_next(o, command, "are there many like it?");
	}
	return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct show_args args = { 0 };
	struct job_params params = { .kind = SLABSCAN_KIND_SHOW, .has_addr = true };
	struct result *result;
	int rest, status = cli_parse(cli, argc, argv, &args, &rest);

	if (status >= 0)
		return status;
	if (argc - rest != 1)
		return cli_fail(cli, CLI_USAGE, "show takes one address, as in: slabscan show ffff8e8ec1c19900");
	if (!cli_address(argv[rest], &params.addr))
		return cli_fail(cli, CLI_USAGE, "\"%s\" is no address: up to 16 hexadecimal digits, with or without 0x", argv[rest]);
	status = job_run(cli, &params, "reading", &result);
	status = status == CLI_FAILED ? job_fail(cli) : show(cli, &args, result, status);
	result_free(result);
	return status;
}

const struct cli_verb cmd_show = {
	.name = "show",
	.brief = "what is this address?",
	.positional = "ADDR",
	.options = options,
	.help =
		"Says what lies at a kernel address: an object of a slab cache (which, allocated\n"
		"or free), a symbol, a stack, a page. An object is shown word by word: what each\n"
		"one is, where it points, and what lies behind.\n"
		"\n"
		"Examples:\n"
		"  slabscan show ffff8e8ec1c19900\n"
		"  slabscan show 0xffff8e8ec1c19928 --hexdump      also from inside an object\n",
	.run = run,
};
