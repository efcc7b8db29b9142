/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_TRACE_HOOK_H
#define SLABSCAN_TRACE_HOOK_H

#include "trace_event.h"

int slabscan_trace_probeable(const char *function);
bool slabscan_trace_module_loaded(const char *name);
int slabscan_trace_arm(struct slabscan_trace *t, const char **reason);
void slabscan_trace_drain(struct slabscan_trace *t);
void slabscan_trace_disarm(struct slabscan_trace *t);

#endif /* SLABSCAN_TRACE_HOOK_H */
