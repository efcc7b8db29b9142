// SPDX-License-Identifier: GPL-2.0-only
/*
 * poison - pages with hardware errors, by the kernel's own means
 *
 *   poison hard|soft N   N pages of our own get MADV_HWPOISON or MADV_SOFT_OFFLINE; then waits to be killed
 *   poison marked PFN    status 0 if the kernel takes this page for broken
 *
 * The first says "poisoned N" when it is done: how many were, for the kernel may put off a page that somebody else has in hand.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <signal.h>
#include <stdint.h>
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

static int marked(unsigned long pfn)
{
	int fd = open("/proc/kpageflags", O_RDONLY);
	uint64_t flags;

	if (fd < 0 || pread(fd, &flags, sizeof(flags), pfn * sizeof(flags)) != sizeof(flags)) {
		perror("/proc/kpageflags");
		return 2;
	}
	printf("flags of page 0x%lx: 0x%llx\n", pfn, (unsigned long long)flags);
	return flags & 1ULL << KPF_HWPOISON ? 0 : 1;
}

int main(int argc, char **argv)
{
	unsigned long n = argc == 3 ? strtoul(argv[2], NULL, 0) : 0, size = 4096, done = 0;
	int how = argc == 3 && !strcmp(argv[1], "soft") ? MADV_SOFT_OFFLINE : MADV_HWPOISON;
	char *p;

	if (!n) {
		fprintf(stderr, "usage: poison hard|soft N | marked PFN\n");
		return 2;
	}
	if (!strcmp(argv[1], "marked"))
		return marked(n);
	signal(SIGBUS, told);
	p = mmap(NULL, 4 * n * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) {
		perror("mmap");
		return 2;
	}
	memset(p, 0x5a, 4 * n * size);
	for (unsigned long i = 0; i < n; i++) {
		if (!madvise(p + 4 * i * size, size, how))
			done++;
		else
			fprintf(stderr, "page %lu: %s\n", i, strerror(errno));
	}
	printf("poisoned %lu\n", done);
	fflush(stdout);
	pause();
	return 0;
}
