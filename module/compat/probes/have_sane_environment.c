// SPDX-License-Identifier: GPL-2.0-only
/* The positive control: compiles wherever a module does. */
#include <linux/module.h>
#include <linux/slab.h>

void *probe(void);
void *probe(void)
{
	return kmalloc(sizeof(struct module *), GFP_KERNEL);
}
