// SPDX-License-Identifier: GPL-2.0-only
/*
 * describe.c - what the numbers of the protocol are called, and a word or a cluster in one line
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "describe.h"

#define PPM_MOST	990000

struct name { const char *key, *text; };

static const struct name classes[] = {
	[SLABSCAN_WORD_ZERO]	= { "zero", "zero" },
	[SLABSCAN_WORD_INT]	= { "int", "int" },
	[SLABSCAN_WORD_SYMBOL]	= { "symbol", "symbol" },
	[SLABSCAN_WORD_SLAB]	= { "slab", "slab pointer" },
	[SLABSCAN_WORD_SELF]	= { "self", "self pointer" },
	[SLABSCAN_WORD_VMALLOC]	= { "vmalloc", "vmalloc" },
	[SLABSCAN_WORD_PERCPU]	= { "percpu", "per-cpu" },
	[SLABSCAN_WORD_PAGE]	= { "page", "page" },
	[SLABSCAN_WORD_MEMMAP]	= { "memmap", "struct page" },
	[SLABSCAN_WORD_POISON]	= { "poison", "poison" },
	[SLABSCAN_WORD_ERRPTR]	= { "errptr", "error" },
	[SLABSCAN_WORD_TEXT]	= { "text", "text" },
	[SLABSCAN_WORD_DATA]	= { "data", "data" },
};

static const struct name wheres[] = {
	[SLABSCAN_WHERE_SLAB]		= { "slab", "in a slab" },
	[SLABSCAN_WHERE_SYMBOL]		= { "symbol", "in the kernel image or a module" },
	[SLABSCAN_WHERE_STACK]		= { "stack", "on the kernel stack of a task" },
	[SLABSCAN_WHERE_PERCPU]		= { "percpu", "in a per-cpu area" },
	[SLABSCAN_WHERE_VMALLOC]	= { "vmalloc", "in vmalloc or ioremap space" },
	[SLABSCAN_WHERE_PAGE]		= { "page", "in a page that is used for something other than slab objects" },
	[SLABSCAN_WHERE_FREE]		= { "free", "in a free page" },
	[SLABSCAN_WHERE_MEMMAP]		= { "memmap", "in the array of struct page" },
	[SLABSCAN_WHERE_NONE]		= { "none", "no memory of the kernel" },
};

static const struct name states[] = {
	[SLABSCAN_OBJECT_LIVE]		= { "live", "live" },
	[SLABSCAN_OBJECT_FREE]		= { "free", "free" },
	[SLABSCAN_OBJECT_CHANGING]	= { "changing", "changing" },
	[SLABSCAN_OBJECT_NONE]		= { "none", "no object" },
};

static const struct name lists[] = {
	[SLABSCAN_LIST_NONE]	= { "none", "" },
	[SLABSCAN_LIST_EMPTY]	= { "empty", "list head of itself (empty)" },
	[SLABSCAN_LIST_POISON]	= { "poison", "deleted from its list" },
	[SLABSCAN_LIST_CLUSTER]	= { "cluster", "linked with others of its kind" },
};

/* A number that a newer module made up has a name, too. */
#define LOOKUP(table, number, member) \
	((number) < sizeof(table) / sizeof(*(table)) && (table)[number].member ? (table)[number].member : "unknown")

const char *class_key(uint32_t class)	{ return LOOKUP(classes, class, key); }
const char *class_text(uint32_t class)	{ return LOOKUP(classes, class, text); }
const char *where_key(uint32_t where)	{ return LOOKUP(wheres, where, key); }
const char *where_text(uint32_t where)	{ return LOOKUP(wheres, where, text); }
const char *state_key(uint32_t state)	{ return LOOKUP(states, state, key); }
const char *list_key(uint32_t list)	{ return LOOKUP(lists, list, key); }
const char *list_text(uint32_t list)	{ return LOOKUP(lists, list, text); }

#define append(buf, ...) out_add(buf, DESCRIBE_MAX, __VA_ARGS__)

const char *describe_chase(char buf[DESCRIBE_MAX], const struct record_chase *chase)
{
	buf[0] = 0;
	for (unsigned int i = 0; i < chase->hops; i++)
		append(buf, "-> %s+0x%x ", chase->hop[i].cache ? chase->hop[i].cache : "?", chase->hop[i].offset);
	append(buf, "-> %s", chase->symbol);
	if (chase->share && chase->share < PPM_MOST) {
		char share[OUT_NUM_MAX];

		append(buf, " (%s)", out_fmt_ppm(share, chase->share));
	}
	return buf;
}

static void append_target(char *buf, const struct record *word)
{
	append(buf, "%s", word->target_cache);
	if (record_has(word, SLABSCAN_A_TARGET_OFFSET))
		append(buf, "+0x%x", word->target_offset);
}

static bool is_pointer(const struct record *word)
{
	switch (word->class) {
	case SLABSCAN_WORD_SLAB:
	case SLABSCAN_WORD_SELF:
	case SLABSCAN_WORD_VMALLOC:
	case SLABSCAN_WORD_PERCPU:
	case SLABSCAN_WORD_PAGE:
	case SLABSCAN_WORD_MEMMAP:
		return true;
	}
	return false;
}

/* The characters of a word, as far as they can be printed. */
static void append_text(char *buf, uint64_t value)
{
	char text[9] = { 0 };

	memcpy(text, &value, sizeof(value));
	out_printable(text);
	append(buf, "\"%s\"", text);
}

/*
 * Smallest and largest are those of all objects, also of those with another class of word at this place: then they tell nothing. Of text they
 * never do.
 */
static bool has_range(const struct record *word)
{
	return (word->class == SLABSCAN_WORD_INT || word->class == SLABSCAN_WORD_DATA) && record_has(word, SLABSCAN_A_VALUE_MIN) &&
	       record_has(word, SLABSCAN_A_VALUE_MAX) && word->min < word->max && word->max >> 63 == 0;
}

static void append_value(char *buf, const struct record *word)
{
	bool value = record_has(word, SLABSCAN_A_VALUE);
	char count[OUT_NUM_MAX];

	if (word->symbol) {
		append(buf, "%s", word->symbol);
		if (word->symbol_count > 1)
			append(buf, " and %u more", word->symbol_count - 1);
	} else if (word->target_cache) {
		append_target(buf, word);
	} else if (word->class == SLABSCAN_WORD_SELF && record_has(word, SLABSCAN_A_TARGET_OFFSET)) {
		append(buf, "its own +0x%x", word->target_offset);
	} else if (word->text) {
		append(buf, "\"%s\"", word->text);
	} else if (value && word->class == SLABSCAN_WORD_TEXT) {
		append_text(buf, word->value);
	} else if (value && word->class == SLABSCAN_WORD_ERRPTR) {
		append(buf, "%" PRId64 " (%s)", (int64_t)word->value, strerror((int)-(int64_t)word->value));
	} else if (value && word->class == SLABSCAN_WORD_INT && word->value >> 32) {
		append(buf, "0x%x, 0x%x", (uint32_t)word->value, (uint32_t)(word->value >> 32));
	} else if (value) {
		append(buf, "%s0x%" PRIx64, word->distinct > 1 ? "mostly " : "", word->value);
	} else if (has_range(word)) {
		append(buf, "0x%" PRIx64 "..0x%" PRIx64, word->min, word->max);
	}
	if (word->class == SLABSCAN_WORD_SELF)
		return;		/* as many as there are objects, of course */
	if (word->distinct > 1)
		append(buf, "%s(%s distinct)", *buf ? "  " : "", out_fmt_count(count, word->distinct));
	else if (word->distinct == 1 && is_pointer(word))
		append(buf, "%s(the same in all)", *buf ? "  " : "");
}

const char *describe_word(char buf[DESCRIBE_MAX], const struct record *word)
{
	char chase[DESCRIBE_MAX];

	buf[0] = 0;
	if (word->class != SLABSCAN_WORD_ZERO)
		append_value(buf, word);
	if (record_has(word, SLABSCAN_A_LIST) && *list_text(word->list))
		append(buf, "%s%s", *buf ? "  " : "", list_text(word->list));
	for (unsigned int i = 0; i < word->chase_count && i < 2; i++)
		append(buf, "%s%s", *buf ? "  " : "", describe_chase(chase, &word->chases[i]));
	return buf;
}

unsigned int word_weight(const struct record *word)
{
	bool constant = record_has(word, SLABSCAN_A_VALUE);

	if (word->symbol)
		return 10;
	if (word->chase_count)
		return 9;
	switch (word->class) {
	case SLABSCAN_WORD_ZERO:
		return 0;
	case SLABSCAN_WORD_TEXT:
	case SLABSCAN_WORD_SYMBOL:
		return 8;
	case SLABSCAN_WORD_SELF:
		/* the second half of a list head that points to itself */
		return record_has(word, SLABSCAN_A_TARGET_OFFSET) && word->target_offset + 8 == word->offset ? 2 : 7;
	case SLABSCAN_WORD_SLAB:
	case SLABSCAN_WORD_POISON:
		return 7;
	case SLABSCAN_WORD_ERRPTR:
	case SLABSCAN_WORD_PERCPU:
	case SLABSCAN_WORD_VMALLOC:
	case SLABSCAN_WORD_MEMMAP:
		return 6;
	case SLABSCAN_WORD_INT:
		return constant ? 5 : 4;
	case SLABSCAN_WORD_PAGE:
		return 3;
	}
	return constant ? 5 : 0;
}

/* Something that could be said of a cluster. */
struct clue {
	unsigned int score;
	const char *symbol;	/* what it leads to, if that is a symbol: said once */
	char text[DESCRIBE_MAX];
};

#define CLUES_SHOWN	2

/* Keep the best ones, best first; of two that lead to the same symbol only the better one. */
static void keep_clue(struct clue *best, const struct clue *clue)
{
	unsigned int at;

	for (at = 0; at < CLUES_SHOWN && best[at].score >= clue->score; at++)
		if (best[at].symbol && clue->symbol && !strcmp(best[at].symbol, clue->symbol))
			return;
	if (at == CLUES_SHOWN)
		return;
	for (unsigned int i = CLUES_SHOWN - 1; i > at; i--)
		best[i] = best[i - 1];
	best[at] = *clue;
	for (unsigned int i = at + 1; i < CLUES_SHOWN; i++)
		if (best[i].symbol && clue->symbol && !strcmp(best[i].symbol, clue->symbol))
			best[i].score = 0;
}

/* A symbol tells more if it is in all objects and the same one, and if it names a module. */
static unsigned int symbol_score(const char *symbol, unsigned int most, uint64_t distinct, uint32_t share)
{
	unsigned int score = distinct <= 1 ? most : distinct <= 8 ? most / 2 : most / 4;

	return (strchr(symbol, '[') ? score + most / 4 : score) * (share / 1000) / 1000;
}

static void word_clues(struct clue *best, const struct record *word)
{
	uint32_t share = record_has(word, SLABSCAN_A_SHARE) ? word->share : 1000000;
	struct clue clue = { 0 };
	char chase[DESCRIBE_MAX];

	if (word->symbol) {
		clue.symbol = word->symbol;
		/* VALUE is there if it is nearly always the same one */
		clue.score = symbol_score(word->symbol, 1000, record_has(word, SLABSCAN_A_VALUE) ? 1 : word->distinct, share);
		append(clue.text, "+0x%x %s", word->offset, word->symbol);
		if (word->distinct > 1)
			append(clue.text, " and others");
		keep_clue(best, &clue);
		return;
	}
	if (word->chase_count) {
		const struct record_chase *c = &word->chases[0];

		clue.symbol = c->symbol;
		clue.score = symbol_score(c->symbol, 900 - 50 * (c->hops < 8 ? c->hops : 8), 1, (uint32_t)((uint64_t)share * c->share / 1000000));
		append(clue.text, "+0x%x %s", word->offset, describe_chase(chase, c));
		keep_clue(best, &clue);
		return;
	}
	if (record_has(word, SLABSCAN_A_LIST) && *list_text(word->list)) {
		clue.score = 150 * (share / 1000) / 1000 + 1;
		append(clue.text, "+0x%x %s", word->offset, list_text(word->list));
		keep_clue(best, &clue);
	} else if (word->target_cache) {
		clue.score = 200 * (share / 1000) / 1000 + 1;
		append(clue.text, "+0x%x -> ", word->offset);
		append_target(clue.text, word);
		keep_clue(best, &clue);
	}
}

const char *describe_cluster(char buf[DESCRIBE_MAX], const struct scan_cluster *c)
{
	struct clue best[CLUES_SHOWN] = { 0 };
	unsigned int told = 0;

	for (size_t i = 0; i < c->word_count; i++)
		word_clues(best, c->words[i]);
	for (unsigned int i = 0; i < c->rec->string_count; i++) {
		struct clue clue = { .score = i ? 300 : 500 };

		append(clue.text, "+0x%x \"%s\"", c->rec->strings[i].offset, c->rec->strings[i].text);
		keep_clue(best, &clue);
	}
	for (unsigned int i = 0; i < c->rec->symbol_count; i++) {
		struct clue clue = { .symbol = c->rec->symbols[i], .score = 2 };

		append(clue.text, "%s", c->rec->symbols[i]);
		keep_clue(best, &clue);
	}
	buf[0] = 0;
	for (unsigned int i = 0; i < CLUES_SHOWN; i++)
		if (best[i].score)
			append(buf, "%s%s", told++ ? "; " : "", best[i].text);
	if (!told)
		append(buf, "their layout only: no symbol, string or pointer tells what they are");
	return buf;
}

void say_symbols(struct out *o, const struct record *rec)
{
	out_array_open(o, "symbols");
	for (unsigned int i = 0; i < rec->symbol_count; i++)
		out_str(o, NULL, NULL, rec->symbols[i]);
	out_array_close(o);
}

void say_texts(struct out *o, const struct record *rec)
{
	out_array_open(o, "strings");
	for (unsigned int i = 0; i < rec->string_count; i++)
		out_str(o, NULL, NULL, rec->strings[i].text);
	out_array_close(o);
}

bool symbol_module(const char *symbol, char *module, size_t size)
{
	const char *open = strrchr(symbol, '['), *close = open ? strchr(open, ']') : NULL;

	if (!close || close == open + 1)
		return false;
	snprintf(module, size, "%.*s", (int)(close - open - 1), open + 1);
	return true;
}

static void say_chases(struct out *o, const struct record *word)
{
	out_array_open(o, "chase");
	for (unsigned int i = 0; i < word->chase_count; i++) {
		const struct record_chase *chase = &word->chases[i];

		out_object_open(o, NULL);
		out_u64(o, "offset", NULL, chase->hops ? chase->hop[chase->hops - 1].offset : 0);
		out_str(o, "symbol", NULL, chase->symbol);
		out_ppm(o, "share", NULL, chase->share);
		out_array_open(o, "hops");
		for (unsigned int h = 0; h < chase->hops; h++) {
			out_object_open(o, NULL);
			out_str(o, "cache", NULL, chase->hop[h].cache);
			out_u64(o, "offset", NULL, chase->hop[h].offset);
			out_object_close(o);
		}
		out_array_close(o);
		out_object_close(o);
	}
	out_array_close(o);
}

void say_word(struct out *o, const struct record *word, const char *what)
{
	out_u64(o, "offset", NULL, word->offset);
	out_str(o, "class", what ? class_text(word->class) : NULL, class_key(word->class));
	if (record_has(word, SLABSCAN_A_SHARE))
		out_ppm(o, "share", what ? "{}" : NULL, word->share);
	if (record_has(word, SLABSCAN_A_DISTINCT))
		out_u64(o, "distinct", NULL, word->distinct);
	if (record_has(word, SLABSCAN_A_VALUE))
		out_hex(o, "value", NULL, word->value);
	if (record_has(word, SLABSCAN_A_VALUE_MIN))
		out_hex(o, "min", NULL, word->min);
	if (record_has(word, SLABSCAN_A_VALUE_MAX))
		out_hex(o, "max", NULL, word->max);
	out_str(o, "symbol", NULL, word->symbol);
	out_str(o, "text", NULL, word->text);
	if (record_has(word, SLABSCAN_A_LIST))
		out_str(o, "list", NULL, list_key(word->list));
	if (word->target_cache || record_has(word, SLABSCAN_A_TARGET_OFFSET)) {
		out_object_open(o, "target");
		out_str(o, "cache", NULL, word->target_cache);
		out_u64(o, "offset", NULL, word->target_offset);
		if (record_has(word, SLABSCAN_A_OBJECT_STATE))
			out_str(o, "state", NULL, state_key(word->object_state));
		out_object_close(o);
	}
	if (word->chase_count)
		say_chases(o, word);
	if (what) {
		out_cell(o, "at", "+0x%02x", word->offset);
		out_cell(o, "what", "%s", what);
	}
}
