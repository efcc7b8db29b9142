// SPDX-License-Identifier: GPL-2.0-only
/*
 * names.c - which of the known names is near to what was typed
 *
 * Edit distance with swaps (optimal string alignment), by three rows of the table.
 */
#include <string.h>

#include "names.h"

#define LONGEST	63

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

unsigned int names_distance(const char *a, const char *b)
{
	unsigned int rows[3][LONGEST + 1], *older = rows[0], *old = rows[1], *now = rows[2], *spare;
	size_t la = strnlen(a, LONGEST), lb = strnlen(b, LONGEST);

	for (size_t j = 0; j <= lb; j++)
		old[j] = j;
	for (size_t i = 1; i <= la; i++) {
		now[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			now[j] = least(least(old[j] + 1, now[j - 1] + 1), old[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], older[j - 2] + 1);
		}
		spare = older;
		older = old;
		old = now;
		now = spare;
	}
	return old[lb];
}

size_t names_near(const char *word, const char *const *names, size_t count, const char *near[NAMES_NEAR])
{
	unsigned int rank[NAMES_NEAR];
	size_t found = 0, len = strlen(word);

	if (!len)
		return 0;
	for (size_t n = 0; n < count; n++) {
		unsigned int d = names_distance(word, names[n]);
		size_t at;

		/* Up to a third of the letters may be wrong; a part of a name counts as two edits away. */
		if (d > (len + 2) / 3 && len >= 3 && (strstr(names[n], word) || (strlen(names[n]) >= 3 && strstr(word, names[n]))))
			d = d < 2 ? d : 2;
		if (d > (len + 2) / 3)
			continue;
		for (at = found; at > 0 && rank[at - 1] > d; at--) {
			if (at < NAMES_NEAR) {
				rank[at] = rank[at - 1];
				near[at] = near[at - 1];
			}
		}
		if (at == NAMES_NEAR)
			continue;
		rank[at] = d;
		near[at] = names[n];
		if (found < NAMES_NEAR)
			found++;
	}
	return found;
}
