/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_KMOD_CTL_H
#define SLABSCAN_KMOD_CTL_H

#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

/**
 * ctl_lines() - run the commands that were written to a control file, one a line
 * @ubuf: what was written
 * @len: its length in bytes, at most a page
 * @run: runs one line, which it may cut up
 *
 * Context: process, may sleep. Stops at the first error.
 * Return: @len, or a negative errno.
 */
static inline ssize_t ctl_lines(const char __user *ubuf, size_t len, int (*run)(char *line))
{
	char *text, *at, *line;
	int err = 0;

	if (len > PAGE_SIZE)
		return -E2BIG;
	text = memdup_user_nul(ubuf, len);
	if (IS_ERR(text))
		return PTR_ERR(text);
	for (at = text; !err && (line = strsep(&at, "\n"));)
		err = run(line);
	kfree(text);
	return err ? err : len;
}

#endif
