// SPDX-License-Identifier: GPL-2.0-only
/*
 * merged.c - a merged cache goes by one of its names: which is it, in truth?
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "merged.h"
#include "step.h"
#include "tree.h"

#define ALIASES_SHOWN	256
#define ALIASES_TOLD	4
#define WORD_MIN	4

/* "UDP" for "udp_prot": the beginning of the name is the beginning of the symbol. */
static bool symbol_speaks_for(const char *symbol, const char *alias)
{
	size_t len = strcspn(alias, "_-");

	return len >= 3 && !strncasecmp(symbol, alias, len) && !isalnum((unsigned char)symbol[len]);
}

/* The next word of a name, without the s of a plural. Return: its length; 0: there is none. */
static size_t next_word(const char **at)
{
	size_t len;

	*at += strspn(*at, "_-.");
	len = strcspn(*at, "_-.");
	return len > WORD_MIN && (*at)[len - 1] == 's' ? len - 1 : len;
}

static bool has_word(const char *name, const char *word, size_t len)
{
	size_t n;

	for (; (n = next_word(&name)); name += n + strcspn(name + n, "_-."))
		if (n == len && !strncasecmp(name, word, len))
			return true;
	return false;
}

/*
 * How many words of the alias are in the function's name: "posix_timers_cache" and do_timer_create. The first word alone is that of a whole
 * subsystem: inet_peer_cache is not what inet_reqsk_alloc() fills. "bridge_fdb_cache" is of fdb_create in the module bridge.
 */
static unsigned int function_speaks_for(const struct finding *f, const char *alias)
{
	static const char *const common[] = { "cache", "slab", "struct", "data", "info", "alloc", "node", "kmem" };
	unsigned int hits = 0;
	size_t len = strlen(f->module);
	const char *at = alias;
	bool beyond = false;

	/* Its module is more than its subsystem. */
	if (len && !f->caller_module && !strncmp(alias, f->module, len) && strchr("_-", alias[len])) {
		hits++;
		beyond = true;
	}

	for (; (len = next_word(&at)); at += len + strcspn(at + len, "_-.")) {
		bool says = len >= WORD_MIN;

		for (size_t i = 0; i < sizeof(common) / sizeof(*common); i++)
			says &= strlen(common[i]) != len || strncasecmp(common[i], at, len) != 0;
		if (says && has_word(f->function, at, len)) {
			hits++;
			beyond |= at != alias;
		}
	}
	return beyond ? hits : 0;
}

/* By the function that allocates them; only if just one name is as good. */
static const char *by_function(const struct finding *f, const char *const *list, size_t n)
{
	unsigned int most = function_speaks_for(f, f->cache);
	const char *best = most ? f->cache : NULL;

	for (size_t i = 0; i < n; i++) {
		unsigned int hits = function_speaks_for(f, list[i]);

		if (hits == most)
			best = NULL;
		if (hits > most) {
			most = hits;
			best = list[i];
		}
	}
	return best != f->cache ? best : NULL;
}

void merged_name(struct finding *f, const struct facts *facts)
{
	const json_t *symbols = answer_list(f->cluster, "symbols");
	const char *list[ALIASES_SHOWN], *name, *symbol = "";
	char names[VERDICT_TEXT_MAX / 2] = "";
	size_t n = facts->aliases ? aliases_of(facts->aliases, f->cache, list, ALIASES_SHOWN) : 0, len = 0;

	f->aliases = n;
	if (n > ALIASES_SHOWN)
		n = ALIASES_SHOWN;
	for (size_t i = 0; i < n; i++) {
		if (i < ALIASES_TOLD && len < sizeof(names))
			len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%.40s", i ? ", " : "", list[i]);
		for (size_t k = 0; k < json_array_size(symbols) && !f->here[0]; k++) {
			name = json_string_value(json_array_get(symbols, k));
			if (name && symbol_speaks_for(name, list[i])) {
				snprintf(f->here, sizeof(f->here), "%.63s", list[i]);
				symbol = name;
			}
		}
	}
	name = f->here[0] || !f->function[0] ? NULL : by_function(f, list, n);
	if (name)
		snprintf(f->here, sizeof(f->here), "%.63s", name);
	if (*symbol)
		finding_say(f, "%.63s is a merged cache that also serves %.63s; %.60s in these objects speaks for that.", f->cache, f->here, symbol);
	else if (f->here[0])
		finding_say(f, "%.63s is a merged cache that also serves %.63s; the name of %.60s, who allocates these, speaks for that.", f->cache, f->here,
			    f->function);
	else if (f->aliases > ALIASES_TOLD)
		finding_say(f, "%.63s is a merged cache that also serves %s and %zu more.", f->cache, names, f->aliases - ALIASES_TOLD);
	else if (f->aliases)
		finding_say(f, "%.63s is a merged cache that also serves %s.", f->cache, names);
}
