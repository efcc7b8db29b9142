// SPDX-License-Identifier: GPL-2.0-only
/*
 * slabscan_fault: lets the N-th allocation that slabscan makes fail, and says where that was.
 *
 * Control: /sys/kernel/debug/slabscan_fault
 *   write N   count from now on, and let the N-th fail; 0: only count
 *   read      "seen=N failed=0|1", and below that the stack of the one that failed
 *
 * It has to be loaded before slabscan, which it learns to know when that is loaded: so allocations of its init can fail as well. An allocation is
 * slabscan's if a frame on its stack is. Both places are hooked that the kernel has for just that, should_failslab() and should_fail_alloc_page(); a
 * kernel without fault injection may have compiled them away: then loading fails with -ENOENT, or no page allocation is seen. What the kernel allocates
 * to remove a probe is spared, for it cannot report that it failed.
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

#define FRAMES	40

static struct module *target;
static atomic_t seen;
static int fail_at;
static bool armed, failed;
static unsigned long where[FRAMES];
static unsigned int nr_where;

/* Called instead of either function: "yes", as an int and as a bool. */
static noinline int answer_yes(void)
{
	return -ENOMEM;
}

static bool is_ours(unsigned long *frames, unsigned int *nr)
{
	struct module *mod = READ_ONCE(target);
	unsigned int i;

	if (!mod || !in_task())
		return false;
	*nr = stack_trace_save(frames, FRAMES, 0);
	for (i = 0; i < *nr; i++)
		if (within_module(frames[i], mod))
			return true;
	return false;
}

/* The kernel has no way to fail here, and says so with a warning: unregister_kprobe() returns nothing. */
static bool is_removal(const unsigned long *frames, unsigned int nr)
{
	char name[KSYM_SYMBOL_LEN];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		snprintf(name, sizeof(name), "%ps", (void *)frames[i]);
		if (!strncmp(name, "unregister_k", strlen("unregister_k")))
			return true;
	}
	return false;
}

/* Return: 1 if the function is not to be entered. */
static int judge(struct pt_regs *regs, gfp_t gfp)
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
	regs->ip = (unsigned long)answer_yes;
	return 1;
}

static int before_slab(struct kprobe *kp, struct pt_regs *regs)
{
	return judge(regs, regs->si);
}

static int before_page(struct kprobe *kp, struct pt_regs *regs)
{
	return judge(regs, regs->di);
}

/* A post_handler, even an empty one, keeps the probe from being optimised: only then may a handler change where to go on. */
static void after(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe slab_probe = {
	.symbol_name = "should_failslab",
	.pre_handler = before_slab,
	.post_handler = after,
};

static struct kprobe page_probe = {
	.symbol_name = "should_fail_alloc_page",
	.pre_handler = before_page,
	.post_handler = after,
};
static bool has_page_probe;

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
	int n, err = kstrtoint_from_user(from, len, 0, &n);

	if (err)
		return err;
	WRITE_ONCE(armed, false);
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

	err = register_kprobe(&slab_probe);
	if (err)
		return err;
	has_page_probe = !register_kprobe(&page_probe);
	err = register_module_notifier(&module_nb);
	if (err) {
		if (has_page_probe)
			unregister_kprobe(&page_probe);
		unregister_kprobe(&slab_probe);
		return err;
	}
	ctl = debugfs_create_file("slabscan_fault", 0600, NULL, NULL, &ctl_fops);
	return 0;
}

static void __exit fault_exit(void)
{
	debugfs_remove(ctl);
	unregister_module_notifier(&module_nb);
	if (has_page_probe)
		unregister_kprobe(&page_probe);
	unregister_kprobe(&slab_probe);
}

module_init(fault_init);
module_exit(fault_exit);
MODULE_DESCRIPTION("slabscan self-test: let chosen allocations of slabscan fail");
MODULE_LICENSE("GPL");
