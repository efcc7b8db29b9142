// SPDX-License-Identifier: GPL-2.0-only
/*
 * whole.c - files that are replaced as a whole, or not at all
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "whole.h"

int whole_open(struct whole *w, const char *path)
{
	int fd;

	*w = (struct whole){ .path = path };
	if (snprintf(w->temp, sizeof(w->temp), "%s.XXXXXX", path) >= (int)sizeof(w->temp))
		return -ENAMETOOLONG;
	fd = mkostemp(w->temp, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	w->f = fdopen(fd, "w");
	if (!w->f)
		abort();
	return 0;
}

int whole_close(struct whole *w, int error)
{
	errno = EIO;	/* where ferror() tells of an older one */
	if (!error && (fflush(w->f) || ferror(w->f) || fsync(fileno(w->f))))
		error = -errno;
	if (fclose(w->f) && !error)
		error = -errno;
	if (!error && rename(w->temp, w->path))
		error = -errno;
	if (error)
		unlink(w->temp);
	return error;
}
