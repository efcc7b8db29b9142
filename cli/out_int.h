/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * out_int.h - what out.c and table.c know of each other
 */
#ifndef SLABSCAN_OUT_INT_H
#define SLABSCAN_OUT_INT_H

#include <jansson.h>

#include "out.h"

struct out_table;

/* Zeroed memory; ends the program when there is none. */
void *out_alloc(size_t size);

/* A printable copy; lines stay lines. */
char *out_clean(const char *text);

/* One value in both forms: @shown goes where @tmpl has "{}"; @json is taken over. */
void out_emit(struct out *o, const char *key, const char *tmpl, const char *shown, json_t *json);

/* Escape sequence that starts a style. */
const char *out_style_code(enum out_style style);

/* How many characters of the first line of @text go into @room columns, cut at a space if possible. At least 1 unless the line is empty. */
size_t out_line_fit(const char *text, size_t room);

struct out_table *out_table_create(struct out_table *parent, const struct out_column *columns, unsigned int count);
struct out_table *out_table_parent(struct out_table *table);

/* Where text goes that belongs below the table. */
FILE *out_table_below(struct out_table *table);

void out_table_row(struct out_table *table);
void out_table_style(struct out_table *table, enum out_style style);

/* Fill a cell of the newest row. Return: false if no column has that key or the cell is full. Takes a copy. */
bool out_table_cell(struct out_table *table, const char *key, const char *text);

void out_table_print(struct out_table *table, FILE *file, unsigned int width, bool color);
void out_table_destroy(struct out_table *table);

#endif
