/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli.h - what a verb is, and what each verb gets
 *
 * A verb is one file, cmd_<verb>.c, with one struct cli_verb. Its options are a table; help is printed from that table and the man page and
 * the completion are checked against it, so they cannot drift.
 */
#ifndef SLABSCAN_CLI_H
#define SLABSCAN_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "out.h"

#define CLI_SCHEMA	"slabscan/1"

/* Exit status. Scripts rely on these. */
enum cli_status {
	CLI_OK		= 0,	/* done */
	CLI_USAGE	= 1,	/* bad usage; nothing was run */
	CLI_FAILED	= 2,	/* the kernel refused or failed */
	CLI_PARTIAL	= 3,	/* interrupted, or the machine changed under us */
	CLI_SUSPECT	= 10,	/* --exit-code: a leak is suspected */
};

/* What the argument of an option becomes in the verb's own struct. */
enum cli_option_type {
	CLI_END,
	CLI_FLAG,	/* bool */
	CLI_STRING,	/* const char *, points into argv */
	CLI_LIST,	/* struct cli_list, repeatable */
	CLI_UINT,	/* uint32_t */
	CLI_SECONDS,	/* uint32_t, milliseconds; the user writes seconds, with a fraction if wanted */
	CLI_HEX,	/* uint64_t, hexadecimal with or without 0x */
};

#define CLI_LIST_MAX	16

struct cli_list {
	const char *item[CLI_LIST_MAX];
	unsigned int count;
};

/**
 * struct cli_option - one option of a verb
 * @name: long name, without the dashes
 * @arg: name of its argument in the help text, NULL for a flag
 * @type: how the argument is parsed
 * @offset: where the value goes in the verb's argument struct
 * @help: one line, no full stop
 */
struct cli_option {
	const char *name;
	const char *arg;
	enum cli_option_type type;
	size_t offset;
	const char *help;
};

struct cli;
struct nl;

/**
 * struct cli_verb - one verb
 * @name: as typed
 * @brief: one line for the list of verbs: the question that it answers
 * @positional: the non-option arguments, as in usage ("ADDR"), or NULL if there are none
 * @options: ended by a zero entry, or NULL
 * @help: what it does and examples, printed by --help below the options
 * @run: does it; gets the arguments with its name as argv[0]; returns an enum cli_status
 */
struct cli_verb {
	const char *name;
	const char *brief;
	const char *positional;
	const struct cli_option *options;
	const char *help;
	int (*run)(struct cli *cli, int argc, char **argv);
};

/**
 * struct cli - what holds for the whole run
 * @out: where the answer goes
 * @verb: the verb that runs
 * @json: --json was given
 * @quiet: no progress, no hints
 * @root: prefix of /sys and /proc paths: "" but in tests
 * @nl: the conversation with the module; made by the first job
 * @job_errno: why the last job failed; see job.h
 * @job_error: the same as a sentence
 */
struct cli {
	struct out *out;
	const struct cli_verb *verb;
	bool json;
	bool quiet;
	const char *root;
	struct nl *nl;
	int job_errno;
	char job_error[512];
};

extern const struct cli_verb *const cli_verbs[];	/* ended by NULL; in main.c */

/**
 * cli_parse() - parse the arguments of a verb
 * @cli: gets the common options, which may stand behind the verb, too
 * @argc: from run()
 * @argv: from run(); reordered: non-options last
 * @args: the verb's struct, filled by the offsets of its options; zeroed or preset by the caller
 * @rest: gets the index of the first non-option
 *
 * Return: -1 to go on; else the status that run() has to return at once (a usage error was printed, or help was asked for).
 */
int cli_parse(struct cli *cli, int argc, char **argv, void *args, int *rest);

/**
 * cli_fail() - report why nothing more can be done
 * @cli: decides the form: with --json the sentence is also the key "error" of the answer
 * @status: CLI_USAGE, CLI_FAILED, ...
 * @fmt: a sentence or more, without newline at the end
 *
 * Goes to stderr as "slabscan: ...". Return: @status.
 */
int cli_fail(struct cli *cli, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/**
 * cli_warn() - tell of something that does not stop the run
 *
 * Goes to stderr; with --json also to the list "warnings" of the answer.
 */
void cli_warn(struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prefix of /sys and /proc. In its own file so that tests can link another. */
const char *cli_root(void);

/* Strict numbers: the whole string, in range. Return: false if it is none. */
bool cli_number(const char *text, uint32_t *value);
bool cli_address(const char *text, uint64_t *value);
bool cli_seconds(const char *text, uint32_t *ms);

extern const struct cli_verb cmd_check;
extern const struct cli_verb cmd_caches;
extern const struct cli_verb cmd_top;
extern const struct cli_verb cmd_leaks;
extern const struct cli_verb cmd_refs;
extern const struct cli_verb cmd_trace;
extern const struct cli_verb cmd_show;
extern const struct cli_verb cmd_diagnose;

#endif
