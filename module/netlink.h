/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_NETLINK_H
#define SLABSCAN_NETLINK_H

int slabscan_netlink_init(void);
void slabscan_netlink_deinit(void);

#endif /* SLABSCAN_NETLINK_H */
