/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * btf.h - where is this member? asked of a BTF blob in memory
 */
#ifndef SLABSCAN_BTF_H
#define SLABSCAN_BTF_H

#include "core.h"

/* Entries of the sparse index from type number to place. More make a lookup faster, fewer the struct smaller. */
#define SLABSCAN_BTF_INDEX 256

/* The format has 7 bits for the kind of a type. */
#define SLABSCAN_BTF_KINDS 128

/**
 * struct slabscan_btf - a validated BTF blob, opaque to users
 *
 * About 1.4 KiB: keep it out of deep stacks. Holds no reference: the blob must outlive it and must not change. One user at a time, since a
 * lookup remembers the last struct that was found.
 */
struct slabscan_btf {
	/* private: */
	const u8 *types;
	const char *strs;
	u32 types_len;
	u32 strs_len;
	u32 nr_types;
	u32 hint_name;
	u32 hint_off;
	u32 index_shift;
	u32 nr_kinds;
	u8 fixed[SLABSCAN_BTF_KINDS];
	u8 each[SLABSCAN_BTF_KINDS];
	u32 index[SLABSCAN_BTF_INDEX];
};

/**
 * struct slabscan_btf_member - where a member is and what it holds
 * @offset: bytes from the start of the outermost struct; of a bitfield: the byte with its lowest bit
 * @size: bytes; of an array: of the whole array, 0 for a flexible one; of a bitfield: the bytes that hold it
 * @bit_offset: of a bitfield: its lowest bit within the byte at @offset, 0 to 7; else 0
 * @bit_size: of a bitfield: its bits; 0 for all other members
 * @nr_elems: of an array: its elements, dimensions multiplied; 0 for all other members, and for a flexible array
 * @elem_size: of an array: bytes of one element; else 0
 */
struct slabscan_btf_member {
	u32 offset;
	u32 size;
	u32 bit_offset;
	u32 bit_size;
	u32 nr_elems;
	u32 elem_size;
};

/**
 * slabscan_btf_init - validate a BTF blob
 * @b: caller's memory, filled
 * @buf: the blob, any alignment
 * @len: its bytes; the blob's own lengths may be smaller
 *
 * One pass over all types (about 0.5 ms for a Debian kernel). Nothing to undo.
 *
 * Return: 0; -EINVAL for anything that is not well-formed; -EOPNOTSUPP for BTF of the other byte order, of another version, or with a kind
 * of type that is unknown here and whose length the blob's layout section (v7.1) does not tell.
 */
int slabscan_btf_init(struct slabscan_btf *b, const void *buf, size_t len);

/**
 * slabscan_btf_member - find a member of a struct or union
 * @b: from slabscan_btf_init()
 * @type: name of the struct, of the union, or of a typedef of one
 * @path: member name, or several joined by dots: "oo.x". Members of unnamed members are found by their own name. A step through an array
 *	means its first element: "per_node.barn"
 * @ret: filled on success only
 *
 * Where several types have the same name the first that has the member answers. A pointer is never stepped through.
 *
 * Return: 0; -ENOENT if there is no such type or none with such a member; -EINVAL for BTF that contradicts itself; -E2BIG when it nests so
 * wildly that the search was given up (262,144 members seen).
 */
int slabscan_btf_member(struct slabscan_btf *b, const char *type, const char *path, struct slabscan_btf_member *ret);

/**
 * slabscan_btf_struct_size - size of a struct or union
 * @b: from slabscan_btf_init()
 * @type: name as in slabscan_btf_member(); the first of several answers
 *
 * Return: bytes, never negative otherwise than -ENOENT: no such type.
 */
s64 slabscan_btf_struct_size(struct slabscan_btf *b, const char *type);

/**
 * slabscan_btf_read - value of an integer member or bitfield
 * @m: from slabscan_btf_member()
 * @p: the @m->size bytes at @m->offset
 *
 * Return: the value, zero-extended; only the first 8 bytes of larger members.
 */
u64 slabscan_btf_read(const struct slabscan_btf_member *m, const void *p);

#endif /* SLABSCAN_BTF_H */
