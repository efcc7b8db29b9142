// SPDX-License-Identifier: GPL-2.0-only
/*
 * slabload VERB ARGS...: makes load in a guest. See usage().
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "slabload.h"

static const struct verb {
	const char *name;
	int min_args;
	int (*run)(int argc, char **argv);
	const char *usage;
} verbs[] = {
	{ "inotify", 2, load_inotify, "DIR N           N events for files created in DIR, read and so freed" },
	{ "mounts", 2, load_mounts, "DIR N            mount and unmount a tmpfs on DIR N times, each under another name" },
	{ "dentries", 2, load_dentries, "DIR N          look N names up that DIR does not have" },
	{ "files", 2, load_files, "PATH N            open and close PATH N times" },
	{ "xattrs", 2, load_xattrs, "PATH N           give PATH N extended attributes, which stay" },
	{ "sctp", 1, load_sctp, "N                  set the priority of an SCTP stream N times" },
	{ "sockets", 2, load_sockets, "N M             N UDP sockets, closed with M datagrams queued in each" },
	{ "udp-spray", 1, load_udp_spray, "N             one datagram each to N ports over many source ports" },
	{ "ovs", 1, load_ovs, "N [stay]            add and delete N flows of an Open vSwitch datapath, or leave them there" },
	{ "keys", 1, load_keys, "N                  add and invalidate N keys with a random payload" },
	{ "objects", 2, load_objects, "KIND N          make and give back N objects: pipe, epoll, timer, uring, tcp,\n"
	  "                           eventfd, timerfd, memfd, lock, message" },
	{ "hog", 2, load_hog, "MB SECONDS          take user memory evenly over that time, then sleep" },
	{ "threads", 2, load_threads, "N SECONDS       start N threads that sleep and are never joined" },
	{ "hold", 2, load_hold, "N SECONDS          open N event descriptors, then keep them" },
	{ "latency", 2, load_latency, "CPU SECONDS     worst delay of a 1 ms timer on that CPU, in microseconds" },
};

void die(const char *what)
{
	fprintf(stderr, "slabload: %s: %s\n", what, strerror(errno));
	exit(2);
}

unsigned long number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 0);

	if (!n || *end) {
		fprintf(stderr, "slabload: not a positive number: %s\n", text);
		exit(1);
	}
	return n;
}

void pace(void)
{
	static struct timespec next;
	static long step = -1;
	struct timespec now;
	const char *rate;

	if (step < 0) {
		rate = getenv("CASE_RATE");
		step = rate && *rate ? 1000000000L / (long)number(rate) : 0;
		clock_gettime(CLOCK_MONOTONIC, &next);
	}
	if (!step)
		return;
	next.tv_nsec += step;
	while (next.tv_nsec >= 1000000000L) {
		next.tv_nsec -= 1000000000L;
		next.tv_sec++;
	}
	/* Where the events themselves are slower than asked, there is nothing to catch up on. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec > next.tv_sec || (now.tv_sec == next.tv_sec && now.tv_nsec > next.tv_nsec))
		next = now;
	else
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(verbs[i].name, argv[1]) && argc - 2 >= verbs[i].min_args)
			return verbs[i].run(argc - 2, argv + 2);
	fprintf(stderr, "usage: [CASE_RATE=events per second] slabload VERB ARGS\n");
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		fprintf(stderr, "  %s %s\n", verbs[i].name, verbs[i].usage);
	return 1;
}
