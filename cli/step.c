// SPDX-License-Identifier: GPL-2.0-only
/*
 * step.c - one verb as a step of another
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "interrupt.h"
#include "nl.h"
#include "step.h"

#define ARGS_MAX	16
#define ANSWER_MAX	(256UL << 20)

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void child(const struct cli *parent, const struct cli_verb *verb, const char *const *argv, int fd)
{
	struct cli cli = { .verb = verb, .root = parent->root, .json = true, .quiet = parent->quiet };
	char *args[ARGS_MAX + 2];
	int argc = 0, status;

	/* Ctrl-C comes by way of the parent, once: the second one would kill. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	interrupt_end();
	dup2(fd, STDOUT_FILENO);
	while (argc < ARGS_MAX && argv[argc]) {
		args[argc] = strdup(argv[argc]);
		argc++;
	}
	args[argc++] = strdup("--json");
	args[argc] = NULL;
	/* Errors come in the answer; only progress belongs on the terminal. */
	if (parent->quiet || !isatty(STDERR_FILENO))
		if (!freopen("/dev/null", "w", stderr))
			_exit(CLI_FAILED);
	status = verb->run(&cli, argc, args);
	nl_destroy(cli.nl);
	if (cli.out && out_finish(cli.out))
		_exit(CLI_FAILED);
	fflush(stdout);
	_exit(status);
}

/* All that the child writes, until it ends. */
static char *read_all(int fd, pid_t pid, size_t *len)
{
	size_t room = 65536;
	char *buf = malloc(room);
	bool told = false;

	*len = 0;
	while (buf) {
		struct pollfd p[2] = { { .fd = fd, .events = POLLIN }, { .fd = told ? -1 : interrupt_fd(), .events = POLLIN } };
		ssize_t n;

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		if (!told && p[1].revents) {
			kill(pid, SIGINT);
			told = true;
		}
		if (!p[0].revents)
			continue;
		n = read(fd, buf + *len, room - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || *len + n > ANSWER_MAX)
			break;
		*len += n;
		if (*len == room) {
			char *more = realloc(buf, room *= 2);

			if (!more)
				abort();
			buf = more;
		}
	}
	return buf;
}

static void judge(struct step *step, const char *verb, const char *buf, size_t len, int wait_status)
{
	json_error_t at;

	step->status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : CLI_FAILED;
	step->answer = buf ? json_loadb(buf, len, JSON_REJECT_DUPLICATES, &at) : NULL;
	if (step->status == CLI_OK || step->status == CLI_PARTIAL) {
		if (json_is_object(step->answer))
			return;
		step->status = CLI_FAILED;
	}
	if (answer_str(step->answer, "error")[0])
		snprintf(step->error, sizeof(step->error), "%s", answer_str(step->answer, "error"));
	else
		snprintf(step->error, sizeof(step->error), "slabscan %s ended without an answer", verb);
	json_decref(step->answer);
	step->answer = NULL;
}

void step_run(struct cli *cli, struct step *step, const char *const *argv)
{
	const struct cli_verb *verb = NULL;
	uint64_t begin = now_ns();
	int fds[2], status = 0;
	size_t len = 0;
	char *buf;
	pid_t pid;

	memset(step, 0, sizeof(*step));
	step->status = CLI_FAILED;
	for (unsigned int i = 0; cli_verbs[i] && !verb; i++)
		if (!strcmp(cli_verbs[i]->name, argv[0]))
			verb = cli_verbs[i];
	if (!verb) {
		snprintf(step->error, sizeof(step->error), "this slabscan has no \"%s\"", argv[0]);
		return;
	}
	if (interrupt_seen()) {
		snprintf(step->error, sizeof(step->error), "it was interrupted before");
		return;
	}
	fflush(NULL);
	if (pipe(fds)) {
		snprintf(step->error, sizeof(step->error), "no pipe: %s", strerror(errno));
		return;
	}
	pid = fork();
	if (!pid) {
		close(fds[0]);
		child(cli, verb, argv, fds[1]);
	}
	close(fds[1]);
	if (pid < 0) {
		snprintf(step->error, sizeof(step->error), "no process: %s", strerror(errno));
		close(fds[0]);
		return;
	}
	buf = read_all(fds[0], pid, &len);
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	judge(step, argv[0], buf, len, status);
	free(buf);
	step->elapsed_ns = now_ns() - begin;
}

void step_clear(struct step *step)
{
	json_decref(step->answer);
	step->answer = NULL;
}

uint64_t answer_u64(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	if (json_is_integer(v))
		return json_integer_value(v) > 0 ? (uint64_t)json_integer_value(v) : 0;
	return 0;
}

double answer_number(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

const char *answer_str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

const json_t *answer_list(const json_t *o, const char *key)
{
	static json_t *none;
	const json_t *v = json_object_get(o, key);

	if (json_is_array(v))
		return v;
	if (!none)
		none = json_array();
	return none;
}
