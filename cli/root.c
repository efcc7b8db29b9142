// SPDX-License-Identifier: GPL-2.0-only
/*
 * root.c - where /sys and /proc are. Tests link another one.
 */
#include "cli.h"

const char *cli_root(void)
{
	return "";
}
