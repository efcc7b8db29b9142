// SPDX-License-Identifier: GPL-2.0-only
/*
 * record.c - write the newest result of a kind to a file, for ./replay.c
 *
 *	record KIND > KIND.msgs		(KIND as a number of enum slabscan_kind; run slabscan before)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nl.h"

static void fill(struct nlmsghdr *nlh, const void *arg)
{
	mnl_attr_put_u32(nlh, SLABSCAN_A_KIND, *(const uint32_t *)arg);
}

static int write_message(const void *buf, size_t len, void *arg)
{
	uint32_t n = (uint32_t)len;

	(void)arg;
	return fwrite(&n, sizeof(n), 1, stdout) == 1 && fwrite(buf, 1, len, stdout) == len ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct nl *nl = nl_create("");
	uint32_t kind = argc > 1 ? (uint32_t)atoi(argv[1]) : 0;
	int ret = nl_call(nl, SLABSCAN_CMD_RESULT_GET, true, fill, &kind, write_message, NULL);

	if (ret)
		fprintf(stderr, "record: %s\n", nl_error(nl));
	nl_destroy(nl);
	return ret || fflush(stdout) ? 1 : 0;
}
