// SPDX-License-Identifier: GPL-2.0-only
/*
 * hoard - a process that has addresses of kernel objects as their owners would have them: as words of memory
 *
 *   hoard ADDRESSES FILE
 *
 * Reads addresses, one a line. Keeps them in anonymous memory, and writes them to FILE. Says how many there are, and stays until it is killed.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define WORDS	8192

int main(int argc, char **argv)
{
	size_t bytes = WORDS * sizeof(uint64_t), nr = 0;
	uint64_t *words;
	char line[64];
	FILE *in;
	int out;

	if (argc != 3) {
		fprintf(stderr, "usage: hoard ADDRESSES FILE\n");
		return 2;
	}
	words = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	in = fopen(argv[1], "r");
	out = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (words == MAP_FAILED || !in || out < 0) {
		perror("hoard");
		return 1;
	}
	while (nr < WORDS && fgets(line, sizeof(line), in))
		words[nr++] = strtoull(line, NULL, 16);
	if (write(out, words, nr * sizeof(*words)) != (ssize_t)(nr * sizeof(*words))) {
		perror(argv[2]);
		return 1;
	}
	printf("%zu words\n", nr);
	fflush(stdout);
	for (;;)
		pause();
}
