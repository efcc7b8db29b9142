// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap.c - struct pages of slabs, where roots are read
 *
 * The memory map is a root: struct pages hold buffer heads, mappings, vectors of owners of slab objects. One member of a slab's struct page is no
 * reference, though: the head of its free list. It leads to free objects; and on 7.2 it was seen to stay behind when the slab is full, pointing to one that is
 * allocated: one object of each such slab would never be found lost.
 *
 * Roots are read in the direct map; where that has the memory map is looked up in the page tables.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sort.h>

#include "compat/compat.h"
#include "layout.h"
#include "memmap.h"
#include "own.h"
#include "vmap.h"

#define SPARE_RUNS	64	/* that may come with memory that is added */

static unsigned long map_end(void)
{
	return VMEMMAP_START + ((__pa(high_memory - 1) >> PAGE_SHIFT) + 1) * sizeof(struct page);
}

/* Is that a part of @last, or its continuation? */
static bool joins(struct slabscan_memmap_run *last, const struct slabscan_memmap_run *next)
{
	if (last->map + last->bytes == next->map && last->direct + last->bytes == next->direct) {
		last->bytes += next->bytes;
		return true;
	}
	/* the map of a huge page of hugetlbfs may be one page many times */
	return last->direct == next->direct;
}

static struct slabscan_memmap_run run_of(unsigned long addr, unsigned long pfn, unsigned long nr)
{
	return (struct slabscan_memmap_run) { .map = addr, .direct = (unsigned long)__va((phys_addr_t)pfn << PAGE_SHIFT), .bytes = nr * PAGE_SIZE };
}

struct finding {
	struct slabscan_memmap *m;
	const struct slabscan_objset *set;
};

/* With hugetlb_free_vmemmap=on there are millions of pages of the map that are mapped one by one: those of huge pages, with no slab among them. */
static bool has_slabs(const struct slabscan_objset *set, const struct slabscan_memmap_run *run)
{
	unsigned long pfn = (run->map - (unsigned long)vmemmap) / sizeof(struct page);
	unsigned long end = DIV_ROUND_UP(run->map + run->bytes - (unsigned long)vmemmap, sizeof(struct page));

	return slabscan_objset_any(set, (unsigned long)__va((phys_addr_t)pfn << PAGE_SHIFT), end - pfn);
}

static int note(void *arg, unsigned long addr, unsigned long pfn, unsigned long nr)
{
	const struct finding *f = arg;
	struct slabscan_memmap *m = f->m;
	struct slabscan_memmap_run run = run_of(addr, pfn, nr);

	/* joined before it is left out: what was one run when it was counted is never more than one */
	if ((m->nr && joins(&m->run[m->nr - 1], &run)) || (nr == 1 && !has_slabs(f->set, &run)))
		return 0;
	if (m->nr == m->max)
		return -ENOSPC;
	m->run[m->nr++] = run;
	return 0;
}

struct counting {
	struct slabscan_memmap_run last;
	u32 nr;
};

static int count(void *arg, unsigned long addr, unsigned long pfn, unsigned long nr)
{
	struct counting *c = arg;
	struct slabscan_memmap_run run = run_of(addr, pfn, nr);

	if (c->nr && joins(&c->last, &run))
		return 0;
	c->last = run;
	c->nr++;
	return 0;
}

/**
 * slabscan_memmap_init() - make room
 * @m: on the caller's memory
 *
 * Context: process context; may sleep.
 * Return: 0 or a negative errno; slabscan_memmap_deinit() is allowed in both cases.
 */
int slabscan_memmap_init(struct slabscan_memmap *m)
{
	struct counting c = { 0 };

	int err = slabscan_vmap_each(VMEMMAP_START, map_end(), count, &c);

	if (err)
		return err;
	m->nr = 0;
	m->max = c.nr + SPARE_RUNS;
	m->run = slabscan_own_alloc(m->max * sizeof(*m->run));
	return m->run ? 0 : -ENOMEM;
}

/**
 * slabscan_memmap_deinit() - undo slabscan_memmap_init()
 * @m: zeroed, or after slabscan_memmap_init()
 */
void slabscan_memmap_deinit(struct slabscan_memmap *m)
{
	slabscan_own_free(m->run);
	m->run = NULL;
}

static int by_direct(const void *a, const void *b)
{
	unsigned long x = ((const struct slabscan_memmap_run *)a)->direct, y = ((const struct slabscan_memmap_run *)b)->direct;

	return x < y ? -1 : x > y;
}

/**
 * slabscan_memmap_find() - look where the memory map is
 * @m: what is in it is replaced
 * @set: the slabs; parts of the map that have none may be left out
 *
 * Context: process context; may sleep.
 * Return: 0; -ENOSPC if it is in more pieces than there was room for.
 */
int slabscan_memmap_find(struct slabscan_memmap *m, const struct slabscan_objset *set)
{
	struct finding f = { m, set };
	int err;

	m->nr = 0;
	err = slabscan_vmap_each(VMEMMAP_START, map_end(), note, &f);
	sort(m->run, m->nr, sizeof(*m->run), by_direct, NULL);
	return err;
}

/* The first run that ends behind @addr. */
static u32 first_run(const struct slabscan_memmap *m, unsigned long addr)
{
	u32 lo = 0, hi = m->nr;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (m->run[mid].direct + m->run[mid].bytes <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Is this place in the memory map the head of a slab's free list? */
static bool is_freelist(const struct slabscan_objset *set, unsigned long map)
{
	unsigned long pfn = (map - (unsigned long)vmemmap) / sizeof(struct page);
	u64 page;

	return map - (unsigned long)(vmemmap + pfn) == slabscan_layout[SLABSCAN_SLAB_FREELIST].offset &&
	       slabscan_objset_page(set, (unsigned long)__va((phys_addr_t)pfn << PAGE_SHIFT), &page);
}

/**
 * slabscan_memmap_forget_freelists() - leave out the heads of free lists among words of roots
 * @m: after slabscan_memmap_find()
 * @set: the slabs
 * @addr: what the words are from, in the direct map
 * @len: its bytes
 * @words: their offsets are from @addr; what is left moves to the front
 * @nr: how many
 *
 * Context: any; next to nothing outside of the memory map.
 * Return: how many are left.
 */
u32 slabscan_memmap_forget_freelists(const struct slabscan_memmap *m, const struct slabscan_objset *set, unsigned long addr, u32 len,
				     struct slabscan_objset_word *words, u32 nr)
{
	u32 run = nr ? first_run(m, addr) : m->nr, i, n = 0;

	if (run == m->nr || m->run[run].direct >= addr + len)
		return nr;
	for (i = 0; i < nr; i++) {
		unsigned long at = addr + words[i].at;

		while (run < m->nr && m->run[run].direct + m->run[run].bytes <= at)
			run++;
		if (run == m->nr || at < m->run[run].direct || !is_freelist(set, m->run[run].map + (at - m->run[run].direct)))
			words[n++] = words[i];
	}
	return n;
}
