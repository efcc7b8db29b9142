/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_COMPAT_GENL_H
#define SLABSCAN_COMPAT_GENL_H

#include <net/genetlink.h>

#include "compat.h"

/* The attributes of a dump's request. */
static inline struct nlattr **slabscan_dump_attrs(struct netlink_callback *cb)
{
#ifdef SLABSCAN_HAVE_GENL_INFO_DUMP
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

#endif /* SLABSCAN_COMPAT_GENL_H */
