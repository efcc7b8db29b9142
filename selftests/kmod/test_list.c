// SPDX-License-Identifier: GPL-2.0-only
/*
 * The oracle as text: sets/NAME/{live,freed,peers,objects,info}.
 *
 * Opening a list takes a snapshot under test_lock, so that what is read is one moment's truth however long reading takes.
 * The snapshot, like the oracle, keeps addresses inverted.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>

#include "test.h"

enum list_kind {
	LIST_LIVE,
	LIST_FREED,
	LIST_PEERS,
};

struct list_snapshot {
	size_t nr;
	unsigned long entry[];
};

/* Order by address, at one address a live entry first. */
static int entry_compare(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

static size_t set_entries(struct test_set *set, enum list_kind kind)
{
	struct test_batch *batch;
	size_t nr = 0;

	list_for_each_entry(batch, &set->batches, node)
		nr += kind == LIST_PEERS ? batch->nr_peers : batch->count;
	return nr;
}

static void snapshot_collect(struct list_snapshot *snap, struct test_set *set, enum list_kind kind)
{
	struct test_batch *batch;
	unsigned int i;

	list_for_each_entry(batch, &set->batches, node) {
		if (kind == LIST_PEERS) {
			for (i = 0; i < batch->nr_peers; i++)
				snap->entry[snap->nr++] = batch->peers[i];
			continue;
		}
		for (i = 0; i < batch->count; i++)
			if (batch->oracle[i])
				snap->entry[snap->nr++] = batch->oracle[i];
	}
}

/* An address that was freed and came back in a later batch is live; one that was freed twice is one freed address. */
static void snapshot_reduce(struct list_snapshot *snap, enum list_kind kind)
{
	unsigned long last = 0;
	size_t in, out = 0;

	sort(snap->entry, snap->nr, sizeof(snap->entry[0]), entry_compare, NULL);
	for (in = 0; in < snap->nr; in++) {
		bool is_new = (snap->entry[in] | 7) != last;

		last = snap->entry[in] | 7;
		if (is_new && (kind == LIST_FREED) != test_oracle_is_live(snap->entry[in]))
			snap->entry[out++] = snap->entry[in];
	}
	snap->nr = out;
}

static void *list_seq_start(struct seq_file *m, loff_t *pos)
{
	struct list_snapshot *snap = m->private;

	return *pos < snap->nr ? &snap->entry[*pos] : NULL;
}

static void *list_seq_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return list_seq_start(m, pos);
}

static void list_seq_stop(struct seq_file *m, void *v)
{
}

static int list_seq_show(struct seq_file *m, void *v)
{
	seq_printf(m, "0x%lx\n", (unsigned long)test_oracle_object(*(unsigned long *)v));
	return 0;
}

static const struct seq_operations list_sops = {
	.start = list_seq_start,
	.next = list_seq_next,
	.stop = list_seq_stop,
	.show = list_seq_show,
};

static int list_open(struct inode *inode, struct file *file, enum list_kind kind)
{
	struct test_set *set = inode->i_private;
	struct list_snapshot *snap;
	int err;

	mutex_lock(&test_lock);
	snap = vzalloc(struct_size(snap, entry, set_entries(set, kind)));
	if (snap) {
		snapshot_collect(snap, set, kind);
		snapshot_reduce(snap, kind);
	}
	mutex_unlock(&test_lock);
	if (!snap)
		return -ENOMEM;
	err = seq_open(file, &list_sops);
	if (err) {
		vfree(snap);
		return err;
	}
	((struct seq_file *)file->private_data)->private = snap;
	return 0;
}

static int list_release(struct inode *inode, struct file *file)
{
	vfree(((struct seq_file *)file->private_data)->private);
	return seq_release(inode, file);
}

#define LIST_FILE(name, kind)								\
static int name##_open(struct inode *inode, struct file *file)				\
{											\
	return list_open(inode, file, kind);						\
}											\
static const struct file_operations name##_fops = {					\
	.owner = THIS_MODULE,								\
	.open = name##_open,								\
	.read = seq_read,								\
	.llseek = seq_lseek,								\
	.release = list_release,							\
}

LIST_FILE(live, LIST_LIVE);
LIST_FILE(freed, LIST_FREED);
LIST_FILE(peers, LIST_PEERS);

static int info_show(struct seq_file *m, void *v)
{
	struct test_set *set = m->private;
	unsigned long live = 0, freed = 0;
	struct test_batch *batch;
	u64 allocs, frees;

	mutex_lock(&test_lock);
	list_for_each_entry(batch, &set->batches, node) {
		live += batch->live;
		freed += batch->count - batch->live;
	}
	test_churn_counts(set, &allocs, &frees);
	seq_printf(m, "set=%s kind=%s size=%zu live=%lu freed=%lu batches=%u churn_allocs=%llu churn_frees=%llu\n", set->name,
		   set->cache ? "cache" : "kmalloc", set->size, live, freed, set->nr_batches, allocs, frees);
	list_for_each_entry(batch, &set->batches, node)
		seq_printf(m, "batch=%u shape=%s holder=%s referenced=%s count=%u live=%u peers=%u\n", batch->id, batch->shape->name,
			   batch->holder->name, batch->holder->referenced ? "yes" : "no", batch->count, batch->live,
			   batch->nr_peers);
	mutex_unlock(&test_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(info);

/* One line an object: address, state, batch, shape, holder. In the order of planting; one batch a record. */
static int objects_show(struct seq_file *m, void *v)
{
	struct test_set *set = m->private;
	struct test_batch *batch;
	unsigned int i;

	mutex_lock(&test_lock);
	list_for_each_entry(batch, &set->batches, node)
		for (i = 0; i < batch->count; i++)
			if (batch->oracle[i])
				seq_printf(m, "0x%lx %s %u %s %s\n", (unsigned long)test_oracle_object(batch->oracle[i]),
					   test_oracle_is_live(batch->oracle[i]) ? "live" : "freed", batch->id,
					   batch->shape->name, batch->holder->name);
	mutex_unlock(&test_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(objects);

/*
 * test_list_create() - make the files of a set below @parent; debugfs_remove_recursive(set->dir) removes them
 */
void test_list_create(struct test_set *set, struct dentry *parent)
{
	set->dir = debugfs_create_dir(set->name, parent);
	debugfs_create_file("live", 0400, set->dir, set, &live_fops);
	debugfs_create_file("freed", 0400, set->dir, set, &freed_fops);
	debugfs_create_file("peers", 0400, set->dir, set, &peers_fops);
	debugfs_create_file("objects", 0400, set->dir, set, &objects_fops);
	debugfs_create_file("info", 0400, set->dir, set, &info_fops);
}
