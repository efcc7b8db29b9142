/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_LAYOUT_H
#define SLABSCAN_LAYOUT_H

#include <linux/types.h>

/*
 * The members of private kernel structures that slabscan reads. Where they are comes from the running kernel's BTF; see the table in layout.c.
 */
enum slabscan_field {
	/* struct kmem_cache */
	SLABSCAN_S_FLAGS,
	SLABSCAN_S_SIZE,
	SLABSCAN_S_OBJECT_SIZE,
	SLABSCAN_S_OFFSET,
	SLABSCAN_S_OO,
	SLABSCAN_S_MIN,
	SLABSCAN_S_REFCOUNT,
	SLABSCAN_S_CTOR,
	SLABSCAN_S_NAME,
	SLABSCAN_S_LIST,
	SLABSCAN_S_RED_LEFT_PAD,
	SLABSCAN_S_RANDOM,
	SLABSCAN_S_CPU_SLAB,
	SLABSCAN_S_CPU_SHEAVES,
	SLABSCAN_S_SHEAF_CAPACITY,
	SLABSCAN_S_NODE,
	SLABSCAN_S_PER_NODE,
	/* struct slab, or the part of struct page that it was */
	SLABSCAN_SLAB_CACHE,
	SLABSCAN_SLAB_FREELIST,
	SLABSCAN_SLAB_COUNTERS,
	SLABSCAN_SLAB_INUSE,
	SLABSCAN_SLAB_OBJECTS,
	SLABSCAN_SLAB_FROZEN,
	/* struct kmem_cache_cpu */
	SLABSCAN_C_FREELIST,
	SLABSCAN_C_TID,
	SLABSCAN_C_SLAB,
	/* struct slub_percpu_sheaves */
	SLABSCAN_PCS_MAIN,
	SLABSCAN_PCS_SPARE,
	SLABSCAN_PCS_RCU_FREE,
	/* struct slab_sheaf */
	SLABSCAN_SHEAF_CACHE,
	SLABSCAN_SHEAF_SIZE,
	SLABSCAN_SHEAF_OBJECTS,
	SLABSCAN_SHEAF_LIST,
	/* struct node_barn, and where a cache keeps it */
	SLABSCAN_BARN_LOCK,
	SLABSCAN_BARN_FULL,
	SLABSCAN_PER_NODE_BARN,
	SLABSCAN_N_BARN,
	/* struct kmem_cache_node, and where a cache keeps it since v7.1 */
	SLABSCAN_N_NR_SLABS,
	SLABSCAN_N_OBJECTS,
	SLABSCAN_PER_NODE_NODE,
	/* struct kfree_rcu_cpu, kfree_rcu_cpu_work, kvfree_rcu_bulk_data */
	SLABSCAN_KRC_BULK,
	SLABSCAN_KRC_WORK,
	SLABSCAN_KRC_CACHED,
	SLABSCAN_KRC_WORK_BULK,
	SLABSCAN_BULK_LIST,
	SLABSCAN_BULK_NR,
	SLABSCAN_BULK_RECORDS,
	/* registers of user mode: in struct task_struct, or in the struct fpu behind it */
	SLABSCAN_TASK_REGS,
	SLABSCAN_FPU_REGS,
	/* struct ctl_table_header */
	SLABSCAN_CTL_ARG,
	SLABSCAN_CTL_ROOT,
	/* struct vmap_area, vm_struct */
	SLABSCAN_VA_START,
	SLABSCAN_VA_VM,
	SLABSCAN_VM_ADDR,
	/* struct request, request_queue */
	SLABSCAN_RQ_QUEUE,
	SLABSCAN_RQ_CTX,
	SLABSCAN_RQ_TAIL,
	SLABSCAN_RQ_REF,
	SLABSCAN_RQ_QUEUE_CTX,
	/* struct net: its node in the list of those that are dead and wait to be freed */
	SLABSCAN_NET_DEFERRED,

	SLABSCAN_NR_FIELDS
};

struct slabscan_field_place {
	s32 offset;		/* bytes; -1: this kernel has no such member */
	u32 size;		/* bytes; 0 for arrays of unknown length */
	u32 element;		/* arrays: bytes of an element */
	u32 bit, bits;		/* bit fields: first bit counted from the start of the structure, number of bits */
};

extern struct slabscan_field_place slabscan_layout[SLABSCAN_NR_FIELDS];

static inline bool slabscan_has(enum slabscan_field f)
{
	return slabscan_layout[f].offset >= 0;
}

/* Address of a member of the structure at @base. */
static inline unsigned long slabscan_at(unsigned long base, enum slabscan_field f)
{
	return base + slabscan_layout[f].offset;
}

int slabscan_layout_init(const char *distort);
int slabscan_field_read(unsigned long base, enum slabscan_field f, unsigned long *ret);

#endif /* SLABSCAN_LAYOUT_H */
