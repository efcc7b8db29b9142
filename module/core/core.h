/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * core.h - the only door between module/core and its surroundings
 *
 * Everything below module/core is pure: it takes plain memory and numbers, returns numbers, and compiles unchanged in the kernel, in a user
 * space test, in a fuzzer, and in a vmcore reader. It takes no lock, allocates nothing, prints nothing and knows no kernel version. What it
 * needs of the C world it gets here: in the kernel from the kernel's headers, elsewhere from libc through selftests/unit/shim/core_env.h.
 */
#ifndef SLABSCAN_CORE_H
#define SLABSCAN_CORE_H

#ifdef __KERNEL__
#include <linux/bitops.h>
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/prefetch.h>
#include <linux/sort.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/swab.h>
#include <linux/types.h>
#else
#include "core_env.h"
#endif

/* for arrays that are filled before they are read, where kernels clear each local variable first */
#if __has_attribute(uninitialized)
#define SLABSCAN_UNCLEARED __attribute__((uninitialized))
#else
#define SLABSCAN_UNCLEARED
#endif

#endif /* SLABSCAN_CORE_H */
