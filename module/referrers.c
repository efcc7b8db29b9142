// SPDX-License-Identifier: GPL-2.0-only
/*
 * referrers.c - a histogram of the places that point to something
 *
 * Slab objects are counted by cache and offset, the image and modules by symbol, stacks by thread, per-cpu areas by offset. Any other page is first
 * counted by its number, and looked up when all have been counted: in vmalloc space what is mapped without a gap is one allocation, since
 * the kernel leaves an unmapped page behind each; in the map of all memory it is a struct page.
 *
 * The table is bounded. Places beyond are counted together.
 *
 * Not safe for several users at once.
 */
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/sections.h>

#include "compat/compat.h"
#include "kmem.h"
#include "ksym.h"
#include "own.h"
#include "referrers.h"
#include "report.h"
#include "vmap.h"

#define BITS	13
#define ROOM	(1U << BITS)
#define MAX_MODULE_PAGES	(128U << (20 - PAGE_SHIFT))	/* 128 MiB of modules; symbols behind are told as vmalloc */

struct slabscan_module_page {
	unsigned long pfn, addr;
};

/* Bytes that slabscan_referrers_init() allocates. */
size_t slabscan_referrers_size(void)
{
	return ROOM * sizeof(struct slabscan_referrer) + MAX_MODULE_PAGES * sizeof(struct slabscan_module_page);
}

/**
 * slabscan_referrers_init() - make an empty histogram
 * @h: on the caller's memory
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM; slabscan_referrers_deinit() is allowed in both cases.
 */
int slabscan_referrers_init(struct slabscan_referrers *h)
{
	memset(h, 0, sizeof(*h));
	h->table = slabscan_own_alloc(ROOM * sizeof(*h->table));
	h->pages = slabscan_own_alloc(MAX_MODULE_PAGES * sizeof(*h->pages));
	h->max_pages = MAX_MODULE_PAGES;
	return h->table && h->pages ? 0 : -ENOMEM;
}

/**
 * slabscan_referrers_deinit() - undo slabscan_referrers_init()
 * @h: the histogram
 */
void slabscan_referrers_deinit(struct slabscan_referrers *h)
{
	slabscan_own_free(h->table);
	slabscan_own_free(h->pages);
	memset(h, 0, sizeof(*h));
}

static struct slabscan_referrer *add(struct slabscan_referrers *h, enum slabscan_where where, u64 id, u32 offset, bool inside, u64 example)
{
	u32 at = hash_64(id * 31 + offset * 7 + where * 2 + inside, BITS);
	struct slabscan_referrer *p;

	h->total++;
	for (;; at = (at + 1) % ROOM) {
		p = &h->table[at];
		if (!p->count) {
			if (h->nr > ROOM / 4 * 3) {
				h->lost++;
				return NULL;
			}
			h->nr++;
			p->where = where;
			p->id = id;
			p->offset = offset;
			p->inside = inside;
			break;
		}
		if (p->where == where && p->id == id && p->offset == offset && p->inside == inside)
			break;
	}
	p->count++;
	if (p->nr_examples < SLABSCAN_REFERRER_EXAMPLES)
		p->example[p->nr_examples++] = example;
	return p;
}

/**
 * slabscan_referrers_slab() - a slab object points to a target
 * @h: the histogram
 * @cache: index of its cache
 * @offset: of the pointer in it
 * @inside: it is a target itself
 * @object: the object
 */
void slabscan_referrers_slab(struct slabscan_referrers *h, u32 cache, u32 offset, bool inside, unsigned long object)
{
	add(h, SLABSCAN_WHERE_SLAB, cache, offset, inside, object);
}

static unsigned long percpu_size(void)
{
	return slabscan_ksyms.percpu_end - slabscan_ksyms.percpu_start;
}

/* Variables of the image, and behind them those of modules. */
static bool percpu_offset(unsigned long addr, unsigned long *ret)
{
	unsigned long size = percpu_size() + PERCPU_MODULE_RESERVE;
	int cpu;

	for_each_possible_cpu(cpu) {
		*ret = addr - per_cpu_offset(cpu) - slabscan_ksyms.percpu_start;
		if (*ret < size)
			return true;
	}
	return false;
}

static int compare_pages(const void *a, const void *b)
{
	unsigned long x = ((const struct slabscan_module_page *)a)->pfn, y = ((const struct slabscan_module_page *)b)->pfn;

	return x < y ? -1 : x > y;
}

static unsigned long module_address(const struct slabscan_referrers *h, unsigned long pfn)
{
	u32 lo = 0, hi = h->nr_pages;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (h->pages[mid].pfn == pfn)
			return h->pages[mid].addr;
		if (h->pages[mid].pfn < pfn)
			lo = mid + 1;
		else
			hi = mid;
	}
	return 0;
}

/* Where the kernel itself addresses this memory: the image and modules are mapped elsewhere, too. */
static unsigned long named_address(const struct slabscan_referrers *h, unsigned long addr)
{
	const struct slabscan_ksyms *k = &slabscan_ksyms;
	unsigned long image = __pa(k->image_start), phys, at;

	if (!slabscan_kmem_is_direct(addr))
		return 0;
	phys = __pa(addr);
	if (phys >= image && phys - image < k->image_end - k->image_start) {
		struct page *page = slabscan_kmem_page(phys >> PAGE_SHIFT);

		/* what was freed after boot, or lies between sections, has another user now */
		if (page && PageReserved(page))
			return k->image_start + (phys - image);
	}
	at = module_address(h, phys >> PAGE_SHIFT);
	return at ? at + offset_in_page(addr) : 0;
}

/**
 * slabscan_referrers_root() - something that is no slab object points to a target
 * @h: the histogram
 * @addr: where: in the direct map, or in the stack of @task
 * @task: or NULL
 *
 * Context: any but NMI; the stack of sprint_symbol().
 */
void slabscan_referrers_root(struct slabscan_referrers *h, unsigned long addr, const struct task_struct *task)
{
	struct slabscan_symbol symbol;
	struct slabscan_referrer *p;
	unsigned long at;

	if (task) {
		p = add(h, SLABSCAN_WHERE_STACK, task->pid, 0, false, addr);
		if (p && !p->task[0])
			strscpy(p->task, task->comm, sizeof(p->task));
		return;
	}
	if (percpu_offset(addr, &at)) {
		add(h, SLABSCAN_WHERE_PERCPU, 0, at, false, addr);
		return;
	}
	at = named_address(h, addr);
	if (at && slabscan_ksym_name(at, &symbol))
		add(h, SLABSCAN_WHERE_SYMBOL, symbol.start, 0, false, at);
	else
		add(h, SLABSCAN_WHERE_PAGE, __pa(addr) >> PAGE_SHIFT, 0, false, addr);
}

static int note_module_page(void *arg, unsigned long addr, unsigned long pfn, unsigned long nr)
{
	struct slabscan_referrers *h = arg;

	for (; nr && h->nr_pages < h->max_pages; nr--, pfn++, addr += PAGE_SIZE) {
		h->pages[h->nr_pages].pfn = pfn;
		h->pages[h->nr_pages++].addr = addr;
	}
	return 0;
}

/**
 * slabscan_referrers_resolve() - find out where modules are
 * @h: empty
 *
 * Context: process context; some milliseconds.
 */
void slabscan_referrers_resolve(struct slabscan_referrers *h)
{
	slabscan_vmap_each(MODULES_VADDR, MODULES_END, note_module_page, h);
	sort(h->pages, h->nr_pages, sizeof(*h->pages), compare_pages, NULL);
}

/* Looking up pages: places sorted by page frame, and the mapping that the walk is in. */
struct lookup {
	struct slabscan_referrer **by_page;
	u32 nr;
	enum slabscan_where where;
	unsigned long run, next;
};

static u32 first_page(const struct lookup *l, unsigned long pfn)
{
	u32 lo = 0, hi = l->nr;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (l->by_page[mid]->id < pfn)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int found_mapping(void *arg, unsigned long addr, unsigned long pfn, unsigned long nr)
{
	struct lookup *l = arg;
	u32 i, k;

	if (addr != l->next)
		l->run = addr;
	l->next = addr + nr * PAGE_SIZE;
	for (i = first_page(l, pfn); i < l->nr && l->by_page[i]->id < pfn + nr; i++) {
		struct slabscan_referrer *p = l->by_page[i];
		unsigned long at = addr + (p->id - pfn) * PAGE_SIZE;

		if (p->where != SLABSCAN_WHERE_PAGE)
			continue;
		for (k = 0; k < p->nr_examples; k++)
			p->example[k] = at + offset_in_page(p->example[k]);
		p->where = l->where;
		p->mapped = l->where == SLABSCAN_WHERE_VMALLOC ? l->run : at;
	}
	return 0;
}

static int by_page(const void *a, const void *b)
{
	const struct slabscan_referrer *x = *(struct slabscan_referrer *const *)a, *y = *(struct slabscan_referrer *const *)b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static int by_place(const void *a, const void *b)
{
	const struct slabscan_referrer *x = *(struct slabscan_referrer *const *)a, *y = *(struct slabscan_referrer *const *)b;

	if (x->where != y->where)
		return x->where < y->where ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int by_count(const void *a, const void *b)
{
	const struct slabscan_referrer *x = *(struct slabscan_referrer *const *)a, *y = *(struct slabscan_referrer *const *)b;

	return x->count < y->count ? 1 : x->count > y->count ? -1 : 0;
}

/* Makes one place of all pages of a mapping. */
static u32 merge(struct slabscan_referrer **list, u32 nr)
{
	u32 i, k, out = 0;

	for (i = 0; i < nr; i++)
		if (list[i]->mapped)
			list[i]->id = list[i]->mapped;
	sort(list, nr, sizeof(*list), by_place, NULL);
	for (i = 0; i < nr; i++) {
		struct slabscan_referrer *p = list[i], *last = out ? list[out - 1] : NULL;

		if (!last || p->where != SLABSCAN_WHERE_VMALLOC || last->where != p->where || last->id != p->id) {
			list[out++] = p;
			continue;
		}
		last->count += p->count;
		for (k = 0; k < p->nr_examples && last->nr_examples < SLABSCAN_REFERRER_EXAMPLES; k++)
			last->example[last->nr_examples++] = p->example[k];
	}
	return out;
}

static void report_one(const struct slabscan_referrer *p, struct slabscan_result *r, const struct slabscan_caches *all, u32 rank)
{
	char text[SLABSCAN_SYMBOL_MAX];
	u32 i;

	slabscan_record_begin(r, SLABSCAN_A_RECORD_REFERRER);
	if (rank)
		slabscan_put_u32(r, SLABSCAN_A_RANK, rank);
	slabscan_put_u32(r, SLABSCAN_A_WHERE, p->where);
	slabscan_put_u64(r, SLABSCAN_A_REFERENCES, p->count);
	switch (p->where) {
	case SLABSCAN_WHERE_SLAB:
		slabscan_put_string(r, SLABSCAN_A_CACHE, all->cache[p->id].name);
		slabscan_put_u32(r, SLABSCAN_A_OFFSET, p->offset);
		if (p->inside)
			slabscan_put_u64(r, SLABSCAN_A_INSIDE, p->count);
		break;
	case SLABSCAN_WHERE_SYMBOL:
		/* one place: exactly where; several: the symbol */
		if (slabscan_ksym_text(p->count == 1 ? p->example[0] : p->id, text, sizeof(text)))
			slabscan_put_string(r, SLABSCAN_A_SYMBOL, text);
		break;
	case SLABSCAN_WHERE_STACK:
		slabscan_put_u32(r, SLABSCAN_A_PID, p->id);
		slabscan_put_string(r, SLABSCAN_A_TASK, p->task);
		break;
	case SLABSCAN_WHERE_PERCPU:
		slabscan_put_u32(r, SLABSCAN_A_OFFSET, p->offset);
		/* a per-cpu variable of the image has an address among the symbols, on some kernels only */
		if (p->offset < percpu_size() && slabscan_ksym_text(slabscan_ksyms.percpu_start + p->offset, text, sizeof(text)))
			slabscan_put_string(r, SLABSCAN_A_SYMBOL, text);
		break;
	case SLABSCAN_WHERE_VMALLOC:
		slabscan_put_u64(r, SLABSCAN_A_ADDR, p->id);
		break;
	default:
		break;
	}
	for (i = 0; i < p->nr_examples; i++)
		slabscan_put_u64(r, SLABSCAN_A_EXAMPLE, p->example[i]);
	slabscan_record_end(r);
}

/* What the objects that point to the targets have in common. Return: false if there is nothing to tell, or none of them can be read any more. */
static bool look_at(const struct slabscan_referrer *p, const struct slabscan_referrers_look *look, const struct slabscan_caches *all,
		    struct slabscan_cluster_set **set)
{
	const struct slabscan_cache *cache = &all->cache[p->id];
	struct slabscan_cluster c;
	int hold = slabscan_kmem_hold();
	u32 i;

	*set = slabscan_cluster_init(look->clusters, cache->object_size, look->env);
	for (i = 0; i < p->nr_examples; i++)
		if (!slabscan_kmem_read_object(look->object, p->example[i], cache->object_size))
			slabscan_cluster_feed(*set, look->object, p->example[i]);
	slabscan_kmem_release(hold);
	slabscan_cluster_finish(*set);
	return slabscan_cluster_get(*set, 0, &c);
}

static void report_all(struct slabscan_referrer **list, u32 nr, struct slabscan_result *r, const struct slabscan_caches *all,
		       const struct slabscan_referrers_look *look)
{
	struct slabscan_cluster_set *set;
	u32 i, rank = 0;

	for (i = 0; i < nr; i++) {
		const struct slabscan_referrer *p = list[i];

		if (p->where != SLABSCAN_WHERE_SLAB || p->inside || !look_at(p, look, all, &set)) {
			report_one(p, r, all, 0);
			continue;
		}
		report_one(p, r, all, rank + 1);
		slabscan_report_groups(r, all, &all->cache[p->id], set, p->nr_examples, 1, NULL, &rank);
	}
}

/**
 * slabscan_referrers_report() - write RECORD_REFERRER, and behind one of a slab object RECORD_GROUP with its RECORD_WORDs: what its examples have in common
 * @h: full; used up
 * @r: where to
 * @all: caches
 * @limit: referrers at most
 * @look: what it takes to compare examples
 *
 * Context: process context; may sleep. Errors end up in @r.
 */
void slabscan_referrers_report(struct slabscan_referrers *h, struct slabscan_result *r, const struct slabscan_caches *all, u32 limit,
			       const struct slabscan_referrers_look *look)
{
	struct slabscan_referrer **list = slabscan_own_alloc(max(h->nr, 1U) * sizeof(*list));
	struct lookup l = { .by_page = list, .where = SLABSCAN_WHERE_VMALLOC };
	u32 i, nr = 0;

	if (!list) {
		slabscan_result_fail(r, -ENOMEM);
		return;
	}
	for (i = 0; i < ROOM; i++)
		if (h->table[i].count && h->table[i].where == SLABSCAN_WHERE_PAGE)
			list[l.nr++] = &h->table[i];
	if (l.nr) {
		sort(list, l.nr, sizeof(*list), by_page, NULL);
		slabscan_vmap_each(VMALLOC_START, VMALLOC_END & PAGE_MASK, found_mapping, &l);
		l.where = SLABSCAN_WHERE_MEMMAP;
		slabscan_vmap_each(VMEMMAP_START, VMEMMAP_START + ((__pa(high_memory - 1) >> PAGE_SHIFT) + 1) * sizeof(struct page),
				   found_mapping, &l);
	}
	for (i = 0; i < ROOM; i++)
		if (h->table[i].count)
			list[nr++] = &h->table[i];
	nr = merge(list, nr);
	sort(list, nr, sizeof(*list), by_count, NULL);
	report_all(list, min(nr, limit), r, all, look);
	slabscan_own_free(list);
}
