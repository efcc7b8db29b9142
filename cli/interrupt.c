// SPDX-License-Identifier: GPL-2.0-only
/*
 * interrupt.c - Ctrl-C ends the work, not the program
 *
 * The handler writes to a pipe of our own, so that a signal between a check and a poll() is not lost. It is installed with SA_RESETHAND: the
 * second signal finds the default action again and kills, whatever the program is doing.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "interrupt.h"

static const int caught[] = { SIGINT, SIGTERM, SIGHUP };
#define CAUGHT	(sizeof(caught) / sizeof(*caught))

static struct sigaction before[CAUGHT];
static int ends[2] = { -1, -1 };
static unsigned int depth;
static volatile sig_atomic_t seen;

static void on_signal(int sig)
{
	int saved = errno;

	(void)sig;
	seen = 1;
	if (write(ends[1], "", 1) < 0)
		seen = 1;	/* a full pipe is readable already */
	errno = saved;
}

void interrupt_begin(void)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };

	if (depth++)
		return;
	seen = 0;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		abort();
	sigemptyset(&sa.sa_mask);
	for (unsigned int i = 0; i < CAUGHT; i++) {
		sigaction(caught[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)	/* nohup stays nohup */
			sigaction(caught[i], &sa, NULL);
	}
}

void interrupt_end(void)
{
	if (--depth)
		return;
	for (unsigned int i = 0; i < CAUGHT; i++)
		sigaction(caught[i], &before[i], NULL);
	close(ends[0]);
	close(ends[1]);
	ends[0] = ends[1] = -1;
	seen = 0;
}

int interrupt_fd(void)
{
	return ends[0];
}

bool interrupt_seen(void)
{
	return seen;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

bool interrupt_sleep(uint64_t ms)
{
	int64_t until = now_ms() + (int64_t)ms, left;
	struct pollfd pfd = { .fd = ends[0], .events = POLLIN };

	while (!seen && (left = until - now_ms()) > 0)
		poll(&pfd, ends[0] >= 0, left > 60000 ? 60000 : (int)left);
	return !seen;
}
