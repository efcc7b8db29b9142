// SPDX-License-Identifier: GPL-2.0-only
/*
 * slabscan_fault: lets the N-th allocation that slabscan makes fail, and says where that was.
 *
 * Control: /sys/kernel/debug/slabscan_fault
 *   write N      count from now on, and let the N-th fail; 0: only count
 *   write N kv   the same of kvmalloc() alone
 *   read         "seen=N failed=0|1", and below that the stack of the one that failed
 *
 * It has to be loaded before slabscan, which it learns to know when that is loaded: so allocations of its init can fail as well. An allocation is
 * slabscan's if a frame on its stack is, or one of netlink_dump(), which makes the messages that results are copied to. Both places are hooked that the
 * kernel has for just that, should_failslab() and should_fail_alloc_page(). Since v6.11 a kernel without fault injection has neither (a7526fe8b94e
 * "mm, slab: put should_failslab() back behind CONFIG_SHOULD_FAILSLAB"): there the allocators themselves are. kvmalloc() is in any case: for more than a
 * page it has other ways where something in it fails, vmalloc() with large pages and with small ones. What the kernel allocates to remove a probe is
 * spared, for it warns then.
 *
 * Locking: none; one script uses it. The handlers count with atomics, and the one that lets fail writes the stack before it says so.
 */
#include <linux/debugfs.h>
#include <linux/gfp.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/preempt.h>
#include <linux/seq_file.h>
#include <linux/stacktrace.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#define FRAMES	40

static struct module *target;
static unsigned long dump_start, dump_end;	/* netlink_dump() */
static atomic_t seen;
static int fail_at;
static bool armed, failed, only_kv;
static unsigned long where[FRAMES];
static unsigned int nr_where;

/* Called instead of the kernel's hooks: "yes", as an int and as a bool. */
static noinline int answer_yes(void)
{
	return -ENOMEM;
}

/* Called instead of an allocator. */
static noinline void *answer_null(void)
{
	return NULL;
}

static bool is_ours(unsigned long *frames, unsigned int *nr)
{
	struct module *mod = READ_ONCE(target);
	unsigned int i;

	if (!mod || !in_task())
		return false;
	*nr = stack_trace_save(frames, FRAMES, 0);
	for (i = 0; i < *nr; i++)
		if (within_module(frames[i], mod) || (frames[i] > dump_start && frames[i] < dump_end))
			return true;
	return false;
}

/* The kernel warns where it fails to disarm a probe. */
static bool is_removal(const unsigned long *frames, unsigned int nr)
{
	char name[KSYM_SYMBOL_LEN];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		snprintf(name, sizeof(name), "%ps", (void *)frames[i]);
		if (!strncmp(name, "unregister_k", strlen("unregister_k")) || !strcmp(name, "disable_kprobe"))
			return true;
	}
	return false;
}

/* Return: 1 if the function is not to be entered. */
static int judge(struct pt_regs *regs, gfp_t gfp, void *instead)
{
	unsigned long frames[FRAMES];
	unsigned int nr;

	if (!READ_ONCE(armed) || (gfp & __GFP_NOFAIL) || !is_ours(frames, &nr))
		return 0;
	if (atomic_inc_return(&seen) != READ_ONCE(fail_at))
		return 0;
	memcpy(where, frames, sizeof(where));
	nr_where = nr;
	smp_store_release(&failed, true);
	if (is_removal(frames, nr))
		return 0;
	regs->ip = (unsigned long)instead;
	return 1;
}

struct hook {
	struct kprobe kp;
	bool allocates;
	bool kv;
	u8 gfp;			/* where in struct pt_regs */
};

static int before(struct kprobe *kp, struct pt_regs *regs)
{
	const struct hook *hook = container_of(kp, struct hook, kp);

	if (READ_ONCE(only_kv) && !hook->kv)
		return 0;
	return judge(regs, *(unsigned long *)((char *)regs + hook->gfp), hook->allocates ? (void *)answer_null : (void *)answer_yes);
}

/* A post_handler, even an empty one, keeps the probe from being optimised: only then may a handler change where to go on. */
static void after(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
}

#define HOOK_OF(name, does, is_kv, reg)	{ .kp = { .symbol_name = name, .pre_handler = before, .post_handler = after }, .allocates = does, .kv = is_kv, \
					  .gfp = offsetof(struct pt_regs, reg) }
#define HOOK(name, does, reg)		HOOK_OF(name, does, false, reg)
#define HOOK_KV(name, reg)		HOOK_OF(name, true, true, reg)

/* CONFIG_SLAB_BUCKETS puts a word before the flags; CONFIG_KMALLOC_PARTITION_CACHES would put another one, also into __kmalloc(). */
#ifdef CONFIG_SLAB_BUCKETS
#define AFTER_BUCKET	dx
#define AFTER_ALIGN	cx
#else
#define AFTER_BUCKET	si
#define AFTER_ALIGN	dx
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)	/* __kvmalloc_node() got the alignment ("mm/slub: allow to set node and align in k[v]realloc") */
#undef AFTER_ALIGN
#define AFTER_ALIGN	AFTER_BUCKET
#endif

static struct hook hooks[] = {
	HOOK("should_failslab", false, si),
	HOOK("should_fail_alloc_page", false, di),
	HOOK_KV("kvmalloc_node", si),	/* before v6.10; later it is among the allocators */
#ifndef CONFIG_KMALLOC_PARTITION_CACHES
	HOOK("kmem_cache_alloc_noprof", true, si),
	HOOK("kmem_cache_alloc_lru_noprof", true, dx),
	HOOK("kmem_cache_alloc_node_noprof", true, si),
	HOOK("__kmalloc_noprof", true, si),
	HOOK("__kmalloc_node_noprof", true, AFTER_BUCKET),
	HOOK("__kmalloc_node_track_caller_noprof", true, AFTER_BUCKET),
	HOOK("__kmalloc_cache_noprof", true, si),
	HOOK("__kmalloc_cache_node_noprof", true, si),
	HOOK("__kmalloc_large_noprof", true, si),
	HOOK("__kmalloc_large_node_noprof", true, si),
	HOOK_KV("__kvmalloc_node_noprof", AFTER_ALIGN),
	HOOK("__vmalloc_node_range_noprof", true, r8),
	HOOK("pcpu_alloc_noprof", true, cx),
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
	HOOK("__alloc_pages_noprof", true, di),
#else	/* "mm/page_alloc: add __alloc_frozen_pages()" */
	HOOK("__alloc_frozen_pages_noprof", true, di),
#endif
#endif
};
#define OLD_HOOKS	3	/* at the begin */

static bool is_hooked[ARRAY_SIZE(hooks)];

static int unhook(int err)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (is_hooked[i])
			unregister_kprobe(&hooks[i].kp);
	return err;
}

/* Where the kernel has its own hooks, they and kvmalloc() are all there is to hook; the allocators lead through them. */
static int hook_all(void)
{
	unsigned int i;

	for (i = 0; i < OLD_HOOKS; i++)
		is_hooked[i] = !register_kprobe(&hooks[i].kp);
	if (is_hooked[0])
		return 0;
	for (; i < ARRAY_SIZE(hooks); i++) {
		is_hooked[i] = !register_kprobe(&hooks[i].kp);
		if (!is_hooked[i])
			return unhook(-ENOENT);
	}
	return 0;
}

/* Where it cannot be found, messages of a dump are not counted. */
static void __init find_dump(void)
{
	struct kprobe kp = { .symbol_name = "netlink_dump", .flags = KPROBE_FLAG_DISABLED };
	char name[KSYM_SYMBOL_LEN];
	unsigned long offset, size;
	const char *at;

	if (register_kprobe(&kp))
		return;
	sprint_symbol(name, (unsigned long)kp.addr);
	at = strchr(name, '+');
	if (at && sscanf(at, "+0x%lx/0x%lx", &offset, &size) == 2) {
		dump_start = (unsigned long)kp.addr - offset;
		dump_end = dump_start + size;
	}
	unregister_kprobe(&kp);
}

static int module_event(struct notifier_block *nb, unsigned long event, void *arg)
{
	struct module *mod = arg;

	if (strcmp(mod->name, "slabscan"))
		return NOTIFY_DONE;
	if (event == MODULE_STATE_COMING)
		WRITE_ONCE(target, mod);
	else if (event == MODULE_STATE_GOING)
		WRITE_ONCE(target, NULL);
	return NOTIFY_DONE;
}

static struct notifier_block module_nb = {
	.notifier_call = module_event,
};

static ssize_t ctl_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	char line[16] = "", word[4] = "";
	int n;

	if (len >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, from, len))
		return -EFAULT;
	if (sscanf(line, "%d %3s", &n, word) < 1 || (*word && strcmp(word, "kv")))
		return -EINVAL;
	WRITE_ONCE(armed, false);
	WRITE_ONCE(only_kv, *word);
	atomic_set(&seen, 0);
	WRITE_ONCE(fail_at, n);
	WRITE_ONCE(failed, false);
	WRITE_ONCE(armed, true);
	return len;
}

static int ctl_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	seq_printf(m, "seen=%d failed=%d\n", atomic_read(&seen), READ_ONCE(failed));
	for (i = 0; smp_load_acquire(&failed) && i < nr_where; i++)
		seq_printf(m, "  %pS\n", (void *)where[i]);
	return 0;
}

static int ctl_open(struct inode *inode, struct file *file)
{
	return single_open(file, ctl_show, NULL);
}

static const struct file_operations ctl_fops = {
	.owner = THIS_MODULE,
	.open = ctl_open,
	.read = seq_read,
	.write = ctl_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static struct dentry *ctl;

static int __init fault_init(void)
{
	int err;

	find_dump();
	err = hook_all();
	if (err)
		return err;
	err = register_module_notifier(&module_nb);
	if (err)
		return unhook(err);
	ctl = debugfs_create_file("slabscan_fault", 0600, NULL, NULL, &ctl_fops);
	return 0;
}

static void __exit fault_exit(void)
{
	debugfs_remove(ctl);
	unregister_module_notifier(&module_nb);
	unhook(0);
}

module_init(fault_init);
module_exit(fault_exit);
MODULE_DESCRIPTION("slabscan self-test: let chosen allocations of slabscan fail");
MODULE_LICENSE("GPL");
