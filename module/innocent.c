// SPDX-License-Identifier: GPL-2.0-only
/*
 * innocent.c - objects that nothing points to, though nobody lost them
 *
 * The kernel itself declares some with kmemleak_not_leak() or kmemleak_ignore(). Each kind has a row here: how it is known, and why it is innocent.
 * They are reported all the same, apart from the others. None of the rows takes objects in that a module registered.
 */
#include <linux/kernel.h>

#include "compat/compat.h"
#include "innocent.h"
#include "ksym.h"
#include "layout.h"

static unsigned long word_at(const struct slabscan_cache *cache, const void *object, enum slabscan_field f)
{
	if (!slabscan_has(f) || slabscan_layout[f].offset + sizeof(long) > cache->object_size)
		return 0;
	return *(const unsigned long *)(object + slabscan_layout[f].offset);
}

static bool in_image(unsigned long addr)
{
	return addr >= slabscan_ksyms.image_start && addr < slabscan_ksyms.image_end;
}

/* The nodes by which the tree of tables holds a header lie behind it in the same object: without entries there are none. */
static bool is_empty_sysctl(const struct slabscan_cache *cache, const void *object)
{
	static unsigned long root;

	if (!root)
		root = slabscan_ksym_lookup("sysctl_table_root");
	return root && word_at(cache, object, SLABSCAN_CTL_ROOT) == root && in_image(*(const unsigned long *)object);
}

static bool is_sysctl_parent(const struct slabscan_cache *cache, const void *object)
{
	return in_image(word_at(cache, object, SLABSCAN_CTL_ARG)) && !*(const unsigned long *)object && !word_at(cache, object, SLABSCAN_CTL_ROOT);
}

static const struct {
	bool (*is)(const struct slabscan_cache *cache, const void *object);
	const char *text;
} rows[] = {
	{ is_empty_sysctl, "a sysctl directory of the kernel image without entries: it is made at boot and kept for good, without a pointer to it" },
	{ is_sysctl_parent, "a sysctl table of the kernel image with tables below it: it is kept for good, and marked kmemleak_not_leak() where it is made" },
};

/**
 * slabscan_innocent() - is there an excuse for this object?
 * @cache: its cache
 * @object: a copy, object_size bytes
 *
 * Context: may sleep.
 * Return: 0 if there is none; else the number of the reason.
 */
u32 slabscan_innocent(const struct slabscan_cache *cache, const void *object)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].is(cache, object))
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
