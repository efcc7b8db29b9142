// SPDX-License-Identifier: GPL-2.0-only
/*
 * remap - a process whose tree of memory areas never stands still
 *
 *   remap AREAS PAUSE_US
 *
 * Areas that stay and that nothing else knows (neither a file nor a page), and others that come and go between them. With a second thread, so that the
 * kernel replaces nodes of the tree instead of changing them. Runs until it is killed.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE	4096
#define STEP	(4 * PAGE)

static void *idle(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void map(char *at, int prot)
{
	if (mmap(at, PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != at)
		exit(1);
}

int main(int argc, char **argv)
{
	unsigned int areas = argc == 3 ? strtoul(argv[1], NULL, 10) : 0, us = argc == 3 ? strtoul(argv[2], NULL, 10) : 0, n;
	pthread_t thread;
	char *base;

	if (!areas || areas > 10000) {
		fprintf(stderr, "usage: remap AREAS PAUSE_US\n");
		return 2;
	}
	if (pthread_create(&thread, NULL, idle, NULL))
		return 1;
	base = mmap(NULL, (size_t)areas * STEP, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return 1;
	munmap(base, (size_t)areas * STEP);
	for (n = 0; n < areas; n++)
		map(base + (size_t)n * STEP, PROT_NONE);
	for (n = 0;; n = (n + 1) % areas) {
		map(base + (size_t)n * STEP + STEP / 2, PROT_READ);
		munmap(base + (size_t)n * STEP + STEP / 2, PAGE);
		if (us)
			usleep(us);
	}
}
