// SPDX-License-Identifier: GPL-2.0-only
/*
 * grace.c - how long a grace period of RCU takes, seen from user space
 *
 * Memory that is freed by RCU waits for the end of a grace period. If a reader holds that up, caches grow and nothing leaks. The kernel offers
 * no counter for it, but membarrier(MEMBARRIER_CMD_GLOBAL) is defined to return after one. On a machine with one CPU, or with nohz_full,
 * it tells nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sample.h"

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void child(int fd, uint64_t begin)
{
	uint64_t ns;

	/* Nobody must wait for us because we hold the other end of some pipe. */
	dup2(fd, 3);
	close(0);
	close(1);
	close(2);
	if (syscall(SYS_close_range, 4U, ~0U, 0))
		for (int i = 4; i < 256; i++)
			close(i);
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		_exit(1);
	ns = now_ns() - begin;
	_exit(write(3, &ns, sizeof(ns)) != sizeof(ns));
}

void grace_begin(struct grace *g)
{
	int fds[2];

	g->fd = -1;
	g->begin_ns = now_ns();
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2 || pipe2(fds, O_CLOEXEC))
		return;
	g->pid = fork();
	if (!g->pid)
		child(fds[1], g->begin_ns);
	close(fds[1]);
	if (g->pid < 0)
		close(fds[0]);
	else
		g->fd = fds[0];
}

bool grace_end(struct grace *g, uint32_t wait_ms, uint64_t *ns)
{
	struct pollfd p = { .fd = g->fd, .events = POLLIN };
	bool known = false;
	int ready;

	if (g->fd < 0)
		return false;
	do {
		ready = poll(&p, 1, (int)wait_ms);
	} while (ready < 0 && errno == EINTR);
	if (ready > 0) {
		known = read(g->fd, ns, sizeof(*ns)) == sizeof(*ns);
		waitpid(g->pid, NULL, 0);
	} else if (!ready) {
		/* It hangs in the kernel; init will bury it. */
		*ns = now_ns() - g->begin_ns;
		known = true;
	}
	close(g->fd);
	g->fd = -1;
	return known;
}
