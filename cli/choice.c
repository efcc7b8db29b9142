// SPDX-License-Identifier: GPL-2.0-only
/*
 * choice.c - which cache to work on
 *
 * The kernel knows a merged cache by one name only. So a name that it does not know is looked up in sysfs, and its other names are tried:
 * being refused costs nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aliases.h"
#include "names.h"
#include "scan.h"

#define ALIASES_MAX	256

bool scan_choice_parse(struct scan_choice *choice, const char *text)
{
	const char *hash = strrchr(text, '#');
	size_t len = hash ? (size_t)(hash - text) : strlen(text);

	memset(choice, 0, sizeof(*choice));
	if (!len || len >= sizeof(choice->name))
		return false;
	if (hash && !cli_number(hash + 1, &choice->index))
		return false;
	choice->has_index = hash;
	memcpy(choice->name, text, len);
	return true;
}

int scan_choice_suspect(struct cli *cli, struct scan_choice *choice)
{
	struct job_params params = { .kind = SLABSCAN_KIND_CACHES };
	const struct record *rec, *best = NULL;
	struct result *result;
	uint64_t total = 0;
	char bytes[OUT_NUM_MAX], all[OUT_NUM_MAX];
	size_t at = 0;
	int status = job_run(cli, &params, "looking for the suspect", &result);

	memset(choice, 0, sizeof(*choice));
	while (status == CLI_OK && (rec = result_next(result, SLABSCAN_A_RECORD_CACHE, &at))) {
		if (!rec->name || rec->cache_flags & SLABSCAN_CACHE_RECLAIMABLE)
			continue;
		total += rec->bytes;
		if (!best || rec->bytes > best->bytes)
			best = rec;
	}
	if (best) {
		uint32_t turn = 0, same = 0;

		/* Caches with the same name are told apart by their turn. */
		for (at = 0; (rec = result_next(result, SLABSCAN_A_RECORD_CACHE, &at)); ) {
			if (rec == best)
				turn = same;
			same += rec->name && !strcmp(rec->name, best->name);
		}
		snprintf(choice->name, sizeof(choice->name), "%s", best->name);
		choice->has_index = same > 1;
		choice->index = turn;
		snprintf(choice->because, sizeof(choice->because), "No --cache given: %s holds the most memory of all unreclaimable caches (%s of %s).",
			 best->name, out_fmt_bytes(bytes, best->bytes), out_fmt_bytes(all, total));
	} else if (status == CLI_OK) {
		snprintf(cli->job_error, sizeof(cli->job_error), "the kernel told of no unreclaimable cache; name one with --cache");
		status = CLI_FAILED;
	}
	result_free(result);
	return status;
}

static void unknown(struct cli *cli, const struct aliases *aliases, const char *name)
{
	const char *near[NAMES_NEAR];
	const char *const *names;
	size_t count = aliases_all(aliases, &names), found = names_near(name, names, count, near);
	int len = snprintf(cli->job_error, sizeof(cli->job_error), "there is no cache \"%s\"", name);

	for (size_t i = 0; i < found; i++)
		len += snprintf(cli->job_error + len, sizeof(cli->job_error) - len, "%s%.60s", !i ? "; did you mean " : i + 1 == found ? " or " : ", ",
				near[i]);
	snprintf(cli->job_error + len, sizeof(cli->job_error) - len, "%s", found ? "?" : "; see slabscan caches");
}

int scan_choice_run(struct cli *cli, struct job_params *params, struct scan_choice *choice, struct result **result)
{
	struct aliases *aliases;
	const char *others[ALIASES_MAX];
	char label[SLABSCAN_NAME_MAX + 16], error[sizeof(cli->job_error)];
	size_t count;
	int status;

	snprintf(label, sizeof(label), "%s %s", params->kind == SLABSCAN_KIND_TRACE ? "tracing" : "scanning", choice->name);
	params->cache = choice->name;
	params->has_index = choice->has_index;
	params->cache_index = choice->index;
	status = job_run(cli, params, label, result);
	if (status != CLI_FAILED || job_connect(cli))
		return status;
	if (job_errno(cli) == -ENOTUNIQ) {
		snprintf(error, sizeof(error), "several caches bear the name \"%s\" (modules may create as many as they like).\n"
			 "Choose one by its turn: --cache %s#0, --cache %s#1, ...", choice->name, choice->name, choice->name);
		snprintf(cli->job_error, sizeof(cli->job_error), "%s", error);
	}
	if (job_errno(cli) != -ENOENT)
		return status;

	aliases = aliases_load(cli->root);
	count = aliases_of(aliases, choice->name, others, ALIASES_MAX);
	for (size_t i = 0; i < count && i < ALIASES_MAX && status == CLI_FAILED && job_errno(cli) == -ENOENT; i++) {
		result_free(*result);
		params->cache = others[i];
		status = job_run(cli, params, label, result);
		if (status == CLI_FAILED)
			continue;
		memcpy(choice->asked, choice->name, sizeof(choice->asked));
		snprintf(choice->name, sizeof(choice->name), "%s", others[i]);
	}
	if (status == CLI_FAILED && job_errno(cli) == -ENOENT && !aliases_known(aliases, choice->name))
		unknown(cli, aliases, choice->name);
	params->cache = choice->name;
	aliases_free(aliases);
	return status;
}

static void say_names(struct out *o, const char *key, const char *lead, const char *const *list, size_t n, const char *tail)
{
	char text[512];
	size_t shown = n < ALIASES_MAX ? n : ALIASES_MAX;
	int len = 0;

	out_array_open(o, key);
	for (size_t i = 0; i < shown; i++)
		out_str(o, NULL, NULL, list[i]);
	out_array_close(o);
	if (!n)
		return;
	for (size_t i = 0; i < shown && i < 5; i++)
		len += snprintf(text + len, sizeof(text) - len, "%s%.60s", i ? ", " : "", list[i]);
	if (n > 5)
		snprintf(text + len, sizeof(text) - len, " and %zu more", n - 5);
	out_wrapped(o, 0, "%s%s%s", lead, text, tail);
}

void scan_choice_say(struct cli *cli, const struct scan_choice *choice)
{
	struct aliases *aliases = aliases_load(cli->root);
	const char *list[ALIASES_MAX];
	struct out *o = cli->out;
	char lead[2 * SLABSCAN_NAME_MAX + 64];
	size_t n;

	out_str(o, "cache", NULL, choice->name);
	if (choice->has_index)
		out_u64(o, "cache_index", NULL, choice->index);
	if (*choice->because)
		out_say(o, "chosen_because", OUT_PLAIN, "%s", choice->because);
	if (*choice->asked) {
		out_str(o, "asked_for", NULL, choice->asked);
		out_wrapped(o, 0, "%s shares the cache %s: what follows is about all that is in it.", choice->asked, choice->name);
	}
	n = aliases_of(aliases, choice->name, list, ALIASES_MAX);
	snprintf(lead, sizeof(lead), "%s also serves ", choice->name);
	say_names(o, "aliases", lead, list, n, ".");
	n = family_of(aliases, choice->name, list, ALIASES_MAX);
	say_names(o, "family", "Objects of this size may also be in ", list, n, ".");
	aliases_free(aliases);
}
