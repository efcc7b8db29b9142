/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_COMPAT_REGS_H
#define SLABSCAN_COMPAT_REGS_H

#include <linux/ptrace.h>
#include <linux/types.h>

#include "compat.h"

/* Who called the function at whose first instruction we are? */
static inline unsigned long slabscan_regs_caller(struct pt_regs *regs)
{
#ifdef CONFIG_X86
	return regs_get_kernel_stack_nth(regs, 0);
#else
	return procedure_link_pointer(regs);
#endif
}

/* Did the bulk allocation that just returned give all that it was asked for? It gives all or nothing. */
static inline bool slabscan_regs_bulk_ok(struct pt_regs *regs)
{
#ifdef SLABSCAN_HAVE_BULK_ALLOC_BOOL
	return (u8)regs_return_value(regs);
#else
	return (int)regs_return_value(regs) > 0;
#endif
}

#endif /* SLABSCAN_COMPAT_REGS_H */
