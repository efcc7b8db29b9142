// SPDX-License-Identifier: GPL-2.0-only
/*
 * suspect.c - unreferenced each time, live throughout, and unchanged
 *
 * What the first pass left unmarked are the candidates; only they are looked at again. Content is compared by sums of hashes in
 * slots: what the first look added the second takes away, and a slot that comes out as zero holds the same contents as before (but for one
 * chance in 2^32 a slot). Sums do not depend on the order of looking.
 */
#include "suspect.h"

void slabscan_suspect_init(struct slabscan_suspect *s, const struct slabscan_objset *set, unsigned long *marked, u32 *slots, u32 nr_slots)
{
	s->set = set;
	s->marked = marked;
	s->slots = slots;
	s->nr_slots = nr_slots;
}

bool slabscan_suspect_next(const struct slabscan_suspect *s, u32 *object, u32 *slab)
{
	unsigned long next = find_next_zero_bit(s->marked, s->set->nr_objects, *object);

	if (next >= s->set->nr_objects)
		return false;
	*object = next;
	/* mostly in the same slab or in the next one */
	if (next - s->set->slabs[*slab].object >= s->set->slabs[*slab].nr)
		*slab = slabscan_objset_slab_with(s->set, next);
	return true;
}

u32 slabscan_suspect_hash(const void *content, size_t len)
{
	const u8 *p = content;
	u64 h = len, word;

	for (; len >= sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = rol64((h ^ word) * 0x9e3779b97f4a7c15ULL, 29);
	}
	word = 0;
	memcpy(&word, p, len);
	h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
	h = (h ^ h >> 32) * 0xd6e8feb86659fd93ULL;
	return h >> 32;
}

u32 slabscan_suspect_now(const struct slabscan_suspect *s, u32 slab, const struct slabscan_objset *set)
{
	const struct slabscan_objset_slab *before = &s->set->slabs[slab];
	const struct slabscan_objset_class *was = &s->set->classes[before->class], *class;
	u64 address = slabscan_objset_address_in(s->set, slab, before->object);
	u32 object = slabscan_objset_find(set, address), now;

	if (object == SLABSCAN_OBJSET_NONE)
		return object;
	now = slabscan_objset_slab_with(set, object);
	class = &set->classes[set->slabs[now].class];
	return set->slabs[now].object == object && set->slabs[now].nr == before->nr && slabscan_objset_address_in(set, now, object) == address &&
	       class->tag == was->tag && class->stride == was->stride ? object : SLABSCAN_OBJSET_NONE;
}

enum slabscan_suspect_verdict slabscan_suspect_verdict(const struct slabscan_suspect *s, u32 object, u32 slab,
						       const struct slabscan_objset *set, const unsigned long *marked)
{
	u32 first = slabscan_suspect_now(s, slab, set);

	if (first == SLABSCAN_OBJSET_NONE || test_bit(first + (object - s->set->slabs[slab].object), marked))
		return SLABSCAN_SUSPECT_CLEARED;
	return *slabscan_suspect_slot(s, object, 0) && *slabscan_suspect_slot(s, object, 1) ? SLABSCAN_SUSPECT_CHANGED : SLABSCAN_SUSPECT_UNREFERENCED;
}
