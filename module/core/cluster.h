/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cluster.h - the great masses of similar objects in a stream of objects
 *
 * Feed it objects, in any number and order; finish; read the clusters, largest first. Memory is fixed beforehand (slabscan_cluster_size()).
 * Not safe for several users at once: give each CPU one and merge them.
 */
#ifndef SLABSCAN_CLUSTER_H
#define SLABSCAN_CLUSTER_H

#include "core.h"
#include "env.h"
#include "profile.h"
#include "word.h"

/* Words of an object that are looked at; what lies behind does not count. */
#define SLABSCAN_CLUSTER_WORDS	(SLABSCAN_SCAN_BYTES / 8)

/* Kinds of objects that are told apart at a time; half as many if objects have more than 256 bytes. */
#define SLABSCAN_CLUSTER_KINDS	192

/* Objects of a cluster whose addresses are kept. */
#define SLABSCAN_CLUSTER_SAMPLES 16

struct slabscan_cluster_set;

/**
 * struct slabscan_cluster - one cluster, as the reader sees it
 * @objects: how many
 * @error: the count may be too low by so many: objects that came when this cluster had to give way to others, or that were skipped in a jumble. Where
 *	a check found another's object among those that range checks gave it, the unchecked ones before may be others' too: it may be too high by so many
 * @profiled: of how many objects the profile was made
 * @confidence: ppm, of the evidence about the least alike part that was merged into it, how much more speaks for the merge than against it;
 *	1,000,000 if nothing was merged
 * @nr_words: of the profile
 * @words: the profile
 * @nr_samples: how many samples
 * @samples: addresses of objects
 */
struct slabscan_cluster {
	u64 objects, error;
	u32 profiled, confidence;
	u32 nr_words;
	const struct slabscan_profile *words;
	u32 nr_samples;
	const u64 *samples;
};

/**
 * slabscan_cluster_size - bytes that a set of clusters needs
 * @object_size: bytes of an object that its users see
 */
size_t slabscan_cluster_size(u32 object_size);

/**
 * slabscan_cluster_init - make an empty set
 * @mem: slabscan_cluster_size() bytes, 8-byte aligned, any content
 * @object_size: as there
 * @env: must live as long as objects are fed
 *
 * Return: @mem.
 */
struct slabscan_cluster_set *slabscan_cluster_init(void *mem, u32 object_size, const struct slabscan_env *env);

/**
 * slabscan_cluster_set_env - the set outlives its environment: here is another of the same machine
 * @set: the set
 * @env: must live as long as @set is used
 */
void slabscan_cluster_set_env(struct slabscan_cluster_set *set, const struct slabscan_env *env);

/**
 * slabscan_cluster_feed - account for one object
 * @set: the set
 * @object: a copy of it, object_size bytes
 * @address: where it really is
 *
 * @object must be 8-byte aligned unless it is smaller than that.
 *
 * Cost: a few range checks per word once its kind is well known, else as much as a comparison with all kinds known so far. Does not sleep.
 */
void slabscan_cluster_feed(struct slabscan_cluster_set *set, const void *object, u64 address);

/**
 * slabscan_cluster_feed_slab - account for the live objects of a slab
 * @set: the set
 * @image: a copy of the slab, from its first object on
 * @address: where that object really is
 * @stride: bytes from one object to the next
 * @nr: objects
 * @live: a bit for each; NULL if all are
 */
void slabscan_cluster_feed_slab(struct slabscan_cluster_set *set, const void *image, u64 address, u32 stride, u32 nr, const unsigned long *live);

/**
 * slabscan_cluster_merge - add all that another set counted
 * @dst: the sum
 * @src: of the same object size and environment; unchanged
 */
void slabscan_cluster_merge(struct slabscan_cluster_set *dst, const struct slabscan_cluster_set *src);

/**
 * slabscan_cluster_finish - join near-identical clusters and rank them
 * @set: nothing is fed or merged afterwards
 */
void slabscan_cluster_finish(struct slabscan_cluster_set *set);

/**
 * slabscan_cluster_kept_size - bytes that slabscan_cluster_keep() needs
 * @set: finished
 */
size_t slabscan_cluster_kept_size(const struct slabscan_cluster_set *set);

/**
 * slabscan_cluster_keep - copy what can still be read of a finished set: as much as there are clusters, not as much as there was room for
 * @mem: slabscan_cluster_kept_size() bytes, 8-byte aligned, any content
 * @set: finished; unchanged
 *
 * Return: @mem, a finished set for slabscan_cluster_get(), _match(), _total() and _error().
 */
struct slabscan_cluster_set *slabscan_cluster_keep(void *mem, const struct slabscan_cluster_set *set);

/**
 * slabscan_cluster_get - read a cluster
 * @set: finished
 * @rank: from 0, largest first
 * @ret: filled; points into @set
 *
 * Return: false if there are not so many.
 */
bool slabscan_cluster_get(const struct slabscan_cluster_set *set, u32 rank, struct slabscan_cluster *ret);

/**
 * slabscan_cluster_total - objects fed
 * @set: the set
 */
u64 slabscan_cluster_total(const struct slabscan_cluster_set *set);

/**
 * slabscan_cluster_error - no cluster's count is off by more
 * @set: the set
 *
 * 0 as long as there was room for every kind and range checks told them apart.
 */
u64 slabscan_cluster_error(const struct slabscan_cluster_set *set);

/**
 * slabscan_cluster_match - which cluster does this object look like?
 * @set: finished; it is scratch memory for this, so one user at a time
 * @object: a copy
 * @address: where it really is
 *
 * Return: rank from 0, or -1.
 */
int slabscan_cluster_match(struct slabscan_cluster_set *set, const void *object, u64 address);

#endif /* SLABSCAN_CLUSTER_H */
