// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures: what an allocation costs (to see what a hook adds), and how fast memory can be read at all (the floor for a scan).
 */
#include <linux/ktime.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/asm.h>

#include "test.h"

#define BENCH_SLICE	10000
#define ISA_HOLE_START	(0xa0000 >> PAGE_SHIFT)	/* of PCs: mapped, but a device that is slow to read, in emulation most of all */
#define ISA_HOLE_END	(0x100000 >> PAGE_SHIFT)

/*
 * test_bench_kmalloc() - a tight loop of kmalloc() and kfree()
 */
int test_bench_kmalloc(size_t size, unsigned long loops, char *buf, size_t len)
{
	unsigned long i;
	u64 start, ns = 0;
	void *object;

	if (!size || size > KMALLOC_MAX_SIZE || !loops)
		return -EINVAL;
	start = ktime_get_ns();
	for (i = 0; i < loops; i++) {
		object = kmalloc(size, GFP_KERNEL);
		if (!object)
			return -ENOMEM;
		kfree(object);
		if (!((i + 1) % BENCH_SLICE)) {
			ns += ktime_get_ns() - start;
			cond_resched();
			start = ktime_get_ns();
		}
	}
	ns += ktime_get_ns() - start;
	scnprintf(buf, len, "bench=kmalloc size=%zu loops=%lu ns=%llu ns_per_op=%llu\n", size, loops, ns, ns / loops);
	return 0;
}

/*
 * test_bench_set() - a tight loop of allocation and free in the cache of a set
 */
int test_bench_set(struct test_set *set, unsigned long loops, char *buf, size_t len)
{
	unsigned long i;
	u64 start, ns = 0;
	void *object;

	if (!loops)
		return -EINVAL;
	start = ktime_get_ns();
	for (i = 0; i < loops; i++) {
		object = test_set_alloc(set);
		if (!object)
			return -ENOMEM;
		test_set_free(set, object);
		if (!((i + 1) % BENCH_SLICE)) {
			ns += ktime_get_ns() - start;
			cond_resched();
			start = ktime_get_ns();
		}
	}
	ns += ktime_get_ns() - start;
	scnprintf(buf, len, "bench=set set=%s loops=%lu ns=%llu ns_per_op=%llu\n", set->name, loops, ns, ns / loops);
	return 0;
}

/*
 * test_bench_batch() - allocate @count objects, then free them all: the slow paths too
 */
int test_bench_batch(size_t size, unsigned long count, char *buf, size_t len)
{
	unsigned long i, got = 0;
	u64 start, alloc_ns, free_ns;
	void **objects;

	if (!size || size > KMALLOC_MAX_SIZE || !count || count > 10000000)
		return -EINVAL;
	objects = vzalloc(array_size(count, sizeof(*objects)));
	if (!objects)
		return -ENOMEM;
	start = ktime_get_ns();
	for (got = 0; got < count; got++) {
		objects[got] = kmalloc(size, GFP_KERNEL);
		if (!objects[got])
			break;
		if (!(got % BENCH_SLICE))
			cond_resched();
	}
	alloc_ns = ktime_get_ns() - start;
	start = ktime_get_ns();
	for (i = 0; i < got; i++) {
		kfree(objects[i]);
		if (!(i % BENCH_SLICE))
			cond_resched();
	}
	free_ns = ktime_get_ns() - start;
	vfree(objects);
	if (got < count)
		return -ENOMEM;
	scnprintf(buf, len, "bench=batch size=%zu count=%lu alloc_ns_per_op=%llu free_ns_per_op=%llu\n", size, count,
		  alloc_ns / count, free_ns / count);
	return 0;
}

/* KASAN would mind: in slabs there is more than objects in use. */
static __no_kasan_or_inline u64 read_plain(const void *from, size_t bytes)
{
	const u64 *w = from;
	size_t i;
	u64 sum = 0;

	for (i = 0; i < bytes / 8; i += 4)
		sum += READ_ONCE(w[i]) ^ READ_ONCE(w[i + 1]) ^ READ_ONCE(w[i + 2]) ^ READ_ONCE(w[i + 3]);
	return sum;
}

/* The same through the fault-safe copy, a page at a time, as slabs are read. */
static u64 read_nofault(const void *from, size_t bytes, void *page)
{
	u64 sum = 0;
	size_t at;

	for (at = 0; at < bytes; at += PAGE_SIZE)
		if (!copy_from_kernel_nofault(page, from + at, PAGE_SIZE))
			sum += read_plain(page, PAGE_SIZE);
	return sum;
}

/* Where it is, as roots are read (slabscan_kmem_search()): each word is loaded once, and a load that fails ends it. False if it did. */
static bool read_in_place(const void *from, size_t bytes, u64 *sum)
{
	const void *at = from, *end = from + bytes;
	u64 a = 0, b = 0;
	int fault = 0;

	pagefault_disable();
	asm volatile("1:	xorq (%[at]), %[a]\n"
		     "2:	xorq 8(%[at]), %[b]\n"
		     "3:	xorq 16(%[at]), %[a]\n"
		     "4:	xorq 24(%[at]), %[b]\n"
		     "	addq $32, %[at]\n"
		     "	cmpq %[end], %[at]\n"
		     "	jb 1b\n"
		     "	jmp 6f\n"
		     "5:	movl $1, %[fault]\n"
		     "6:\n"
		     _ASM_EXTABLE(1b, 5b)
		     _ASM_EXTABLE(2b, 5b)
		     _ASM_EXTABLE(3b, 5b)
		     _ASM_EXTABLE(4b, 5b)
		     : [at] "+&r" (at), [a] "+&r" (a), [b] "+&r" (b), [fault] "+&r" (fault)
		     : [end] "r" (end)
		     : "cc", "memory");
	pagefault_enable();
	*sum += a ^ b;
	return !fault;
}

static int address_compare(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;

	return x < y ? -1 : x > y;
}

/* The distinct slabs that hold live objects of a set: addresses of their first pages, inverted and sorted. */
static size_t set_slabs(struct test_set *set, unsigned long *heads)
{
	struct test_batch *batch;
	size_t nr = 0, in, out = 0;
	unsigned int i;

	list_for_each_entry(batch, &set->batches, node)
		for (i = 0; i < batch->count; i++)
			if (test_oracle_is_live(batch->oracle[i]))
				heads[nr++] = ~(unsigned long)page_address(
					virt_to_head_page(test_oracle_object(batch->oracle[i])));
	sort(heads, nr, sizeof(*heads), address_compare, NULL);
	for (in = 0; in < nr; in++)
		if (!out || heads[out - 1] != heads[in])
			heads[out++] = heads[in];
	return out;
}

/*
 * test_bench_read_set() - read all slabs that hold live objects of a set: plainly, and through the fault-safe copy
 *
 * Each way is run three times and the best taken.
 */
int test_bench_read_set(struct test_set *set, char *buf, size_t len)
{
	u64 start, plain = U64_MAX, nofault = U64_MAX, sum = 0, bytes = 0;
	struct test_batch *batch;
	unsigned long *heads;
	size_t nr = 0, i;
	void *page;
	int run;

	list_for_each_entry(batch, &set->batches, node)
		nr += batch->live;
	heads = vzalloc(array_size(max_t(size_t, nr, 1), sizeof(*heads)));
	page = (void *)__get_free_page(GFP_KERNEL);
	if (!heads || !page) {
		vfree(heads);
		free_page((unsigned long)page);
		return -ENOMEM;
	}
	nr = set_slabs(set, heads);
	for (run = 0; run < 3; run++) {
		bytes = 0;
		start = ktime_get_ns();
		for (i = 0; i < nr; i++) {
			const void *slab = (void *)~heads[i];
			size_t size = PAGE_SIZE << compound_order(virt_to_page(slab));

			sum += read_plain(slab, size);
			bytes += size;
		}
		plain = min(plain, ktime_get_ns() - start);
		cond_resched();
		start = ktime_get_ns();
		for (i = 0; i < nr; i++) {
			const void *slab = (void *)~heads[i];

			sum += read_nofault(slab, PAGE_SIZE << compound_order(virt_to_page(slab)), page);
		}
		nofault = min(nofault, ktime_get_ns() - start);
		cond_resched();
	}
	vfree(heads);
	free_page((unsigned long)page);
	scnprintf(buf, len, "bench=readset set=%s slabs=%zu bytes=%llu plain_ns=%llu nofault_ns=%llu sum=%llx\n", set->name, nr,
		  bytes, plain, nofault, sum);
	return 0;
}

static bool page_is_any(struct page *page)
{
	return true;
}

/*
 * Pages that a scan of roots has to read: in use, and neither of a mapping nor a page table. What it reads besides is little: the page cache of directories,
 * and pages in use that have no reference (later ones of what is no compound page, large kmalloc since v6.15).
 */
static bool page_is_root(struct page *page)
{
	struct page *head = compound_head(page);

	if (PageReserved(page))
		return true;
	return !PageSlab(head) && !PageTable(head) && !READ_ONCE(head->mapping) && page_count(head);
}

static bool page_is_slab(struct page *page)
{
	return PageSlab(compound_head(page));
}

/*
 * test_bench_read_pages() - read physical memory
 * @what: "readall": every present page; "readroots": those that can be roots; "readslabs": those of slabs, all through the kernel's fault-safe copy; "loadroots":
 *	the roots where they are, each word loaded and no more
 */
int test_bench_read_pages(const char *what, char *buf, size_t len)
{
	bool (*wanted)(struct page *page) = !strcmp(what, "readall") ? page_is_any : !strcmp(what, "readslabs") ? page_is_slab : page_is_root;
	bool in_place = !strcmp(what, "loadroots");
	u64 start, ns, sum = 0, pages = 0;
	unsigned long pfn, end;
	struct page *at;
	void *page;
	int nid;

	page = (void *)__get_free_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	start = ktime_get_ns();
	for_each_online_node(nid) {
		end = NODE_DATA(nid)->node_start_pfn + NODE_DATA(nid)->node_spanned_pages;
		for (pfn = NODE_DATA(nid)->node_start_pfn; pfn < end; pfn++) {
			if (!(pfn % 4096))
				cond_resched();
			at = pfn_to_online_page(pfn);
			if (!at || (pfn >= ISA_HOLE_START && pfn < ISA_HOLE_END) || PageHWPoison(at) || PageOffline(at) || !wanted(at))
				continue;
			if (in_place) {
				pages += read_in_place(page_address(at), PAGE_SIZE, &sum);
				continue;
			}
			pages++;
			sum += read_nofault(page_address(at), PAGE_SIZE, page);
		}
	}
	ns = ktime_get_ns() - start;
	free_page((unsigned long)page);
	scnprintf(buf, len, "bench=%s bytes=%llu ns=%llu sum=%llx\n", what, pages << PAGE_SHIFT, ns, sum);
	return 0;
}
