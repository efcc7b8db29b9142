// SPDX-License-Identifier: GPL-2.0-only
/*
 * resolve.c - what an address is
 *
 * Everything is derived from ranges that are fixed at boot, from the memory map, and from the symbol table; no list of the kernel's is walked and no
 * lock is taken. Answers about slabs are snapshots: by the time they are used the slab may be gone.
 *
 * Callers of everything that may touch a struct page are inside slabscan_kmem_hold().
 */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/vmalloc.h>
#include <asm/sections.h>

#include "compat/compat.h"
#include "kmem.h"
#include "ksym.h"
#include "resolve.h"
#include "slab.h"

/**
 * slabscan_resolve_slab() - the object of a known cache that an address points into
 * @all: caches
 * @addr: any word
 * @ret: filled on success
 *
 * Says nothing about whether that object is allocated.
 *
 * Context: inside slabscan_kmem_hold(). Does not sleep. Some 100 ns: a cache miss or two in the memory map.
 * Return: false if it points to no object.
 */
bool slabscan_resolve_slab(const struct slabscan_caches *all, unsigned long addr, struct slabscan_target *ret)
{
	const struct slabscan_cache *cache;
	struct slabscan_slab_head head;
	unsigned long start;
	struct page *page;
	u32 index;

	if (!slabscan_kmem_is_direct(addr))
		return false;
	page = slabscan_kmem_page(__pa(addr) >> PAGE_SHIFT);
	if (!page)
		return false;
	page = slabscan_kmem_head(page);
	if (!slabscan_slab_head(page, &head))
		return false;
	ret->cache = slabscan_caches_find(all, head.cache);
	if (ret->cache < 0)
		return false;
	cache = &all->cache[ret->cache];
	start = (unsigned long)page_address(page) + cache->red_left_pad;
	if (addr < start || addr - start >= PAGE_SIZE << cache->order)
		return false;
	index = (u32)(addr - start) / cache->size;
	if (index >= head.objects)
		return false;
	ret->object = start + (unsigned long)index * cache->size;
	ret->offset = addr - ret->object;
	return true;
}

/**
 * slabscan_resolve_is_image() - does an address lie in the kernel image, init sections included?
 * @addr: any word
 */
bool slabscan_resolve_is_image(unsigned long addr)
{
	return addr >= slabscan_ksyms.image_start && addr < slabscan_ksyms.image_end;
}

/**
 * slabscan_resolve_is_symbol() - does an address lie in the kernel image or where modules are?
 * @addr: any word
 *
 * Memory of the image that was freed after boot does not count.
 *
 * Context: any.
 */
bool slabscan_resolve_is_symbol(unsigned long addr)
{
	const struct slabscan_ksyms *k = &slabscan_ksyms;

	if (slabscan_resolve_is_image(addr))
		return addr < k->init_start || addr >= k->init_end;
	return addr >= MODULES_VADDR && addr < MODULES_END;
}

static bool is_percpu(unsigned long addr)
{
	unsigned long size = slabscan_ksyms.percpu_end - slabscan_ksyms.percpu_start;
	int cpu;

	for_each_possible_cpu(cpu)
		if (addr - (per_cpu_offset(cpu) + slabscan_ksyms.percpu_start) < size)
			return true;
	return false;
}

/**
 * slabscan_resolve_where() - what kind of place is an address?
 * @addr: any word
 *
 * Context: inside slabscan_kmem_hold().
 * Return: SLABSCAN_WHERE_SLAB only says that it lies in a slab's page.
 */
enum slabscan_where slabscan_resolve_where(unsigned long addr)
{
	struct slabscan_slab_head head;
	struct page *page;

	if (slabscan_resolve_is_symbol(addr))
		return SLABSCAN_WHERE_SYMBOL;
	if (is_percpu(addr))
		return SLABSCAN_WHERE_PERCPU;
	if (addr >= VMALLOC_START && addr <= VMALLOC_END)
		return SLABSCAN_WHERE_VMALLOC;
	if (addr >= VMEMMAP_START && slabscan_kmem_page((addr - VMEMMAP_START) / sizeof(struct page)))
		return SLABSCAN_WHERE_MEMMAP;
	if (!slabscan_kmem_is_direct(addr))
		return SLABSCAN_WHERE_NONE;
	page = slabscan_kmem_page(__pa(addr) >> PAGE_SHIFT);
	if (!page)
		return SLABSCAN_WHERE_NONE;
	if (slabscan_slab_head(slabscan_kmem_head(page), &head))
		return SLABSCAN_WHERE_SLAB;
	if (PageBuddy(page) || !page_ref_count(slabscan_kmem_head(page)))
		return SLABSCAN_WHERE_FREE;
	return SLABSCAN_WHERE_PAGE;
}
