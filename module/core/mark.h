/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mark.h - what can be reached from the roots?
 *
 * One struct slabscan_mark is shared by all workers, each worker has a struct slabscan_marker of its own. A worker feeds roots with
 * slabscan_mark_roots() and follows what they lead to with slabscan_mark_step(), in any mix; both may run on all CPUs at once on the same
 * struct slabscan_mark. The pass is over when every root has been fed and, after that, each worker's slabscan_mark_step() has returned true.
 *
 * Much faster is it to go through the slabs between the two, slab by slab and more than once, with slabscan_mark_slab(), and to leave to slabscan_mark_step()
 * only the ends of long chains.
 *
 * Which words count: 64-bit words at 8-aligned places that point into a live object: to its start, its middle, with tags in low bits (rb-tree
 * colours, xarray and maple node types, PAGE_MAPPING bits, work flags, hash-list nulls: all of them leave the pointer inside the object).
 * Which do not: pointers that are not 8-aligned (but at 4 mod 8 of the classes in slabscan_mark.packed), xored, compressed, or moved outside of the object;
 * physical and page-frame addresses. Per-CPU pointers need no care, since what they lead to is no slab object but memory that is itself a root.
 */
#ifndef SLABSCAN_MARK_H
#define SLABSCAN_MARK_H

#include "core.h"
#include "objset.h"

/* objects whose content is fetched while others are looked at */
#define SLABSCAN_MARK_SOON 8

/**
 * typedef slabscan_mark_read_t - copy memory of the machine that is looked at
 * @arg: from slabscan_mark_init()
 * @address: 8-aligned, within a live object
 * @buf: 8-aligned
 * @len: bytes wanted
 *
 * Called by all workers at once. May fail, must not wait for long.
 *
 * Return: bytes copied; fewer than @len if the rest can't be read.
 */
typedef size_t (*slabscan_mark_read_t)(void *arg, u64 address, void *buf, size_t len);

/**
 * typedef slabscan_mark_search_t - find the words of a piece of memory that may point to objects
 * @arg: from slabscan_mark_init()
 * @address: 8-aligned, with slabscan_mark.packed 4-aligned, within a live object
 * @len: its bytes, a multiple of 8
 * @ret: room for @len / 8 words; their @at counts from @address
 *
 * Called as slabscan_mark_read_t is. All words between the set's base and the end of its pages have to be among them.
 *
 * Return: how many; negative if not all of it can be read.
 */
typedef int (*slabscan_mark_search_t)(void *arg, u64 address, u32 len, struct slabscan_objset_word *ret);

/**
 * struct slabscan_mark_claim - a word that its owner may leave behind when it means nothing any more
 * @class: of the objects that have it, or SLABSCAN_MARK_NO_CLAIM
 * @at: byte offset of the word in them
 * @own: byte offset of another word in them: the address of a page, or there is no claim
 * @theirs: byte offset of a word behind the address that the first one holds: the claim is true if it is equal to the other one
 *
 * All 8-aligned.
 */
struct slabscan_mark_claim {
	u32 class;
	u32 at, own, theirs;
};

#define SLABSCAN_MARK_NO_CLAIM U32_MAX

/**
 * struct slabscan_mark_request - what is left in a request to a block device when it is over
 * @queue: byte offset of request.q, the start of an object
 * @ctx: byte offset of request.mq_ctx, the part of one CPU of what the queue has for each
 * @ref: byte offset of request.ref, 32 bits: 0 if the request is free
 * @tail: byte offset of request.biotail; SLABSCAN_MARK_NO_REQUEST: nothing is known about requests
 * @queue_ctx: byte offset of request_queue.queue_ctx, a per-CPU pointer
 * @cpu_offset: what to add to a per-CPU pointer, for each CPU
 * @cpus: how many
 * @read: copies memory at any address, and nothing of a device
 *
 * A request is made once and used again and again. What completes it takes bio after bio away from request.bio, and leaves request.biotail as it was
 * (block/blk-mq.c, blk_update_request()). In a request in use biotail may be the only pointer to its bio (a flush: blk_flush_restore_request()).
 */
struct slabscan_mark_request {
	u32 queue, ctx, ref, tail, queue_ctx;
	const unsigned long *cpu_offset;
	u32 cpus;
	slabscan_mark_read_t read;
};

#define SLABSCAN_MARK_NO_REQUEST U32_MAX

/**
 * struct slabscan_mark - one marking pass
 * @set: sealed set of objects
 * @marked: one bit an object, set if there is no reason to look at it (any more): reached, or not live. After the pass a clear bit means live
 *	and unreachable
 * @pending: one bit an object: reached, to be followed, and in no worker's list
 * @read: reads object contents
 * @arg: for @read and @search
 * @search: spares the copy of object contents. slabscan_mark_init() sets none
 * @poison: what a node of a list has as its way back when it was deleted with its way on left to readers (LIST_POISON2). slabscan_mark_init()
 *	sets it to 0, which turns slabscan_mark_is_stale() off
 * @text: what stands in a timer as its function is this or more. slabscan_mark_init() sets U64_MAX: nothing is a timer
 * @packed: one bit a class: its objects are searched at 4 mod 8, too; with @search. slabscan_mark_init() sets none. @meet is not told of such places
 * @claim: words that count only if what they point to agrees. slabscan_mark_init() sets none
 * @request: how to know a free block request. slabscan_mark_init() sets that this is not known
 * @absent: one bit an object: marked because it was not live when that was looked up, and may be by now. slabscan_mark_init() sets none
 * @meet: with @absent: told of each place that points to such an object; called by all workers at once
 */
struct slabscan_mark {
	const struct slabscan_objset *set;
	unsigned long *marked;
	unsigned long *pending;
	slabscan_mark_read_t read;
	slabscan_mark_search_t search;
	void *arg;
	u64 poison;
	u64 text;
	const unsigned long *packed;
	struct slabscan_mark_claim claim;
	struct slabscan_mark_request request;
	const unsigned long *absent;
	void (*meet)(void *arg, u64 place);
};

/**
 * struct slabscan_marker - a worker, and what it has done
 * @words: words of roots and objects looked at
 * @hits: of these, pointers into objects
 * @reached: objects that this worker marked
 * @followed: objects whose content it read
 * @unread: bytes of reached objects that could not be read
 * @overflows: objects that did not fit into the list and were found again by a sweep
 */
struct slabscan_marker {
	u64 words;
	u64 hits;
	u64 reached;
	u64 followed;
	u64 unread;
	u64 overflows;
	/* private: */
	u64 *list;
	u32 max;
	u32 n;
	u64 soon[SLABSCAN_MARK_SOON];
	u32 soon_at;
	u32 soon_n;
	u64 *buf;
	u32 buf_len;
	bool listing;
	bool lost;
	bool sweeping;
	u64 sweep;
};

/**
 * slabscan_mark_init - start a pass
 * @m: caller's memory
 * @set: sealed; must outlive @m
 * @marked: slabscan_objset_bitmap_bytes() of memory, all bits set: nothing is live yet
 * @pending: likewise, all clear
 * @read: reads object contents
 * @arg: for @read
 *
 * Then say what is live, slab by slab, with slabscan_mark_live(), and what shall not be followed, with slabscan_mark_exclude(). All this by
 * one thread, before the first worker starts.
 */
void slabscan_mark_init(struct slabscan_mark *m, const struct slabscan_objset *set, unsigned long *marked, unsigned long *pending,
			slabscan_mark_read_t read, void *arg);

/**
 * slabscan_mark_live - tell which objects of a slab are live
 * @m: before the first worker
 * @slab: index of the slab in @m->set
 * @free: one bit an object of this slab, as from slabscan_freelist_decode(); whole longs are read
 *
 * Slabs that are never told of have no live objects: they are neither followed nor reported.
 *
 * Return: live objects of the slab.
 */
u32 slabscan_mark_live(struct slabscan_mark *m, u32 slab, const unsigned long *free);

/**
 * slabscan_mark_exclude - neither follow nor report an object
 * @m: before the first worker
 * @object: its number
 *
 * For live objects that are full of stale pointers, such as sheaves: their live part, if any, is fed as a root.
 */
static inline void slabscan_mark_exclude(struct slabscan_mark *m, u32 object)
{
	__set_bit(object, m->marked);
}

/**
 * slabscan_marker_init - make a worker
 * @w: caller's memory
 * @list: memory for a list of objects to follow, 8 bytes each; 4,096 are plenty, 1 is enough. Filled from the first slabscan_mark_step() on
 * @max: how many, at least 1
 * @buf: memory for object contents, 8-aligned
 * @buf_len: its bytes, a multiple of 8, at least 8 (with slabscan_mark.search 16); objects that are larger are read piece by piece
 */
void slabscan_marker_init(struct slabscan_marker *w, u64 *list, u32 max, void *buf, u32 buf_len);

/**
 * slabscan_mark_is_stale - is this word a link that is left of what is over?
 * @m: the pass
 * @block: copied memory
 * @len: its bytes
 * @at: byte offset of the word in it
 *
 * list_del_rcu() and hlist_del_rcu() leave the way on for readers, and poison the way back, which follows it. Objects that were deleted in a row stay
 * chained by such links, and one stale pointer to one of them would keep a whole leak alive. The caller sees to it that a grace period
 * passes between the looks that it believes, so that no reader is still on that way.
 *
 * A timer that is over begins with the same poison (kernel/time/timer.c, detach_timer()), and what stands before it is somebody's pointer. It is told by
 * pprev, which is cleared with it, and by its function.
 */
bool slabscan_mark_is_stale(const struct slabscan_mark *m, const void *block, u32 len, u32 at);

/**
 * slabscan_mark_was_deleted - the same of memory that was not copied
 * @m: the pass
 * @address: of the memory
 * @len: its bytes. Where they end with a page, and what may be a timer with them, the word is believed: it may be a root, which goes on
 * @at: byte offset of the word in it
 */
bool slabscan_mark_was_deleted(const struct slabscan_mark *m, u64 address, u32 len, u32 at);

/**
 * slabscan_mark_is_spent - is this word of a root the last bio of a free block request?
 * @m: the pass
 * @address: of the word
 *
 * Only of roots: requests lie in pages that are no slab, but for those that flush, which have no bio.
 */
bool slabscan_mark_is_spent(const struct slabscan_mark *m, u64 address);

/**
 * slabscan_mark_disclaim - clear a false claim in the copy of an object; a link to an object of the same class is none
 * @m: the pass
 * @class: of the object
 * @copy: its first @len bytes, 8-aligned
 * @len: how many
 *
 * A word that points into no object of the set is left alone, and one that points to what can't be read.
 */
void slabscan_mark_disclaim(const struct slabscan_mark *m, u32 class, void *copy, u32 len);

/**
 * slabscan_mark_roots - mark what a block of memory points to
 * @m: the pass
 * @w: the calling worker
 * @block: a private copy of the memory, 8-aligned as the memory was
 * @len: its bytes, below 4 GiB; 64 KiB or so keep the calls short
 *
 * Only marks: slabscan_mark_step() follows. Never sleeps, about 1 ns a word.
 */
void slabscan_mark_roots(struct slabscan_mark *m, struct slabscan_marker *w, const void *block, u32 len);

/**
 * slabscan_mark_copy - the same of memory whose place is known: what @meet is to be told of is
 * @m: the pass
 * @w: the calling worker
 * @address: of the memory
 * @block: as there
 * @len: as there
 */
void slabscan_mark_copy(struct slabscan_mark *m, struct slabscan_marker *w, u64 address, const void *block, u32 len);

/**
 * slabscan_mark_words - mark what some words of a block of memory point to
 * @m: the pass
 * @w: the calling worker
 * @address: of the block, which is read again next to a word that leads to something new
 * @len: its bytes
 * @words: all those in it that may point to objects
 * @nr: how many
 *
 * As slabscan_mark_roots() for those who look for such words by themselves, without a copy of all. Last bios of free block requests are left out.
 */
void slabscan_mark_words(struct slabscan_mark *m, struct slabscan_marker *w, u64 address, u32 len, const struct slabscan_objset_word *words, u32 nr);

/**
 * slabscan_mark_packed - the same of words at 4 mod 8: all count that point to objects, and @meet is not told of them
 * @m: the pass
 * @w: the calling worker
 * @words: as there
 * @nr: as there
 */
void slabscan_mark_packed(struct slabscan_mark *m, struct slabscan_marker *w, const struct slabscan_objset_word *words, u32 nr);

/**
 * slabscan_mark_slab - follow what was marked in one slab
 * @m: the pass
 * @w: the calling worker
 * @slab: index of the slab in @m->set
 *
 * Neighbours are read together. What they lead to waits for its own slab's turn, which may be over: call for all slabs again as long as it pays, then
 * slabscan_mark_step(). Without @search it works, but reads one by one.
 *
 * Return: objects followed.
 */
u32 slabscan_mark_slab(struct slabscan_mark *m, struct slabscan_marker *w, u32 slab);

/**
 * slabscan_mark_step - follow what was marked, for a while
 * @m: the pass
 * @w: the calling worker
 * @budget: bytes of memory to look at, about; one object is always finished
 *
 * Return: true if this worker has nothing to follow any more.
 */
bool slabscan_mark_step(struct slabscan_mark *m, struct slabscan_marker *w, u64 budget);

#endif /* SLABSCAN_MARK_H */
