// SPDX-License-Identifier: GPL-2.0-only
/* v6.12 "rcu/kvfree: Add kvfree_rcu_barrier() API" */
#include <linux/rcupdate.h>
#include <linux/slab.h>

void probe(void);
void probe(void)
{
	kvfree_rcu_barrier();
}
