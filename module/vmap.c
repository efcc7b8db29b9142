// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmap.c - which page frames are mapped where in the kernel's own address space
 *
 * Roots are read where the direct map has them; to tell what they are one has to know where else they are mapped. The page tables tell, and they
 * are cheap to walk since what is empty is skipped at its top. As in vmalloc_to_page() nothing is locked: each entry is read once. Page
 * tables mostly stay when what they map is gone, but not always (a huge mapping takes the place of one, memory is removed), so entries are read fault-safe.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sched.h>

#include "compat/compat.h"
#include "kmem.h"
#include "vmap.h"

struct walk {
	int (*see)(void *arg, unsigned long addr, unsigned long pfn, unsigned long nr);
	void *arg;
};

/* An entry of a page table that may be gone; 0, which maps nothing, if it can't be read. */
static unsigned long entry_at(const void *at)
{
	unsigned long entry;

	return slabscan_kmem_word((unsigned long)at, &entry) ? 0 : entry;
}

static int walk_pmd(const struct walk *w, pmd_t *pmd, unsigned long addr, unsigned long end)
{
	pmd_t entry = native_make_pmd(entry_at(pmd));
	pte_t *pte;
	int err = 0;

	if (pmd_none(entry) || !pmd_present(entry))
		return 0;
	if (pmd_leaf(entry))
		return w->see(w->arg, addr & PMD_MASK, pmd_pfn(entry), PMD_SIZE >> PAGE_SHIFT);
	for (pte = pte_offset_kernel(&entry, addr); !err && addr < end; pte++, addr += PAGE_SIZE) {
		pte_t p = native_make_pte(entry_at(pte));

		if (pte_present(p))
			err = w->see(w->arg, addr, pte_pfn(p), 1);
	}
	cond_resched_tasks_rcu_qs();
	return err;
}

static int walk_pud(const struct walk *w, pud_t *pud, unsigned long addr, unsigned long end)
{
	pud_t entry = native_make_pud(entry_at(pud));
	unsigned long next;
	pmd_t *pmd;
	int err = 0;

	if (pud_none(entry) || !pud_present(entry))
		return 0;
	if (pud_leaf(entry))
		return w->see(w->arg, addr & PUD_MASK, pud_pfn(entry), PUD_SIZE >> PAGE_SHIFT);
	for (pmd = pmd_offset(&entry, addr); !err && addr < end; pmd++, addr = next) {
		next = pmd_addr_end(addr, end);
		err = walk_pmd(w, pmd, addr, next);
	}
	return err;
}

static int walk_p4d(const struct walk *w, p4d_t *p4d, unsigned long addr, unsigned long end)
{
	p4d_t entry = native_make_p4d(entry_at(p4d));
	unsigned long next;
	pud_t *pud;
	int err = 0;

	if (p4d_none(entry) || !p4d_present(entry))
		return 0;
	for (pud = pud_offset(&entry, addr); !err && addr < end; pud++, addr = next) {
		next = pud_addr_end(addr, end);
		err = walk_pud(w, pud, addr, next);
	}
	return err;
}

/**
 * slabscan_vmap_each() - go through what is mapped
 * @start: first address, in the kernel's half, page-aligned
 * @end: behind the last one
 * @see: called with each piece, ascending: its address, first page frame and number of pages; anything but 0 ends the walk. May sleep
 * @arg: for @see
 *
 * Context: process context; a kernel thread's borrowed page tables will do, since all share the kernel's half.
 * Return: 0 or what @see returned.
 */
int slabscan_vmap_each(unsigned long start, unsigned long end, int (*see)(void *arg, unsigned long addr, unsigned long pfn, unsigned long nr),
		       void *arg)
{
	const struct walk w = { see, arg };
	unsigned long addr, next, p_end, p_next;
	int err = 0;

	if (!current->active_mm)
		return -EOPNOTSUPP;
	for (addr = start; !err && addr < end; addr = next) {
		pgd_t *pgd = pgd_offset(current->active_mm, addr);
		p4d_t *p4d;

		next = pgd_addr_end(addr, end);
		if (pgd_none(READ_ONCE(*pgd)))
			continue;
		p_end = next;
		for (p4d = p4d_offset(pgd, addr); !err && addr < p_end; p4d++, addr = p_next) {
			p_next = p4d_addr_end(addr, p_end);
			err = walk_p4d(&w, p4d, addr, p_next);
		}
	}
	return err;
}
