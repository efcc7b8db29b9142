// SPDX-License-Identifier: GPL-2.0-only
/* v6.6 5c670a010de4 "genetlink: add a family pointer to struct genl_info": a dump's attributes are those of a genl_info. */
#include <net/genetlink.h>

struct nlattr **probe(struct netlink_callback *cb);
struct nlattr **probe(struct netlink_callback *cb)
{
	return genl_info_dump(cb)->attrs;
}
