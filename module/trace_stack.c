// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace_stack.c - call chains, each kept once
 *
 * Chains are saved in any context but NMI. The table has a fixed size and nothing is ever removed. A slot belongs to whoever changes its hash from 0;
 * the hash of 64 bits is the identity: two chains with the same hash count as one, which is not going to be seen. What else a slot holds is written
 * once, @nr last.
 *
 * To unwind a stack takes longer than all else that a hook does. But the same few ways lead to an allocation again and again, and each time their
 * return addresses stand at the same distance from the stack pointer; only the outermost, in the entry to the kernel, at a fixed distance from the
 * end of the task's stack, since the kernel moves the stack by a random offset in each system call. So these places are kept with the chain, and
 * where all of them hold the same addresses, it is the same chain: what the unwinder does next depends on the address it has just found and on
 * where it stood, so by induction it would come by the same way. That goes for calls on one stack only. Chains that pass through registers
 * saved by an exception, from one stack to another, or through a return address that a probe replaced are always unwound.
 *
 * What an interrupt allocates is not the business of what it interrupted: its chain ends there.
 *
 * Locks: none. See trace_name.c for @naming.
 * Accepted races: two CPUs may vote at the same time for who frees what: a vote is lost; or replace a hint: it is found again by unwinding.
 */
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/slabscan.h>
#include <linux/string.h>
#include <linux/xxhash.h>
#include <asm/unwind.h>

#include "compat/compat.h"
#include "core/track.h"
#include "own.h"
#include "trace_stack.h"

#define PROBES		16	/* slots looked at before a chain is given up */
#define OURS		12	/* frames of ours and of the allocator that may stand before the caller's */
#define HINTS		16384	/* a power of two; some tens a chain, for the random offset is part of what they are found by */

/* Where we are: a call site, and how deep in the task's stack. */
struct place {
	unsigned long call_site;
	const unsigned long *sp;
	u32 depth;		/* words from here to the end of the task's stack; 0: we are on another one */
	bool free;
};

/* A chain, as it was unwound. */
struct chain {
	unsigned long frame[SLABSCAN_STACK_FRAMES];
	u16 slot[SLABSCAN_STACK_FRAMES];
	u32 nr;
	bool in_place;
};

/**
 * slabscan_stacks_size() - bytes that slabscan_stacks_init() will allocate
 * @nr: different chains
 */
size_t slabscan_stacks_size(u32 nr)
{
	return nr * sizeof(struct slabscan_stack) + HINTS * sizeof(u32) + SLABSCAN_NAMES_SIZE;
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
	s->stack = slabscan_own_alloc(nr * sizeof(*s->stack));
	s->hints = slabscan_own_alloc(HINTS * sizeof(*s->hints));
	s->names = slabscan_own_alloc(SLABSCAN_NAMES_SIZE);
	return s->stack && s->hints && s->names ? 0 : -ENOMEM;
}

/**
 * slabscan_stacks_deinit() - undo slabscan_stacks_init()
 * @s: the chains
 */
void slabscan_stacks_deinit(struct slabscan_stacks *s)
{
	slabscan_own_free(s->stack);
	slabscan_own_free(s->hints);
	slabscan_own_free(s->names);
	memset(s, 0, sizeof(*s));
}

static __always_inline void find_place(struct place *p, unsigned long call_site, bool free)
{
	unsigned long left;

	p->call_site = call_site;
	p->free = free;
	p->sp = __builtin_frame_address(0);
	left = (unsigned long)task_stack_page(current) + THREAD_SIZE - (unsigned long)p->sp;
	p->depth = left <= THREAD_SIZE ? left / sizeof(long) : 0;
}

static u32 *hint_of(const struct slabscan_stacks *s, const struct place *p)
{
	return &s->hints[slabscan_track_hash(p->call_site ^ (u64)p->depth << 48 ^ (u64)p->free << 63) & (HINTS - 1)];
}

/* How many of a chain's addresses count from the stack pointer? */
static u32 moving(u32 nr)
{
	return nr < SLABSCAN_STACK_FRAMES ? nr - 1 : nr;
}

/* Is this the way that led here last time? */
static u32 recall(const struct slabscan_stacks *s, const struct place *p)
{
	u32 number = p->depth ? smp_load_acquire(hint_of(s, p)) : 0, nr, i;
	const struct slabscan_stack *stack;

	if (!number)
		return 0;
	stack = &s->stack[number - 1];
	if (READ_ONCE(stack->named) || stack->frame[0] != p->call_site || slabscan_stack_is_free(stack) != p->free)
		return 0;
	nr = moving(stack->nr);
	if (nr && stack->slot[nr - 1] >= p->depth)
		return 0;
	for (i = 0; i < nr; i++)
		if (READ_ONCE_NOCHECK(p->sp[stack->slot[i]]) != stack->frame[i])
			return 0;
	/* the outermost frame counts from the other end: the chain may have been longer then */
	if (nr < stack->nr && stack->slot[nr] > p->depth)
		return 0;
	if (nr < stack->nr && READ_ONCE_NOCHECK(p->sp[p->depth - stack->slot[nr]]) != stack->frame[nr])
		return 0;
	return number;
}

#ifdef CONFIG_UNWINDER_ORC

/* The unwinder's stack pointer is just above the return address that it found last. */
static bool found_at(const struct unwind_state *state, const struct place *p, unsigned long addr, u16 *slot)
{
	const unsigned long *at = (unsigned long *)state->sp - 1;

	if (state->regs || at < p->sp || at >= p->sp + p->depth)
		return false;
	*slot = at - p->sp;
	return READ_ONCE_NOCHECK(*at) == addr;
}

#else /* others do not tell where they found it */

static bool found_at(const struct unwind_state *state, const struct place *p, unsigned long addr, u16 *slot)
{
	return false;
}

#endif

static void unwind(const struct place *p, struct chain *c)
{
	enum stack_type type = STACK_TYPE_UNKNOWN;
	struct unwind_state state;
	unsigned int before = 0;
	unsigned long addr;

	c->nr = 0;
	c->in_place = true;
	for (unwind_start(&state, current, NULL, NULL); !unwind_done(&state) && c->nr < SLABSCAN_STACK_FRAMES; unwind_next_frame(&state)) {
		addr = unwind_get_return_address(&state);
		if (!addr)
			break;
		if (!c->nr) {
			if (addr != p->call_site && before++ < OURS)
				continue;
			if (addr != p->call_site)
				break;
			type = state.stack_info.type;
		} else if (state.regs && type == STACK_TYPE_IRQ) {
			break;
		}
		c->in_place = c->in_place && found_at(&state, p, addr, &c->slot[c->nr]);
		c->frame[c->nr++] = addr;
	}
	if (c->nr && c->in_place && moving(c->nr) < c->nr)
		c->slot[c->nr - 1] = p->depth - c->slot[c->nr - 1];
}

/* The number of this chain, which is new or not; 0: no room. */
static u32 keep(struct slabscan_stacks *s, const struct place *p, const struct chain *c)
{
	/* never 0, and its lowest bit tells which of the two it is */
	u64 hash = (xxh64(c->frame, c->nr * sizeof(*c->frame), 0) & ~3ULL) | 2 | p->free;
	u32 i, at;

	for (i = 0; i < PROBES; i++) {
		struct slabscan_stack *stack;
		u64 there;

		at = ((hash >> 2) + i) & (s->nr - 1);
		stack = &s->stack[at];
		there = atomic64_read(&stack->hash);
		if (!there)
			there = atomic64_cmpxchg(&stack->hash, 0, hash);
		if (!there) {
			memcpy(stack->frame, c->frame, c->nr * sizeof(*c->frame));
			memcpy(stack->slot, c->slot, c->nr * sizeof(*c->slot));
			stack->in_place = c->in_place;
			smp_store_release(&stack->nr, c->nr);
		} else if (there != hash) {
			continue;
		}
		if (p->depth && smp_load_acquire(&stack->nr) && stack->in_place)
			smp_store_release(hint_of(s, p), at + 1);
		return at + 1;
	}
	atomic64_inc(&s->lost);
	return 0;
}

/**
 * slabscan_stack_save() - remember how we got here
 * @s: the chains
 * @call_site: return address of the allocator's function: the chain begins there
 * @free: this is a free
 * @within: only if the chain leads through this module; NULL: any
 *
 * Context: any but NMI. Takes no lock.
 * Return: number of the chain; 0 if @within keeps it out or there is no room (which is counted).
 */
noinline u32 slabscan_stack_save(struct slabscan_stacks *s, unsigned long call_site, bool free, const struct module *within)
{
	struct place place;
	struct chain chain;
	u32 number;

	find_place(&place, call_site, free);
	number = recall(s, &place);
	if (number) {
		const struct slabscan_stack *stack = &s->stack[number - 1];

		return !within || slabscan_frames_through(within, stack->frame, stack->nr) ? number : 0;
	}
	unwind(&place, &chain);
	if (!chain.nr) {
		chain.frame[0] = call_site;
		chain.nr = 1;
		chain.in_place = false;
	}
	if (within && !slabscan_frames_through(within, chain.frame, chain.nr))
		return 0;
	return keep(s, &place, &chain);
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
