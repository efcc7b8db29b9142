// SPDX-License-Identifier: GPL-2.0-only
/*
 * reach_doubt.c - how what is followed is read, and which words of it are not to be believed
 *
 * Some objects that are allocated keep addresses of what they once had to do with. The marking in core knows their shapes; here it is told where this kernel has
 * the members.
 *
 * Locks: none.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/poison.h>
#include <linux/string.h>

#include "compat/compat.h"
#include "cache.h"
#include "core/mark.h"
#include "kmem.h"
#include "layout.h"
#include "reach.h"

/**
 * slabscan_reach_read() - copy memory that is being followed
 * @arg: not used
 * @address: where
 * @buf: to
 * @len: bytes
 *
 * Context: inside slabscan_kmem_hold().
 * Return: @len or 0.
 */
size_t slabscan_reach_read(void *arg, u64 address, void *buf, size_t len)
{
	return slabscan_kmem_read_object(buf, address, len) ? 0 : len;
}

/**
 * slabscan_reach_search() - find references in memory that is being followed
 * @arg: the search
 * @address: where
 * @len: bytes
 * @ret: room for @len / 8
 *
 * Context: inside slabscan_kmem_hold().
 * Return: how many; or a negative errno.
 */
int slabscan_reach_search(void *arg, u64 address, u32 len, struct slabscan_objset_word *ret)
{
	const struct slabscan_reach *r = arg;

	/* a slab may have been freed since it was collected, and its pages be broken or the hypervisor's by now */
	return slabscan_kmem_is_memory(address, len) ? slabscan_kmem_search(address, len, r->base, r->span, ret) : -EIO;
}

/*
 * Since v6.3 a struct vmap_area that waits for its next use keeps the address of the vm_struct that it had, which is something else by then. One in use has
 * the same start address as its vm_struct. (Up to v5.10 areas that are to be purged are linked through the same word.)
 */
static void doubt_areas(const struct slabscan_caches *all, struct slabscan_mark_claim *claim)
{
	unsigned int i;

	if (!slabscan_has(SLABSCAN_VA_START) || !slabscan_has(SLABSCAN_VA_VM) || !slabscan_has(SLABSCAN_VM_ADDR))
		return;
	for (i = 0; i < all->nr; i++) {
		if (strcmp(all->cache[i].name, "vmap_area"))
			continue;
		claim->class = i;
		claim->at = slabscan_layout[SLABSCAN_VA_VM].offset;
		claim->own = slabscan_layout[SLABSCAN_VA_START].offset;
		claim->theirs = slabscan_layout[SLABSCAN_VM_ADDR].offset;
		return;
	}
}

static void doubt_requests(struct slabscan_mark_request *request)
{
	enum slabscan_field f;

	for (f = SLABSCAN_RQ_QUEUE; f <= SLABSCAN_RQ_QUEUE_CTX; f++)
		if (!slabscan_has(f))
			return;
	request->queue = slabscan_layout[SLABSCAN_RQ_QUEUE].offset;
	request->ctx = slabscan_layout[SLABSCAN_RQ_CTX].offset;
	request->ref = slabscan_layout[SLABSCAN_RQ_REF].offset;
	request->tail = slabscan_layout[SLABSCAN_RQ_TAIL].offset;
	request->queue_ctx = slabscan_layout[SLABSCAN_RQ_QUEUE_CTX].offset;
	request->cpu_offset = __per_cpu_offset;
	request->cpus = nr_cpu_ids;
	request->read = slabscan_reach_read;
}

/**
 * slabscan_reach_is_packed() - may objects of this cache hold pointers at 4 mod 8?
 * @cache: any
 *
 * Those of lists of attributes: the actions of an Open vSwitch flow begin at offset 28, and hold the only pointers to a tunnel's metadata_dst and to
 * templates of conntrack (net/openvswitch/flow_netlink.c). Large kmalloc is slabscan_roots_packed()'s.
 * No structure that a compiler laid out does, where that pointer is the only one.
 */
bool slabscan_reach_is_packed(const struct slabscan_cache *cache)
{
	return !strncmp(cache->name, "kmalloc", 7);
}

/**
 * slabscan_reach_doubt() - say which pointers are not to be believed
 * @r: the search
 * @m: initialised; told of poison, of areas of vmalloc space and of block requests
 *
 * Context: any.
 */
void slabscan_reach_doubt(const struct slabscan_reach *r, struct slabscan_mark *m)
{
	m->poison = (unsigned long)LIST_POISON2;
	m->text = __START_KERNEL_map;
	doubt_areas(r->job->caches, &m->claim);
	doubt_requests(&m->request);
}
