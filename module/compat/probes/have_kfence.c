// SPDX-License-Identifier: GPL-2.0-only
/* v5.12 0ce20dd84089 "mm: add Kernel Electric-Fence infrastructure" */
#include <linux/kfence.h>

bool probe(void *addr);
bool probe(void *addr)
{
	return is_kfence_address(addr);
}
