// SPDX-License-Identifier: GPL-2.0-only
/*
 * slabscan_leak: makes real, unmodified kernel code leak, by skipping chosen calls to kfree() and its relatives.
 *
 * Control: /sys/kernel/debug/slabscan_leak/
 *   ctl      write "add name=R func=F[,F...] [hook=H[,H...]] [mode=site|stack] [max=N] [every=K] [size=S] [arg=A]",
 *            "del R", "clear" (all rules and the log) or "undo" (free what was leaked, then clear); one command a line
 *   status   one line per rule: calls found, frees seen, frees skipped
 *   leaked   addresses of the leaked objects, one a line, in the order of the leaks
 *
 * Locking: leak_lock serialises the control file and protects the list of rules. Handlers only append to the log, whose slots
 * are handed out by an atomic counter.
 * The log keeps addresses inverted, for a plain one would be a reference to the leaked object.
 */
#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "ctl.h"
#include "leak.h"

static DEFINE_MUTEX(leak_lock);
static LIST_HEAD(leak_rules);
static unsigned long *leak_addr;
static atomic_t leak_nr;
static struct dentry *leak_dir;

/*
 * leak_log() - remember one leaked object
 *
 * Context: any. Beyond LEAK_LOG objects only the rules' counters go on.
 */
void leak_log(unsigned long object)
{
	unsigned int nr = atomic_inc_return(&leak_nr) - 1;

	if (nr < LEAK_LOG)
		leak_addr[nr] = ~object;
}

static unsigned int leak_logged(void)
{
	return min_t(unsigned int, atomic_read(&leak_nr), LEAK_LOG);
}

static void leak_rule_remove(struct leak_rule *rule)
{
	leak_rule_disarm(rule);
	list_del(&rule->node);
	kfree(rule);
}

static void leak_clear(void)
{
	struct leak_rule *rule, *next;

	list_for_each_entry_safe(rule, next, &leak_rules, node)
		leak_rule_remove(rule);
	atomic_set(&leak_nr, 0);
}

/* Probes first, so that our own kfree() is not skipped in turn. */
static void leak_undo(void)
{
	unsigned int i, nr = leak_logged();
	struct leak_rule *rule;

	list_for_each_entry(rule, &leak_rules, node)
		leak_rule_disarm(rule);
	for (i = 0; i < nr; i++)
		kvfree((void *)~leak_addr[i]);
	leak_clear();
}

static struct leak_rule *leak_find(const char *name)
{
	struct leak_rule *rule;

	list_for_each_entry(rule, &leak_rules, node)
		if (!strcmp(rule->name, name))
			return rule;
	return NULL;
}

static int leak_option(struct leak_rule *rule, char *word)
{
	char *value = strchr(word, '=');
	unsigned int number;

	if (!value)
		return -EINVAL;
	*value++ = '\0';
	if (!strcmp(word, "name"))
		return strscpy(rule->name, value, sizeof(rule->name)) < 0 ? -E2BIG : 0;
	if (!strcmp(word, "func"))
		return strscpy(rule->funcs, value, sizeof(rule->funcs)) < 0 ? -E2BIG : 0;
	if (!strcmp(word, "hook"))
		return strscpy(rule->hooks, value, sizeof(rule->hooks)) < 0 ? -E2BIG : 0;
	if (!strcmp(word, "mode")) {
		rule->stack = !strcmp(value, "stack");
		return rule->stack || !strcmp(value, "site") ? 0 : -EINVAL;
	}
	if (kstrtouint(value, 0, &number))
		return -EINVAL;
	if (!strcmp(word, "max"))
		rule->max = min_t(unsigned int, number, INT_MAX);
	else if (!strcmp(word, "every"))
		rule->every = max(number, 1U);
	else if (!strcmp(word, "size"))
		rule->size = number;
	else if (!strcmp(word, "arg") && number < 3)
		rule->arg = number;
	else
		return -EINVAL;
	return 0;
}

static int leak_add(char *args)
{
	struct leak_rule *rule;
	char *word;
	int err = 0;

	rule = kzalloc(sizeof(*rule), GFP_KERNEL);
	if (!rule)
		return -ENOMEM;
	rule->max = INT_MAX;
	rule->every = 1;
	rule->arg = LEAK_ARG_BY_HOOK;
	while (!err && (word = strsep(&args, " \t")))
		if (*word)
			err = leak_option(rule, word);
	if (!err && (!rule->name[0] || !rule->funcs[0]))
		err = -EINVAL;
	if (!err && leak_find(rule->name))
		err = -EEXIST;
	if (!err)
		err = leak_rule_arm(rule);
	if (err) {
		kfree(rule);
		return err;
	}
	list_add_tail(&rule->node, &leak_rules);
	return 0;
}

static int leak_command(char *line)
{
	char *verb = strsep(&line, " \t");
	struct leak_rule *rule;

	if (!*verb)
		return 0;
	if (!strcmp(verb, "add") && line)
		return leak_add(line);
	if (!strcmp(verb, "clear")) {
		leak_clear();
		return 0;
	}
	if (!strcmp(verb, "undo")) {
		leak_undo();
		return 0;
	}
	if (!strcmp(verb, "del") && line) {
		rule = leak_find(line);
		if (!rule)
			return -ENOENT;
		leak_rule_remove(rule);
		return 0;
	}
	return -EINVAL;
}

static ssize_t leak_ctl_write(struct file *file, const char __user *ubuf, size_t len, loff_t *pos)
{
	ssize_t ret;

	mutex_lock(&leak_lock);
	ret = ctl_lines(ubuf, len, leak_command);
	mutex_unlock(&leak_lock);
	return ret;
}

static const struct file_operations leak_ctl_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = leak_ctl_write,
	.llseek = noop_llseek,
};

static int leak_status_show(struct seq_file *m, void *v)
{
	struct leak_rule *rule;

	mutex_lock(&leak_lock);
	list_for_each_entry(rule, &leak_rules, node)
		seq_printf(m, "name=%s func=%s mode=%s sites=%u seen=%d leaked=%d max=%u every=%u\n",
			   rule->name, rule->funcs, rule->stack ? "stack" : "site", rule->nr_sites,
			   atomic_read(&rule->seen), atomic_read(&rule->leaked), rule->max, rule->every);
	mutex_unlock(&leak_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(leak_status);

static void *leak_seq_start(struct seq_file *m, loff_t *pos)
{
	return *pos < leak_logged() ? &leak_addr[*pos] : NULL;
}

static void *leak_seq_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return leak_seq_start(m, pos);
}

static void leak_seq_stop(struct seq_file *m, void *v)
{
}

static int leak_seq_show(struct seq_file *m, void *v)
{
	seq_printf(m, "0x%lx\n", ~*(unsigned long *)v);
	return 0;
}

static const struct seq_operations leak_leaked_sops = {
	.start = leak_seq_start,
	.next = leak_seq_next,
	.stop = leak_seq_stop,
	.show = leak_seq_show,
};
DEFINE_SEQ_ATTRIBUTE(leak_leaked);

static int __init leak_init(void)
{
	leak_addr = vzalloc(LEAK_LOG * sizeof(*leak_addr));
	if (!leak_addr)
		return -ENOMEM;
	leak_dir = debugfs_create_dir("slabscan_leak", NULL);
	debugfs_create_file("ctl", 0200, leak_dir, NULL, &leak_ctl_fops);
	debugfs_create_file("status", 0400, leak_dir, NULL, &leak_status_fops);
	debugfs_create_file("leaked", 0400, leak_dir, NULL, &leak_leaked_fops);
	return 0;
}

static void __exit leak_exit(void)
{
	debugfs_remove_recursive(leak_dir);
	mutex_lock(&leak_lock);
	leak_clear();
	mutex_unlock(&leak_lock);
	vfree(leak_addr);
}

module_init(leak_init);
module_exit(leak_exit);
MODULE_DESCRIPTION("slabscan self-test: make real kernel code leak by skipping its frees");
MODULE_LICENSE("GPL");
