/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * slabscan.h - the whole protocol between slabscan.ko and its clients
 *
 * Generic netlink, family "slabscan", version 1. Present in the initial network namespace only. Every command needs CAP_SYS_ADMIN in the
 * initial user namespace: the answers are kernel memory. When the kernel is locked down to confidentiality, every command is refused.
 *
 * The protocol has one mechanism. A client *starts a job*, is *told of its progress*, and then *dumps its result*:
 *
 *   client                                     kernel
 *     JOB_START {KIND, parameters}       ->
 *                                        <-    JOB_START {JOB, MEMORY}      or an error with an extack sentence
 *                                        <-    JOB_NTF {JOB, STATE=running, DONE, TOTAL}        some times a second
 *                                        <-    JOB_NTF {JOB, STATE=done|partial|failed, ...}    exactly once
 *     RESULT_GET {KIND}, NLM_F_DUMP      ->
 *                                        <-    RESULT_GET {GENERATION, one record} ... DONE
 *
 * - One job runs at a time; a second JOB_START is refused with EBUSY. A job belongs to the socket that started it: when that socket closes,
 *   the job is cancelled and all it had hooked or allocated is gone. JOB_CANCEL from the owner ends it early: what was found so far becomes a
 *   result with COMPLETE = 0 and the job's last notification says "partial".
 * - Notifications go to the owner's socket only. There is no multicast group.
 * - The result of the newest finished job of each kind stays until the next of its kind or until the module goes. It never changes.
 *   If it is replaced while it is being dumped, the dump goes on with the old one and its messages carry NLM_F_DUMP_INTR: start over.
 * - A message of a dump holds GENERATION and exactly one record, which is a nest: RECORD_SUMMARY first, then others in an order that can be
 *   printed as it comes. All nests draw their attributes from the one list below: an attribute means the same wherever it stands.
 *   Unknown records and attributes in answers are to be skipped; unknown attributes in requests are refused.
 * - 64-bit values are plain NLA_U64 (not aligned), lists are repeated attributes, strings end with NUL. Shares are parts per million.
 *
 * Errors, beside those of netlink itself:
 *   EPERM         no CAP_SYS_ADMIN in the initial user namespace, or the kernel is locked down
 *   EINVAL        an attribute is missing, malformed or not of this KIND
 *   ERANGE        a number is out of its range
 *   ENOENT        no such cache, result, cluster or function
 *   ENOTUNIQ      several caches bear that name; CACHE_INDEX selects one
 *   EBUSY         another job runs
 *   ENOMEM        the memory that the job needs could not be had; nothing was started
 *   EOPNOTSUPP    this kernel does not offer what the job needs
 *   ESRCH         JOB_CANCEL: no such job, or not yours; PID: no such process
 *   ESTALE        the cache was destroyed while the job ran
 */
#ifndef _UAPI_LINUX_SLABSCAN_H
#define _UAPI_LINUX_SLABSCAN_H

#define SLABSCAN_GENL_NAME	"slabscan"
#define SLABSCAN_GENL_VERSION	1

/* Longest strings in either direction, with the NUL. */
#define SLABSCAN_NAME_MAX	64	/* a cache, a module */
#define SLABSCAN_SYMBOL_MAX	192	/* "function+0x1c/0x40 [module]" */
#define SLABSCAN_TEXT_MAX	64	/* a string found inside objects */

/* Bytes of an object that a scan compares; what lies behind does not count. */
#define SLABSCAN_SCAN_BYTES	1024

enum slabscan_cmd {
	SLABSCAN_CMD_UNSPEC,
	SLABSCAN_CMD_INFO_GET,		/* do: {} -> {MODULE_VERSION, FEATURE..., and KIND, JOB, PID of a running job} */
	SLABSCAN_CMD_JOB_START,		/* do: {KIND, ...} -> {JOB, MEMORY} */
	SLABSCAN_CMD_JOB_CANCEL,	/* do: {JOB} -> ack; the last JOB_NTF follows */
	SLABSCAN_CMD_JOB_NTF,		/* event to the owner: {JOB, STATE, DONE, TOTAL, [ERRNO, MESSAGE], GENERATION} */
	SLABSCAN_CMD_RESULT_GET,	/* dump: {KIND} -> {GENERATION, a record}... */

	__SLABSCAN_CMD_MAX,
	SLABSCAN_CMD_MAX = __SLABSCAN_CMD_MAX - 1
};

/*
 * What a job does. In brackets the parameters it takes; those with ? may be left out.
 */
enum slabscan_kind {
	SLABSCAN_KIND_UNSPEC,
	SLABSCAN_KIND_CACHES,		/* census of all caches: RECORD_CACHE each. [] */
	SLABSCAN_KIND_SCAN,		/* cluster live objects. [CACHE+CACHE_INDEX? or ALL, LIMIT?, CPUS?] RECORD_CLUSTER, _WORD, _LINK */
	SLABSCAN_KIND_SHOW,		/* what is an address. [ADDR] RECORD_OBJECT, RECORD_WORD */
	SLABSCAN_KIND_TRACE,		/* who allocates and frees. [CACHE+CACHE_INDEX?, DURATION_MS, DRAIN_MS?, RECORDS?, PID?, MODULE?, PROBE..., FINGERPRINT?,
					 * LIMIT?] RECORD_SITE, _STACK, _FREE_SITE */
	SLABSCAN_KIND_LEAKS,		/* unreferenced objects. [CACHE+CACHE_INDEX?, CPUS?, LIMIT?, ALL?] RECORD_GROUP; with ALL, RECORD_OBJECTS */
	SLABSCAN_KIND_REFS,		/* who points to. [ADDR, or CACHE+CACHE_INDEX?+FINGERPRINT of the last SCAN; LIMIT?, CPUS?] RECORD_REFERRER, _GROUP,
					 * _WORD */
	SLABSCAN_KIND_OBJECTS,		/* addresses of the live objects. [CACHE+CACHE_INDEX?, LIMIT?] RECORD_OBJECTS */

	__SLABSCAN_KIND_MAX,
	SLABSCAN_KIND_MAX = __SLABSCAN_KIND_MAX - 1
};

enum slabscan_state {
	SLABSCAN_STATE_UNSPEC,
	SLABSCAN_STATE_RUNNING,
	SLABSCAN_STATE_DONE,		/* a whole result can be dumped */
	SLABSCAN_STATE_PARTIAL,		/* cancelled, or the machine changed under the job: an incomplete result can be dumped; MESSAGE says why */
	SLABSCAN_STATE_FAILED,		/* no result; ERRNO and MESSAGE say why */
};

/* The class of one aligned 8-byte word of an object. */
enum slabscan_word_class {
	SLABSCAN_WORD_ZERO,		/* 0 */
	SLABSCAN_WORD_INT,		/* a small integer, or two packed 32-bit ones */
	SLABSCAN_WORD_SYMBOL,		/* address inside the kernel image or a module */
	SLABSCAN_WORD_SLAB,		/* points into an object of a slab cache */
	SLABSCAN_WORD_SELF,		/* points into the object that holds it */
	SLABSCAN_WORD_VMALLOC,		/* vmalloc or ioremap space */
	SLABSCAN_WORD_PERCPU,		/* a per-cpu pointer (cookie, before adding a CPU's offset) */
	SLABSCAN_WORD_PAGE,		/* direct-map address of a page that is no slab */
	SLABSCAN_WORD_MEMMAP,		/* a struct page */
	SLABSCAN_WORD_POISON,		/* list poison, slab poison */
	SLABSCAN_WORD_ERRPTR,		/* ERR_PTR(-errno) */
	SLABSCAN_WORD_TEXT,		/* printable characters */
	SLABSCAN_WORD_DATA,		/* anything else */

	__SLABSCAN_WORD_MAX,
	SLABSCAN_WORD_MAX = __SLABSCAN_WORD_MAX - 1
};

/* WHERE: what kind of place an address is. */
enum slabscan_where {
	SLABSCAN_WHERE_UNSPEC,
	SLABSCAN_WHERE_SLAB,		/* an object of a slab cache */
	SLABSCAN_WHERE_SYMBOL,		/* the kernel image or a module */
	SLABSCAN_WHERE_STACK,		/* the kernel stack of a task */
	SLABSCAN_WHERE_PERCPU,		/* a per-cpu area */
	SLABSCAN_WHERE_VMALLOC,
	SLABSCAN_WHERE_PAGE,		/* a page in use for something else (large kmalloc, page table, page cache, ...) */
	SLABSCAN_WHERE_FREE,		/* a free page */
	SLABSCAN_WHERE_MEMMAP,		/* a struct page */
	SLABSCAN_WHERE_NONE,		/* no memory of the kernel */
};

/* OBJECT_STATE: what the allocator says of an object. */
enum slabscan_object_state {
	SLABSCAN_OBJECT_UNSPEC,
	SLABSCAN_OBJECT_LIVE,
	SLABSCAN_OBJECT_FREE,
	SLABSCAN_OBJECT_CHANGING,	/* its slab changed each time it was looked at */
	SLABSCAN_OBJECT_NONE,		/* in a slab, but between or behind its objects */
};

/* LIST: what a word says of a list_head at its place. */
enum slabscan_list_state {
	SLABSCAN_LIST_NONE,
	SLABSCAN_LIST_EMPTY,		/* points to itself */
	SLABSCAN_LIST_POISON,		/* was deleted */
	SLABSCAN_LIST_CLUSTER,		/* points into another object of the same cluster */
};

/* Bits of CACHE_FLAGS. */
enum slabscan_cache_flag {
	SLABSCAN_CACHE_RECLAIMABLE	= 1 << 0,	/* SLAB_RECLAIM_ACCOUNT */
	SLABSCAN_CACHE_RCU		= 1 << 1,	/* SLAB_TYPESAFE_BY_RCU */
	SLABSCAN_CACHE_CTOR		= 1 << 2,
	SLABSCAN_CACHE_ACCOUNT		= 1 << 3,	/* charged to memory cgroups */
	SLABSCAN_CACHE_DEBUG		= 1 << 4,	/* red zones, poison or user tracking are on */
	SLABSCAN_CACHE_MERGED		= 1 << 5,	/* other caches share it */
};

/*
 * The attributes. Append only. r = allowed in a request.
 */
enum slabscan_attr {
	SLABSCAN_A_UNSPEC,

	/* jobs */
	SLABSCAN_A_KIND,		/* u32 r, enum slabscan_kind */
	SLABSCAN_A_JOB,			/* u32 r, number of a job */
	SLABSCAN_A_STATE,		/* u32, enum slabscan_state */
	SLABSCAN_A_DONE,		/* u64, units of work done ... */
	SLABSCAN_A_TOTAL,		/* u64, ... of so many; 0 if not known yet */
	SLABSCAN_A_ERRNO,		/* u32, positive errno */
	SLABSCAN_A_MESSAGE,		/* string, a sentence */
	SLABSCAN_A_GENERATION,		/* u32, of a result */
	SLABSCAN_A_MEMORY,		/* u64, bytes that the job allocates at most */
	SLABSCAN_A_MODULE_VERSION,	/* string */
	SLABSCAN_A_FEATURE,		/* string, repeated: what this kernel offers ("sheaves", "cpu-slabs", ...) */
	SLABSCAN_A_PID,			/* u32 r, process: in a request as the sender numbers it, in an answer as the initial pid namespace does */

	/* parameters */
	SLABSCAN_A_CACHE,		/* string r, name of a cache */
	SLABSCAN_A_CACHE_INDEX,		/* u32 r, which of several caches with that name, from 0 */
	SLABSCAN_A_ALL,			/* flag r, all unreclaimable caches; LEAKS: all addresses */
	SLABSCAN_A_LIMIT,		/* u32 r, report at most so many clusters, groups, ... (counts do not depend on it) */
	SLABSCAN_A_CPUS,		/* u32 r, use at most so many CPUs */
	SLABSCAN_A_ADDR,		/* u64 r, an address */

	/* records: nests, one a message */
	SLABSCAN_A_RECORD_SUMMARY,
	SLABSCAN_A_RECORD_CACHE,
	SLABSCAN_A_RECORD_CLUSTER,
	SLABSCAN_A_RECORD_WORD,
	SLABSCAN_A_RECORD_OBJECT,
	SLABSCAN_A_RECORD_LINK,		/* clusters that belong together: {RANK, TO_RANK, OFFSET, SHARE} */

	/* totals */
	SLABSCAN_A_COMPLETE,		/* u32, 1 if everything was seen */
	SLABSCAN_A_ELAPSED_NS,		/* u64 */
	SLABSCAN_A_SLABS,		/* u64, slabs of the cache (met by the scan) */
	SLABSCAN_A_OBJECTS,		/* u64, slots in a cache; objects in a cluster or group */
	SLABSCAN_A_LIVE,		/* u64, allocated objects */
	SLABSCAN_A_SCANNED,		/* u64, objects whose content was read */
	SLABSCAN_A_SKIPPED,		/* u64, slots that could not be judged (their slab kept changing or could not be read) */
	SLABSCAN_A_COUNT_ERROR,		/* u64, no count of a cluster is off by more */
	SLABSCAN_A_PARKED,		/* u64, free objects found in per-CPU and per-node stores */
	SLABSCAN_A_BYTES,		/* u64, slots times slot size; OBJECTS times slot size */
	SLABSCAN_A_OBJECT_SIZE,		/* u32, bytes that a user of the cache may use */
	SLABSCAN_A_SLOT_SIZE,		/* u32, bytes from one object to the next */
	SLABSCAN_A_CACHE_FLAGS,		/* u32, enum slabscan_cache_flag */
	SLABSCAN_A_NAME,		/* string */

	/* clusters */
	SLABSCAN_A_RANK,		/* u32, from 1 */
	SLABSCAN_A_SHARE,		/* u32, ppm of the live objects (cluster) or of the cluster's objects (word, chase, link) */
	SLABSCAN_A_FINGERPRINT,		/* u32 r */
	SLABSCAN_A_CONFIDENCE,		/* u32, ppm: how alike the members are; see Documentation/design */
	SLABSCAN_A_PROFILED,		/* u64, objects of the cluster that the profile was made from */
	SLABSCAN_A_EXAMPLE,		/* u64, repeated: address of an object */
	SLABSCAN_A_STRING,		/* nest, repeated: {TEXT, OFFSET, OBJECTS} */
	SLABSCAN_A_TEXT,		/* string, printable; non-printable bytes are '.' */
	SLABSCAN_A_TO_RANK,		/* u32 */

	/* words */
	SLABSCAN_A_OFFSET,		/* u32, bytes from the object's start */
	SLABSCAN_A_CLASS,		/* u32, enum slabscan_word_class */
	SLABSCAN_A_VALUE,		/* u64, if the same (or nearly always the same) in all */
	SLABSCAN_A_VALUE_MIN,		/* u64, smallest and ... */
	SLABSCAN_A_VALUE_MAX,		/* u64, ... largest value */
	SLABSCAN_A_DISTINCT,		/* u64, estimate of the number of different values */
	SLABSCAN_A_SYMBOL,		/* string, "name+0x10 [module]" */
	SLABSCAN_A_TARGET_CACHE,	/* string, the word points into an object of this cache ... */
	SLABSCAN_A_TARGET_OFFSET,	/* u32, ... so many bytes behind its start */
	SLABSCAN_A_LIST,		/* u32, enum slabscan_list_state */
	SLABSCAN_A_CHASE,		/* nest, repeated: {HOP..., SYMBOL, SHARE}, see below */

	/* addresses */
	SLABSCAN_A_WHERE,		/* u32, enum slabscan_where */
	SLABSCAN_A_OBJECT_ADDR,		/* u64, start of the object */
	SLABSCAN_A_OBJECT_STATE,	/* u32, enum slabscan_object_state */

	/* one way from a word through slab objects to a symbol */
	SLABSCAN_A_HOP,			/* nest in CHASE, repeated, in order: {TARGET_CACHE, OFFSET}: the pointee's cache, the offset read there */

	/* the plain list */
	SLABSCAN_A_RECORD_OBJECTS,	/* {EXAMPLE...} */
	SLABSCAN_A_UNSETTLED,		/* u64, slabs that kept changing: an object on its way between stores may count as live there */

	/* traces: parameters */
	SLABSCAN_A_DURATION_MS,		/* u32 r, how long to watch */
	SLABSCAN_A_DRAIN_MS,		/* u32 r, the last part of that, in which frees only are watched; a fifth if not given */
	SLABSCAN_A_RECORDS,		/* u32 r, objects to remember at a time */
	SLABSCAN_A_MODULE,		/* string r, only allocations on a way through this module */
	SLABSCAN_A_PROBE,		/* string r, repeated: only allocations below one of these functions ("function" or "module:function") */

	/* traces: records */
	SLABSCAN_A_RECORD_SITE,		/* who allocates */
	SLABSCAN_A_RECORD_STACK,	/* on which way */
	SLABSCAN_A_RECORD_FREE_SITE,	/* who frees */
	SLABSCAN_A_ALLOCS,		/* u64, objects allocated while allocations were watched */
	SLABSCAN_A_FREES,		/* u64, of those, freed */
	SLABSCAN_A_OLD_FREES,		/* u64, other objects of the cache, freed */
	SLABSCAN_A_SURVIVORS,		/* u64, of ALLOCS, still allocated at the end: looked up in their slabs */
	SLABSCAN_A_QUIET,		/* u64, of SURVIVORS: content did not change since the drain began */
	SLABSCAN_A_MARKED,		/* u64, of QUIET: look like a mass of the last scan of the cache, and there are more of them than EXPECTED */
	SLABSCAN_A_UNSEEN,		/* u64, of ALLOCS: free at the end, though no free was seen */
	SLABSCAN_A_LOST,		/* u64, of ALLOCS: not recorded, for there was no room or no way to */
	SLABSCAN_A_LOST_FREES,		/* u64, events that may have been frees and could not be looked at */
	SLABSCAN_A_SAMPLE,		/* u32, one of so many objects was followed: FREES, SURVIVORS, QUIET and MARKED are of those only */
	SLABSCAN_A_DURATION_NS,		/* u64, how long it was watched */
	SLABSCAN_A_AGE_NS,		/* u64, of the oldest survivor */
	SLABSCAN_A_AGE_MIN_NS,		/* u64, of the youngest */
	SLABSCAN_A_TASK,		/* string, name of the thread that allocated (the oldest survivor) */
	SLABSCAN_A_FREED_BY,		/* string, function that frees most of the objects that are allocated here and freed at all */
	SLABSCAN_A_MODEL_CLUSTERS,	/* u32, clusters that MARKED was found by; 0: no scan of this cache to compare with */
	SLABSCAN_A_SIZE_MIN,		/* u32, smallest and ... */
	SLABSCAN_A_SIZE_MAX,		/* u32, ... largest number of bytes asked for */
	SLABSCAN_A_EXPECTED,		/* u64, survivors if the number of the site's objects had not grown: as many older ones were freed */

	/* leaks */
	SLABSCAN_A_RECORD_GROUP,	/* unreferenced objects that look alike */
	SLABSCAN_A_UNREFERENCED,	/* u64, allocated objects that nothing points to, without those of INNOCENT */
	SLABSCAN_A_INNOCENT,		/* u64, likewise, but known to be in use all the same: see MESSAGE of their groups */
	SLABSCAN_A_UNDECIDED,		/* u64, CHANGED + YOUNG + SKIPPED */
	SLABSCAN_A_CHANGED,		/* u64, unreferenced, but their content changed in between */
	SLABSCAN_A_YOUNG,		/* u64, of caches of which so many turned out to be referenced that these may be chance */
	SLABSCAN_A_ROOT_BYTES,		/* u64, memory beside slab objects that was searched for references */
	SLABSCAN_A_UNREAD_BYTES,	/* u64, such memory that could not be read */
	SLABSCAN_A_WORDS,		/* u64, words looked at, in roots and in objects */

	/* refs */
	SLABSCAN_A_RECORD_REFERRER,	/* a kind of place that points to the targets */
	SLABSCAN_A_REFERENCES,		/* u64, pointers */
	SLABSCAN_A_INSIDE,		/* u64, of REFERENCES, those that lie in targets (those of an object to itself do not count at all) */
	SLABSCAN_A_POINTED,		/* u64, targets that anything points to ... */
	SLABSCAN_A_HELD,		/* u64, ... that something else than a target points to */

	/* leaks, of ELAPSED_NS */
	SLABSCAN_A_WAIT_NS,		/* u64, waited for grace periods */
	SLABSCAN_A_SEARCH_NS,		/* u64, to read all memory, each time */

	/* how old a result is */
	SLABSCAN_A_ENDED_NS,		/* u64, CLOCK_MONOTONIC when the job was done */

	/* a scan of all caches */
	SLABSCAN_A_CACHES,		/* u32, that were looked into */
	SLABSCAN_A_CACHES_LEFT,		/* u32, that were not; BYTES of all their slots. If COMPLETE, none of them has as many bytes as the last cluster told of */

	__SLABSCAN_A_MAX,
	SLABSCAN_A_MAX = __SLABSCAN_A_MAX - 1
};

/*
 * CHASE in RECORD_WORD: the word points into an object of HOP[0].TARGET_CACHE; the word at HOP[0].OFFSET *from the start of that object*
 * points into an object of HOP[1].TARGET_CACHE; ...; the word at the last HOP's OFFSET is the address of SYMBOL, in SHARE of the objects that
 * were followed.
 *
 * RECORD_SUMMARY of each kind:
 *   CACHES  COMPLETE ELAPSED_NS SLABS
 *   SCAN    CACHE OBJECT_SIZE SLOT_SIZE CACHE_FLAGS SLABS OBJECTS LIVE SCANNED SKIPPED UNSETTLED PARKED COUNT_ERROR COMPLETE ELAPSED_NS MEMORY
 *           (with ALL: CACHES CACHES_LEFT BYTES in place of CACHE and sizes; the numbers are of the caches that were looked into; RECORD_CLUSTERs carry
 *           CACHE CACHE_INDEX OBJECT_SIZE SLOT_SIZE CACHE_FLAGS, and RECORD_LINKs lead from one cache to the other, too)
 *   SHOW    COMPLETE ELAPSED_NS
 *   LEAKS   [CACHE] SLABS OBJECTS LIVE UNREFERENCED INNOCENT UNDECIDED CHANGED YOUNG SKIPPED UNSETTLED ROOT_BYTES UNREAD_BYTES WORDS WAIT_NS
 *           SEARCH_NS COMPLETE ELAPSED_NS MEMORY (SLABS, OBJECTS, LIVE, UNDECIDED and its parts are of all caches)
 *   REFS    ADDR [CACHE OBJECT_ADDR OBJECT_STATE] or CACHE CACHE_INDEX FINGERPRINT; OBJECTS (targets) [POINTED HELD] REFERENCES INSIDE LOST LIVE
 *           ROOT_BYTES UNREAD_BYTES COMPLETE ELAPSED_NS MEMORY (LOST: pointers from places that the histogram had no room for)
 *   OBJECTS CACHE OBJECT_SIZE SLOT_SIZE CACHE_FLAGS SLABS OBJECTS LIVE SCANNED SKIPPED UNSETTLED PARKED COMPLETE ELAPSED_NS MEMORY
 *   TRACE   CACHE CACHE_INDEX OBJECT_SIZE SLOT_SIZE CACHE_FLAGS ALLOCS FREES OLD_FREES SURVIVORS QUIET MARKED UNSEEN LOST LOST_FREES SAMPLE
 *           MODEL_CLUSTERS DURATION_NS COMPLETE ELAPSED_NS MEMORY [MESSAGE]
 * RECORD_CACHE    NAME OBJECT_SIZE SLOT_SIZE CACHE_FLAGS SLABS OBJECTS LIVE PARKED BYTES
 * RECORD_CLUSTER  RANK OBJECTS SHARE BYTES FINGERPRINT CONFIDENCE PROFILED EXAMPLE... SYMBOL... STRING... [CACHE SLOT_SIZE]
 * RECORD_GROUP    as RECORD_CLUSTER, and CACHE CACHE_INDEX OBJECT_SIZE SLOT_SIZE [MESSAGE]; SHARE is of the unreferenced objects of the cache; its
 *                 RECORD_WORDs follow. LIMIT is groups a cache. Caches come in the order of their unreferenced bytes
 * RECORD_REFERRER WHERE REFERENCES EXAMPLE... and, by WHERE: SLAB: CACHE OFFSET [INSIDE], EXAMPLEs are objects; SYMBOL: SYMBOL; STACK: PID TASK;
 *                 PERCPU: OFFSET in a CPU's area [SYMBOL]; VMALLOC: ADDR (start of the mapping). Sorted by REFERENCES. One with RANK is followed by the
 *                 RECORD_GROUP of that RANK and its RECORD_WORDs: what its EXAMPLEs have in common
 * RECORD_WORD     RANK OFFSET CLASS SHARE DISTINCT [VALUE VALUE_MIN VALUE_MAX SYMBOL TARGET_CACHE TARGET_OFFSET LIST CHASE...]
 * RECORD_OBJECT   ADDR WHERE [CACHE OBJECT_ADDR OFFSET OBJECT_SIZE SLOT_SIZE OBJECT_STATE SYMBOL MESSAGE]
 *                 then, for SHOW of an object, RECORD_WORD {OFFSET CLASS VALUE [SYMBOL TARGET_CACHE TARGET_OFFSET TEXT OBJECT_STATE CHASE...]} each
 * RECORD_SITE     RANK SYMBOL ALLOCS FREES SURVIVORS QUIET MARKED EXPECTED BYTES [AGE_NS AGE_MIN_NS TASK PID SIZE_MIN SIZE_MAX EXAMPLE...] [FREED_BY] [FINGERPRINT]
 *                 sorted by MARKED, then SURVIVORS, then ALLOCS; behind each its
 * RECORD_STACK    RANK ALLOCS FREES SURVIVORS QUIET MARKED SYMBOL... (innermost first, beginning with who called the allocator)
 * RECORD_FREE_SITE SYMBOL FREES, sorted by FREES
 */

#endif /* _UAPI_LINUX_SLABSCAN_H */
