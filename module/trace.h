/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_TRACE_H
#define SLABSCAN_TRACE_H

void slabscan_trace_exit(void);

#endif /* SLABSCAN_TRACE_H */
