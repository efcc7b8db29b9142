// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - the table of verbs, the options that all have, and the exit status
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"
#include "names.h"
#include "nl.h"

#ifndef SLABSCAN_VERSION
#define SLABSCAN_VERSION	"unknown"
#endif

#define TEXT_WIDTH	80
#define TEXT_WIDTH_MAX	160

/* In the order in which one needs them. */
const struct cli_verb *const cli_verbs[] = {
	&cmd_check,
	&cmd_caches,
	&cmd_top,
	&cmd_leaks,
	&cmd_refs,
	&cmd_trace,
	&cmd_show,
	&cmd_diagnose,
	NULL
};

static bool no_color;

static unsigned int text_width(void)
{
	struct winsize ws;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) || ws.ws_col < TEXT_WIDTH)
		return TEXT_WIDTH;
	return ws.ws_col < TEXT_WIDTH_MAX ? ws.ws_col : TEXT_WIDTH_MAX;
}

static bool want_color(void)
{
	const char *env = getenv("NO_COLOR"), *term = getenv("TERM");

	if (no_color || (env && *env) || !isatty(STDOUT_FILENO))
		return false;
	return term && strcmp(term, "dumb");
}

static void usage_common(FILE *f)
{
	fputs("Common options:\n"
	      "  --json           the answer as JSON\n"
	      "  --quiet          no progress, no hints\n"
	      "  --no-color       no colours (also: NO_COLOR=1, or output that is no terminal)\n"
	      "  --help           this text\n"
	      "  --version        the version\n", f);
}

static void usage(FILE *f)
{
	fputs("slabscan - find out what fills the kernel's slab caches, and whether it leaks\n"
	      "\n"
	      "Usage: slabscan VERB [OPTION...]\n"
	      "       slabscan VERB --help\n"
	      "\n"
	      "Verbs:\n", f);
	for (unsigned int i = 0; cli_verbs[i]; i++)
		fprintf(f, "  %-10s %s\n", cli_verbs[i]->name, cli_verbs[i]->brief);
	fputc('\n', f);
	usage_common(f);
	fputs("\n"
	      "All that read the kernel need root and the slabscan module (modprobe slabscan).\n"
	      "\n"
	      "Examples:\n"
	      "  slabscan diagnose                  just tell me\n"
	      "  slabscan caches --limit 10         which caches are big?\n"
	      "  slabscan top                       what fills the most suspicious one?\n"
	      "  slabscan top --cache kmalloc-64    what fills this one?\n"
	      "  slabscan show ffff8e8ec1c19900     what is at this address?\n"
	      "\n"
	      "Exit status: 0 done; 1 bad usage, nothing was run; 2 the kernel refused or\n"
	      "failed; 3 partial result (interrupted, or the machine changed under it);\n"
	      "10 with --exit-code, where a leak is suspected.\n", f);
}

static void verb_usage(const struct cli_verb *verb, FILE *f)
{
	fprintf(f, "slabscan %s - %s\n\nUsage: slabscan %s [OPTION...]%s%s\n", verb->name, verb->brief, verb->name,
		verb->positional ? " " : "", verb->positional ? verb->positional : "");
	if (verb->options) {
		fputs("\nOptions:\n", f);
		for (const struct cli_option *o = verb->options; o->name; o++) {
			char left[64];

			snprintf(left, sizeof(left), "--%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
			if (strlen(left) < 22)
				fprintf(f, "  %-22s %s\n", left, o->help);
			else
				fprintf(f, "  %s\n  %-22s %s\n", left, "", o->help);
		}
	}
	fprintf(f, "\n%s\n", verb->help);
	usage_common(f);
}

static void vreport(struct cli *cli, bool fatal, const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		return;
	/* Text that comes from the kernel may stand in it: keep its hands off the terminal. */
	for (char *p = text; *p; p++)
		if (*p != '\n' && (*p < 0x20 || *p > 0x7e))
			*p = '.';
	fflush(stdout);
	fprintf(stderr, "slabscan: %s%s\n", fatal ? "" : "warning: ", text);
	if (cli->out) {
		if (fatal)
			out_error(cli->out, text);
		else
			out_warning(cli->out, text);
	} else if (fatal) {
		snprintf(cli->job_error, sizeof(cli->job_error), "%s", text);
	}
	free(text);
}

int cli_fail(struct cli *cli, int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vreport(cli, true, fmt, ap);
	va_end(ap);
	return status;
}

void cli_warn(struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vreport(cli, false, fmt, ap);
	va_end(ap);
}

enum { OPT_HELP = 256, OPT_VERSION, OPT_JSON, OPT_QUIET, OPT_NO_COLOR, OPT_OF_VERB };

static const struct option common_options[] = {
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "quiet", no_argument, NULL, OPT_QUIET },
	{ "no-color", no_argument, NULL, OPT_NO_COLOR },
	{ NULL, 0, NULL, 0 }
};
#define COMMON	(sizeof(common_options) / sizeof(*common_options) - 1)

/* Return: -1 to go on, else the status to end with. */
static int common_option(struct cli *cli, int opt)
{
	switch (opt) {
	case OPT_HELP:
		if (cli->verb)
			verb_usage(cli->verb, stdout);
		else
			usage(stdout);
		return CLI_OK;
	case OPT_VERSION:
		puts("slabscan " SLABSCAN_VERSION);
		return CLI_OK;
	case OPT_JSON:
		cli->json = true;
		return -1;
	case OPT_QUIET:
		cli->quiet = true;
		return -1;
	case OPT_NO_COLOR:
		no_color = true;
		return -1;
	}
	return CLI_USAGE;
}

static int bad_option(struct cli *cli, char **argv, int code, const struct option *longs)
{
	const char *near[NAMES_NEAR];
	const char *word = argv[optind - 1];
	const char *names[64];
	size_t count = 0, found;

	if (code == ':')
		return cli_fail(cli, CLI_USAGE, "%s needs an argument", word);
	for (const struct option *l = longs; l->name && count < 64; l++)
		names[count++] = l->name;
	found = strncmp(word, "--", 2) ? 0 : names_near(word + 2, names, count, near);
	return cli_fail(cli, CLI_USAGE, "unknown option %s%s%s%s; see slabscan %s%s--help", word, found ? " (did you mean --" : "",
			found ? near[0] : "", found ? "?)" : "", cli->verb ? cli->verb->name : "", cli->verb ? " " : "");
}

bool cli_number(const char *text, uint32_t *value)
{
	unsigned long long v;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno || *end || v > UINT32_MAX)
		return false;
	*value = (uint32_t)v;
	return true;
}

bool cli_address(const char *text, uint64_t *value)
{
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		text += 2;
	if (!*text || strlen(text) > 16 || text[strspn(text, "0123456789abcdefABCDEF")])
		return false;
	*value = strtoull(text, NULL, 16);
	return true;
}

bool cli_seconds(const char *text, uint32_t *ms)
{
	double v;
	char *end;

	if ((*text < '0' || *text > '9') && *text != '.')
		return false;
	if (text[strspn(text, "0123456789.")])
		return false;
	v = strtod(text, &end);
	if (*end || v <= 0 || v * 1000 > UINT32_MAX)
		return false;
	*ms = (uint32_t)(v * 1000 + 0.5);
	return *ms > 0;
}

static int set_option(struct cli *cli, const struct cli_option *o, char *args, const char *text)
{
	void *dest = args + o->offset;
	struct cli_list *list;

	switch (o->type) {
	case CLI_FLAG:
		*(bool *)dest = true;
		return -1;
	case CLI_STRING:
		if (!*text)
			return cli_fail(cli, CLI_USAGE, "--%s: %s must not be empty", o->name, o->arg);
		*(const char **)dest = text;
		return -1;
	case CLI_LIST:
		list = dest;
		if (list->count == CLI_LIST_MAX)
			return cli_fail(cli, CLI_USAGE, "--%s: at most %d of them", o->name, CLI_LIST_MAX);
		list->item[list->count++] = text;
		return -1;
	case CLI_UINT:
		if (cli_number(text, dest))
			return -1;
		return cli_fail(cli, CLI_USAGE, "--%s: \"%s\" is no number from 0 to 4294967295", o->name, text);
	case CLI_SECONDS:
		if (cli_seconds(text, dest))
			return -1;
		return cli_fail(cli, CLI_USAGE, "--%s: \"%s\" is no number of seconds (as in 10 or 0.5)", o->name, text);
	case CLI_HEX:
		if (cli_address(text, dest))
			return -1;
		return cli_fail(cli, CLI_USAGE, "--%s: \"%s\" is no hexadecimal number of up to 16 digits", o->name, text);
	case CLI_END:
		break;
	}
	return CLI_USAGE;
}

/* What of the common options the answer has to know; they may stand before or behind the verb. */
static void start_answer(struct cli *cli)
{
	cli->out = out_create(stdout, cli->json, want_color(), text_width());
	out_set_quiet(cli->out, cli->quiet);
	out_str(cli->out, "schema", NULL, CLI_SCHEMA);
	if (cli->verb)
		out_str(cli->out, "command", NULL, cli->verb->name);
}

int cli_parse(struct cli *cli, int argc, char **argv, void *args, int *rest)
{
	static const struct cli_option none[] = { { 0 } };
	const struct cli_option *options = cli->verb->options ? cli->verb->options : none;
	struct option longs[48] = { 0 };
	unsigned int count = 0;
	int opt, status = -1;

	memcpy(longs, common_options, sizeof(common_options));
	for (; options[count].name; count++) {
		longs[COMMON + count].name = options[count].name;
		longs[COMMON + count].has_arg = options[count].arg ? required_argument : no_argument;
		longs[COMMON + count].val = OPT_OF_VERB + count;
		if (COMMON + count + 2 == sizeof(longs) / sizeof(*longs))
			abort();
	}

	/* So that even a bad option is answered in JSON. */
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--json"))
			cli->json = true;
	optind = 0;
	opterr = 0;
	while (status < 0 && (opt = getopt_long(argc, argv, ":", longs, NULL)) != -1) {
		if (opt >= OPT_OF_VERB)
			status = set_option(cli, &options[opt - OPT_OF_VERB], args, optarg);
		else if (opt >= OPT_HELP)
			status = common_option(cli, opt);
		else
			status = bad_option(cli, argv, opt, longs);
	}
	*rest = optind;
	if (status < 0 && !cli->verb->positional && optind < argc)
		status = cli_fail(cli, CLI_USAGE, "%s takes no argument \"%s\"; see slabscan %s --help", cli->verb->name, argv[optind],
				  cli->verb->name);
	if (status < 0)
		start_answer(cli);
	return status;
}

static int pick_verb(struct cli *cli, const char *name)
{
	const char *names[64], *near[NAMES_NEAR];
	size_t count;

	for (count = 0; cli_verbs[count]; count++) {
		names[count] = cli_verbs[count]->name;
		if (!strcmp(name, names[count])) {
			cli->verb = cli_verbs[count];
			return -1;
		}
	}
	if (names_near(name, names, count, near))
		return cli_fail(cli, CLI_USAGE, "unknown verb \"%s\": did you mean %s? See slabscan --help", name, near[0]);
	return cli_fail(cli, CLI_USAGE, "unknown verb \"%s\"; see slabscan --help", name);
}

static int run(struct cli *cli, int argc, char **argv)
{
	int opt, status = -1;

	opterr = 0;
	while (status < 0 && (opt = getopt_long(argc, argv, "+:", common_options, NULL)) != -1)
		status = opt >= OPT_HELP ? common_option(cli, opt) : bad_option(cli, argv, opt, common_options);
	if (status >= 0)
		return status;
	if (optind == argc) {
		usage(stderr);
		return CLI_USAGE;
	}
	argv += optind;
	argc -= optind;
	status = pick_verb(cli, argv[0]);
	return status >= 0 ? status : cli->verb->run(cli, argc, argv);
}

int main(int argc, char **argv)
{
	struct cli cli = { .root = cli_root() };
	int status, error;

	/* A reader that has seen enough (head, less) is no error, and no reason to die in the middle of a job. */
	signal(SIGPIPE, SIG_IGN);
	status = run(&cli, argc, argv);
	nl_destroy(cli.nl);
	if (!cli.out && cli.json && status == CLI_USAGE) {
		start_answer(&cli);
		out_error(cli.out, *cli.job_error ? cli.job_error : "no verb was given");
	}
	error = cli.out ? out_finish(cli.out) : (fflush(stdout) == EOF ? -errno : 0);
	if (error && error != -EPIPE) {
		fprintf(stderr, "slabscan: cannot write the answer: %s\n", strerror(-error));
		if (status == CLI_OK)
			status = CLI_FAILED;
	}
	return status;
}
