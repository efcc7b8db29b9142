// SPDX-License-Identifier: GPL-2.0-only
/*
 * slabscan_test: the control file and the commands. README.md is the manual.
 *
 * /sys/kernel/debug/slabscan_test/ctl takes commands, one a line; reading it gives the answer to the last one that had any.
 * test_lock is held over each line. Removing a set's files waits for readers, who take test_lock: so files are always removed
 * without it, and dir_lock keeps two writers from removing the same set.
 */
#include <linux/debugfs.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <trace/events/kmem.h>

#include "ctl.h"
#include "test.h"

#define ARGS_MAX	8
#define ANSWER_MAX	2048

DEFINE_MUTEX(test_lock);
static DEFINE_MUTEX(dir_lock);
struct dentry *test_dir;
static struct dentry *sets_dir;
static char answer[ANSWER_MAX];

struct command {
	const char *verb;
	int min_args;		/* without the verb */
	int (*run)(int argc, char **argv);
	const char *usage;
};

static int set_of(const char *name, struct test_set **ret)
{
	*ret = test_set_find(name);
	return *ret ? 0 : -ENOENT;
}

static int cmd_create(int argc, char **argv)
{
	unsigned int size;
	int err = kstrtouint(argv[1], 0, &size);

	if (err)
		return err;
	err = test_set_create(argv[0], size, argc > 2 ? argv[2] : NULL);
	if (!err)
		test_list_create(test_set_find(argv[0]), sets_dir);
	return err;
}

/* Entered with test_lock held; see the top of the file. */
static void set_remove(struct test_set *set)
{
	struct dentry *dir = set->dir;

	mutex_unlock(&test_lock);
	debugfs_remove_recursive(dir);
	mutex_lock(&test_lock);
	test_set_destroy(set);
}

static int cmd_destroy(int argc, char **argv)
{
	struct test_set *set;
	int err = set_of(argv[0], &set);

	if (!err)
		set_remove(set);
	return err;
}

static int cmd_plant(int argc, char **argv)
{
	const struct test_shape *shape = test_shape_find(argv[2]);
	const struct test_holder *holder = test_holder_find(argc > 3 ? argv[3] : "vmalloc");
	struct test_set *set;
	unsigned int count;

	if (set_of(argv[0], &set))
		return -ENOENT;
	if (!shape || !holder || kstrtouint(argv[1], 0, &count))
		return -EINVAL;
	return test_set_plant(set, count, shape, holder);
}

/* As much again of what the first batch is. */
static int cmd_realloc(int argc, char **argv)
{
	struct test_batch *first;
	struct test_set *set;
	unsigned int count;

	if (set_of(argv[0], &set))
		return -ENOENT;
	first = list_first_entry_or_null(&set->batches, struct test_batch, node);
	if (!first || kstrtouint(argv[1], 0, &count))
		return -EINVAL;
	return test_set_plant(set, count, first->shape, first->holder);
}

static int cmd_fill(int argc, char **argv)
{
	const struct test_shape *shape = test_shape_find(argv[2]);
	struct test_set *set;
	unsigned long count;

	if (set_of(argv[0], &set))
		return -ENOENT;
	if (!shape || kstrtoul(argv[1], 0, &count))
		return -EINVAL;
	return test_set_fill(set, count, shape);
}

static int pattern_parse(struct test_pattern *pattern, int argc, char **argv)
{
	unsigned int number;
	char *value;
	int i;

	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "all"))
			continue;
		if (!strcmp(argv[i], "hidden")) {
			pattern->hidden = true;
			continue;
		}
		value = strchr(argv[i], '=');
		if (!value)
			return -EINVAL;
		*value++ = '\0';
		if (kstrtouint(value, 0, &number))
			return -EINVAL;
		if (!strcmp(argv[i], "every") && number)
			pattern->every = number;
		else if (!strcmp(argv[i], "offset"))
			pattern->offset = number;
		else if (!strcmp(argv[i], "permille"))
			pattern->permille = number;
		else if (!strcmp(argv[i], "count"))
			pattern->count = number;
		else if (!strcmp(argv[i], "batch"))
			pattern->batch = number;
		else
			return -EINVAL;
	}
	return 0;
}

/* "SET [PATTERN...]" */
static int set_and_pattern(int argc, char **argv, struct test_set **set, struct test_pattern *pattern)
{
	int err = set_of(argv[0], set);

	*pattern = (struct test_pattern){ .batch = -1 };
	return err ? err : pattern_parse(pattern, argc - 1, argv + 1);
}

static int cmd_free(int argc, char **argv)
{
	struct test_pattern pattern;
	struct test_set *set;
	long nr = set_and_pattern(argc, argv, &set, &pattern);

	if (!nr)
		nr = test_set_release(set, &pattern);
	if (nr < 0)
		return nr;
	scnprintf(answer, sizeof(answer), "freed=%ld\n", nr);
	return 0;
}

static int cmd_drop(int argc, char **argv)
{
	struct test_pattern pattern;
	struct test_set *set;
	int err = set_and_pattern(argc, argv, &set, &pattern);

	if (!err)
		test_set_drop(set, pattern.batch);
	return err;
}

static int cmd_churn(int argc, char **argv)
{
	unsigned int threads, depth = 64, pause = 0;
	struct test_set *set;

	if (set_of(argv[0], &set))
		return -ENOENT;
	if (!strcmp(argv[1], "stop")) {
		test_churn_stop(set);
		return 0;
	}
	if (kstrtouint(argv[1], 0, &threads) || (argc > 3 && kstrtouint(argv[3], 0, &depth)) || (argc > 4 && kstrtouint(argv[4], 0, &pause)))
		return -EINVAL;
	return test_churn_start(set, threads, argc > 2 ? argv[2] : "mixed", depth, pause);
}

static int cmd_rcuhold(int argc, char **argv)
{
	unsigned int ms;

	return kstrtouint(argv[0], 0, &ms) ? -EINVAL : test_rcu_hold(ms);
}

static int cmd_rcutasks(int argc, char **argv)
{
	u64 start = ktime_get_ns();

	synchronize_rcu_tasks();
	snprintf(answer, sizeof(answer), "ns=%llu", ktime_get_ns() - start);
	return 0;
}

static int cmd_bench(int argc, char **argv)
{
	unsigned long number = 0;
	struct test_set *set;
	unsigned int size;

	if (!strcmp(argv[0], "readall") || !strcmp(argv[0], "readroots") || !strcmp(argv[0], "loadroots") || !strcmp(argv[0], "readslabs"))
		return test_bench_read_pages(argv[0], answer, sizeof(answer));
	if (argc > 2 && kstrtoul(argv[2], 0, &number))
		return -EINVAL;
	if (argc > 2 && !strcmp(argv[0], "kmalloc"))
		return kstrtouint(argv[1], 0, &size) ? -EINVAL : test_bench_kmalloc(size, number, answer, sizeof(answer));
	if (argc > 2 && !strcmp(argv[0], "batch"))
		return kstrtouint(argv[1], 0, &size) ? -EINVAL : test_bench_batch(size, number, answer, sizeof(answer));
	if (argc < 2 || set_of(argv[1], &set))
		return argc < 2 ? -EINVAL : -ENOENT;
	if (!strcmp(argv[0], "set"))
		return test_bench_set(set, number, answer, sizeof(answer));
	if (!strcmp(argv[0], "readset"))
		return test_bench_read_set(set, answer, sizeof(answer));
	return -EINVAL;
}

static int cmd_reset(int argc, char **argv)
{
	while (!list_empty(&test_sets))
		set_remove(list_first_entry(&test_sets, struct test_set, node));
	return 0;
}

static int cmd_help(int argc, char **argv);

static const struct command commands[] = {
	{ "create", 2, cmd_create, "NAME SIZE [ctor,rcu,account,reclaim,hwalign,nomerge,kmalloc]" },
	{ "destroy", 1, cmd_destroy, "NAME" },
	{ "plant", 3, cmd_plant, "NAME COUNT SHAPE [HOLDER]" },
	{ "realloc", 2, cmd_realloc, "NAME COUNT" },
	{ "fill", 3, cmd_fill, "NAME COUNT SHAPE" },
	{ "free", 1, cmd_free, "NAME [all] [batch=B] [every=K] [offset=O] [permille=P] [count=N] [hidden]" },
	{ "drop", 1, cmd_drop, "NAME [batch=B]" },
	{ "churn", 2, cmd_churn, "NAME THREADS|stop [plain|bulk|cross|rcu|mixed] [DEPTH] [PAUSE_MS]" },
	{ "bench", 1, cmd_bench, "kmalloc SIZE N | batch SIZE N | set NAME N | readset NAME | readroots | loadroots | readslabs | readall" },
	{ "rcuhold", 1, cmd_rcuhold, "MS" },
	{ "rcutasks", 0, cmd_rcutasks, "" },
	{ "reset", 0, cmd_reset, "" },
	{ "help", 0, cmd_help, "" },
};

static int cmd_help(int argc, char **argv)
{
	size_t i, at = 0;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		at += scnprintf(answer + at, sizeof(answer) - at, "%s %s\n", commands[i].verb, commands[i].usage);
	at += scnprintf(answer + at, sizeof(answer) - at, "shapes:");
	test_shape_names(answer + at, sizeof(answer) - at);
	at = strlen(answer);
	at += scnprintf(answer + at, sizeof(answer) - at, "\nholders:");
	test_holder_names(answer + at, sizeof(answer) - at);
	at = strlen(answer);
	scnprintf(answer + at, sizeof(answer) - at, "\n");
	return 0;
}

static int command_run(char *line)
{
	char *argv[ARGS_MAX], *word;
	int argc = 0;
	size_t i;

	while ((word = strsep(&line, " \t"))) {
		if (!*word)
			continue;
		if (argc == ARGS_MAX)
			return -E2BIG;
		argv[argc++] = word;
	}
	if (!argc || argv[0][0] == '#')
		return 0;
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].verb, argv[0]) && argc > commands[i].min_args)
			return commands[i].run(argc - 1, argv + 1);
	return -EINVAL;
}

static ssize_t ctl_write(struct file *file, const char __user *ubuf, size_t len, loff_t *pos)
{
	ssize_t ret;

	mutex_lock(&dir_lock);
	mutex_lock(&test_lock);
	answer[0] = '\0';
	ret = ctl_lines(ubuf, len, command_run);
	mutex_unlock(&test_lock);
	mutex_unlock(&dir_lock);
	return ret;
}

static ssize_t ctl_read(struct file *file, char __user *ubuf, size_t len, loff_t *pos)
{
	ssize_t ret;

	mutex_lock(&test_lock);
	ret = simple_read_from_buffer(ubuf, len, pos, answer, strlen(answer));
	mutex_unlock(&test_lock);
	return ret;
}

static const struct file_operations ctl_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = ctl_read,
	.write = ctl_write,
	.llseek = default_llseek,
};

/* How many of the tracepoints that a trace may use are on, whoever uses them. */
static int tracepoints_get(void *data, u64 *on)
{
	*on = trace_kmalloc_enabled() + trace_kmem_cache_alloc_enabled() + trace_kfree_enabled() + trace_kmem_cache_free_enabled();
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
	*on += trace_kmalloc_node_enabled() + trace_kmem_cache_alloc_node_enabled();
#endif
	return 0;
}

DEFINE_SIMPLE_ATTRIBUTE(tracepoints_fops, tracepoints_get, NULL, "%llu\n");

static int __init test_init(void)
{
	int err = test_shape_init();

	if (err)
		return err;
	test_dir = debugfs_create_dir("slabscan_test", NULL);
	sets_dir = debugfs_create_dir("sets", test_dir);
	debugfs_create_file("ctl", 0600, test_dir, NULL, &ctl_fops);
	debugfs_create_file("tracepoints", 0400, test_dir, NULL, &tracepoints_fops);
	return 0;
}

static void __exit test_exit(void)
{
	debugfs_remove_recursive(test_dir);
	mutex_lock(&test_lock);
	test_rcu_release();
	while (!list_empty(&test_sets))
		test_set_destroy(list_first_entry(&test_sets, struct test_set, node));
	mutex_unlock(&test_lock);
	test_shape_deinit();
}

module_init(test_init);
module_exit(test_exit);
MODULE_DESCRIPTION("slabscan self-test: objects with known answers");
MODULE_LICENSE("GPL");
