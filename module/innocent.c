// SPDX-License-Identifier: GPL-2.0-only
/*
 * innocent.c - objects that nothing points to, though nobody lost them
 *
 * The kernel itself declares some with kmemleak_not_leak() or kmemleak_ignore(). Each kind has a row here: how it is known, and why it is innocent.
 * They are reported all the same, apart from the others.
 */
#include <linux/kernel.h>

#include "compat/compat.h"
#include "innocent.h"
#include "ksym.h"
#include "layout.h"

static bool is_sysctl_header(const struct slabscan_cache *cache, const void *object, unsigned long addr)
{
	static unsigned long root;

	if (!slabscan_has(SLABSCAN_CTL_ROOT) || slabscan_layout[SLABSCAN_CTL_ROOT].offset + sizeof(long) > cache->object_size)
		return false;
	if (!root)
		root = slabscan_ksym_lookup("sysctl_table_root");
	return root && *(const unsigned long *)(object + slabscan_layout[SLABSCAN_CTL_ROOT].offset) == root;
}

static const struct {
	bool (*is)(const struct slabscan_cache *cache, const void *object, unsigned long addr);
	const char *text;
} rows[] = {
	{ is_sysctl_header, "a sysctl table that was registered for good: the kernel keeps no pointer to it (kmemleak_not_leak() in register_sysctl_init())" },
};

/**
 * slabscan_innocent() - is there an excuse for this object?
 * @cache: its cache
 * @object: a copy, object_size bytes
 * @addr: where it is
 *
 * Context: may sleep.
 * Return: 0 if there is none; else the number of the reason.
 */
u32 slabscan_innocent(const struct slabscan_cache *cache, const void *object, unsigned long addr)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].is(cache, object, addr))
			return i + 1;
	return 0;
}

/* How many reasons there are. */
u32 slabscan_innocent_reasons(void)
{
	return ARRAY_SIZE(rows);
}

/* A sentence for reason number @reason, from 1. */
const char *slabscan_innocent_text(u32 reason)
{
	return rows[reason - 1].text;
}
