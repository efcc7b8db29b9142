// SPDX-License-Identifier: GPL-2.0-only
/*
 * poison - pages with hardware errors, by the kernel's own means
 *
 *   poison hard|soft N   N pages of our own get MADV_HWPOISON or MADV_SOFT_OFFLINE; then waits to be killed
 *
 * Says "poisoned N" when it is done.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101
#endif

/* Newer kernels tell whoever breaks a page of its own (seen: 6.12). */
static void told(int sig)
{
	(void)sig;
}

int main(int argc, char **argv)
{
	unsigned long n = argc == 3 ? strtoul(argv[2], NULL, 0) : 0, size = 4096;
	int how = argc == 3 && !strcmp(argv[1], "soft") ? MADV_SOFT_OFFLINE : MADV_HWPOISON;
	char *p;

	if (!n) {
		fprintf(stderr, "usage: poison hard|soft N\n");
		return 2;
	}
	signal(SIGBUS, told);
	p = mmap(NULL, 4 * n * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) {
		perror("mmap");
		return 2;
	}
	memset(p, 0x5a, 4 * n * size);
	for (unsigned long i = 0; i < n; i++) {
		if (madvise(p + 4 * i * size, size, how)) {
			fprintf(stderr, "page %lu: %s\n", i, strerror(errno));
			return 1;
		}
	}
	printf("poisoned %lu\n", n);
	fflush(stdout);
	pause();
	return 0;
}
