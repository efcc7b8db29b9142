/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_RESERVOIRS_H
#define SLABSCAN_RESERVOIRS_H

#include <linux/types.h>

#include "roots.h"

struct task_struct;

/**
 * slabscan_live_part_t - the living part of a page that is otherwise stale
 * @arg: the caller's
 * @start: first address, 8-aligned
 * @end: behind the last one
 * @task: whose stack it is; NULL: addresses of what was given to kfree_rcu() and is not freed yet
 *
 * If there is a task, called under rcu_read_lock(): may not sleep.
 */
typedef void (*slabscan_live_part_t)(void *arg, unsigned long start, unsigned long end, struct task_struct *task);

void slabscan_reservoirs_skip(const struct slabscan_roots *roots);
bool slabscan_reservoirs_live(slabscan_live_part_t see, void *arg);
void slabscan_reservoirs_freed(slabscan_live_part_t see, void *arg);
void slabscan_reservoirs_dead(void (*see)(void *arg, unsigned long addr), void *arg);

#endif /* SLABSCAN_RESERVOIRS_H */
