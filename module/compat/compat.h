/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compat.h - API drift between kernels
 *
 * Each difference is a compile probe under compat/probes and a function slabscan_<what>() here. No kernel name is redefined, no version number
 * is compared: distributions backport. Include it behind all kernel headers.
 */
#ifndef SLABSCAN_COMPAT_H
#define SLABSCAN_COMPAT_H

#include "compat_probed.h"

#if !defined(SLABSCAN_HAVE_SANE_ENVIRONMENT) || defined(SLABSCAN_HAVE_NONSENSE)
#error "the compile probes say nothing about this kernel: look at module/compat/probes/*.log in the build directory"
#endif

#undef pr_fmt
#define pr_fmt(fmt) "slabscan: " fmt

/* for what a job can't go on without: it may fail, and nobody is killed for it (GFP_KERNEL alone has the OOM killer called before a small thing fails) */
#define SLABSCAN_GFP	(GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

#endif /* SLABSCAN_COMPAT_H */
