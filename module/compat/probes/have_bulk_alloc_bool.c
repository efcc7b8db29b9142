// SPDX-License-Identifier: GPL-2.0-only
/* v7.1 "mm/slab: change return type of kmem_cache_alloc_bulk() to bool" */
#include <linux/slab.h>

_Static_assert(__builtin_types_compatible_p(__typeof__(kmem_cache_alloc_bulk((struct kmem_cache *)0, 0, 0, (void **)0)), _Bool), "a truth value");
