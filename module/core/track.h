/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * track.h - objects that were allocated and not freed since, of which a bounded number is remembered
 *
 * A table in memory that the caller provides: nothing is allocated when an object comes or goes. One user at a time; whoever wants several CPUs to
 * take part gives each part of the addresses (by slabscan_track_hash()) a table and a lock of its own.
 */
#ifndef SLABSCAN_TRACK_H
#define SLABSCAN_TRACK_H

#include "core.h"

/**
 * struct slabscan_track_record - one object
 * @address: of the object; 0: this record is not in use
 * @when: allocated at, in the caller's clock
 * @content: of the caller (a hash of the object's content)
 * @stack: of the caller (who allocated it)
 * @size: bytes that were asked for; 0 if not known
 * @pid: process that did
 * @serial: differs between two objects that were at one address one after the other
 * @flags: of the caller, 0 at first
 * @next: private
 * @task: name of the thread that allocated it, not necessarily with a NUL
 */
struct slabscan_track_record {
	u64 address;
	u64 when;
	u64 content;
	u32 stack;
	u32 size;
	u32 pid;
	u32 serial;
	u32 flags;
	u32 next;
	char task[16];
};

/**
 * struct slabscan_track - the table
 * @nr: records that fit
 * @used: records in use
 * @records: to be looked at with slabscan_track_next()
 */
struct slabscan_track {
	u32 nr, used;
	struct slabscan_track_record *records;
	/* private: */
	u32 *heads;
	u32 mask, free, serial;
};

/**
 * slabscan_track_hash - a number in which all bits depend on all bits of an address
 * @address: any
 *
 * The table itself uses the lower half; the upper half is for the caller.
 */
static inline u64 slabscan_track_hash(u64 address)
{
	address ^= address >> 33;
	address *= 0xff51afd7ed558ccdULL;
	address ^= address >> 33;
	address *= 0xc4ceb9fe1a85ec53ULL;
	address ^= address >> 33;
	return address;
}

/**
 * slabscan_track_size - bytes that a table needs
 * @nr: records, at least 1
 */
size_t slabscan_track_size(u32 nr);

/**
 * slabscan_track_init - make an empty table
 * @t: on the caller's memory
 * @mem: slabscan_track_size(@nr) bytes, 8-byte aligned, zeroed
 * @nr: as there
 */
void slabscan_track_init(struct slabscan_track *t, void *mem, u32 nr);

/**
 * slabscan_track_add - an object was allocated
 * @t: the table
 * @address: of the object, not 0
 * @replaced: set if an object was known to be there: its free was not seen. Its record is reused
 *
 * Return: the record to fill, all zero but for @address and @serial; NULL if the table is full.
 */
struct slabscan_track_record *slabscan_track_add(struct slabscan_track *t, u64 address, bool *replaced);

/**
 * slabscan_track_find - the record of an object
 * @t: the table
 * @address: of the object
 *
 * Return: NULL if there is none.
 */
struct slabscan_track_record *slabscan_track_find(struct slabscan_track *t, u64 address);

/**
 * slabscan_track_remove - an object was freed
 * @t: the table
 * @address: of the object
 * @ret: a copy of its record
 *
 * Return: false if it was not known.
 */
bool slabscan_track_remove(struct slabscan_track *t, u64 address, struct slabscan_track_record *ret);

/**
 * slabscan_track_next - go through all records in use
 * @t: the table
 * @at: from here on; start with 0, go on with the index returned plus 1
 *
 * The record at the index may be removed before going on. Records that are added meanwhile may be missed.
 *
 * Return: index in @records; @nr at the end.
 */
u32 slabscan_track_next(const struct slabscan_track *t, u32 at);

/**
 * slabscan_track_thin - forget all objects but a sample
 * @t: the table
 * @mask: those stay in whose slabscan_track_hash() no bit of @mask is set
 * @at: where to begin, 0 at first; moves on, to @t->nr in the end
 * @max: look at so many records at most
 *
 * Return: how many were forgotten.
 */
u32 slabscan_track_thin(struct slabscan_track *t, u64 mask, u32 *at, u32 max);

#endif /* SLABSCAN_TRACK_H */
