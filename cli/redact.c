// SPDX-License-Identifier: GPL-2.0-only
/*
 * redact.c - take out of answers what must not leave the house
 *
 * A list of what may stay, not of what has to go: a key that some verb gets later is not printed by mistake.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redact.h"

/* Keys whose strings are words of slabscan, or names in the kernel. */
static const char *const harmless[] = {
	"schema", "command", "cache", "caches", "aliases", "family", "fingerprint", "symbol", "symbols", "module", "modules", "types", "type", "name",
	"member", "class", "list", "kind", "function", "stack", "state", "field", "verdict", "struct",
	"freed_by", "stacks", "excuse",
};

/* Whatever their type is. */
static const char *const secret[] = {
	"examples", "example", "addr", "address", "object_addr", "value", "min", "max", "strings", "strings_at", "text", "hexdump", "bytes_hex", "comm",
	"pid", "process", "task",
};

static bool among(const char *const *list, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i], key))
			return true;
	return false;
}
#define AMONG(list, key) among(list, sizeof(list) / sizeof(*(list)), key)

#define HEX "0123456789abcdefABCDEF"

/* "0x" and more digits than an offset or a size has, or digits enough for an address without it. Return: where it begins, or NULL. */
static const char *find_address(const char *s, size_t *digits)
{
	for (; *s; s++) {
		bool prefix = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
		const char *at = prefix ? s + 2 : s;

		*digits = strspn(at, HEX);
		if (*digits > (prefix ? 8 : 11))
			return at;
		if (*digits)
			s = at + *digits - 1;
	}
	return NULL;
}

static bool has_address(const char *s)
{
	size_t digits;

	return find_address(s, &digits);
}

void redact_text(char *text)
{
	const char *at;
	size_t digits;

	while ((at = find_address(text, &digits)))
		memset(text + (at - text), 'x', digits);
}

static void redact(json_t *o, bool keep)
{
	const char *key;
	json_t *value;
	void *next;
	size_t i;

	if (json_is_array(o)) {
		json_array_foreach(o, i, value) {
			if (json_is_string(value) && (!keep || has_address(json_string_value(value))))
				json_array_set_new(o, i, json_string("redacted"));
			else
				redact(value, keep);
		}
		return;
	}
	json_object_foreach_safe(o, next, key, value) {
		if (AMONG(secret, key)) {
			bool text = !strcmp(key, "strings") && json_array_size(value);

			/* The shape stays: who reads a list must find one. And that there was text must not become that there was none. */
			if (json_is_array(value))
				json_array_clear(value);
			else
				json_object_del(o, key);
			if (text)
				json_array_append_new(value, json_string("(taken out)"));
		} else if (json_is_string(value)) {
			if (!AMONG(harmless, key) || has_address(json_string_value(value)))
				json_object_set_new(o, key, json_string("redacted"));
		} else {
			redact(value, AMONG(harmless, key));
		}
	}
}

/*
 * "where" of refs is a symbol, a cache or a task. The first two may stay; a task's name may not.
 */
static void redact_referrers(json_t *answer)
{
	json_t *list = json_object_get(answer, "referrers"), *r;
	size_t i;

	json_array_foreach(list, i, r) {
		const char *kind = json_string_value(json_object_get(r, "kind")), *where = json_string_value(json_object_get(r, "where"));

		if (!kind || !where)
			continue;
		if ((!strcmp(kind, "symbol") || !strcmp(kind, "slab") || !strcmp(kind, "percpu")) && !has_address(where))
			json_object_set_new(r, "symbol", json_string(where));
		else
			json_object_set_new(r, "symbol", json_sprintf("a %s", kind));
	}
}

void redact_answer(json_t *answer)
{
	json_t *list, *r;
	size_t i;

	if (!answer)
		return;
	redact_referrers(answer);
	redact(answer, false);
	list = json_object_get(answer, "referrers");
	json_array_foreach(list, i, r) {
		json_t *symbol = json_object_get(r, "symbol");

		if (symbol) {
			json_object_set(r, "where", symbol);
			json_object_del(r, "symbol");
		}
	}
}

void redact_sample(struct sample *s)
{
	for (size_t i = 0; i < s->proc_count; i++)
		snprintf(s->procs[i].comm, sizeof(s->procs[i].comm), "process");
}
