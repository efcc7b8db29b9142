// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holders that are arrays of pointers, in every kind of memory that a root can live in. Those that link objects are in
 * test_holder_tree.c.
 */
#include <linux/cpumask.h>
#include <linux/dcache.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/namei.h>
#include <linux/pagemap.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

#include "test.h"

/* No holder at all: nothing points to the objects. */
static int none_init(struct test_batch *batch)
{
	return 0;
}

static int none_add(struct test_batch *batch, unsigned int index, void *object)
{
	return 0;
}

static void none_del(struct test_batch *batch, unsigned int index, void *object)
{
}

static void none_exit(struct test_batch *batch)
{
}

static const struct test_holder holder_none = { "none", 8, false, none_init, none_add, none_del, none_exit };

/* A vmalloc'ed array: plain, with tags in the low bits, and of pointers into the middle. */
static int array_init(struct test_batch *batch)
{
	batch->hold = vzalloc(array_size(batch->count, sizeof(void *)));
	return batch->hold ? 0 : -ENOMEM;
}

static int array_add(struct test_batch *batch, unsigned int index, void *object)
{
	((void **)batch->hold)[index] = object;
	return 0;
}

static int tagged_add(struct test_batch *batch, unsigned int index, void *object)
{
	return array_add(batch, index, object + 1 + index % 3);
}

static int interior_add(struct test_batch *batch, unsigned int index, void *object)
{
	return array_add(batch, index, object + batch->set->size / 2);
}

static void array_del(struct test_batch *batch, unsigned int index, void *object)
{
	((void **)batch->hold)[index] = NULL;
}

static void array_exit(struct test_batch *batch)
{
	vfree(batch->hold);
}

static const struct test_holder holder_vmalloc = { "vmalloc", 8, true, array_init, array_add, array_del, array_exit };
static const struct test_holder holder_tagged = { "tagged", 8, true, array_init, tagged_add, array_del, array_exit };
static const struct test_holder holder_interior = { "interior", 16, true, array_init, interior_add, array_del, array_exit };

/* Arrays of the module image. Batches take ranges one behind the other; the space is taken back when the last one is gone. */
struct static_area {
	void **slots;
	unsigned int size;
	unsigned int used;
	unsigned int users;
};

static void *slabscan_test_bss_slots[32768];
static void *slabscan_test_data_slots[4096] = { (void *)TEST_MAGIC };
static struct static_area area_bss = { slabscan_test_bss_slots, ARRAY_SIZE(slabscan_test_bss_slots) };
static struct static_area area_data = { slabscan_test_data_slots, ARRAY_SIZE(slabscan_test_data_slots) };

static int static_init(struct test_batch *batch, struct static_area *area)
{
	if (batch->count > area->size - area->used)
		return -ENOSPC;
	batch->hold = area->slots + area->used;
	area->used += batch->count;
	area->users++;
	return 0;
}

static void static_exit(struct static_area *area)
{
	if (!--area->users)
		area->used = 0;
}

static int bss_init(struct test_batch *batch)
{
	return static_init(batch, &area_bss);
}

static void bss_exit(struct test_batch *batch)
{
	static_exit(&area_bss);
}

static int data_init(struct test_batch *batch)
{
	return static_init(batch, &area_data);
}

static void data_exit(struct test_batch *batch)
{
	static_exit(&area_data);
}

static const struct test_holder holder_bss = { "bss", 8, true, bss_init, array_add, array_del, bss_exit };
static const struct test_holder holder_data = { "data", 8, true, data_init, array_add, array_del, data_exit };

/* Blocks of pointers, each block a slab object, a page, or several pages; found through a vmalloc'ed array. */
static int blocks_init(struct test_batch *batch, size_t size, void *(*alloc)(size_t size))
{
	unsigned int i, per = size / sizeof(void *), nr = DIV_ROUND_UP(batch->count, per);
	void ***blocks;

	/* The last slot stays NULL and ends the array. */
	blocks = vzalloc(array_size(nr + 1, sizeof(*blocks)));
	if (!blocks)
		return -ENOMEM;
	batch->hold = blocks;
	batch->hold_base = per;
	for (i = 0; i < nr; i++) {
		blocks[i] = alloc(size);
		if (!blocks[i])
			return -ENOMEM;
	}
	return 0;
}

static int blocks_add(struct test_batch *batch, unsigned int index, void *object)
{
	((void ***)batch->hold)[index / batch->hold_base][index % batch->hold_base] = object;
	return 0;
}

static void blocks_del(struct test_batch *batch, unsigned int index, void *object)
{
	((void ***)batch->hold)[index / batch->hold_base][index % batch->hold_base] = NULL;
}

static void blocks_drop(struct test_batch *batch, void (*drop)(const void *block))
{
	void ***blocks = batch->hold;
	unsigned int i;

	for (i = 0; blocks && blocks[i]; i++)
		drop(blocks[i]);
	vfree(blocks);
}

static void *block_alloc(size_t size)
{
	return kzalloc(size, GFP_KERNEL);
}

static void *page_alloc(size_t size)
{
	return (void *)get_zeroed_page(GFP_KERNEL);
}

static void page_free(const void *block)
{
	free_page((unsigned long)block);
}

static void blocks_exit(struct test_batch *batch)
{
	blocks_drop(batch, kfree);
}

static void pages_exit(struct test_batch *batch)
{
	blocks_drop(batch, page_free);
}

static int slab_init(struct test_batch *batch)
{
	return blocks_init(batch, 512, block_alloc);
}

static int pages_init(struct test_batch *batch)
{
	return blocks_init(batch, PAGE_SIZE, page_alloc);
}

/* Pages that are no compound page: of all but the first nothing tells that they are in use, not even a reference. */
#define TAIL_ORDER	2
#define TAIL_BYTES	(2 * PAGE_SIZE)

static void *tail_alloc(size_t size)
{
	unsigned long pages = __get_free_pages(GFP_KERNEL | __GFP_ZERO, TAIL_ORDER);

	return pages ? (void *)(pages + TAIL_BYTES) : NULL;
}

static void tail_free(const void *block)
{
	free_pages((unsigned long)block - TAIL_BYTES, TAIL_ORDER);
}

static int tail_init(struct test_batch *batch)
{
	return blocks_init(batch, PAGE_SIZE, tail_alloc);
}

static void tail_exit(struct test_batch *batch)
{
	blocks_drop(batch, tail_free);
}

static int large_init(struct test_batch *batch)
{
	return blocks_init(batch, 16 * PAGE_SIZE, block_alloc);
}

/* Pointers at 4 mod 8, as the actions of an Open vSwitch flow hold them: no 8-aligned word has a whole one. */
#define PACKED_FIRST	4
#define PACKED_SLOTS	124	/* in 996 bytes: of kmalloc-1k */
#define SPREAD_SLOTS	8190	/* of large kmalloc; where pages meet a pointer is in both */

static int packed_init(struct test_batch *batch)
{
	return blocks_init(batch, PACKED_FIRST + PACKED_SLOTS * sizeof(void *), block_alloc);
}

static int spread_init(struct test_batch *batch)
{
	return blocks_init(batch, PACKED_FIRST + SPREAD_SLOTS * sizeof(void *), block_alloc);
}

static int packed_add(struct test_batch *batch, unsigned int index, void *object)
{
	void *block = ((void **)batch->hold)[index / batch->hold_base];

	memcpy(block + PACKED_FIRST + index % batch->hold_base * sizeof(object), &object, sizeof(object));
	return 0;
}

static void packed_del(struct test_batch *batch, unsigned int index, void *object)
{
	packed_add(batch, index, NULL);
}

static const struct test_holder holder_packed = { "packed", 8, true, packed_init, packed_add, packed_del, blocks_exit };
static const struct test_holder holder_spread = { "spread", 8, true, spread_init, packed_add, packed_del, blocks_exit };
static const struct test_holder holder_slab = { "slab", 8, true, slab_init, blocks_add, blocks_del, blocks_exit };
static const struct test_holder holder_page = { "page", 8, true, pages_init, blocks_add, blocks_del, pages_exit };
static const struct test_holder holder_tail = { "tail", 8, true, tail_init, blocks_add, blocks_del, tail_exit };
static const struct test_holder holder_large = { "large", 8, true, large_init, blocks_add, blocks_del, blocks_exit };

/* Objects that can be told by what else is in them, each with one address; found through a vmalloc'ed array. */
struct keeper {
	void (*drop)(struct keeper *keeper);
	char name[16];
	void *object;
	char rest[64];		/* of 96 bytes */
};

static noinline void slabscan_test_keeper_drop(struct keeper *keeper)
{
	keeper->object = NULL;
}

static int kept_add(struct test_batch *batch, unsigned int index, void *object)
{
	struct keeper *keeper = kzalloc(sizeof(*keeper), GFP_KERNEL);

	if (!keeper)
		return -ENOMEM;
	keeper->drop = slabscan_test_keeper_drop;
	strscpy(keeper->name, "slabscan-keeper", sizeof(keeper->name));
	keeper->object = object;
	return array_add(batch, index, keeper);
}

static void kept_del(struct test_batch *batch, unsigned int index, void *object)
{
	struct keeper *keeper = ((void **)batch->hold)[index];

	keeper->drop(keeper);
	kfree(keeper);
	array_del(batch, index, object);
}

static const struct test_holder holder_kept = { "kept", 8, true, array_init, kept_add, kept_del, array_exit };

/*
 * Objects with an address right before a timer that has gone off: detach_timer() leaves LIST_POISON2 behind it, as list_del_rcu() behind its way on. Found
 * through a vmalloc'ed array.
 */
struct fired {
	void *object;
	struct timer_list timer;
} __aligned(128);	/* so many bytes with lockdep, too */

static void fired_rang(struct timer_list *timer)
{
}

static int fired_add(struct test_batch *batch, unsigned int index, void *object)
{
	struct fired *fired = kzalloc(sizeof(*fired), GFP_KERNEL), **all = batch->hold;
	unsigned int i;

	if (!fired)
		return -ENOMEM;
	fired->object = object;
	timer_setup(&fired->timer, fired_rang, 0);
	mod_timer(&fired->timer, jiffies);
	all[index] = fired;
	/* the last one waits for all: until then most have gone off */
	for (i = 0; index + 1 == batch->count && i < batch->count; i++)
		while (timer_pending(&all[i]->timer))
			schedule_timeout_uninterruptible(1);
	return 0;
}

static void fired_del(struct test_batch *batch, unsigned int index, void *object)
{
	struct fired *fired = ((void **)batch->hold)[index];

	timer_delete_sync(&fired->timer);
	WRITE_ONCE(fired->object, NULL);
	kfree(fired);
	array_del(batch, index, object);
}

static const struct test_holder holder_fired = { "fired", 8, true, array_init, fired_add, fired_del, array_exit };

/* Pages of the page cache of a directory, as the NFS client has them: arrays of pointers that nothing else knows. */
#define DIR_INDEX	(1UL << 20)

static struct path dir;
static unsigned long dir_next;
static unsigned int dir_users;

static void *dir_alloc(size_t size)
{
	struct address_space *mapping = d_inode(dir.dentry)->i_mapping;
	struct page *page;
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
	page = find_or_create_page(mapping, DIR_INDEX + dir_next, GFP_KERNEL | __GFP_ZERO);
#else
	struct folio *folio = __filemap_get_folio(mapping, DIR_INDEX + dir_next, FGP_LOCK | FGP_CREAT, GFP_KERNEL | __GFP_ZERO);

	page = IS_ERR_OR_NULL(folio) ? NULL : &folio->page;
#endif
	if (!page)
		return NULL;
	dir_next++;
	unlock_page(page);
	return page_address(page);
}

static void dir_free(const void *block)
{
	put_page(virt_to_page(block));
}

static void dir_exit(struct test_batch *batch)
{
	blocks_drop(batch, dir_free);
	if (--dir_users)
		return;
	truncate_inode_pages_range(d_inode(dir.dentry)->i_mapping, (loff_t)DIR_INDEX << PAGE_SHIFT, -1);
	path_put(&dir);
}

static int dir_init(struct test_batch *batch)
{
	int err = dir_users ? 0 : kern_path("/", LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &dir);

	if (err)
		return err;
	dir_users++;
	err = blocks_init(batch, PAGE_SIZE, dir_alloc);
	if (err && !batch->hold && !--dir_users)
		path_put(&dir);
	return err;
}

static const struct test_holder holder_directory = { "directory", 8, true, dir_init, blocks_add, blocks_del, dir_exit };

/* Per-cpu memory: chunks of a page for each CPU. */
#define PCPU_SLOTS	512
#define PCPU_CHUNKS	128

struct pcpu_chunk {
	void *slot[PCPU_SLOTS];
};

struct pcpu_hold {
	struct pcpu_chunk __percpu *chunk[PCPU_CHUNKS];
	unsigned int nr_cpus;
	int cpu[];
};

static int percpu_init(struct test_batch *batch)
{
	unsigned int i, per, nr, cpus = num_possible_cpus();
	struct pcpu_hold *hold;
	int cpu;

	per = PCPU_SLOTS * cpus;
	nr = DIV_ROUND_UP(batch->count, per);
	if (nr > PCPU_CHUNKS)
		return -ENOSPC;
	hold = kzalloc(sizeof(*hold) + cpus * sizeof(hold->cpu[0]), GFP_KERNEL);
	if (!hold)
		return -ENOMEM;
	batch->hold = hold;
	for_each_possible_cpu(cpu)
		hold->cpu[hold->nr_cpus++] = cpu;
	for (i = 0; i < nr; i++) {
		hold->chunk[i] = alloc_percpu(struct pcpu_chunk);
		if (!hold->chunk[i])
			return -ENOMEM;
	}
	return 0;
}

static void **percpu_slot(struct test_batch *batch, unsigned int index)
{
	struct pcpu_hold *hold = batch->hold;
	unsigned int per = PCPU_SLOTS * hold->nr_cpus;
	unsigned int in_chunk = index % per;

	return &per_cpu_ptr(hold->chunk[index / per], hold->cpu[in_chunk / PCPU_SLOTS])->slot[in_chunk % PCPU_SLOTS];
}

static int percpu_add(struct test_batch *batch, unsigned int index, void *object)
{
	*percpu_slot(batch, index) = object;
	return 0;
}

static void percpu_del(struct test_batch *batch, unsigned int index, void *object)
{
	*percpu_slot(batch, index) = NULL;
}

static void percpu_exit(struct test_batch *batch)
{
	struct pcpu_hold *hold = batch->hold;
	unsigned int i;

	for (i = 0; hold && i < PCPU_CHUNKS; i++)
		free_percpu(hold->chunk[i]);
	kfree(hold);
}

static const struct test_holder holder_percpu = { "percpu", 8, true, percpu_init, percpu_add, percpu_del, percpu_exit };

/* A per-cpu variable of the module: behind those of the kernel image, in what each CPU has for all modules, which is 8 KiB. One batch at a time. */
#define PCPU_VAR_SLOTS	64

static DEFINE_PER_CPU(void *[PCPU_VAR_SLOTS], slabscan_test_percpu_slots);
static bool pcpu_var_used;

static int pcpu_var_init(struct test_batch *batch)
{
	if (pcpu_var_used)
		return -EBUSY;
	if (batch->count > PCPU_VAR_SLOTS * num_possible_cpus())
		return -ENOSPC;
	pcpu_var_used = true;
	batch->hold = &pcpu_var_used;
	return 0;
}

static void **pcpu_var_slot(unsigned int index)
{
	unsigned int cpu = cpumask_first(cpu_possible_mask);

	for (; index >= PCPU_VAR_SLOTS; index -= PCPU_VAR_SLOTS)
		cpu = cpumask_next(cpu, cpu_possible_mask);
	return &per_cpu(slabscan_test_percpu_slots, cpu)[index];
}

static int pcpu_var_add(struct test_batch *batch, unsigned int index, void *object)
{
	*pcpu_var_slot(index) = object;
	return 0;
}

static void pcpu_var_del(struct test_batch *batch, unsigned int index, void *object)
{
	*pcpu_var_slot(index) = NULL;
}

static void pcpu_var_exit(struct test_batch *batch)
{
	pcpu_var_used = false;
}

static const struct test_holder holder_percpuvar = {
	"percpuvar", 8, true, pcpu_var_init, pcpu_var_add, pcpu_var_del, pcpu_var_exit
};

/* Objects that wait in kfree_rcu(), each with one address: dead, though allocated still. */
struct dying {
	struct rcu_head rcu;
	void *slot;
};

static struct dying *dying_new(void)
{
	return kzalloc(sizeof(struct dying), GFP_KERNEL);
}

/* The first one of a CPU is not noted in a page, for there is none; it makes the kernel get some. */
static int dying_init(struct test_batch *batch)
{
	struct dying *first;
	int cpu;

	for_each_online_cpu(cpu) {
		if (set_cpus_allowed_ptr(current, cpumask_of(cpu)))
			continue;
		first = dying_new();
		if (!first)
			break;
		kfree_rcu(first, rcu);
		msleep(100);
	}
	set_cpus_allowed_ptr(current, cpu_possible_mask);
	return 0;
}

static int dying_add(struct test_batch *batch, unsigned int index, void *object)
{
	struct dying *dying = dying_new();

	if (!dying)
		return -ENOMEM;
	dying->slot = object;
	kfree_rcu(dying, rcu);
	return 0;
}

static const struct test_holder holder_dying = { "dying", 8, false, dying_init, dying_add, none_del, none_exit };

static const struct test_holder * const holders[] = {
	&holder_vmalloc, &holder_none, &holder_bss, &holder_data, &holder_percpu, &holder_percpuvar, &holder_slab, &holder_packed, &holder_spread, &holder_kept,
	&holder_fired, &holder_page, &holder_directory, &holder_tail, &holder_large,
	&holder_tagged, &holder_interior, &test_holder_list, &test_holder_hlist, &test_holder_rbtree, &test_holder_xarray,
	&test_holder_maple, &test_holder_notifier, &test_holder_timer, &test_holder_stack, &test_holder_cycle, &test_holder_lostlist,
	&test_holder_request, &test_holder_over, &holder_dying,
};

/*
 * test_holder_find() - a holder by its name, or NULL
 */
const struct test_holder *test_holder_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(holders); i++)
		if (!strcmp(holders[i]->name, name))
			return holders[i];
	return NULL;
}

/*
 * test_holder_names() - all names, for the help text
 */
void test_holder_names(char *buf, size_t len)
{
	unsigned int i;
	size_t at = 0;

	for (i = 0; i < ARRAY_SIZE(holders); i++)
		at += scnprintf(buf + at, len - at, " %s", holders[i]->name);
}
