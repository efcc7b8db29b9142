/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_COMPAT_RCU_H
#define SLABSCAN_COMPAT_RCU_H

#include <linux/module.h>
#include <linux/rcupdate.h>

#include "compat.h"

/*
 * Wait until what kfree_rcu() was given so far is freed, where the kernel offers it: kvfree_rcu_barrier() came in v6.12 ("rcu/kvfree: Add
 * kvfree_rcu_barrier() API"), and v7.3 declares it without exporting it. No compile probe sees an export, so it is asked for by name. An exported function
 * keeps its ENDBR and may be called through a pointer.
 */
static inline void slabscan_kvfree_rcu_barrier(void)
{
	void (*barrier)(void) = (void *)__symbol_get("kvfree_rcu_barrier");

	if (!barrier)
		return;
	barrier();
	__symbol_put("kvfree_rcu_barrier");
}

#endif /* SLABSCAN_COMPAT_RCU_H */
