/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_TRACE_HOOK_H
#define SLABSCAN_TRACE_HOOK_H

#include "trace_event.h"

/* What an operator is to do about probes that do not fire. */
#define SLABSCAN_TRACE_BLIND \
	"probes are switched off: see /sys/kernel/debug/kprobes/enabled and the sysctl kernel.ftrace_enabled, both have to be 1"

int slabscan_trace_probeable(const char *function);
bool slabscan_trace_module_loaded(const char *name);
int slabscan_trace_arm(struct slabscan_trace *t, const char **reason);
bool slabscan_trace_sees(struct slabscan_trace *t);
void slabscan_trace_drain(struct slabscan_trace *t);
void slabscan_trace_disarm(struct slabscan_trace *t);

#endif /* SLABSCAN_TRACE_HOOK_H */
