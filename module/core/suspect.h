/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * suspect.h - unreferenced each time, live throughout, and unchanged
 *
 * A live system moves pointers while they are looked for, so that one pass proves nothing. Life: after the first pass slabscan_suspect_init();
 * slabscan_suspect_note() with the content's hash for each candidate; a grace period; a second set and a second look at everything;
 * slabscan_suspect_recheck() for each candidate, also for those that are dropped meanwhile; then slabscan_suspect_verdict().
 *
 * One thread at a time.
 */
#ifndef SLABSCAN_SUSPECT_H
#define SLABSCAN_SUSPECT_H

#include "core.h"
#include "objset.h"

/**
 * struct slabscan_suspect - candidates of a pass
 * @set: the first pass's set
 * @marked: one bit an object, clear if it is a candidate: live and unreferenced in the first pass
 * @slots: sums of content hashes, in two halves
 * @nr_slots: as many as @slots has
 *
 * Contents are remembered as 32-bit sums, one in each half, for all candidates that share a slot there, so memory is bounded however many there are. An object
 * counts as changed if both of its sums did: one that changes makes only those undecided that share a slot in each half with one that changed.
 */
struct slabscan_suspect {
	const struct slabscan_objset *set;
	unsigned long *marked;
	u32 *slots;
	u32 nr_slots;
};

/**
 * enum slabscan_suspect_verdict - what a pass and a later look say of a candidate
 * @SLABSCAN_SUSPECT_UNREFERENCED: live and unreferenced in both, content unchanged
 * @SLABSCAN_SUSPECT_CLEARED: referenced, or freed, when looked at again
 * @SLABSCAN_SUSPECT_CHANGED: undecided: its content, or that of one in the same slot, changed since
 */
enum slabscan_suspect_verdict {
	SLABSCAN_SUSPECT_UNREFERENCED,
	SLABSCAN_SUSPECT_CLEARED,
	SLABSCAN_SUSPECT_CHANGED,
};

/**
 * slabscan_suspect_init - take over the result of a first pass
 * @s: caller's memory
 * @set: the pass's set; must outlive @s
 * @marked: the pass's bitmap
 * @slots: memory for 32-bit sums, zeroed by the caller
 * @nr_slots: at least 2, even
 */
void slabscan_suspect_init(struct slabscan_suspect *s, const struct slabscan_objset *set, unsigned long *marked, u32 *slots, u32 nr_slots);

/**
 * slabscan_suspect_next - go through the candidates
 * @s: the candidates
 * @object: in: first number to look at; out: the candidate
 * @slab: in: 0 at first, then as it was left; out: index of the candidate's slab
 *
 * Return: false when there are no more.
 */
bool slabscan_suspect_next(const struct slabscan_suspect *s, u32 *object, u32 *slab);

/* hash of @len bytes of an object's content */
u32 slabscan_suspect_hash(const void *content, size_t len);

/* Fibonacci hashing for the second half: neighbours in the one are none in the other */
static inline u32 *slabscan_suspect_slot(const struct slabscan_suspect *s, u32 object, u32 half)
{
	u32 nr = s->nr_slots / 2;

	return &s->slots[half ? nr + (u32)((u64)(object * 0x9e3779b9U) * nr >> 32) : object % nr];
}

static inline void slabscan_suspect_add(struct slabscan_suspect *s, u32 object, u32 hash)
{
	*slabscan_suspect_slot(s, object, 0) += hash;
	*slabscan_suspect_slot(s, object, 1) += hash;
}

/* first look at a candidate's content */
static inline void slabscan_suspect_note(struct slabscan_suspect *s, u32 object, u32 hash)
{
	slabscan_suspect_add(s, object, hash);
}

/* second look, for every candidate that was noted */
static inline void slabscan_suspect_recheck(struct slabscan_suspect *s, u32 object, u32 hash)
{
	slabscan_suspect_add(s, object, -hash);
}

/* a candidate whose content can't be read on the first look is none */
static inline void slabscan_suspect_drop(struct slabscan_suspect *s, u32 object)
{
	__set_bit(object, s->marked);
}

/**
 * slabscan_suspect_now - find a slab in another set
 * @s: the candidates
 * @slab: its index in @s->set
 * @set: the other set
 *
 * Return: the number of its first object there; SLABSCAN_OBJSET_NONE if it is not at the same place in the same cache.
 */
u32 slabscan_suspect_now(const struct slabscan_suspect *s, u32 slab, const struct slabscan_objset *set);

/**
 * slabscan_suspect_verdict - judge a candidate
 * @s: after all rechecks
 * @object: the candidate
 * @slab: index of its slab in @s->set
 * @set: the look's set
 * @marked: the look's bitmap
 *
 * Return: the verdict. An object that is not at the same place in the same cache in both sets was freed.
 */
enum slabscan_suspect_verdict slabscan_suspect_verdict(const struct slabscan_suspect *s, u32 object, u32 slab,
						       const struct slabscan_objset *set, const unsigned long *marked);

#endif /* SLABSCAN_SUSPECT_H */
