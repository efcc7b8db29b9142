/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_REACH_H
#define SLABSCAN_REACH_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "core/mark.h"
#include "core/objset.h"
#include "job.h"
#include "kmem.h"
#include "memmap.h"
#include "roots.h"
#include "slab.h"

struct slabscan_reach;
struct task_struct;

/**
 * struct slabscan_block - a piece of a root: what in it may be a reference
 * @words: the words in it that are wanted: see struct slabscan_reach
 * @nr: how many
 * @len: bytes of the piece, up to a page
 * @addr: where it is: the direct map, or the stack of @task
 * @direct: where it is in the direct map
 * @task: or NULL
 * @packed: it begins at 4 mod 8
 */
struct slabscan_block {
	const struct slabscan_objset_word *words;
	u32 nr, len;
	unsigned long addr, direct;
	struct task_struct *task;
	bool packed;
};

/**
 * struct slabscan_reach_worker - a thread of the search
 * @reach: the search
 * @slab: room for the copy of a slab
 * @private: of the owner of the search
 */
struct slabscan_reach_worker {
	struct slabscan_reach *reach;
	struct slabscan_slab slab;
	void *private;

	/* private: */
	struct slabscan_objset_word *words;
	unsigned long *none_free;
	u64 root_bytes, unread, skipped, unsettled, live;
};

/**
 * struct slabscan_reach - a look at all slab objects and all roots of the machine
 * @job: its owner
 * @nr: threads
 * @workers: theirs
 * @args: pointers to them
 * @nr_pages: page frames that may be slabs, from 0
 * @max_slabs: room in a set
 * @max_objects: room in bitmaps over the objects
 * @set: the set that is searched now
 * @base: words of roots are wanted if they are addresses from here on: all memory from slabscan_reach_collect() on, unless the owner says otherwise
 * @span: so many bytes
 * @packed: roots that may hold pointers at 4 mod 8 are read once more for these, in blocks that say so; false unless the owner says otherwise
 * @root_bytes: bytes of roots read
 * @unread: bytes of roots that could not be read
 * @live: allocated objects
 * @skipped: objects of slabs that can't be read
 * @unsettled: slabs that kept changing
 */
struct slabscan_reach {
	struct slabscan_job *job;
	unsigned int nr;
	struct slabscan_reach_worker *workers;
	void **args;
	u64 nr_pages;
	u32 max_slabs, max_objects;
	struct slabscan_objset *set;
	unsigned long base, span;
	bool packed;
	u64 root_bytes, unread, live, skipped, unsettled;

	/* private: */
	struct slabscan_roots roots;
	struct slabscan_memmap memmap;
	struct slabscan_pfns pfns;
	unsigned long skip_bytes;
	atomic_t next_slab;
	u64 slab_units;
	spinlock_t lock;
	struct slabscan_parked parked;
	bool parked_ready;
	void (*see_slab)(struct slabscan_reach_worker *w, u32 slab, const unsigned long *free);
	void (*exclude)(struct slabscan_reach *r, u32 object, bool parked);
	void (*see_block)(struct slabscan_reach_worker *w, const struct slabscan_block *b);
	void (*each_slab)(struct slabscan_reach_worker *w, u32 slab);
	int (*rest)(struct slabscan_reach_worker *w);
};

int slabscan_reach_init(struct slabscan_reach *r, struct slabscan_job *job, unsigned int nr, struct netlink_ext_ack *extack);
void slabscan_reach_deinit(struct slabscan_reach *r);
size_t slabscan_reach_set_size(const struct slabscan_reach *r);
size_t slabscan_reach_bitmap_size(const struct slabscan_reach *r);
u64 slabscan_reach_units(const struct slabscan_reach *r);

int slabscan_reach_collect(struct slabscan_reach *r, struct slabscan_objset *set, void *mem);
int slabscan_reach_live(struct slabscan_reach *r, void (*see)(struct slabscan_reach_worker *w, u32 slab, const unsigned long *free),
			void (*exclude)(struct slabscan_reach *r, u32 object, bool parked));
bool slabscan_reach_copy(struct slabscan_reach_worker *w, u32 slab);
bool slabscan_reach_has_sheaves(const struct slabscan_cache *cache);
void slabscan_reach_feed(struct slabscan_reach_worker *w, unsigned long pfn, unsigned long nr);
int slabscan_reach_roots(struct slabscan_reach *r, void (*see)(struct slabscan_reach_worker *w, const struct slabscan_block *b));
void slabscan_reach_freed(struct slabscan_reach *r, void (*see)(struct slabscan_reach_worker *w, const struct slabscan_block *b));
int slabscan_reach_slabs(struct slabscan_reach *r, void (*see)(struct slabscan_reach_worker *w, u32 slab));
int slabscan_reach_finish(struct slabscan_reach *r, int (*rest)(struct slabscan_reach_worker *w));
u64 slabscan_reach_settle(void);
bool slabscan_reach_is_packed(const struct slabscan_cache *cache);
void slabscan_reach_doubt(const struct slabscan_reach *r, struct slabscan_mark *m);
int slabscan_reach_search(void *arg, u64 address, u32 len, struct slabscan_objset_word *ret);
size_t slabscan_reach_read(void *arg, u64 address, void *buf, size_t len);

#endif /* SLABSCAN_REACH_H */
