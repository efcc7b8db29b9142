// SPDX-License-Identifier: GPL-2.0-only
/*
 * scan.c - job "scan": what do the objects of a cache, or of all unreclaimable ones, have in common?
 *
 * One pass over all live objects (walk.c), each fed to the clusters of its cache (core). Every thread has clusters of its own; they are merged at the end.
 *
 * Of all caches the largest are looked into, as many as PASS_BYTES have room for. Others follow in another pass only if they can matter: if all
 * their slots together are more than the last cluster that is going to be told of. That is rare: memory is where it is.
 *
 * When it is done, the clusters of the newest scan of one cache are kept as a model: a trace asks it which cluster a new object looks like. The model stays
 * until the next scan or until the module goes.
 *
 * Locks: model_mutex protects the pointer to the model; slabscan_model_take() hands it to one user, who gives it back.
 */
#include <linux/hash.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/poison.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>

#include <asm/cpufeature.h>
#include <asm/fpu/api.h>

#include "compat/compat.h"
#include "kmem.h"
#include "ksym.h"
#include "own.h"
#include "report.h"
#include "resolve.h"
#include "scan.h"
#include "walk.h"

#define DEFAULT_LIMIT	10
#define PASS_BYTES	(16UL << 20)	/* for the clusters of one thread, unless those of one cache take more */
#define KEPT_BYTES	(64UL << 20)	/* for the clusters of caches that are done: when they take more, no other pass follows */
#define PASS_CACHES	64U		/* whose slabs one pass reads */

/* to find out whether vector instructions pay */
#define TRIALS		4
#define TRIAL_SLABS	64
#define TRIAL_OBJECTS	64
#define TRIAL_WORDS	8
#define TRIAL_SIZE	(TRIAL_WORDS * 8)
#define TRIAL_KINDS	6

/* a cache that may be looked into */
struct turn {
	u32 cache;
	u64 bytes;	/* of its slots */
};

struct scan {
	struct slabscan_walk walk;
	struct slabscan_env env;
	unsigned int nr;			/* threads */
	struct turn *turn;			/* the largest first */
	u32 nr_turns, done;
	u32 nr_pass;				/* caches of this pass */
	struct slabscan_cluster_set **sets;	/* of each of them for each thread */
	struct slabscan_report_set *kept;	/* one set for each cache that is done and may have a cluster to tell of */
	u32 nr_kept;
	struct slabscan_report_rank *rank;
	u64 kept_bytes;
	struct slabscan_walk_part sum;
	u64 error;				/* no count of a cluster is off by more */
};

static DEFINE_MUTEX(model_mutex);
static struct slabscan_model *model;

static bool env_symbol(void *ctx, u64 addr, struct slabscan_ref *ret)
{
	struct slabscan_symbol s;

	if (!slabscan_ksym_name(addr, &s))
		return false;
	ret->id = s.start;
	ret->offset = addr - s.start;
	return true;
}

static bool env_slab(void *ctx, u64 addr, struct slabscan_ref *ret)
{
	struct slabscan_target t;

	if (!slabscan_resolve_slab(ctx, addr, &t))
		return false;
	ret->id = t.cache + 1;
	ret->offset = t.offset;
	return true;
}

static int vector = -1;
module_param(vector, int, 0);
MODULE_PARM_DESC(vector, "use AVX2: 1 yes, if there is any; 0 no; -1 (default) if it is faster here, which is measured at load");

static bool vector_pays;

/* Preemption is off until env_vector_end(): core does some microseconds of work in between. */
static bool env_vector_begin(void)
{
	kernel_fpu_begin();
	return true;
}

static void env_vector_end(void)
{
	kernel_fpu_end();
}

/**
 * slabscan_env_init() - describe this machine to core
 * @env: filled
 * @all: the caches it will know; must live as long as @env
 *
 * The callbacks want slabscan_kmem_hold().
 */
void slabscan_env_init(struct slabscan_env *env, const struct slabscan_caches *all)
{
	const struct slabscan_ksyms *k = &slabscan_ksyms;
	int cpu = cpumask_first(cpu_possible_mask);

	env->image = (struct slabscan_range){ k->image_start, k->init_start };
	env->image2 = (struct slabscan_range){ k->init_end, k->image_end };
	env->module = (struct slabscan_range){ MODULES_VADDR, MODULES_END };
	env->vmalloc = (struct slabscan_range){ VMALLOC_START, VMALLOC_END };
	env->direct = (struct slabscan_range){ PAGE_OFFSET, (unsigned long)high_memory };
	env->memmap = (struct slabscan_range){ VMEMMAP_START, VMEMMAP_START + ((__pa(high_memory - 1) >> PAGE_SHIFT) + 1) * sizeof(struct page) };
	env->percpu = (struct slabscan_range){ VMALLOC_START - per_cpu_offset(cpu), VMALLOC_END - per_cpu_offset(cpu) };
	/*
	 * Since v6.15 (9d7de2aa8b41 "x86/percpu/64: Use relative percpu offsets") per-cpu variables are linked into the image, so the first chunk's
	 * pointers look like image addresses. Its dynamic part lies behind the static one: modules' reserve (8 KiB) and some ten KiB more.
	 */
	env->percpu2 = (struct slabscan_range){ 0, 0 };
	if (slabscan_resolve_is_image(k->percpu_start))
		env->percpu2 = (struct slabscan_range){ k->percpu_start, k->percpu_end + SZ_64K };
	env->poison1 = (unsigned long)LIST_POISON1;
	env->poison2 = (unsigned long)LIST_POISON2;
	env->page = sizeof(struct page);
	env->ctx = (void *)all;
	env->symbol = env_symbol;
	env->slab = env_slab;
	env->vector_begin = vector_pays ? env_vector_begin : NULL;
	env->vector_end = env_vector_end;
}

/* Time for objects of some kinds, and some of no kind, once the kinds are known: most objects of a large cache come then. */
static u64 __init time_feed(struct slabscan_cluster_set *set, const u64 *objects, const struct slabscan_env *env)
{
	u64 start = 0;
	u32 i;

	slabscan_cluster_init(set, TRIAL_SIZE, env);
	for (i = 0; i < 2 * TRIAL_SLABS; i++) {
		if (i == TRIAL_SLABS)
			start = ktime_get_ns();
		slabscan_cluster_feed_slab(set, objects + i % TRIAL_SLABS * TRIAL_OBJECTS * TRIAL_WORDS, PAGE_OFFSET, TRIAL_SIZE, TRIAL_OBJECTS, NULL);
	}
	return ktime_get_ns() - start;
}

/* The class of a word, zero or data, is a bit of the kind; of every 16th object all are chance. No word is an address: nobody could say of what. */
static void __init fill(u64 *objects)
{
	u32 i, k;

	for (i = 0; i < TRIAL_SLABS * TRIAL_OBJECTS; i++) {
		u32 kind = i % 16 ? hash_32(i, 32) % TRIAL_KINDS * 0x1d : hash_32(i, 32);

		for (k = 0; k < TRIAL_WORDS; k++)
			objects[i * TRIAL_WORDS + k] = kind >> k & 1 ? 0x1000000000000000ULL + hash_64(i * TRIAL_WORDS + k, 60) : 0;
	}
}

/**
 * slabscan_vector_used() - are vector instructions used?
 *
 * Context: any, after slabscan_vector_init().
 */
bool slabscan_vector_used(void)
{
	return vector_pays;
}

/**
 * slabscan_vector_init() - find out whether vector instructions pay
 *
 * They do on all hardware that has been tried, and do not where they are emulated. To ask the CPU's model would be to guess; a few milliseconds
 * of the real work done both ways, by turns, tell, as the kernel does it for xor (crypto/xor.c). Without memory for it they are not used.
 *
 * Context: module init.
 */
void __init slabscan_vector_init(void)
{
	struct slabscan_env env, scalar;
	u64 with = U64_MAX, without = U64_MAX;
	struct slabscan_cluster_set *set;
	u64 *objects;
	u32 i;

	if (!boot_cpu_has(X86_FEATURE_AVX2) || !cpu_has_xfeatures(XFEATURE_MASK_SSE | XFEATURE_MASK_YMM, NULL))
		return;
	vector_pays = vector > 0;
	if (vector >= 0)
		return;
	slabscan_env_init(&scalar, NULL);
	env = scalar;
	env.vector_begin = env_vector_begin;
	objects = slabscan_own_alloc(TRIAL_SLABS * TRIAL_OBJECTS * TRIAL_SIZE);
	set = slabscan_own_alloc(slabscan_cluster_size(TRIAL_SIZE));
	if (objects && set) {
		fill(objects);
		for (i = 0; i < TRIALS; i++) {
			with = min(with, time_feed(set, objects, &env));
			cond_resched_tasks_rcu_qs();
			without = min(without, time_feed(set, objects, &scalar));
			cond_resched_tasks_rcu_qs();
		}
		vector_pays = with < without;
	}
	slabscan_own_free(set);
	slabscan_own_free(objects);
}

static void see_slab(struct slabscan_walk_part *part, struct slabscan_slab *s)
{
	const struct slabscan_cache *cache = s->cache;

	slabscan_cluster_feed_slab(part->private, s->image + cache->red_left_pad, slabscan_slab_object(s, 0), cache->size, s->objects, s->live);
}

static size_t set_size(const struct slabscan_job *job, u32 turn)
{
	const struct scan *scan = job->private;

	return slabscan_cluster_size(job->caches->cache[scan->turn[turn].cache].object_size);
}

/* How many caches the pass takes that begins with @first, their numbers, and the memory. */
static u32 plan_pass(const struct slabscan_job *job, u32 first, u32 *caches, u64 *memory)
{
	const struct scan *scan = job->private;
	size_t sets = 0, taken = 0;
	u32 n;

	for (n = 0; n < PASS_CACHES && first + n < scan->nr_turns; n++) {
		size_t size = set_size(job, first + n) + slabscan_parked_size(&job->caches->cache[scan->turn[first + n].cache]);

		if (n && taken + size > PASS_BYTES)
			break;
		sets += set_size(job, first + n);
		taken += size;
		caches[n] = scan->turn[first + n].cache;
	}
	*memory = scan->nr * (sets + n * sizeof(*scan->sets)) + slabscan_walk_size(job->caches, caches, n, scan->nr);
	return n;
}

static int begin_pass(struct slabscan_job *job)
{
	struct scan *scan = job->private;
	u32 caches[PASS_CACHES], i, k;
	u64 memory;
	int err;

	scan->nr_pass = plan_pass(job, scan->done, caches, &memory);
	err = slabscan_walk_init(&scan->walk, job, caches, scan->nr_pass, scan->nr, see_slab);
	if (err)
		return err;
	scan->sets = kvcalloc(scan->nr_pass * scan->nr, sizeof(*scan->sets), SLABSCAN_GFP);
	if (!scan->sets)
		return -ENOMEM;
	for (i = 0; i < scan->nr_pass; i++) {
		for (k = 0; k < scan->nr; k++) {
			void *mem = slabscan_own_alloc(set_size(job, scan->done + i));

			if (!mem)
				return -ENOMEM;
			scan->sets[i * scan->nr + k] = slabscan_cluster_init(mem, scan->walk.cache[i]->object_size, &scan->env);
			scan->walk.workers[k].part[i].private = scan->sets[i * scan->nr + k];
		}
	}
	return 0;
}

static void end_pass(struct scan *scan)
{
	u32 i;

	slabscan_walk_deinit(&scan->walk);
	for (i = 0; scan->sets && i < scan->nr_pass * scan->nr; i++)
		slabscan_own_free(scan->sets[i]);
	kvfree(scan->sets);
	scan->sets = NULL;
	scan->nr_pass = 0;
}

static int by_bytes(const void *a, const void *b)
{
	u64 x = ((const struct turn *)a)->bytes, y = ((const struct turn *)b)->bytes;

	return x < y ? 1 : x > y ? -1 : 0;
}

static int count_bytes(const struct slabscan_cache *cache, u64 *bytes)
{
	u64 slabs = 0, slots = 0;
	int err = slabscan_cache_count(cache, &slabs, &slots);

	*bytes = slots * cache->size;
	return err;
}

/* All unreclaimable caches that have slots. */
static int pick_all(struct slabscan_job *job, struct netlink_ext_ack *extack)
{
	struct scan *scan = job->private;
	u32 i;

	if (job->params.cache[0]) {
		NL_SET_ERR_MSG(extack, "one cache or all of them?");
		return -EINVAL;
	}
	for (i = 0; i < job->caches->nr; i++) {
		const struct slabscan_cache *cache = &job->caches->cache[i];
		u64 bytes;
		int err = count_bytes(cache, &bytes);

		if (err) {
			NL_SET_ERR_MSG(extack, "this kernel does not count its slabs (CONFIG_SLUB_DEBUG): name a cache");
			return err;
		}
		if (!bytes || cache->flags & SLABSCAN_CACHE_RECLAIMABLE)
			continue;
		scan->turn[scan->nr_turns].cache = i;
		scan->turn[scan->nr_turns++].bytes = bytes;
	}
	if (!scan->nr_turns) {
		NL_SET_ERR_MSG(extack, "no unreclaimable cache has slabs");
		return -ENOENT;
	}
	sort(scan->turn, scan->nr_turns, sizeof(*scan->turn), by_bytes, NULL);
	return 0;
}

/* What all of it may take at most: the largest pass, and what is kept of those before. */
static u64 memory_of(const struct slabscan_job *job)
{
	const struct scan *scan = job->private;
	u32 caches[PASS_CACHES], first, passes = 0;
	u64 most = 0, largest = 0, memory;

	for (first = 0; first < scan->nr_turns; passes++) {
		largest = max_t(u64, largest, set_size(job, first));
		first += plan_pass(job, first, caches, &memory);
		most = max(most, memory);
	}
	return most + min_t(u64, largest * min(job->params.limit, scan->nr_turns), passes > 1 ? KEPT_BYTES + PASS_BYTES : PASS_BYTES) +
	       job->params.limit * sizeof(*scan->rank) + scan->nr_turns * (sizeof(*scan->turn) + sizeof(*scan->kept));
}

static int prepare(struct slabscan_job *job, struct netlink_ext_ack *extack)
{
	unsigned int room = job->params.all ? job->caches->nr : 1;
	struct scan *scan;
	int at, err = 0;

	if (!job->params.limit)
		job->params.limit = DEFAULT_LIMIT;
	scan = kzalloc(sizeof(*scan), SLABSCAN_GFP);
	if (!scan)
		return -ENOMEM;
	job->private = scan;
	scan->nr = min(max(job->params.cpus, 1U), num_online_cpus());
	scan->turn = kvcalloc(room, sizeof(*scan->turn), SLABSCAN_GFP);
	scan->kept = kvcalloc(room, sizeof(*scan->kept), SLABSCAN_GFP);
	scan->rank = kvcalloc(job->params.limit, sizeof(*scan->rank), SLABSCAN_GFP);
	if (!scan->turn || !scan->kept || !scan->rank)
		return -ENOMEM;
	if (job->params.all) {
		err = pick_all(job, extack);
	} else {
		at = slabscan_job_pick_cache(job, extack);
		if (at < 0)
			return at;
		scan->turn[scan->nr_turns++].cache = at;
	}
	if (err)
		return err;
	slabscan_env_init(&scan->env, job->caches);
	job->memory = memory_of(job);
	return begin_pass(job);
}

static void release(struct slabscan_job *job)
{
	struct scan *scan = job->private;
	u32 i;

	if (!scan)
		return;
	end_pass(scan);
	for (i = 0; i < scan->nr_kept; i++)
		slabscan_own_free(scan->kept[i].set);
	kvfree(scan->rank);
	kvfree(scan->kept);
	kvfree(scan->turn);
	kfree(scan);
}

static void model_destroy(struct slabscan_model *m)
{
	if (!m)
		return;
	slabscan_own_free(m->set);
	kvfree(m->fingerprints);
	slabscan_caches_destroy(m->caches);
	kfree(m);
}

/* Keeps the clusters as the new model: takes the set and the list of caches away from the job. */
static void keep_model(struct slabscan_job *job)
{
	struct scan *scan = job->private;
	const struct slabscan_cache *cache = scan->kept[0].cache;
	struct slabscan_model *m, *old;
	struct slabscan_cluster c;

	m = kzalloc(sizeof(*m), SLABSCAN_GFP);
	if (!m)
		goto out;
	while (slabscan_cluster_get(scan->kept[0].set, m->nr, &c))
		m->nr++;
	m->fingerprints = kvcalloc(max(m->nr, 1U), sizeof(u32), SLABSCAN_GFP);
	if (!m->fingerprints) {
		kfree(m);
		m = NULL;
		goto out;
	}
	for (m->nr = 0; slabscan_cluster_get(scan->kept[0].set, m->nr, &c); m->nr++)
		m->fingerprints[m->nr] = slabscan_report_fingerprint(job->caches, &c, cache->object_size);
	strscpy(m->cache, cache->name, sizeof(m->cache));
	m->random = cache->random;
	m->set = scan->kept[0].set;
	scan->nr_kept = 0;
	m->caches = job->caches;
	job->caches = NULL;
	slabscan_env_init(&m->env, m->caches);
	slabscan_cluster_set_env(m->set, &m->env);
out:	/* without memory for it there is none: nobody is to compare with an older one */
	mutex_lock(&model_mutex);
	old = model;
	model = m;
	mutex_unlock(&model_mutex);
	model_destroy(old);
}

/**
 * slabscan_model_take() - borrow the model of the last scan
 * @cache: only if it was of this cache
 *
 * Context: process context.
 * Return: to be given back with slabscan_model_give_back(), or NULL. Nobody else gets it meanwhile.
 */
struct slabscan_model *slabscan_model_take(const char *cache)
{
	struct slabscan_model *m = NULL;

	mutex_lock(&model_mutex);
	if (model && !strcmp(model->cache, cache)) {
		m = model;
		model = NULL;
	}
	mutex_unlock(&model_mutex);
	return m;
}

/**
 * slabscan_model_give_back() - return what slabscan_model_take() gave
 * @m: the model, or NULL
 */
void slabscan_model_give_back(struct slabscan_model *m)
{
	struct slabscan_model *old = m;

	if (!m)
		return;
	mutex_lock(&model_mutex);
	if (!model) {
		model = m;
		old = NULL;
	}
	mutex_unlock(&model_mutex);
	model_destroy(old);
}

/**
 * slabscan_model_deinit() - drop the model
 *
 * Context: module exit, after the last job.
 */
void slabscan_model_deinit(void)
{
	model_destroy(model);
	model = NULL;
}

static int keep(struct scan *scan, const struct slabscan_cache *cache, const struct slabscan_cluster_set *set)
{
	size_t size = slabscan_cluster_kept_size(set);
	void *mem = slabscan_own_alloc(size);

	if (!mem)
		return -ENOMEM;
	scan->kept_bytes += size;
	scan->kept[scan->nr_kept].cache = cache;
	scan->kept[scan->nr_kept++].set = slabscan_cluster_keep(mem, set);
	return 0;
}

/* Keeps the clusters of the caches of this pass. */
static int keep_pass(struct scan *scan)
{
	struct slabscan_cluster_set **sets = scan->sets;
	u32 i, k;

	for (i = 0; i < scan->nr_pass; i++, sets += scan->nr) {
		if (scan->walk.stale[i] && scan->nr_turns > 1)
			continue;	/* what is gone does not leak */
		for (k = 1; k < scan->nr; k++) {
			slabscan_cluster_merge(sets[0], sets[k]);
			cond_resched_tasks_rcu_qs();
		}
		slabscan_cluster_finish(sets[0]);
		scan->error = max(scan->error, slabscan_cluster_error(sets[0]));
		if (keep(scan, scan->walk.cache[i], sets[0]))
			return -ENOMEM;
		cond_resched_tasks_rcu_qs();
	}
	slabscan_walk_sum(&scan->walk, scan->nr_turns == 1, &scan->sum);
	scan->done += scan->nr_pass;
	return 0;
}

/* Drops the clusters of caches that have none to tell of. Return: bytes that another cache must have to be told of. */
static u64 prune(struct scan *scan, u32 limit)
{
	u32 nr = slabscan_report_rank(scan->kept, scan->nr_kept, limit, scan->rank), n = 0, i;
	u64 least = nr < limit ? 0 : scan->rank[nr - 1].bytes;

	for (i = 0; i < scan->nr_kept; i++) {
		if (scan->kept[i].ranked) {
			scan->kept[n++] = scan->kept[i];
			continue;
		}
		scan->kept_bytes -= slabscan_cluster_kept_size(scan->kept[i].set);
		slabscan_own_free(scan->kept[i].set);
	}
	scan->nr_kept = n;
	return least;
}

static void report(struct slabscan_job *job)
{
	struct scan *scan = job->private;
	u64 left = 0;
	u32 nr, i;

	nr = slabscan_report_rank(scan->kept, scan->nr_kept, job->params.limit, scan->rank);
	for (i = scan->done; i < scan->nr_turns; i++)
		left += scan->turn[i].bytes;
	slabscan_record_begin(job->result, SLABSCAN_A_RECORD_SUMMARY);
	if (job->params.all) {
		slabscan_put_u32(job->result, SLABSCAN_A_CACHES, scan->done);
		slabscan_put_u32(job->result, SLABSCAN_A_CACHES_LEFT, scan->nr_turns - scan->done);
		slabscan_put_u64(job->result, SLABSCAN_A_BYTES, left);
	} else {
		slabscan_put_cache(job->result, &job->caches->cache[scan->turn[0].cache]);
	}
	slabscan_walk_summary(job, &scan->sum, scan->error);
	slabscan_record_end(job->result);
	slabscan_report_clusters(job->result, job->caches, scan->kept, scan->nr_kept, scan->rank, nr, scan->sum.live, job->params.all);
}

/* Counts the slots of the caches that are left once more, for they may have grown. Return: bytes of the largest, which is next; 0 if there is none. */
static u64 count_left(const struct slabscan_job *job)
{
	struct scan *scan = job->private;
	u32 i;

	for (i = scan->done; i < scan->nr_turns; i++) {
		count_bytes(&job->caches->cache[scan->turn[i].cache], &scan->turn[i].bytes);
		cond_resched_tasks_rcu_qs();
	}
	sort(scan->turn + scan->done, scan->nr_turns - scan->done, sizeof(*scan->turn), by_bytes, NULL);
	return scan->done < scan->nr_turns ? scan->turn[scan->done].bytes : 0;
}

static void incomplete(struct slabscan_job *job, const char *reason)
{
	job->result->complete = false;
	job->reason = reason;
}

static int run(struct slabscan_job *job)
{
	struct scan *scan = job->private;
	bool more;
	u64 least;
	int err;

	job->result->complete = true;
	do {
		err = scan->nr_pass ? 0 : begin_pass(job);
		if (!err)
			err = slabscan_walk_run(&scan->walk);
		if (err == -ESTALE) {
			err = 0;
			if (!job->params.all)
				incomplete(job, "the cache was destroyed meanwhile");
		}
		/* of a later pass that was cut short nothing is told: counts that are whole and counts that are not would stand in one list */
		if (!err || (err == -EINTR && !scan->done))
			err = keep_pass(scan) ?: err;
		end_pass(scan);
		if (err)
			break;
		least = job->params.all ? prune(scan, job->params.limit) : 0;
		more = count_left(job) > least;
	} while (more && scan->kept_bytes <= KEPT_BYTES);
	if (!err && more)
		incomplete(job, "so many clusters take too much memory: the smaller caches were not looked into");
	if (err == -ENOMEM && scan->done) {
		incomplete(job, "there was no memory to look into the smaller caches");
		err = 0;
	}
	if (err == -EINTR)
		job->result->complete = false;
	else if (err)
		return err;
	report(job);
	if (!job->params.all)
		keep_model(job);
	return err;
}

const struct slabscan_job_ops slabscan_scan_ops = {
	.attrs = (const u8[]){ SLABSCAN_A_KIND, SLABSCAN_A_CACHE, SLABSCAN_A_CACHE_INDEX, SLABSCAN_A_ALL, SLABSCAN_A_LIMIT, SLABSCAN_A_CPUS, 0 },
	.prepare = prepare,
	.run = run,
	.release = release,
};
