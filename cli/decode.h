/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * decode.h - attributes of the protocol to structs
 *
 * Works on (buf, len) alone: no sockets, no global state, no alignment needed. Everything that comes back points into the buffer or into the
 * struct, and holds as long as both do.
 *
 * Strict: a length that is not what include/uapi/linux/slabscan.h says, a string without its NUL, an attribute that reaches beyond its nest,
 * or a scalar that comes twice make the message bad (-EBADMSG). Unknown attributes are skipped, as the protocol demands.
 */
#ifndef SLABSCAN_DECODE_H
#define SLABSCAN_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/slabscan.h>

#define RECORD_EXAMPLES	16
#define RECORD_SYMBOLS	32
#define RECORD_STRINGS	16
#define RECORD_CHASES	8
#define RECORD_HOPS	8

struct record_string {
	const char *text;
	uint32_t offset;
	uint64_t objects;
};

struct record_hop {
	const char *cache;	/* NULL: not told */
	uint32_t offset;
};

struct record_chase {
	struct record_hop hop[RECORD_HOPS];
	unsigned int hops;
	const char *symbol;
	uint32_t share;
};

/**
 * struct record - one record of a result, of any type
 * @type: SLABSCAN_A_RECORD_...
 * @has: bitmap of the attributes that were there; ask record_has()
 * @dropped: list elements beyond the bounds above
 *
 * An attribute means the same in all records, so there is one member for each. What was not there is 0 or NULL. The first of the SYMBOLs is
 * also in @symbol.
 */
struct record {
	uint32_t type;
	uint64_t has[2];
	unsigned int dropped;
	uint32_t generation;

	const char *task, *freed_by;
	const char *cache, *name, *message, *text, *symbol, *target_cache;
	uint64_t elapsed_ns, ended_ns, slabs, objects, live, scanned, skipped, unsettled, count_error, parked, bytes, memory, profiled;
	uint64_t allocs, frees, old_frees, survivors, quiet, marked, expected, unseen, lost, lost_frees, duration_ns, age_ns, age_min_ns;
	uint64_t unreferenced, innocent, undecided, changed, young, root_bytes, unread_bytes, words_seen, wait_ns, search_ns;
	uint64_t references, inside, pointed, held;
	uint64_t addr, object_addr, value, min, max, distinct;
	uint32_t cache_index, complete, object_size, slot_size, cache_flags, rank, to_rank, share, fingerprint, confidence;
	uint32_t pid, sample, model_clusters, size_min, size_max, caches, caches_left;
	uint32_t offset, class, target_offset, list, where, object_state;

	uint64_t example[RECORD_EXAMPLES];
	const char *symbols[RECORD_SYMBOLS];
	struct record_string strings[RECORD_STRINGS];
	struct record_chase chases[RECORD_CHASES];
	unsigned int example_count, symbol_count, string_count, chase_count;
};

static inline bool record_has(const struct record *rec, unsigned int attr)
{
	return attr < 128 && rec->has[attr / 64] >> (attr % 64) & 1;
}

/**
 * struct job_event - JOB_START's answer, or JOB_NTF
 */
struct job_event {
	uint32_t job, state, error, generation;
	uint64_t done, total, memory;
	const char *message;
};

#define INFO_FEATURES	32

/**
 * struct module_info - INFO_GET's answer; @job is 0 if none runs
 */
struct module_info {
	const char *version;
	const char *feature[INFO_FEATURES];
	unsigned int features;
	uint32_t kind, job, pid;
};

/**
 * decode_record() - the record of a RESULT_GET message
 * @buf: what stands behind the generic netlink header
 * @len: how much
 * @rec: gets it
 *
 * Return: 0; -ENODATA if there is no record of a type known here; -EBADMSG.
 */
int decode_record(const void *buf, size_t len, struct record *rec);

/** decode_event() - JOB_START's answer, or JOB_NTF. Return: 0 or -EBADMSG */
int decode_event(const void *buf, size_t len, struct job_event *ev);

/** decode_info() - INFO_GET's answer. Return: 0 or -EBADMSG */
int decode_info(const void *buf, size_t len, struct module_info *info);

#endif
