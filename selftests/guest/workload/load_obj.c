// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel objects of many kinds, each made and given back at once.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "slabload.h"

static void make_pipe(void)
{
	int fd[2];

	if (pipe(fd))
		die("pipe");
	close(fd[0]);
	close(fd[1]);
}

static void make_epoll(void)
{
	int fd = epoll_create1(0);

	if (fd < 0)
		die("epoll_create1");
	close(fd);
}

static void make_timer(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	int id;	/* as the kernel has it: the C library's timer_t is a pointer */

	if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id) || syscall(SYS_timer_delete, id))
		die("timer");
}

static void make_uring(void)
{
	struct io_uring_params params = { 0 };
	int fd = (int)syscall(SYS_io_uring_setup, 4, &params);

	if (fd < 0)
		die("io_uring_setup");
	close(fd);
}

static void make_eventfd(void)
{
	int fd = eventfd(3, 0);

	if (fd < 0)
		die("eventfd");
	close(fd);
}

static void make_timerfd(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);

	if (fd < 0)
		die("timerfd_create");
	close(fd);
}

static void make_memfd(void)
{
	int fd = memfd_create("scratch", 0);

	if (fd < 0)
		die("memfd_create");
	close(fd);
}

/* A lock on a part of a file is taken, and let go. */
static void make_lock(void)
{
	static int fd = -1;
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 100, .l_len = 10 };

	if (fd < 0)
		fd = open("/tmp/lock", O_RDWR | O_CREAT, 0600);
	if (fd < 0 || fcntl(fd, F_SETLK, &lock))
		die("lock");
	lock.l_type = F_UNLCK;
	if (fcntl(fd, F_SETLK, &lock))
		die("unlock");
}

/* A message that nobody receives before its queue is removed. */
static void make_message(void)
{
	struct { long type; char text[150]; } message = { 1, "order 66, customer 1234567, please confirm" };
	int queue = msgget(IPC_PRIVATE, 0600);

	if (queue < 0 || msgsnd(queue, &message, sizeof(message.text), 0) || msgctl(queue, IPC_RMID, NULL))
		die("message");
}

/* A connection to ourselves, which ends with a reset so that nothing of it lingers. */
static void make_tcp(void)
{
	static struct sockaddr_in address = { .sin_family = AF_INET };
	static int listener = -1;
	struct linger linger = { .l_onoff = 1 };
	socklen_t len = sizeof(address);
	int from, to;

	if (listener < 0) {
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		listener = socket(AF_INET, SOCK_STREAM, 0);
		if (listener < 0 || bind(listener, (struct sockaddr *)&address, len) || listen(listener, 16) ||
		    getsockname(listener, (struct sockaddr *)&address, &len))
			die("listen");
	}
	from = socket(AF_INET, SOCK_STREAM, 0);
	if (from < 0 || connect(from, (struct sockaddr *)&address, sizeof(address)))
		die("connect");
	to = accept(listener, NULL, NULL);
	if (to < 0 || setsockopt(from, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)))
		die("accept");
	close(from);
	close(to);
}

int load_objects(int argc, char **argv)
{
	static const struct { const char *name; void (*make)(void); } kinds[] = {
		{ "pipe", make_pipe }, { "epoll", make_epoll }, { "timer", make_timer }, { "uring", make_uring }, { "tcp", make_tcp },
		{ "eventfd", make_eventfd }, { "timerfd", make_timerfd }, { "memfd", make_memfd }, { "lock", make_lock },
		{ "message", make_message },
	};
	unsigned long i, count = number(argv[1]);
	size_t k = 0;

	while (k < sizeof(kinds) / sizeof(kinds[0]) && strcmp(kinds[k].name, argv[0]))
		k++;
	if (k == sizeof(kinds) / sizeof(kinds[0])) {
		fprintf(stderr, "slabload: no such kind of object: %s\n", argv[0]);
		return 1;
	}
	for (i = 0; i < count; i++) {
		kinds[k].make();
		pace();
	}
	return 0;
}
