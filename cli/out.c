// SPDX-License-Identifier: GPL-2.0-only
/*
 * out.c - one call emits both the text and the JSON
 *
 * The JSON is a jansson tree, because its parts come in another order than those of the text; it is printed whole at the end. Text goes
 * straight to the file as long as no table is open. An open table collects its cells, and what is to stand below it, in memory: see table.c.
 */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "out.h"
#include "out_int.h"

#define OUT_DEPTH	16
#define OUT_NEXT_MAX	8

struct out {
	FILE *file;
	bool json;
	bool color;
	bool quiet;
	unsigned int width;
	int error;
	json_t *stack[OUT_DEPTH];	/* [0] is the root */
	unsigned int depth;
	struct out_table *table;	/* innermost open one */
	struct { char *command, *why; } next[OUT_NEXT_MAX];
	unsigned int next_count;
};

void *out_alloc(size_t size)
{
	void *p = calloc(1, size);

	if (!p) {
		fputs("slabscan: out of memory\n", stderr);
		exit(2);
	}
	return p;
}

void out_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
			*text = '.';
}

char *out_clean(const char *text)
{
	size_t len = strlen(text);
	char *copy = out_alloc(len + 1);

	memcpy(copy, text, len);
	for (char *p = copy; *p; p++)
		if (*p != '\n' && (*p < 0x20 || *p > 0x7e))
			*p = '.';
	return copy;
}

static char *vprint(const char *fmt, va_list ap)
{
	char *raw = NULL, *text;

	if (vasprintf(&raw, fmt, ap) < 0)
		raw = NULL;
	text = out_clean(raw ? raw : "");
	free(raw);
	return text;
}

struct out *out_create(FILE *file, bool json, bool color, unsigned int width)
{
	struct out *o = out_alloc(sizeof(*o));

	o->file = file;
	o->json = json;
	o->color = color && !json;
	o->width = width < 40 ? 40 : width;
	o->stack[0] = json_object();
	return o;
}

bool out_is_json(const struct out *o)
{
	return o->json;
}

unsigned int out_width(const struct out *o)
{
	return o->width;
}

void out_set_quiet(struct out *o, bool quiet)
{
	o->quiet = quiet;
}

/* ---- text ---- */

static FILE *text_file(struct out *o)
{
	return o->table ? out_table_below(o->table) : o->file;
}

static void put(struct out *o, const char *text)
{
	if (!o->json && fputs(text, text_file(o)) == EOF && !o->error)
		o->error = -errno;
}

const char *out_style_code(enum out_style style)
{
	switch (style) {
	case OUT_BOLD:	return "\033[1m";
	case OUT_DIM:	return "\033[2m";
	case OUT_GOOD:	return "\033[32m";
	case OUT_WARN:	return "\033[33m";
	case OUT_BAD:	return "\033[1;31m";
	case OUT_PLAIN:	break;
	}
	return "";
}

static void put_styled(struct out *o, enum out_style style, const char *text)
{
	bool color = o->color && style != OUT_PLAIN;
	size_t len = strlen(text);
	bool newline = len && text[len - 1] == '\n';

	if (!color) {
		put(o, text);
		return;
	}
	put(o, out_style_code(style));
	if (!o->json)
		fwrite(text, 1, len - newline, text_file(o));
	put(o, "\033[0m");
	if (newline)
		put(o, "\n");
}

void out_text(struct out *o, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = vprint(fmt, ap);
	va_end(ap);
	put(o, text);
	free(text);
}

void out_styled(struct out *o, enum out_style style, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = vprint(fmt, ap);
	va_end(ap);
	put_styled(o, style, text);
	free(text);
}

size_t out_line_fit(const char *text, size_t room)
{
	size_t len = strcspn(text, "\n"), cut;

	if (len <= room)
		return len;
	for (cut = room; cut > 0 && text[cut] != ' '; cut--)
		;
	return cut ? cut : room;
}

static void put_wrapped(struct out *o, unsigned int first, unsigned int indent, enum out_style style, const char *text)
{
	unsigned int room = o->width > indent + 20 ? o->width - indent : 20;
	bool begin = true;

	do {
		size_t fit = out_line_fit(text, room);
		char *line = out_alloc(fit + 1);

		memcpy(line, text, fit);
		for (unsigned int i = 0; i < (begin ? first : indent); i++)
			put(o, " ");
		put_styled(o, style, line);
		put(o, "\n");
		free(line);
		text += fit;
		text += strspn(text, text[0] == '\n' ? "\n" : " ");
		begin = false;
	} while (*text);
}

void out_wrapped(struct out *o, unsigned int indent, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = vprint(fmt, ap);
	va_end(ap);
	put_wrapped(o, indent, indent, OUT_PLAIN, text);
	free(text);
}

/* ---- JSON ---- */

static void add(struct out *o, const char *key, json_t *value)
{
	json_t *top = o->stack[o->depth];

	if (!value)
		value = json_null();
	if (json_is_array(top)) {
		assert(!key);
		json_array_append_new(top, value);
	} else {
		assert(key && !json_object_get(top, key));	/* a key that comes twice would hide a fact */
		json_object_set_new(top, key, value);
	}
}

static void push(struct out *o, const char *key, json_t *value)
{
	add(o, key, value);
	assert(o->depth + 1 < OUT_DEPTH);
	o->stack[++o->depth] = value;
}

static void pop(struct out *o)
{
	assert(o->depth);
	o->depth--;
}

void out_object_open(struct out *o, const char *key)
{
	push(o, key, json_object());
}

void out_object_close(struct out *o)
{
	assert(json_is_object(o->stack[o->depth]));
	pop(o);
}

void out_array_open(struct out *o, const char *key)
{
	push(o, key, json_array());
}

void out_array_close(struct out *o)
{
	assert(json_is_array(o->stack[o->depth]));
	pop(o);
}

void out_emit(struct out *o, const char *key, const char *tmpl, const char *shown, json_t *json)
{
	const char *slot, *from = tmpl;
	char *text, *safe;
	size_t len = 0;
	FILE *f;

	if (key || json_is_array(o->stack[o->depth]))
		add(o, key, json);
	else
		json_decref(json);
	if (!tmpl || o->json)
		return;

	safe = out_clean(shown);
	f = open_memstream(&text, &len);
	if (!f)
		abort();
	for (; (slot = strstr(from, "{}")); from = slot + 2) {
		fwrite(from, 1, slot - from, f);
		fputs(safe, f);
	}
	fputs(from, f);
	fclose(f);
	free(safe);

	if (!(key && o->table && out_table_cell(o->table, key, text)))
		put(o, text);
	free(text);
}

void out_null(struct out *o, const char *key)
{
	add(o, key, json_null());
}

void out_say(struct out *o, const char *key, enum out_style style, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = vprint(fmt, ap);
	va_end(ap);
	if (key || json_is_array(o->stack[o->depth]))
		add(o, key, json_string(text));
	put_wrapped(o, 0, 0, style, text);
	free(text);
}

void out_error(struct out *o, const char *text)
{
	char *safe = out_clean(text);

	json_object_set_new(o->stack[0], "error", json_string(safe));
	free(safe);
}

void out_warning(struct out *o, const char *text)
{
	json_t *list = json_object_get(o->stack[0], "warnings");
	char *safe = out_clean(text);

	if (!list) {
		list = json_array();
		json_object_set_new(o->stack[0], "warnings", list);
	}
	json_array_append_new(list, json_string(safe));
	free(safe);
}

/* ---- tables ---- */

void out_table_open(struct out *o, const char *key, const struct out_column *columns, unsigned int count)
{
	out_array_open(o, key);
	o->table = out_table_create(o->table, columns, count);
}

static void close_table(struct out *o)
{
	struct out_table *table = o->table;

	assert(table);
	o->table = out_table_parent(table);
	if (!o->json)
		out_table_print(table, text_file(o), o->width, o->color);
	out_table_destroy(table);
}

void out_table_close(struct out *o)
{
	close_table(o);
	out_array_close(o);
}

void out_row_open(struct out *o)
{
	assert(o->table);
	out_object_open(o, NULL);
	out_table_row(o->table);
}

void out_row_close(struct out *o)
{
	out_object_close(o);
}

void out_row_style(struct out *o, enum out_style style)
{
	out_table_style(o->table, style);
}

void out_cell(struct out *o, const char *key, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = vprint(fmt, ap);
	va_end(ap);
	if (!out_table_cell(o->table, key, text))
		assert(!"no such column");
	free(text);
}

/* ---- the end ---- */

void out_next(struct out *o, const char *command, const char *why)
{
	if (o->quiet || o->next_count == OUT_NEXT_MAX)
		return;
	o->next[o->next_count].command = out_clean(command);
	o->next[o->next_count++].why = out_clean(why);
}

static void print_next(struct out *o)
{
	size_t wide = 0;

	if (!o->next_count)
		return;
	out_array_open(o, "next");
	for (unsigned int i = 0; i < o->next_count; i++)
		if (strlen(o->next[i].command) > wide)
			wide = strlen(o->next[i].command);
	out_text(o, "\n");
	for (unsigned int i = 0; i < o->next_count; i++) {
		out_object_open(o, NULL);
		out_styled(o, OUT_BOLD, "%s", i ? "      " : "next: ");
		out_str(o, "command", "{}", o->next[i].command);
		if (wide + strlen(o->next[i].why) + 9 <= o->width)
			out_text(o, "%*s   ", (int)(wide - strlen(o->next[i].command)), "");
		else
			out_text(o, "\n          ");
		out_str(o, "why", "{}\n", o->next[i].why);
		out_object_close(o);
		free(o->next[i].command);
		free(o->next[i].why);
	}
	out_array_close(o);
}

int out_finish(struct out *o)
{
	int error;

	/* An answer that stops in the middle, as after an error, is closed here. */
	while (o->table)
		close_table(o);
	o->depth = 0;
	print_next(o);
	if (o->json && json_object_size(o->stack[0])) {
		if (json_dumpf(o->stack[0], o->file, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) || fputc('\n', o->file) == EOF)
			o->error = o->error ? o->error : -errno;
	}
	if (fflush(o->file) == EOF && !o->error)
		o->error = -errno;
	json_decref(o->stack[0]);
	error = o->error;
	free(o);
	return error;
}
