/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * whole.h - files that are replaced as a whole, or not at all
 */
#ifndef SLABSCAN_WHOLE_H
#define SLABSCAN_WHOLE_H

#include <limits.h>
#include <stdio.h>

/**
 * struct whole - a file that is being written
 * @f: to write to
 */
struct whole {
	FILE *f;
	const char *path;
	char temp[PATH_MAX];
};

/**
 * whole_open() - begin to write a file that only its owner can read, for it tells of kernel memory
 * @path: which it will have; must live until whole_close()
 *
 * Return: 0 or a negative errno; then there is nothing to close.
 */
int whole_open(struct whole *w, const char *path);

/**
 * whole_close() - what was written replaces the file, if all went well
 * @error: of the writer's own, a negative errno; 0: none
 *
 * Return: 0; @error or a negative errno, and the file is as it was.
 */
int whole_close(struct whole *w, int error);

#endif
