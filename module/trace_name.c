// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace_name.c - the names of call chains, and which frame matters
 *
 * Names are looked up in process context: at the end, or before a module's text goes, so that a chain outlives the module it led through. A chain
 * that was named because a module goes is closed: what is found at its addresses later is something else, and gets a chain of its own.
 *
 * Locks: @naming of the chains, a mutex, protects the names.
 */
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slabscan.h>
#include <linux/string.h>

#include "compat/compat.h"
#include "core/track.h"
#include "ksym.h"
#include "trace_stack.h"

#define NAMES		8192	/* different frames; twice as many slots than are used at most */

struct name {
	unsigned long addr;
	u32 text;
};

/* Offset 0 of @text stands for no name. */
struct slabscan_names {
	struct name name[NAMES];
	u32 nr, used;
	char text[SLABSCAN_NAMES_SIZE - NAMES * sizeof(struct name) - 2 * sizeof(u32)];
};

/* Frames are return addresses: what is meant is the call before. */
static u32 add_name(struct slabscan_names *n, unsigned long addr)
{
	char buf[KSYM_SYMBOL_LEN];
	u32 text = n->used + 1;
	size_t len;

	slabscan_ksym_format(addr - 1, buf, sizeof(buf));
	buf[SLABSCAN_SYMBOL_MAX - 1] = 0;
	len = strlen(buf) + 1;
	if (len > sizeof(n->text) - text)
		return 0;
	memcpy(n->text + text, buf, len);
	n->used += len;
	return text;
}

static u32 name_of(struct slabscan_names *n, unsigned long addr)
{
	u32 at = slabscan_track_hash(addr) & (NAMES - 1);

	for (; n->name[at].addr; at = (at + 1) & (NAMES - 1))
		if (n->name[at].addr == addr)
			return n->name[at].text;
	if (n->nr >= NAMES / 2)
		return 0;
	n->nr++;
	n->name[at].text = add_name(n, addr);
	n->name[at].addr = addr;
	return n->name[at].text;
}

/**
 * slabscan_stacks_name() - look up the names of chains saved so far
 * @s: the chains
 * @going: only of those that lead through this module, whose text (all of it, or that of its init function) is about to go; NULL: of all
 *
 * Context: process context; sleeps.
 */
void slabscan_stacks_name(struct slabscan_stacks *s, const struct module *going)
{
	u32 at, i, nr;

	mutex_lock(&s->naming);
	for (at = 0; at < s->nr; at++) {
		struct slabscan_stack *stack = &s->stack[at];

		nr = smp_load_acquire(&stack->nr);
		if (!nr || stack->named || (going && !slabscan_frames_through(going, stack->frame, nr)))
			continue;
		for (i = 0; i < nr; i++)
			stack->name[i] = name_of(s->names, stack->frame[i]);
		if (going)
			atomic64_xor(1ULL << 63, &stack->hash);
		WRITE_ONCE(stack->named, true);
		cond_resched_tasks_rcu_qs();
	}
	if (going) {
		memset(s->names->name, 0, sizeof(s->names->name));
		s->names->nr = 0;
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
	return stack->named && stack->name[i] ? s->names->text + stack->name[i] : "?";
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
