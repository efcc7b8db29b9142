// SPDX-License-Identifier: GPL-2.0-only
/* v6.1 9c5d03d36251 "genetlink: start to validate reserved header bytes" */
#include <net/genetlink.h>

struct genl_family probe = { .resv_start_op = 1 };
