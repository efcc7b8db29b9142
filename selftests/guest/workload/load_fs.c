// SPDX-License-Identifier: GPL-2.0-only
/*
 * File system workloads: inotify events, mounts, dentries, open files, extended attributes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "slabload.h"

int load_inotify(int argc, char **argv)
{
	unsigned long i, count = number(argv[1]);
	char path[512], events[4096];
	int fd, in = inotify_init1(IN_NONBLOCK);

	if (in < 0 || inotify_add_watch(in, argv[0], IN_CREATE) < 0)
		die("inotify");
	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/access-log-%08lu", argv[0], i);
		fd = open(path, O_CREAT | O_WRONLY, 0600);
		if (fd < 0)
			die(path);
		close(fd);
		unlink(path);
		/* Reading an event is what frees it. */
		if (read(in, events, sizeof(events)) < 0)
			die("read");
		pace();
	}
	return 0;
}

int load_mounts(int argc, char **argv)
{
	unsigned long i, count = number(argv[1]);
	char name[48];

	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "export-home-%010lu", i);
		if (mount(name, argv[0], "tmpfs", 0, "size=4k"))
			die("mount");
		if (umount2(argv[0], 0))
			die("umount");
		pace();
	}
	return 0;
}

int load_dentries(int argc, char **argv)
{
	unsigned long i, count = number(argv[1]);
	char path[512];

	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/no-such-file-%08lu", argv[0], i);
		access(path, F_OK);
		pace();
	}
	return 0;
}

int load_files(int argc, char **argv)
{
	unsigned long i, count = number(argv[1]);
	int fd;

	for (i = 0; i < count; i++) {
		fd = open(argv[0], O_RDONLY);
		if (fd < 0)
			die(argv[0]);
		close(fd);
		pace();
	}
	return 0;
}

int load_xattrs(int argc, char **argv)
{
	unsigned long i, count = number(argv[1]);
	char name[64], value[32];

	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "trusted.owner-of-%08lu", i);
		snprintf(value, sizeof(value), "department-%08lu", i);
		if (setxattr(argv[0], name, value, 20, 0))
			die(name);
		pace();
	}
	return 0;
}
