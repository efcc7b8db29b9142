/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * out.h - one call emits both the text and the JSON, so they cannot disagree
 *
 * A value has a JSON key and a text template, in which "{}" stands for the value as people read it:
 *
 *	out_u64(o, "live", "{} live of ", live);	text: "1,189 live of "		JSON: "live": 1189
 *
 * No template (NULL): JSON only. Text that is no fact goes through out_text(). Inside a JSON array the key is NULL.
 *
 * A table is an array of objects in JSON. Inside a row, a value whose key is that of a column fills its cell (the template then is the
 * cell's). Everything else that is printed while a row is open, further tables too, is text *below the table*: it is kept and comes out when
 * the table closes. So a cluster's words are nested in its object in JSON, and stand below the list of clusters in text.
 *
 * Everything is made printable ASCII on its way out: strings come from kernel memory and must not steer a terminal.
 */
#ifndef SLABSCAN_OUT_H
#define SLABSCAN_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct out;

enum out_style {
	OUT_PLAIN,
	OUT_BOLD,
	OUT_DIM,
	OUT_GOOD,
	OUT_WARN,
	OUT_BAD,
};

enum out_align {
	OUT_LEFT,
	OUT_RIGHT,
};

/**
 * struct out_column - a column of a table
 * @key: JSON key of the value that fills it, or a name for out_cell()
 * @title: heading
 * @align: of the cells and the heading
 *
 * A column in which no row has anything is not printed. The last column takes what is left of the line and is wrapped.
 */
struct out_column {
	const char *key;
	const char *title;
	enum out_align align;
};

/**
 * out_create() - start an answer
 * @file: where it goes; stays the caller's
 * @json: JSON instead of text
 * @color: escape sequences may be used
 * @width: columns of text
 *
 * Return: the answer; never NULL (out of memory ends the program).
 */
struct out *out_create(FILE *file, bool json, bool color, unsigned int width);

/**
 * out_finish() - print what is left and free everything
 *
 * Return: 0, or -errno if the file could not take it all (-EPIPE: the reader went away).
 */
int out_finish(struct out *o);

bool out_is_json(const struct out *o);
unsigned int out_width(const struct out *o);

/* Structure of the JSON; nothing in text. Each open needs its close. */
void out_object_open(struct out *o, const char *key);
void out_object_close(struct out *o);
void out_array_open(struct out *o, const char *key);
void out_array_close(struct out *o);

/* Values. */
void out_u64(struct out *o, const char *key, const char *tmpl, uint64_t value);		/* text: 1,234,567 */
void out_i64(struct out *o, const char *key, const char *tmpl, int64_t value);		/* text: -1,234 */
void out_bytes(struct out *o, const char *key, const char *tmpl, uint64_t bytes);	/* text: 18.8 KiB; JSON: bytes */
void out_rate(struct out *o, const char *key, const char *tmpl, double bytes_per_s);	/* text: +1.2 MiB/s; JSON: bytes/s */
void out_ppm(struct out *o, const char *key, const char *tmpl, uint32_t ppm);		/* text: 16.8%; JSON: 0.168 */
void out_ns(struct out *o, const char *key, const char *tmpl, uint64_t ns);		/* text: 0.01 s; JSON: ns */
void out_addr(struct out *o, const char *key, const char *tmpl, uint64_t addr);		/* both: 0xffff..., 16 digits */
void out_hex(struct out *o, const char *key, const char *tmpl, uint64_t value);		/* both: 0x1c, as short as can be */
void out_id(struct out *o, const char *key, const char *tmpl, uint32_t id);		/* both: 8 hex digits (a fingerprint) */
void out_double(struct out *o, const char *key, const char *tmpl, double value);
void out_str(struct out *o, const char *key, const char *tmpl, const char *value);	/* NULL value: nothing */
void out_bool(struct out *o, const char *key, const char *tmpl, bool value);		/* text: only if true; "{}" is not used */
void out_null(struct out *o, const char *key);

/* A sentence, wrapped at the width, ended by a newline; JSON string at @key (NULL in an array). */
void out_say(struct out *o, const char *key, enum out_style style, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Add to a text in a buffer of @size bytes; what does not fit is cut. */
void out_add(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Text only. */
void out_text(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void out_styled(struct out *o, enum out_style style, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void out_wrapped(struct out *o, unsigned int indent, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/**
 * out_next() - what the reader should type next: collected, printed at the end of the text under "next:"
 * @command: as to be typed
 * @why: the question that it answers
 *
 * JSON: "next": [{"command", "why"}].
 */
void out_next(struct out *o, const char *command, const char *why);

/* Leave out what out_next() collects. */
void out_set_quiet(struct out *o, bool quiet);

/* JSON only, at the top level wherever the answer stands: the key "error", and one more in the list "warnings". */
void out_error(struct out *o, const char *text);
void out_warning(struct out *o, const char *text);

/* Tables. Columns must live until the table is closed. */
void out_table_open(struct out *o, const char *key, const struct out_column *columns, unsigned int count);
void out_table_close(struct out *o);
void out_row_open(struct out *o);
void out_row_close(struct out *o);
void out_row_style(struct out *o, enum out_style style);	/* of the open row */

/* Text only: fill the cell of the column named @key of the open row of the innermost table. */
void out_cell(struct out *o, const char *key, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same words outside of an answer. Return: @buf. */
#define OUT_NUM_MAX	32
const char *out_fmt_count(char buf[OUT_NUM_MAX], uint64_t value);
const char *out_fmt_bytes(char buf[OUT_NUM_MAX], uint64_t bytes);
const char *out_fmt_ppm(char buf[OUT_NUM_MAX], uint32_t ppm);
const char *out_fmt_ns(char buf[OUT_NUM_MAX], uint64_t ns);

/* Make @text printable in place: ASCII 0x20..0x7e stays, all else becomes '.'. */
void out_printable(char *text);

#endif
