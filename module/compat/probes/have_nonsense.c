// SPDX-License-Identifier: GPL-2.0-only
/* The negative control: no kernel has this, so a probe that "compiles" lies. */
#include <linux/module.h>

int probe(void);
int probe(void)
{
	return slabscan_no_kernel_has_this_function();
}
