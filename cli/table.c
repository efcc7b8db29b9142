// SPDX-License-Identifier: GPL-2.0-only
/*
 * table.c - columns of text
 *
 * Cells are collected until the table is whole; then each column gets the width of its widest cell and the last one what is left of the line.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "out_int.h"

#define GAP		2
#define LAST_MIN	14	/* of the last column, which is wrapped */

struct row {
	enum out_style style;
	char **cell;
};

struct out_table {
	struct out_table *parent;
	const struct out_column *columns;
	unsigned int count;
	struct row *rows;
	size_t used, room;
	FILE *below;
	char *below_text;
	size_t below_len;
};

struct out_table *out_table_create(struct out_table *parent, const struct out_column *columns, unsigned int count)
{
	struct out_table *t = out_alloc(sizeof(*t));

	t->parent = parent;
	t->columns = columns;
	t->count = count;
	t->below = open_memstream(&t->below_text, &t->below_len);
	if (!t->below)
		abort();
	return t;
}

struct out_table *out_table_parent(struct out_table *t)
{
	return t->parent;
}

FILE *out_table_below(struct out_table *t)
{
	return t->below;
}

void out_table_row(struct out_table *t)
{
	if (t->used == t->room) {
		size_t room = t->room ? 2 * t->room : 16;
		struct row *rows = out_alloc(room * sizeof(*rows));

		if (t->used)
			memcpy(rows, t->rows, t->used * sizeof(*rows));
		free(t->rows);
		t->rows = rows;
		t->room = room;
	}
	t->rows[t->used].style = OUT_PLAIN;
	t->rows[t->used++].cell = out_alloc(t->count * sizeof(char *));
}

void out_table_style(struct out_table *t, enum out_style style)
{
	assert(t->used);
	t->rows[t->used - 1].style = style;
}

bool out_table_cell(struct out_table *t, const char *key, const char *text)
{
	if (!t->used)
		return false;
	for (unsigned int c = 0; c < t->count; c++) {
		char **cell = &t->rows[t->used - 1].cell[c];

		if (strcmp(t->columns[c].key, key) || *cell)
			continue;
		*cell = strdup(text);
		if (!*cell)
			abort();
		return true;
	}
	return false;
}

static const char *cell_text(const struct row *row, unsigned int c)
{
	return row->cell[c] ? row->cell[c] : "";
}

static void pad(FILE *f, size_t n)
{
	while (n--)
		fputc(' ', f);
}

/*
 * One row of cells; a cell of the last column that does not fit goes on below itself. @wide has 0 for a column that is not printed.
 * Spaces at the end of a line are held back.
 */
static void print_row(const struct out_table *t, FILE *f, const size_t *wide, unsigned int last, const char *const *text, const char *code)
{
	size_t at = 0, owed = 0;

	fputs(code, f);
	for (unsigned int c = 0; c < last; c++) {
		size_t len = strlen(text[c]);

		if (!wide[c])
			continue;
		if (t->columns[c].align == OUT_RIGHT)
			owed += wide[c] - len;
		if (len) {
			pad(f, owed);
			owed = 0;
			fputs(text[c], f);
		}
		if (t->columns[c].align == OUT_LEFT)
			owed += wide[c] - len;
		owed += GAP;
		at += wide[c] + GAP;
	}
	if (wide[last]) {
		const char *rest = text[last];
		size_t len = strlen(rest);

		if (t->columns[last].align == OUT_RIGHT && len < wide[last])
			owed += wide[last] - len;
		while (*rest) {
			size_t fit = out_line_fit(rest, wide[last]);

			pad(f, owed);
			fwrite(rest, 1, fit, f);
			rest += fit;
			rest += strspn(rest, " \n");
			if (*rest) {
				fputc('\n', f);
				owed = at;
			}
		}
	}
	if (*code)
		fputs("\033[0m", f);
	fputc('\n', f);
}

void out_table_print(struct out_table *t, FILE *f, unsigned int width, bool color)
{
	const char *text[t->count];
	size_t wide[t->count], used = 0;
	unsigned int last = 0;
	bool titles = false;

	for (unsigned int c = 0; c < t->count; c++) {
		wide[c] = 0;
		for (size_t r = 0; r < t->used; r++)
			if (strlen(cell_text(&t->rows[r], c)) > wide[c])
				wide[c] = strlen(cell_text(&t->rows[r], c));
		if (!wide[c])
			continue;
		if (strlen(t->columns[c].title) > wide[c])
			wide[c] = strlen(t->columns[c].title);
		last = c;
		titles |= *t->columns[c].title;
	}
	for (unsigned int c = 0; c < last; c++)
		used += wide[c] ? wide[c] + GAP : 0;
	if (used + LAST_MIN > width)
		width = used + LAST_MIN;	/* too narrow a terminal: let it run over rather than cut facts */
	if (wide[last] > width - used)
		wide[last] = width - used;

	if (titles) {
		for (unsigned int c = 0; c < t->count; c++)
			text[c] = t->columns[c].title;
		print_row(t, f, wide, last, text, color ? out_style_code(OUT_BOLD) : "");
	}
	for (size_t r = 0; wide[last] && r < t->used; r++) {
		for (unsigned int c = 0; c < t->count; c++)
			text[c] = cell_text(&t->rows[r], c);
		print_row(t, f, wide, last, text, color ? out_style_code(t->rows[r].style) : "");
	}
	fflush(t->below);
	if (t->below_len)
		fwrite(t->below_text, 1, t->below_len, f);
}

void out_table_destroy(struct out_table *t)
{
	fclose(t->below);
	free(t->below_text);
	for (size_t r = 0; r < t->used; r++) {
		for (unsigned int c = 0; c < t->count; c++)
			free(t->rows[r].cell[c]);
		free(t->rows[r].cell);
	}
	free(t->rows);
	free(t);
}
