/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_TRACE_STACK_H
#define SLABSCAN_TRACE_STACK_H

#include <linux/atomic.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/types.h>

#define SLABSCAN_STACK_FRAMES	30

/**
 * struct slabscan_stack - one way to an allocation or a free
 * @hash: identity; 0: not in use
 * @events: objects that were allocated or freed on it
 * @freed: of an allocation: how many of its objects were freed; of a free: how many of those it freed were allocated while we watched
 * @freed_by: of an allocation: number of the stack that most of its objects were freed by (if one did most), 0: none
 * @votes: of that election
 * @nr: frames
 * @named: @name is set; and no more events are counted here
 * @in_place: @slot is set
 * @frame: return addresses, innermost first
 * @slot: where on the stack each of them stands, see trace_stack.c
 * @name: of each frame, see trace_name.c
 */
struct slabscan_stack {
	atomic64_t hash;
	atomic64_t events, freed;
	u32 freed_by;
	u32 votes;
	u32 nr;
	bool named, in_place;
	unsigned long frame[SLABSCAN_STACK_FRAMES];
	u16 slot[SLABSCAN_STACK_FRAMES];
	u32 name[SLABSCAN_STACK_FRAMES];
};

/**
 * struct slabscan_stacks - all different ones; a fixed number of them
 * @stack: numbers are indices here plus one
 * @nr: size of @stack, a power of two
 * @lost: stacks for which there was no room
 */
struct slabscan_stacks {
	struct slabscan_stack *stack;
	u32 nr;
	atomic64_t lost;
	/* private: */
	u32 *hints;
	struct mutex naming;
	struct slabscan_names *names;
};

/**
 * slabscan_stack_is_free() - does it lead to a free, or to an allocation?
 * @stack: a chain
 */
static inline bool slabscan_stack_is_free(const struct slabscan_stack *stack)
{
	return atomic64_read(&stack->hash) & 1;
}

/**
 * slabscan_frames_through() - is one of these in a module?
 * @m: the module
 * @frame: addresses
 * @nr: how many
 */
static inline bool slabscan_frames_through(const struct module *m, const unsigned long *frame, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (within_module(frame[i], m))
			return true;
	return false;
}

int slabscan_stacks_init(struct slabscan_stacks *s, u32 nr);
void slabscan_stacks_deinit(struct slabscan_stacks *s);
size_t slabscan_stacks_size(u32 nr);

u32 slabscan_stack_save(struct slabscan_stacks *s, unsigned long call_site, bool free, const struct module *within);
void slabscan_stack_count(struct slabscan_stacks *s, u32 number, u32 n);
void slabscan_stack_freed(struct slabscan_stacks *s, u32 allocated_by, u32 freed_by);

#define SLABSCAN_NAMES_SIZE	(384 << 10)

void slabscan_stacks_name(struct slabscan_stacks *s, const struct module *going);
const char *slabscan_stack_frame(const struct slabscan_stacks *s, const struct slabscan_stack *stack, u32 i);
u32 slabscan_stack_site(const struct slabscan_stacks *s, const struct slabscan_stack *stack);

#endif /* SLABSCAN_TRACE_STACK_H */
