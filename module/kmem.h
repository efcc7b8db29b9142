/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_KMEM_H
#define SLABSCAN_KMEM_H

#include <linux/atomic.h>
#include <linux/mm_types.h>
#include <linux/rwsem.h>
#include <linux/types.h>

#include "core/objset.h"

int slabscan_kmem_init(struct rw_semaphore *offline);
void slabscan_kmem_deinit(void);

int slabscan_kmem_hold(void);
void slabscan_kmem_release(int hold);

int slabscan_kmem_read(void *dst, unsigned long src, size_t len);
int slabscan_kmem_word(unsigned long addr, unsigned long *ret);
int slabscan_kmem_read_object(void *dst, unsigned long addr, size_t len);
int slabscan_kmem_search(unsigned long addr, size_t len, unsigned long base, unsigned long span, struct slabscan_objset_word *ret);
int slabscan_kmem_string(char *dst, unsigned long src, size_t size);

struct page *slabscan_kmem_page(unsigned long pfn);
struct page *slabscan_kmem_head(struct page *page);
bool slabscan_kmem_readable(struct page *head, unsigned int order);
bool slabscan_kmem_is_memory(unsigned long addr, size_t len);
bool slabscan_kmem_is_direct(unsigned long addr);
unsigned long slabscan_kmem_direct(unsigned long addr);

/**
 * struct slabscan_pfns - a walk over all page frames of the machine, shared by the CPUs that take part
 * @start: first page frame
 * @end: the one behind the last; there are holes between
 * @next: how many frames behind @start the next piece begins
 */
struct slabscan_pfns {
	unsigned long start, end;
	atomic_long_t next;
};

void slabscan_pfns_init(struct slabscan_pfns *w);
bool slabscan_pfns_take(struct slabscan_pfns *w, unsigned long nr, unsigned long *start, unsigned long *end);

#endif /* SLABSCAN_KMEM_H */
