// SPDX-License-Identifier: GPL-2.0-only
/*
 * replay.c - main() for a fuzz target without libFuzzer: feed it the named files, once each
 *
 * Lets any compiler replay a committed corpus. The target's own checks and the sanitizers are the verdict; an unreadable file fails.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data;
	long size;
	size_t got;

	if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0) {
		perror(path);
		return 1;
	}
	rewind(f);
	/* exactly as long as the input, so that ASan sees a read past its end */
	data = malloc(size ? size : 1);
	if (!data)
		return 1;
	got = fread(data, 1, size, f);
	fclose(f);
	if (got == (size_t)size)
		LLVMFuzzerTestOneInput(data, size);
	else
		perror(path);
	free(data);
	return got != (size_t)size;
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 2) {
		fprintf(stderr, "usage: %s FILE...\n", argv[0]);
		return 1;
	}
	for (i = 1; i < argc; i++)
		if (replay(argv[i]))
			return 1;
	printf("%d inputs replayed\n", argc - 1);
	return 0;
}
