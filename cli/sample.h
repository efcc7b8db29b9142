/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sample.h - the state of all memory at one moment, as /proc and /sys tell it
 *
 * What could not be read is absent and marked so: nothing here is ever guessed. All sizes are bytes.
 */
#ifndef SLABSCAN_SAMPLE_H
#define SLABSCAN_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Single numbers: id, name in saved files, where from, the field's name there. Those of meminfo are bytes. */
#define SAMPLE_GAUGES(G)								\
	G(TOTAL,		"mem_total",		MEMINFO, "MemTotal")		\
	G(FREE,			"mem_free",		MEMINFO, "MemFree")		\
	G(AVAILABLE,		"mem_available",	MEMINFO, "MemAvailable")	\
	G(BUFFERS,		"buffers",		MEMINFO, "Buffers")		\
	G(CACHED,		"cached",		MEMINFO, "Cached")		\
	G(SWAP_CACHED,		"swap_cached",		MEMINFO, "SwapCached")		\
	G(SHMEM,		"shmem",		MEMINFO, "Shmem")		\
	G(ANON,			"anon",			MEMINFO, "AnonPages")		\
	G(SLAB_RECLAIMABLE,	"slab_reclaimable",	MEMINFO, "SReclaimable")	\
	G(SLAB_UNRECLAIMABLE,	"slab_unreclaimable",	MEMINFO, "SUnreclaim")		\
	G(KERNEL_STACK,		"kernel_stack",		MEMINFO, "KernelStack")		\
	G(PAGE_TABLES,		"page_tables",		MEMINFO, "PageTables")		\
	G(SEC_PAGE_TABLES,	"sec_page_tables",	MEMINFO, "SecPageTables")	\
	G(VMALLOC_USED,		"vmalloc_used",		MEMINFO, "VmallocUsed")		\
	G(PERCPU,		"percpu",		MEMINFO, "Percpu")		\
	G(HUGETLB,		"hugetlb",		MEMINFO, "Hugetlb")		\
	G(ZSWAP,		"zswap",		MEMINFO, "Zswap")		\
	G(BALLOON,		"balloon",		MEMINFO, "Balloon")		\
	G(SLABS_SCANNED,	"slabs_scanned",	VMSTAT, "slabs_scanned")	\
	G(STEAL_KSWAPD,		"pgsteal_kswapd",	VMSTAT, "pgsteal_kswapd")	\
	G(STEAL_DIRECT,		"pgsteal_direct",	VMSTAT, "pgsteal_direct")	\
	G(OOM_KILL,		"oom_kill",		VMSTAT, "oom_kill")		\
	G(ZSPAGES,		"zspages",		VMSTAT, "nr_zspages")		\
	G(BALLOON_INFLATE,	"balloon_inflate",	VMSTAT, "balloon_inflate")	\
	G(BALLOON_DEFLATE,	"balloon_deflate",	VMSTAT, "balloon_deflate")	\
	G(THREADS,		"threads",		OTHER, NULL)			\
	G(PROCESSES,		"processes",		OTHER, NULL)			\
	G(OPEN_FDS,		"open_fds",		OTHER, NULL)			\
	G(FILES,		"files",		OTHER, NULL)			\
	G(INODES,		"inodes",		OTHER, NULL)			\
	G(SOCKETS,		"sockets",		OTHER, NULL)			\
	G(SOCKET_BUFFERS,	"socket_buffers",	OTHER, NULL)			\
	G(CONNTRACK,		"conntrack",		OTHER, NULL)			\
	G(CGROUPS,		"cgroups",		OTHER, NULL)			\
	G(DYING_CGROUPS,	"dying_cgroups",	OTHER, NULL)			\
	G(VMALLOC_AREAS,	"vmalloc_bytes",	OTHER, NULL)			\
	G(VMALLOC_STACKS,	"vmalloc_stack_bytes",	OTHER, NULL)			\
	G(FREE_HIGH_ORDER,	"free_high_order",	OTHER, NULL)			\
	G(GRACE_NS,		"grace_period_ns",	OTHER, NULL)			\
	G(CPUS,			"cpus",			OTHER, NULL)			\
	G(UPTIME_S,		"uptime_s",		OTHER, NULL)

enum gauge {
#define GAUGE_ID(id, name, from, field) GAUGE_##id,
	SAMPLE_GAUGES(GAUGE_ID)
#undef GAUGE_ID
	GAUGES
};

#define SAMPLE_NAME_MAX		64
#define SAMPLE_CACHES_MAX	8192
#define SAMPLE_PROCS_MAX	65536
#define SAMPLE_CALLERS_MAX	4096

/**
 * struct sample_cache - a slab cache
 * @name: as in /proc/slabinfo
 * @turn: caches with the same name and slot size are told apart by their turn, from 0
 * @slot: bytes from one object to the next
 * @live: objects in use; without the module those that sit free in per-CPU stores are among them
 * @parked: the latter, if known
 * @bytes: of all its slabs
 * @slab_bytes: of one slab
 * @reclaimable: gives way under memory pressure
 */
struct sample_cache {
	char name[SAMPLE_NAME_MAX];
	uint32_t turn, slot;
	uint64_t live, parked, bytes, slab_bytes;
	bool reclaimable;
};

/* A process. @start: ticks since boot, tells a process from a later one with its number. @anon: resident and not backed by a file. */
struct sample_proc {
	uint32_t pid;
	char comm[20];
	uint64_t start, threads, anon, fds;
};

/* All vmalloc areas that one function made, other than stacks of tasks. */
struct sample_caller {
	char name[SAMPLE_NAME_MAX];
	uint64_t areas, bytes;
};

struct aliases;

/**
 * struct sample - the state of all memory at one moment
 * @time_ns: since boot, suspended time included
 * @has: bitmap over enum gauge
 * @exact: @caches were counted by the module
 * @caches, @procs, @callers: sorted by name and turn, by pid, by name
 * @aliases: other names of merged caches, or NULL; not the sample's own
 */
struct sample {
	uint64_t time_ns;
	uint64_t has;
	uint64_t gauge[GAUGES];
	bool exact;
	struct sample_cache *caches;
	size_t cache_count;
	struct sample_proc *procs;
	size_t proc_count;
	struct sample_caller *callers;
	size_t caller_count;
	const struct aliases *aliases;
};

_Static_assert(GAUGES <= 64, "struct sample: bitmap of gauges");

static inline bool sample_has(const struct sample *s, enum gauge g)
{
	return s->has >> g & 1;
}

void sample_set(struct sample *s, enum gauge g, uint64_t value);
const char *gauge_name(enum gauge g);

/**
 * sample_read() - look at everything once
 * @root: prefix of /proc and /sys
 * @deep: also count the open files of each process
 *
 * Does not measure a grace period (see grace_begin()). Return: the sample, for sample_free(); NULL and errno if even /proc/meminfo cannot be read.
 */
struct sample *sample_read(const char *root, bool deep);
struct sample *sample_create(void);
void sample_free(struct sample *s);

/* Append; the arrays are bounded by the constants above. Return: the new element, zeroed; NULL if there is no room. */
struct sample_cache *sample_add_cache(struct sample *s, const char *name, uint32_t slot);
struct sample_proc *sample_add_proc(struct sample *s);
struct sample_caller *sample_add_caller(struct sample *s, const char *name);
void sample_drop_caches(struct sample *s);

/* To be called after the last sample_add_*(). Numbers the turns. */
void sample_sort(struct sample *s);

/* The same in @s, or NULL. */
const struct sample_cache *sample_find_cache(const struct sample *s, const struct sample_cache *like);
const struct sample_proc *sample_find_proc(const struct sample *s, const struct sample_proc *like);
const struct sample_caller *sample_find_caller(const struct sample *s, const char *name);

/**
 * struct grace - how long RCU takes to get from one end of a grace period to the other
 *
 * membarrier(MEMBARRIER_CMD_GLOBAL) returns after a grace period. A child makes the call, for it cannot be interrupted.
 */
struct grace {
	int fd;
	int pid;
	uint64_t begin_ns;
};

void grace_begin(struct grace *g);

/* Wait at most @wait_ms for the end. Return: true if *ns was set: how long it took, or has taken so far. Ends the measurement. */
bool grace_end(struct grace *g, uint32_t wait_ms, uint64_t *ns);

#define SAMPLE_FILE_MAX		64	/* samples in a file */

/* What a machine is told apart by: its boot. */
struct sample_origin {
	char boot_id[64];
	char release[72];
};

void sample_origin_read(const char *root, struct sample_origin *origin);

/**
 * sample_save() - add a sample to a file, which is made if there is none
 *
 * A file of another boot is begun anew. When it is full, every second sample of it goes. The file is replaced as a whole or not at all.
 * Return: 0 or -errno; -EINVAL: the file is something else and was left alone.
 */
int sample_save(const char *path, const struct sample_origin *origin, const struct sample *s);

/**
 * sample_load() - read what sample_save() wrote
 * @samples: gets at most SAMPLE_FILE_MAX, in order of time; each for sample_free()
 *
 * Return: 0; -errno; -EINVAL with a sentence in @error.
 */
int sample_load(const char *path, struct sample_origin *origin, struct sample **samples, size_t *count, char error[256]);

#endif
