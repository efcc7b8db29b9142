// SPDX-License-Identifier: GPL-2.0-only
/*
 * roots.c - which pages can hold references to slab objects
 *
 * All that are not known to be something else. That takes in, without a list of any of them: the kernel image, modules, per-cpu areas, vmalloc,
 * stacks, the memory map, boot memory, large kmalloc, and pages that drivers took for themselves; each is met where the direct map has it.
 *
 * Not roots are
 *   - slabs of the set that is searched, as long as they are slabs: their live objects are followed if something leads to them. A slab that is not in the set (it came later, or
 *     it belongs to KFENCE) is a root as a whole, free objects too: better a miss than a false alarm;
 *   - free pages: those of the buddy allocator are marked, those on lists of the CPUs have no reference, and the first of them is linked. (Without a
 *     reference are also pages of large kmalloc on some kernels, which have a type, and all but the first page of an allocation that is no compound
 *     page, which have nothing: they are roots);
 *   - pages with a mapping: page cache, anonymous memory, memory that its owner lets migrate (zsmalloc, balloons). But for the page cache of directories:
 *     NFS keeps arrays there with pointers to the names, which nothing else knows (fs/nfs/dir.c, "kmemleak does not scan");
 *   - page tables, which hold physical addresses;
 *   - pages with hardware errors, and those that a hypervisor took back;
 *   - what reservoirs.c knows to be stale, and our own memory: bits in @skip.
 *
 * Callers are inside slabscan_kmem_hold(). All answers are snapshots.
 */
#include <linux/bitops.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/page-flags.h>

#include "compat/compat.h"
#include "kmem.h"
#include "roots.h"
#include "slab.h"

#define ISA_HOLE_START	(0xa0000 >> PAGE_SHIFT)	/* video memory and firmware of PCs: mapped, slow to read, and no kernel memory */
#define ISA_HOLE_END	(0x100000 >> PAGE_SHIFT)

#define LARGE_KMALLOC_ORDER	2	/* at least: objects of up to two pages are of caches */

/* Is the page linked into a list, as a free page on a CPU's list is? */
static bool is_linked(const struct page *page)
{
	unsigned long lru = (unsigned long)&page->lru, next = (unsigned long)READ_ONCE(page->lru.next), back;

	return next != lru && !slabscan_kmem_word(next + offsetof(struct list_head, prev), &back) && back == lru;
}

/*
 * Behind a free page: does this one belong to it? Later pages of what has no compound page have neither a reference nor anything else. (Also those of
 * an allocation; but its first page has a reference, or a type, and is no free page.)
 */
static bool is_nameless(struct page *page)
{
	return !page_ref_count(page) && !PageTail(page) && !PageHead(page) && !PageReserved(page) && !page_has_type(page) && !PageSlab(page) &&
	       !is_linked(page);
}

/* How many page frames from here on are one thing; *head: what that is judged by. */
static unsigned long extent(struct page *page, unsigned long pfn, unsigned long end, struct page **head)
{
	unsigned long nr = 1;

	*head = page;
	if (PageTail(page)) {
		*head = slabscan_kmem_head(page);
	} else if (PageBuddy(page)) {
		unsigned long order = READ_ONCE(page_private(page));

		if (order < BITS_PER_LONG - 1 && PageBuddy(page) && 1UL << order <= MAX_ORDER_NR_PAGES && IS_ALIGNED(pfn, 1UL << order))
			nr = 1UL << order;
	} else if (PageHead(page)) {
		unsigned int order = compound_order(page);

		if (order < 20 && PageHead(page) && IS_ALIGNED(pfn, 1UL << order))
			nr = 1UL << order;
	} else if (!page_ref_count(page) && !PageSlab(page) && is_linked(page)) {
		/* on a CPU's list, or not accepted from the hypervisor yet */
		while (nr < end - pfn && !IS_ALIGNED(pfn + nr, MAX_ORDER_NR_PAGES) && is_nameless(page + nr))
			nr++;
	}
	return min(nr, end - pfn);
}

static bool of_directory(struct slabscan_roots *r, unsigned long mapping)
{
	unsigned long last = READ_ONCE(r->mapping), host;
	umode_t mode = 0;

	if (mapping & (sizeof(long) - 1))
		return false;	/* anonymous, or movable */
	if ((last & ~1UL) == mapping)
		return last & 1;
	/* both may be freed and somebody else's by now, and what stands there lead to a device */
	if (!slabscan_kmem_read_object(&host, mapping + offsetof(struct address_space, host), sizeof(host)) &&
	    slabscan_kmem_read_object(&mode, host + offsetof(struct inode, i_mode), sizeof(mode)))
		mode = 0;
	WRITE_ONCE(r->mapping, mapping | S_ISDIR(mode));
	return S_ISDIR(mode);
}

static bool is_root(struct slabscan_roots *r, struct page *page, struct page *head, unsigned long pfn)
{
	unsigned long mapping;

	/* memory that the hypervisor may have taken back; it may be reserved, too */
	if (PageOffline(page))
		return false;
	if (PageReserved(page))
		return pfn < ISA_HOLE_START || pfn >= ISA_HOLE_END;
	if (PageBuddy(head) || PageHWPoison(page))
		return false;
	if (!PageTail(head) && PageSlab(head))
		return true;
#ifdef SLABSCAN_HAVE_LARGE_KMALLOC_TYPE
	if (PageLargeKmalloc(head))
		return true;
#endif
	if (PageTable(head) || PageOffline(head))
		return false;
	mapping = (unsigned long)READ_ONCE(head->mapping);
	if (mapping)
		return of_directory(r, mapping);
	/* Without a reference: one that is linked is free, others belong to the allocation that they stand behind. */
	return page_ref_count(head) || !is_linked(head);
}

/* Pages from @pfn on that are treated alike: *nr of them; true if they are roots. */
static bool next_extent(struct slabscan_roots *r, unsigned long pfn, unsigned long end, unsigned long *nr)
{
	struct page *page = slabscan_kmem_page(pfn), *head;
	u64 set_page;
	bool root;

	if (!page) {
		*nr = ALIGN(pfn + 1, PAGES_PER_SUBSECTION) - pfn;
		return false;
	}
	*nr = 1;
	/* if it is none any more, it may be somebody else's by now */
	if (slabscan_objset_page(r->set, (unsigned long)__va((phys_addr_t)pfn << PAGE_SHIFT), &set_page) && PageSlab(slabscan_kmem_head(page)))
		return false;
	*nr = extent(page, pfn, end, &head);
	root = is_root(r, page, head, pfn);
	/* the set may hold a later slab's pages, and bits in skip are per page */
	if (root && *nr > 1)
		*nr = min_t(unsigned long, *nr, SLABSCAN_ROOTS_RUN);
	return root;
}

static bool skipped(const struct slabscan_roots *r, unsigned long pfn)
{
	return (pfn < r->nr_pages && test_bit(pfn, r->skip)) || PageHWPoison(pfn_to_page(pfn));
}

/**
 * slabscan_roots_next() - the next pages to be read
 * @r: the roots
 * @pfn: page frame to start at; moved behind what was found, or to @end or behind
 * @end: first page frame not to look at
 * @start: first page frame of a run
 * @nr: its length, up to SLABSCAN_ROOTS_RUN
 *
 * Context: inside slabscan_kmem_hold(). Does not sleep: give pieces of some thousand page frames.
 * Return: false if there is nothing more before @end.
 */
bool slabscan_roots_next(struct slabscan_roots *r, unsigned long *pfn, unsigned long end, unsigned long *start, unsigned long *nr)
{
	unsigned long n;

	*nr = 0;
	while (*pfn < end) {
		bool root = next_extent(r, *pfn, end, &n);
		unsigned long i;

		if (!root) {
			if (*nr)
				return true;	/* looked at again by the next call */
			*pfn += n;
			continue;
		}
		if (!*nr)
			*start = *pfn;
		for (i = 0; i < n; i++) {
			if (!skipped(r, *pfn)) {
				*pfn += 1;
				if (++*nr == SLABSCAN_ROOTS_RUN)
					return true;
				continue;
			}
			if (*nr)
				return true;
			*pfn += 1;
			*start = *pfn;
		}
	}
	return *nr;
}

/**
 * slabscan_roots_packed() - may a page that is a root hold pointers at 4 mod 8, as objects of kmalloc caches may?
 * @r: the roots
 * @pfn: the page frame
 *
 * Large kmalloc may, and so may slabs that are roots, for one: KFENCE's. See slabscan_reach_is_packed().
 *
 * Context: as slabscan_roots_next(), which found it.
 * Return: how many bytes to read from the fourth one on: the last pointer may end in the next page; 0 if it has none.
 */
u32 slabscan_roots_packed(const struct slabscan_roots *r, unsigned long pfn)
{
	struct page *head = slabscan_kmem_head(pfn_to_page(pfn)), *next = slabscan_kmem_page(pfn + 1);

	if (PageTail(head) || (!PageSlab(head) && (!PageHead(head) || compound_order(head) < LARGE_KMALLOC_ORDER)))
		return 0;
	return next && slabscan_kmem_head(next) == head && !skipped(r, pfn + 1) ? PAGE_SIZE : PAGE_SIZE - 8;
}

/**
 * slabscan_roots_skip() - a page is not to be read as a whole
 * @r: the roots
 * @addr: in it: in the direct map or in vmalloc space
 *
 * Context: inside slabscan_kmem_hold(). Any number of threads.
 */
void slabscan_roots_skip(const struct slabscan_roots *r, unsigned long addr)
{
	unsigned long direct = slabscan_kmem_direct(addr);

	if (direct && PHYS_PFN(__pa(direct)) < r->nr_pages)
		set_bit(PHYS_PFN(__pa(direct)), r->skip);
}
