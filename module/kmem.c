// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmem.c - the only reader of memory that is not ours
 *
 * Slab pages can be freed, reused, poisoned or removed while we look at them. So nobody else dereferences a foreign pointer: they copy through
 * slabscan_kmem_read(), which survives any address, and parse their copy; or get the words that they look for from slabscan_kmem_search(), which does, too.
 *
 * What a fault-safe copy does not survive, and what is done about it:
 *   - memory with hardware errors: a load may raise a machine check. slabscan_kmem_readable() looks at the poison mark of each page first.
 *   - struct page of memory that is being removed: the memory map itself goes away. Whoever holds a struct page is inside
 *     slabscan_kmem_hold()/_release(), and the notifier below lets the removal wait for them. A page frame goes offline (so that
 *     pfn_to_online_page() refuses it) before MEM_OFFLINE is notified, and its memory map goes after that.
 *
 *   - memory that was given back to the hypervisor: slabscan_kmem_readable() looks at its mark, which does not come as long as slabscan_kmem_hold() holds.
 *
 * Locks: hotplug_srcu, inside the kernel's page_offline_rwsem. Readers may sleep; they are expected to release every few milliseconds.
 */
#include <linux/kernel.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/notifier.h>
#include <linux/rwsem.h>
#include <linux/srcu.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include <asm/asm.h>

#include "compat/compat.h"
#ifdef SLABSCAN_HAVE_KFENCE
#include <linux/kfence.h>
#endif
#include "kmem.h"

DEFINE_STATIC_SRCU(hotplug_srcu);

static int memory_changed(struct notifier_block *nb, unsigned long action, void *arg)
{
	if (action == MEM_OFFLINE)
		synchronize_srcu(&hotplug_srcu);
	return NOTIFY_OK;
}

static struct notifier_block memory_nb = {
	.notifier_call = memory_changed,
};

/*
 * Drivers that give memory back to a hypervisor (virtio-mem) mark it as offline page by page, without any notifier. Since v5.14 they do so under this lock, so
 * that /proc/kcore may look at the mark and then read (82840451936f "mm: introduce page_offline_(begin|end|freeze|thaw) to synchronize setting
 * PageOffline()"). Its helpers are not exported; NULL where there is none.
 */
static struct rw_semaphore *offline_lock;

/**
 * slabscan_kmem_init() - begin to guard the memory map
 * @offline: the kernel's page_offline_rwsem, or NULL
 *
 * Context: module init; may sleep.
 * Return: 0 or a negative errno.
 */
int slabscan_kmem_init(struct rw_semaphore *offline)
{
	offline_lock = offline;
	return register_memory_notifier(&memory_nb);
}

/**
 * slabscan_kmem_deinit() - undo slabscan_kmem_init()
 */
void slabscan_kmem_deinit(void)
{
	unregister_memory_notifier(&memory_nb);
}

/**
 * slabscan_kmem_hold() - keep the memory map as it is
 *
 * While held, a struct page from slabscan_kmem_page() stays readable, and no page becomes offline. Who removes memory waits: hold for milliseconds, no longer.
 *
 * Context: process context, not inside itself. May sleep while held.
 * Return: a cookie for slabscan_kmem_release().
 */
int slabscan_kmem_hold(void)
	__acquires(&hotplug_srcu)
{
	if (offline_lock)
		down_read(offline_lock);
	return srcu_read_lock(&hotplug_srcu);
}

/**
 * slabscan_kmem_release() - undo slabscan_kmem_hold()
 * @hold: what it returned
 */
void slabscan_kmem_release(int hold)
	__releases(&hotplug_srcu)
{
	srcu_read_unlock(&hotplug_srcu, hold);
	if (offline_lock)
		up_read(offline_lock);
}

/**
 * slabscan_kmem_read() - copy memory that may be anything
 * @dst: our buffer
 * @src: any address
 * @len: bytes
 *
 * All that is ever read lies in the direct map or above. A load from an address that is not canonical raises a general protection fault, of which the kernel
 * warns; what it asks by itself (copy_from_kernel_nofault_allowed()) goes by the processor's number of bits, which is 57 also where a kernel with four levels
 * of page tables runs on one that could do five.
 *
 * Context: any.
 * Return: 0; -EFAULT or -ERANGE if any byte could not be read (@dst is then undefined).
 */
int slabscan_kmem_read(void *dst, unsigned long src, size_t len)
{
	if (src < PAGE_OFFSET)
		return -ERANGE;
	return copy_from_kernel_nofault(dst, (const void *)src, len);
}

/**
 * slabscan_kmem_word() - copy one word
 * @addr: any address
 * @ret: the word
 *
 * Context: any.
 * Return: as slabscan_kmem_read().
 */
int slabscan_kmem_word(unsigned long addr, unsigned long *ret)
{
	return slabscan_kmem_read(ret, addr, sizeof(*ret));
}

#ifdef EX_TYPE_DEFAULT_MCE_SAFE
/* A load that ends in a machine check (an error that nobody had met yet) is one that failed. Before v5.16 it is fatal. */
#define READ_EXTABLE(from, to)	_ASM_EXTABLE_TYPE(from, to, EX_TYPE_DEFAULT_MCE_SAFE)
#else
#define READ_EXTABLE(from, to)	_ASM_EXTABLE(from, to)
#endif

/*
 * The first four words from @at on of which one lies in the range, as distances from its base; @end if there are none. Most are zero or small: four at once
 * have the top bit that @base has, or are done with. For the others it is counted how many lie in the range. One branch for each, and each word is loaded
 * once. False if memory can't be read.
 */
static __always_inline bool next_four(const u64 **at, const u64 *end, unsigned long base, unsigned long span, u64 *ret_a, u64 *ret_b, u64 *ret_c, u64 *ret_d)
{
	const u64 *p = *at;
	u64 a, b, c, d, n;
	int fault = 0;

	asm volatile("1:	movq (%[p]), %[a]\n"
		     "2:	movq 8(%[p]), %[b]\n"
		     "3:	movq 16(%[p]), %[c]\n"
		     "4:	movq 24(%[p]), %[d]\n"
		     "	movq %[a], %[n]\n"
		     "	orq %[b], %[n]\n"
		     "	orq %[c], %[n]\n"
		     "	orq %[d], %[n]\n"
		     "	jns 5f\n"
		     "	xorl %k[n], %k[n]\n"
		     "	subq %[base], %[a]\n"
		     "	cmpq %[span], %[a]\n"
		     "	adcl $0, %k[n]\n"
		     "	subq %[base], %[b]\n"
		     "	cmpq %[span], %[b]\n"
		     "	adcl $0, %k[n]\n"
		     "	subq %[base], %[c]\n"
		     "	cmpq %[span], %[c]\n"
		     "	adcl $0, %k[n]\n"
		     "	subq %[base], %[d]\n"
		     "	cmpq %[span], %[d]\n"
		     "	adcl $0, %k[n]\n"
		     "	jne 7f\n"
		     "5:	addq $32, %[p]\n"
		     "	cmpq %[end], %[p]\n"
		     "	jb 1b\n"
		     "	jmp 7f\n"
		     "6:	movl $1, %[fault]\n"
		     "7:\n"
		     READ_EXTABLE(1b, 6b)
		     READ_EXTABLE(2b, 6b)
		     READ_EXTABLE(3b, 6b)
		     READ_EXTABLE(4b, 6b)
		     : [p] "+&r" (p), [a] "=&r" (a), [b] "=&r" (b), [c] "=&r" (c), [d] "=&r" (d), [n] "=&r" (n), [fault] "+&r" (fault)
		     : [end] "rm" (end), [base] "r" (base), [span] "rm" (span)
		     : "cc", "memory");
	*at = p;
	*ret_a = a;
	*ret_b = b;
	*ret_c = c;
	*ret_d = d;
	return !fault;
}

struct found {
	unsigned long base, span;
	struct slabscan_objset_word *next;
};

static __always_inline void take(struct found *f, u64 distance, u32 at)
{
	if (distance >= f->span)
		return;
	f->next->value = f->base + distance;
	f->next->at = at;
	f->next++;
}

/**
 * slabscan_kmem_search() - find words in memory that may be anything
 * @addr: 4-aligned; words are taken from there
 * @len: bytes
 * @base: words from here on; a kernel address
 * @span: up to so many bytes behind it
 * @ret: room for @len / 8 words
 *
 * Without a copy of what is looked at.
 *
 * Context: any.
 * Return: how many there are; -EFAULT or -ERANGE if any byte could not be read.
 */
int slabscan_kmem_search(unsigned long addr, size_t len, unsigned long base, unsigned long span, struct slabscan_objset_word *ret)
{
	const u64 *start = (const u64 *)addr, *at = start, *end = start + len / 32 * 4;
	struct found f = { base, span, ret };
	u64 a, b, c, d;
	int err = 0;

	if (addr < PAGE_OFFSET || addr + len < addr)
		return -ERANGE;
	pagefault_disable();
	while (at < end) {
		u32 offset;

		if (!next_four(&at, end, base, span, &a, &b, &c, &d)) {
			err = -EFAULT;
			break;
		}
		if (at == end)
			break;
		offset = (unsigned long)at - addr;
		take(&f, a, offset);
		take(&f, b, offset + 8);
		take(&f, c, offset + 16);
		take(&f, d, offset + 24);
		at += 4;
	}
	pagefault_enable();
	for (; !err && at < start + len / 8; at++) {
		err = slabscan_kmem_word((unsigned long)at, (unsigned long *)&a);
		if (!err)
			take(&f, a - base, (unsigned long)at - addr);
	}
	return err ? err : f.next - ret;
}

/**
 * slabscan_kmem_string() - copy a string, cut to fit
 * @dst: our buffer
 * @src: any address
 * @size: of @dst, at least 1
 *
 * Context: any.
 * Return: 0; -EFAULT or -ERANGE if it can't be read.
 */
int slabscan_kmem_string(char *dst, unsigned long src, size_t size)
{
	size_t i;

	for (i = 0; i < size - 1; i++) {
		int err = slabscan_kmem_read(dst + i, src + i, 1);

		if (err)
			return err;
		if (!dst[i])
			return 0;
	}
	dst[i] = 0;
	return 0;
}

/**
 * slabscan_kmem_page() - the struct page of a page frame
 * @pfn: any number
 *
 * Context: inside slabscan_kmem_hold().
 * Return: NULL unless the frame is memory that is online.
 */
struct page *slabscan_kmem_page(unsigned long pfn)
{
	return pfn_to_online_page(pfn);
}

/**
 * slabscan_kmem_head() - the first page of the compound page that a page belongs to
 * @page: from slabscan_kmem_page()
 *
 * The answer is a snapshot: the compound page may be split or freed meanwhile.
 *
 * Context: inside slabscan_kmem_hold().
 */
struct page *slabscan_kmem_head(struct page *page)
{
	return compound_head(page);
}

static bool may_be_read(struct page *page)
{
	return !PageHWPoison(page) && !PageOffline(page);
}

/**
 * slabscan_kmem_readable() - may the content of these pages be read?
 * @head: first page
 * @order: 2^@order pages
 *
 * Not if one of them has hardware errors, was given back to the hypervisor, or belongs to KFENCE (whose pages are unmapped at will, and whose objects are no slab's).
 *
 * Context: inside slabscan_kmem_hold().
 */
bool slabscan_kmem_readable(struct page *head, unsigned int order)
{
	unsigned int i;

#ifdef SLABSCAN_HAVE_KFENCE
	if (is_kfence_address(page_address(head)))
		return false;
#endif
	for (i = 0; i < 1U << order; i++)
		if (!may_be_read(head + i))
			return false;
	return true;
}

/**
 * slabscan_kmem_is_memory() - is all of this memory of the direct map that may be read?
 * @addr: any address
 * @len: bytes
 *
 * KFENCE's objects are, too: an allocated one is mapped, and a fault-safe copy of another one fails.
 *
 * Context: inside slabscan_kmem_hold().
 */
bool slabscan_kmem_is_memory(unsigned long addr, size_t len)
{
	unsigned long at;

	if (!slabscan_kmem_is_direct(addr))
		return false;
	for (at = addr & PAGE_MASK; at < addr + len; at += PAGE_SIZE) {
		struct page *page = slabscan_kmem_page(PHYS_PFN(__pa(at)));

		if (!page || !may_be_read(page))
			return false;
	}
	return true;
}

/**
 * slabscan_kmem_read_object() - copy memory of the direct map, of which nothing else is known
 * @dst: our buffer
 * @addr: any address
 * @len: bytes
 *
 * A load from a page with hardware errors may end in a machine check, which a fault-safe copy does not survive: such pages are not read.
 *
 * Context: inside slabscan_kmem_hold().
 * Return: 0; a negative errno if any byte could not be read (@dst is then undefined).
 */
int slabscan_kmem_read_object(void *dst, unsigned long addr, size_t len)
{
	return slabscan_kmem_is_memory(addr, len) ? slabscan_kmem_read(dst, addr, len) : -EIO;
}

/**
 * slabscan_kmem_is_direct() - does an address lie in the direct map of all memory?
 * @addr: any address
 *
 * Context: any.
 * Return: true if virt_to_page() makes sense for it (there may still be no memory: see slabscan_kmem_page()).
 */
bool slabscan_kmem_is_direct(unsigned long addr)
{
	return addr >= PAGE_OFFSET && addr < (unsigned long)high_memory;
}

/**
 * slabscan_kmem_direct() - where something is in the direct map
 * @addr: there, or in vmalloc space, where it may be unmapped any time
 *
 * What is mapped in vmalloc space next may be a device, of which nothing may be read; what is in the direct map is memory.
 *
 * Context: any.
 * Return: its address; 0 if there is none.
 */
unsigned long slabscan_kmem_direct(unsigned long addr)
{
	struct page *page;

	if (slabscan_kmem_is_direct(addr))
		return addr;
	page = is_vmalloc_addr((void *)addr) ? vmalloc_to_page((void *)addr) : NULL;
	return page && pfn_valid(page_to_pfn(page)) ? (unsigned long)page_address(page) + offset_in_page(addr) : 0;
}

/**
 * slabscan_pfns_init() - begin a walk over all page frames
 * @w: on the caller's memory
 *
 * The nodes of a machine may interleave, so the walk does not go node by node: it would meet frames twice. What is on devices is none of it, for
 * pfn_to_online_page() knows no such frames, and their addresses may be at the end of what the CPU can address (request_free_mem_region()).
 *
 * Context: any.
 */
void slabscan_pfns_init(struct slabscan_pfns *w)
{
	int node, z;

	w->start = ULONG_MAX;
	w->end = 0;
	for_each_online_node(node)
		for (z = 0; z < MAX_NR_ZONES; z++) {
			struct zone *zone = &NODE_DATA(node)->node_zones[z];

#ifdef CONFIG_ZONE_DEVICE
			if (z == ZONE_DEVICE)
				continue;
#endif
			if (zone_is_empty(zone))
				continue;
			w->start = min(w->start, zone->zone_start_pfn);
			w->end = max(w->end, zone_end_pfn(zone));
		}
	w->start = min(w->start, w->end);
	w->start = ALIGN_DOWN(w->start, MAX_ORDER_NR_PAGES);
	atomic_long_set(&w->next, 0);
}

/**
 * slabscan_pfns_take() - the next piece of a walk
 * @w: the walk; any number of CPUs may take pieces of it
 * @nr: page frames in a piece: a multiple of MAX_ORDER_NR_PAGES, so that no compound page of the buddy allocator is cut
 * @start: first page frame
 * @end: the one behind the last
 *
 * Context: any.
 * Return: false at the end.
 */
bool slabscan_pfns_take(struct slabscan_pfns *w, unsigned long nr, unsigned long *start, unsigned long *end)
{
	unsigned long at = atomic_long_fetch_add(nr, &w->next);

	if (at >= w->end - w->start)
		return false;
	*start = w->start + at;
	*end = min(*start + nr, w->end);
	return true;
}
