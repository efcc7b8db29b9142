// SPDX-License-Identifier: GPL-2.0-only
/*
 * track.c - which of the objects that were allocated are not freed yet
 *
 * A hash table with chains through an array of records. Records that are not in use form a list of their own. There are as many chains as records
 * or up to twice as many, so a chain has one link on average; the bound is the number of records.
 */
#include "track.h"

#define END U32_MAX

static u32 chains(u32 nr)
{
	u32 n = 1;

	while (n < nr && n < 1U << 31)
		n <<= 1;
	return n;
}

size_t slabscan_track_size(u32 nr)
{
	return nr * sizeof(struct slabscan_track_record) + chains(nr) * sizeof(u32);
}

void slabscan_track_init(struct slabscan_track *t, void *mem, u32 nr)
{
	u32 i;

	t->nr = nr;
	t->used = 0;
	t->serial = 0;
	t->records = mem;
	t->heads = (u32 *)(t->records + nr);
	t->mask = chains(nr) - 1;
	memset(t->heads, 0xff, (t->mask + 1) * sizeof(u32));
	for (i = 0; i < nr; i++)
		t->records[i].next = i + 1 < nr ? i + 1 : END;
	t->free = 0;
}

/* Where the index of the record is kept, or the end of the chain that it would be in. */
static u32 *locate(struct slabscan_track *t, u64 address)
{
	u32 *at = &t->heads[slabscan_track_hash(address) & t->mask];

	while (*at != END && t->records[*at].address != address)
		at = &t->records[*at].next;
	return at;
}

static void release(struct slabscan_track *t, u32 *at)
{
	u32 index = *at;
	struct slabscan_track_record *r = &t->records[index];

	*at = r->next;
	r->address = 0;
	r->next = t->free;
	t->free = index;
	t->used--;
}

struct slabscan_track_record *slabscan_track_add(struct slabscan_track *t, u64 address, bool *replaced)
{
	u32 *at = locate(t, address);
	struct slabscan_track_record *r;
	u32 next = END;

	*replaced = *at != END;
	if (*replaced) {
		r = &t->records[*at];
		next = r->next;
	} else {
		if (t->free == END)
			return NULL;
		*at = t->free;
		r = &t->records[*at];
		t->free = r->next;
		t->used++;
	}
	memset(r, 0, sizeof(*r));
	r->address = address;
	r->next = next;
	r->serial = ++t->serial;
	return r;
}

struct slabscan_track_record *slabscan_track_find(struct slabscan_track *t, u64 address)
{
	u32 at = *locate(t, address);

	return at == END ? NULL : &t->records[at];
}

bool slabscan_track_remove(struct slabscan_track *t, u64 address, struct slabscan_track_record *ret)
{
	u32 *at = locate(t, address);

	if (*at == END)
		return false;
	*ret = t->records[*at];
	release(t, at);
	return true;
}

u32 slabscan_track_next(const struct slabscan_track *t, u32 at)
{
	while (at < t->nr && !t->records[at].address)
		at++;
	return at;
}

u32 slabscan_track_thin(struct slabscan_track *t, u64 mask, u32 *at, u32 max)
{
	u32 end = *at + min(max, t->nr - *at), nr = 0;

	for (; *at < end; (*at)++) {
		u64 address = t->records[*at].address;

		if (!address || !(slabscan_track_hash(address) & mask))
			continue;
		release(t, locate(t, address));
		nr++;
	}
	return nr;
}
