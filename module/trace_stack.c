// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace_stack.c - call chains, each kept once, and their names
 *
 * Chains are saved in any context but NMI. The table has a fixed size and nothing is ever removed. A slot belongs to whoever changes its hash from 0;
 * the hash of 64 bits is the identity: two chains with the same hash count as one, which is not going to be seen. Frames are for the end only, so
 * nobody reads those of a slot that is just being written, except the naming, which looks at @nr (written last).
 *
 * Names are looked up in process context, later, but before a module's text goes: see slabscan_stacks_name(). From then on frames are offsets of
 * names, so that a chain outlives the module it led through.
 *
 * Locks: @naming, a mutex, protects the names. Saving takes no lock.
 * Accepted race: two CPUs may vote at the same time for who frees what; a vote is lost.
 */
#include <linux/jhash.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/slabscan.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

#include "compat/compat.h"
#include "core/track.h"
#include "ksym.h"
#include "trace_stack.h"

#define PROBES		16	/* slots looked at before a chain is given up */
#define NAMES		8192	/* different frames; twice as many slots than are used at most */
#define TEXT		(256 << 10)
#define OURS		8	/* frames of ours and of the allocator that may stand before the caller's */

struct name {
	unsigned long addr;
	u32 text;
};

/**
 * slabscan_stacks_size() - bytes that slabscan_stacks_init() will allocate
 * @nr: different chains
 */
size_t slabscan_stacks_size(u32 nr)
{
	return nr * sizeof(struct slabscan_stack) + NAMES * sizeof(struct name) + TEXT;
}

/**
 * slabscan_stacks_init() - make room for chains
 * @s: on the caller's memory
 * @nr: different chains, a power of two
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM; slabscan_stacks_deinit() is allowed in both cases.
 */
int slabscan_stacks_init(struct slabscan_stacks *s, u32 nr)
{
	memset(s, 0, sizeof(*s));
	mutex_init(&s->naming);
	s->nr = nr;
	s->stack = kvcalloc(nr, sizeof(*s->stack), GFP_KERNEL);
	s->names = kvcalloc(NAMES, sizeof(*s->names), GFP_KERNEL);
	s->text = kvzalloc(TEXT, GFP_KERNEL);
	s->text_used = 1;	/* 0 stands for no name */
	return s->stack && s->names && s->text ? 0 : -ENOMEM;
}

/**
 * slabscan_stacks_deinit() - undo slabscan_stacks_init()
 * @s: the chains
 */
void slabscan_stacks_deinit(struct slabscan_stacks *s)
{
	kvfree(s->stack);
	kvfree(s->names);
	kvfree(s->text);
	memset(s, 0, sizeof(*s));
}

/* What stands before the caller is ours or the allocator's. */
static unsigned int cut(unsigned long *frames, unsigned int nr, unsigned long call_site)
{
	unsigned int i;

	for (i = 0; i < nr && i < OURS + 4; i++) {
		if (frames[i] != call_site)
			continue;
		nr -= i;
		memmove(frames, frames + i, nr * sizeof(*frames));
		return min_t(unsigned int, nr, SLABSCAN_STACK_FRAMES);
	}
	frames[0] = call_site;
	return 1;
}

static bool leads_through(const struct module *m, const unsigned long *frames, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (within_module(frames[i], m))
			return true;
	return false;
}

/**
 * slabscan_stack_save() - remember how we got here
 * @s: the chains
 * @call_site: return address of the allocator's function: the chain begins there
 * @free: this is a free
 * @within: only if the chain leads through this module; NULL: any
 *
 * Context: any but NMI. Takes no lock; some 300 ns and up.
 * Return: number of the chain; 0 if @within keeps it out or there is no room (which is counted).
 */
u32 slabscan_stack_save(struct slabscan_stacks *s, unsigned long call_site, bool free, const struct module *within)
{
	unsigned long frames[SLABSCAN_STACK_FRAMES + OURS];
	unsigned int nr, i;
	u64 hash;
	u32 at;

	nr = stack_trace_save(frames, ARRAY_SIZE(frames), 1);
	nr = cut(frames, nr, call_site);
	if (within && !leads_through(within, frames, nr))
		return 0;
	hash = (u64)jhash2((u32 *)frames, nr * 2, free) << 32 | jhash2((u32 *)frames, nr * 2, 0x51ab5ca0 + free);
	/* never 0, and its lowest bit tells which of the two it is */
	hash = (hash & ~3ULL) | 2 | free;

	for (i = 0; i < PROBES; i++) {
		struct slabscan_stack *stack;
		u64 there;

		at = (slabscan_track_hash(hash) + i) & (s->nr - 1);
		stack = &s->stack[at];
		there = atomic64_read(&stack->hash);
		if (!there)
			there = atomic64_cmpxchg(&stack->hash, 0, hash);
		if (!there) {
			memcpy(stack->frame, frames, nr * sizeof(*frames));
			smp_store_release(&stack->nr, nr);
		} else if (there != hash) {
			continue;
		}
		return at + 1;
	}
	atomic64_inc(&s->lost);
	return 0;
}

/**
 * slabscan_stack_count() - a chain was taken
 * @s: the chains
 * @number: of the chain, or 0
 * @n: for so many objects
 *
 * Context: any.
 */
void slabscan_stack_count(struct slabscan_stacks *s, u32 number, u32 n)
{
	if (number)
		atomic64_add(n, &s->stack[number - 1].events);
}

/**
 * slabscan_stack_freed() - an object whose allocation was seen was freed
 * @s: the chains
 * @allocated_by: number of the chain that allocated it, or 0
 * @freed_by: number of the chain that freed it, or 0
 *
 * Who frees most of a chain's objects is found by majority vote (Boyer and Moore 1981), which needs one candidate and one counter.
 *
 * Context: any.
 */
void slabscan_stack_freed(struct slabscan_stacks *s, u32 allocated_by, u32 freed_by)
{
	struct slabscan_stack *stack;
	u32 votes;

	if (freed_by)
		atomic64_inc(&s->stack[freed_by - 1].freed);
	if (!allocated_by)
		return;
	stack = &s->stack[allocated_by - 1];
	atomic64_inc(&stack->freed);
	votes = READ_ONCE(stack->votes);
	if (READ_ONCE(stack->freed_by) == freed_by)
		WRITE_ONCE(stack->votes, votes + 1);
	else if (votes)
		WRITE_ONCE(stack->votes, votes - 1);
	else
		WRITE_ONCE(stack->freed_by, freed_by);
}

/* Frames are return addresses: what is meant is the call before. */
static u32 add_name(struct slabscan_stacks *s, unsigned long addr)
{
	char buf[KSYM_SYMBOL_LEN];
	size_t len;
	u32 text = s->text_used;

	slabscan_ksym_format(addr - 1, buf, sizeof(buf));
	buf[SLABSCAN_SYMBOL_MAX - 1] = 0;
	len = strlen(buf) + 1;
	if (len > TEXT - text)
		return 0;
	memcpy(s->text + text, buf, len);
	s->text_used += len;
	return text;
}

static u32 name_of(struct slabscan_stacks *s, unsigned long addr)
{
	u32 at = slabscan_track_hash(addr) & (NAMES - 1);

	for (; s->names[at].addr; at = (at + 1) & (NAMES - 1))
		if (s->names[at].addr == addr)
			return s->names[at].text;
	if (s->nr_names >= NAMES / 2)
		return 0;
	s->nr_names++;
	s->names[at].text = add_name(s, addr);
	s->names[at].addr = addr;
	return s->names[at].text;
}

/**
 * slabscan_stacks_name() - look up the names of all chains saved so far
 * @s: the chains
 * @text_goes: the text of a module is about to go: what is found at an address later will have another name
 *
 * Context: process context; sleeps.
 */
void slabscan_stacks_name(struct slabscan_stacks *s, bool text_goes)
{
	u32 at, i, nr;

	mutex_lock(&s->naming);
	for (at = 0; at < s->nr; at++) {
		struct slabscan_stack *stack = &s->stack[at];

		nr = smp_load_acquire(&stack->nr);
		if (!nr || stack->named)
			continue;
		for (i = 0; i < nr; i++)
			stack->frame[i] = name_of(s, stack->frame[i]);
		stack->named = true;
		cond_resched();
	}
	if (text_goes) {
		memset(s->names, 0, NAMES * sizeof(*s->names));
		s->nr_names = 0;
	}
	mutex_unlock(&s->naming);
}

/**
 * slabscan_stack_frame() - the name of a frame
 * @s: the chains
 * @stack: one of them
 * @i: below @stack->nr
 *
 * Context: after slabscan_stacks_name(), when nothing is saved any more.
 * Return: "function+0x1c/0x40 [module]"; "?" if there was no room for its name.
 */
const char *slabscan_stack_frame(const struct slabscan_stacks *s, const struct slabscan_stack *stack, u32 i)
{
	return stack->named && stack->frame[i] ? s->text + stack->frame[i] : "?";
}

/*
 * Functions that allocate or free for others: who called them is what matters. A name matches with or without what the compiler or a
 * newer kernel appends (.isra.0, .constprop.0, _noprof).
 */
static bool is_wrapper(const char *frame)
{
	static const char *const names[] = {
		"kmalloc", "__kmalloc", "kmalloc_trace", "__kmalloc_cache", "__kmalloc_cache_node", "__kmalloc_node", "kmalloc_node_trace",
		"__kmalloc_node_track_caller", "__kmalloc_track_caller", "kmalloc_large", "kmalloc_order", "__kvmalloc_node", "kvmalloc_node",
		"kmem_cache_alloc", "kmem_cache_alloc_node", "kmem_cache_alloc_lru", "kmem_cache_alloc_trace", "kmem_cache_alloc_node_trace",
		"kmem_cache_alloc_bulk", "kmemdup", "kmemdup_nul", "kmemdup_array", "kvmemdup", "kstrdup", "kstrdup_const", "kstrdup_quotable",
		"kstrndup", "kasprintf", "kvasprintf", "kvasprintf_const", "krealloc", "__do_krealloc", "krealloc_node_align", "kvrealloc",
		"kvrealloc_node_align", "memdup_user", "memdup_user_nul", "vmemdup_user", "strndup_user", "mempool_alloc", "mempool_alloc_slab",
		"mempool_kmalloc", "devm_kmalloc", "devm_kstrdup", "devm_kasprintf", "__alloc_skb", "alloc_skb_with_frags", "kmalloc_reserve",
		"__napi_alloc_skb", "napi_alloc_skb", "__netdev_alloc_skb", "netdev_alloc_skb", "__build_skb", "build_skb", "napi_build_skb",
		"napi_skb_cache_get", "__build_skb_around", "skb_clone", "skb_copy", "pskb_copy", "__pskb_copy_fclone", "pskb_expand_head",
		"sock_kmalloc", "sock_wmalloc", "sock_alloc_send_pskb", "sock_alloc_send_skb", "kobject_set_name_vargs", "kvfree_call_rcu",
		"kfree", "kvfree", "kfree_const", "kfree_sensitive", "kmem_cache_free", "kmem_cache_free_bulk", "kfree_nolock",
		"kfree_skbmem", "__kfree_skb", "skb_release_data", "skb_free_head", "kfree_skb_reason", "consume_skb", "kfree_skb_partial",
		"sk_skb_reason_drop", "lsm_blob_alloc", "__get_vm_area_node", "__vmalloc_node_range", "__vmalloc_node", "vmalloc", "vzalloc",
	};
	size_t len = strcspn(frame, "+.");
	unsigned int i;

	if (len > 7 && !strncmp(frame + len - 7, "_noprof", 7))
		len -= 7;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strncmp(names[i], frame, len) && !names[i][len])
			return true;
	return false;
}

/**
 * slabscan_stack_is_free() - does it lead to a free, or to an allocation?
 * @stack: a chain
 */
bool slabscan_stack_is_free(const struct slabscan_stack *stack)
{
	return atomic64_read(&stack->hash) & 1;
}

/**
 * slabscan_stack_site() - the frame that matters
 * @s: the chains
 * @stack: one of them
 *
 * Return: the first frame that is not just a wrapper of the allocator; the first if all are.
 */
u32 slabscan_stack_site(const struct slabscan_stacks *s, const struct slabscan_stack *stack)
{
	u32 i;

	for (i = 0; i < stack->nr; i++)
		if (!is_wrapper(slabscan_stack_frame(s, stack, i)))
			return i;
	return 0;
}
