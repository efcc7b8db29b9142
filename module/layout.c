// SPDX-License-Identifier: GPL-2.0-only
/*
 * layout.c - THE table of private kernel layouts
 *
 * SLUB's structures are private to mm/, change every few releases and are not in the headers that a module is built with. Their layout is
 * read at load from the BTF that the running kernel carries. Each row names a member and, for another generation of kernels, another
 * home of the same thing; the first that exists counts. Nothing else in slabscan knows an offset.
 *
 * History that the rows follow:
 *   v5.17 d122019bf061 "mm: Split slab into its own type": slab members moved from struct page to struct slab
 *   v5.17 bb192ed9aa71 "mm/slub: Convert most struct page to struct slab by spatch": kmem_cache_cpu.page became .slab
 *   v6.18 2d517aa09bbc "slab: add opt-in caching layer of percpu sheaves": cpu_sheaves; the barn in kmem_cache_node
 *   v7.0  sheaves for all caches, kmem_cache_cpu removed; then the barn moved to kmem_cache.per_node[]
 * (the last line from BTF of the shipped kernels)
 *   the pages of kfree_rcu() were chained by a "next" and called bkv* up to v6.2; later they are on list_heads (also from BTF)
 */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "compat/compat.h"
#include "core/btf.h"
#include "kmem.h"
#include "ksym.h"
#include "layout.h"

struct slabscan_field_place slabscan_layout[SLABSCAN_NR_FIELDS];

enum need {
	REQUIRED,
	OPTIONAL,
	WITH_CPU_SLABS,		/* required where kmem_cache.cpu_slab exists */
	WITH_SHEAVES,		/* required where kmem_cache.cpu_sheaves exists */
};

static const struct row {
	enum slabscan_field field;
	enum need need;
	const char *type, *member;
	const char *older_type, *older_member;
} rows[] = {
	{ SLABSCAN_S_CPU_SLAB, OPTIONAL, "kmem_cache", "cpu_slab" },
	{ SLABSCAN_S_CPU_SHEAVES, OPTIONAL, "kmem_cache", "cpu_sheaves" },
	{ SLABSCAN_S_FLAGS, REQUIRED, "kmem_cache", "flags" },
	{ SLABSCAN_S_SIZE, REQUIRED, "kmem_cache", "size" },
	{ SLABSCAN_S_OBJECT_SIZE, REQUIRED, "kmem_cache", "object_size" },
	{ SLABSCAN_S_OFFSET, REQUIRED, "kmem_cache", "offset" },
	{ SLABSCAN_S_OO, REQUIRED, "kmem_cache", "oo.x" },
	{ SLABSCAN_S_MIN, REQUIRED, "kmem_cache", "min.x" },
	{ SLABSCAN_S_REFCOUNT, REQUIRED, "kmem_cache", "refcount" },
	{ SLABSCAN_S_CTOR, REQUIRED, "kmem_cache", "ctor" },
	{ SLABSCAN_S_NAME, REQUIRED, "kmem_cache", "name" },
	{ SLABSCAN_S_LIST, REQUIRED, "kmem_cache", "list" },
	{ SLABSCAN_S_RED_LEFT_PAD, OPTIONAL, "kmem_cache", "red_left_pad" },	/* CONFIG_SLUB_DEBUG */
	{ SLABSCAN_S_RANDOM, OPTIONAL, "kmem_cache", "random" },		/* CONFIG_SLAB_FREELIST_HARDENED */
	{ SLABSCAN_S_SHEAF_CAPACITY, WITH_SHEAVES, "kmem_cache", "sheaf_capacity" },
	{ SLABSCAN_S_NODE, OPTIONAL, "kmem_cache", "node" },
	{ SLABSCAN_S_PER_NODE, OPTIONAL, "kmem_cache", "per_node" },
	{ SLABSCAN_SLAB_CACHE, REQUIRED, "slab", "slab_cache", "page", "slab_cache" },
	{ SLABSCAN_SLAB_FREELIST, REQUIRED, "slab", "freelist", "page", "freelist" },
	{ SLABSCAN_SLAB_COUNTERS, REQUIRED, "slab", "counters", "page", "counters" },
	{ SLABSCAN_SLAB_INUSE, REQUIRED, "slab", "inuse", "page", "inuse" },
	{ SLABSCAN_SLAB_OBJECTS, REQUIRED, "slab", "objects", "page", "objects" },
	{ SLABSCAN_SLAB_FROZEN, REQUIRED, "slab", "frozen", "page", "frozen" },
	{ SLABSCAN_C_FREELIST, WITH_CPU_SLABS, "kmem_cache_cpu", "freelist" },
	{ SLABSCAN_C_TID, WITH_CPU_SLABS, "kmem_cache_cpu", "tid" },
	{ SLABSCAN_C_SLAB, WITH_CPU_SLABS, "kmem_cache_cpu", "slab", "kmem_cache_cpu", "page" },
	{ SLABSCAN_PCS_MAIN, WITH_SHEAVES, "slub_percpu_sheaves", "main" },
	{ SLABSCAN_PCS_SPARE, WITH_SHEAVES, "slub_percpu_sheaves", "spare" },
	{ SLABSCAN_PCS_RCU_FREE, WITH_SHEAVES, "slub_percpu_sheaves", "rcu_free" },
	{ SLABSCAN_SHEAF_CACHE, WITH_SHEAVES, "slab_sheaf", "cache" },
	{ SLABSCAN_SHEAF_SIZE, WITH_SHEAVES, "slab_sheaf", "size" },
	{ SLABSCAN_SHEAF_OBJECTS, WITH_SHEAVES, "slab_sheaf", "objects" },
	{ SLABSCAN_SHEAF_LIST, WITH_SHEAVES, "slab_sheaf", "barn_list" },
	{ SLABSCAN_BARN_LOCK, WITH_SHEAVES, "node_barn", "lock" },
	{ SLABSCAN_BARN_FULL, WITH_SHEAVES, "node_barn", "sheaves_full" },
	{ SLABSCAN_PER_NODE_BARN, OPTIONAL, "kmem_cache", "per_node.barn" },
	{ SLABSCAN_N_BARN, OPTIONAL, "kmem_cache_node", "barn" },
	{ SLABSCAN_N_NR_SLABS, OPTIONAL, "kmem_cache_node", "nr_slabs" },	/* CONFIG_SLUB_DEBUG */
	{ SLABSCAN_N_OBJECTS, OPTIONAL, "kmem_cache_node", "total_objects" },	/* CONFIG_SLUB_DEBUG */
	{ SLABSCAN_PER_NODE_NODE, OPTIONAL, "kmem_cache", "per_node.node" },
	{ SLABSCAN_KRC_BULK, OPTIONAL, "kfree_rcu_cpu", "bulk_head", "kfree_rcu_cpu", "bkvhead" },
	{ SLABSCAN_KRC_WORK, OPTIONAL, "kfree_rcu_cpu", "krw_arr" },
	{ SLABSCAN_KRC_CACHED, OPTIONAL, "kfree_rcu_cpu", "bkvcache" },
	{ SLABSCAN_KRC_WORK_BULK, OPTIONAL, "kfree_rcu_cpu_work", "bulk_head_free", "kfree_rcu_cpu_work", "bkvhead_free" },
	{ SLABSCAN_BULK_LIST, OPTIONAL, "kvfree_rcu_bulk_data", "list", "kvfree_rcu_bulk_data", "next" },
	{ SLABSCAN_BULK_NR, OPTIONAL, "kvfree_rcu_bulk_data", "nr_records" },
	{ SLABSCAN_BULK_RECORDS, OPTIONAL, "kvfree_rcu_bulk_data", "records" },
	{ SLABSCAN_TASK_REGS, OPTIONAL, "task_struct", "thread.fpu.__fpstate.regs", "task_struct", "thread.fpu.state" },
	{ SLABSCAN_FPU_REGS, OPTIONAL, "fpu", "__fpstate.regs" },
	{ SLABSCAN_CTL_ARG, OPTIONAL, "ctl_table_header", "ctl_table_arg" },
	{ SLABSCAN_CTL_ROOT, OPTIONAL, "ctl_table_header", "root" },
	{ SLABSCAN_VA_START, OPTIONAL, "vmap_area", "va_start" },
	{ SLABSCAN_VA_VM, OPTIONAL, "vmap_area", "vm" },
	{ SLABSCAN_VM_ADDR, OPTIONAL, "vm_struct", "addr" },
	{ SLABSCAN_RQ_QUEUE, OPTIONAL, "request", "q" },
	{ SLABSCAN_RQ_CTX, OPTIONAL, "request", "mq_ctx" },
	{ SLABSCAN_RQ_TAIL, OPTIONAL, "request", "biotail" },
	{ SLABSCAN_RQ_REF, OPTIONAL, "request", "ref" },
	{ SLABSCAN_RQ_QUEUE_CTX, OPTIONAL, "request_queue", "queue_ctx" },
	{ SLABSCAN_NET_DEFERRED, OPTIONAL, "net", "defer_free_list.next" },
};

/*
 * Tests feed a wrong layout through the module parameter "distort": "kmem_cache.offset:8" shifts a member by 8 bytes, "slab.freelist:gone" hides it.
 */
static bool distorted(const char *distort, const char *type, const char *member, s32 *shift)
{
	size_t t = strlen(type), m = strlen(member);

	if (!distort || strncmp(distort, type, t) || distort[t] != '.' || strncmp(distort + t + 1, member, m) || distort[t + 1 + m] != ':')
		return false;
	distort += t + m + 2;
	if (kstrtos32(distort, 0, shift))
		*shift = 0;	/* gone */
	return true;
}

static int find(struct slabscan_btf *btf, const char *distort, const char *type, const char *member, struct slabscan_field_place *ret)
{
	struct slabscan_btf_member m;
	s32 shift = 0;
	int err;

	if (!type)
		return -ENOENT;
	if (distorted(distort, type, member, &shift) && !shift)
		return -ENOENT;
	err = slabscan_btf_member(btf, type, member, &m);
	if (err)
		return err;
	ret->offset = m.offset + shift;
	ret->size = m.size;
	ret->element = m.elem_size;
	ret->bit = (m.offset + shift) * 8 + m.bit_offset;
	ret->bits = m.bit_size;
	return 0;
}

static bool needed(enum need need)
{
	switch (need) {
	case REQUIRED:
		return true;
	case WITH_CPU_SLABS:
		return slabscan_has(SLABSCAN_S_CPU_SLAB);
	case WITH_SHEAVES:
		return slabscan_has(SLABSCAN_S_CPU_SHEAVES);
	case OPTIONAL:
		break;
	}
	return false;
}

/* What the code takes for granted beyond the presence of a member. */
static int check_shapes(void)
{
	const struct slabscan_field_place *counters = &slabscan_layout[SLABSCAN_SLAB_COUNTERS];
	unsigned int i;

	/* before v6.18 no cpu slabs told this; since then kmem_cache has its sheaves with SLUB_TINY, too */
	if (IS_ENABLED(CONFIG_SLUB_TINY)) {
		pr_err("this kernel is built with CONFIG_SLUB_TINY, which is not supported\n");
		return -EOPNOTSUPP;
	}
	if (!slabscan_has(SLABSCAN_S_CPU_SLAB) && !slabscan_has(SLABSCAN_S_CPU_SHEAVES)) {
		pr_err("the allocator keeps neither cpu slabs nor sheaves: CONFIG_SLAB is not supported\n");
		return -EOPNOTSUPP;
	}
	for (i = SLABSCAN_SLAB_INUSE; i <= SLABSCAN_SLAB_FROZEN; i++) {
		const struct slabscan_field_place *f = &slabscan_layout[i];
		u32 bits = f->bits ? f->bits : f->size * 8;

		if (f->bit < counters->offset * 8 || f->bit + bits > counters->offset * 8 + 64 || bits > 32) {
			pr_err("the counters of a slab do not lie together in one word\n");
			return -EOPNOTSUPP;
		}
	}
	if (slabscan_has(SLABSCAN_S_CPU_SHEAVES) && !slabscan_has(SLABSCAN_PER_NODE_BARN) && !slabscan_has(SLABSCAN_N_BARN)) {
		pr_err("this kernel has sheaves, but neither kmem_cache.per_node.barn nor kmem_cache_node.barn\n");
		return -EOPNOTSUPP;
	}
	if (slabscan_has(SLABSCAN_N_BARN) && !slabscan_has(SLABSCAN_PER_NODE_BARN) && !slabscan_has(SLABSCAN_S_NODE)) {
		pr_err("this kernel has kmem_cache_node.barn, but no kmem_cache.node\n");
		return -EOPNOTSUPP;
	}
	return 0;
}

/**
 * slabscan_layout_init() - fill slabscan_layout from the running kernel's BTF
 * @distort: for tests, see above; NULL otherwise
 *
 * Context: module init, after slabscan_ksym_init(). A few milliseconds. Leaves nothing behind.
 * Return: 0, or a negative errno after one sentence in the log that names what is missing.
 */
int slabscan_layout_init(const char *distort)
{
	static struct slabscan_btf btf;	/* 1 KiB; used at load only, which is serialised */
	unsigned int i;
	int err;

	err = slabscan_btf_init(&btf, slabscan_ksyms.btf_start, slabscan_ksyms.btf_end - slabscan_ksyms.btf_start);
	if (err) {
		pr_err("the kernel's BTF can't be read (error %d)\n", err);
		return err;
	}
	for (i = 0; i < SLABSCAN_NR_FIELDS; i++)
		slabscan_layout[i].offset = -1;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];
		struct slabscan_field_place place = { .offset = -1 };

		err = find(&btf, distort, r->type, r->member, &place);
		if (err == -ENOENT)
			err = find(&btf, distort, r->older_type, r->older_member, &place);
		if (err == -ENOENT && !needed(r->need))
			continue;
		if (err) {
			pr_err("the kernel's BTF has no member %s.%s%s%s%s%s: this kernel is not supported\n", r->type, r->member,
			       r->older_type ? " and no " : "", r->older_type ?: "", r->older_type ? "." : "", r->older_member ?: "");
			return err == -ENOENT ? -EOPNOTSUPP : err;
		}
		slabscan_layout[r->field] = place;
	}
	return check_shapes();
}

/**
 * slabscan_field_read() - copy a member of a foreign structure
 * @base: address of the structure
 * @f: a member of at most 8 bytes, no bit field
 * @ret: its value, zero-extended
 *
 * Context: any.
 * Return: 0; -ENOENT if this kernel has no such member; -EFAULT or -ERANGE if it can't be read.
 */
int slabscan_field_read(unsigned long base, enum slabscan_field f, unsigned long *ret)
{
	const struct slabscan_field_place *p = &slabscan_layout[f];

	if (p->offset < 0)
		return -ENOENT;
	*ret = 0;	/* little endian: the low bytes are the value */
	return slabscan_kmem_read(ret, base + p->offset, min_t(u32, p->size, sizeof(*ret)));
}
