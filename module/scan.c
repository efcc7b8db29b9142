// SPDX-License-Identifier: GPL-2.0-only
/*
 * scan.c - job "scan": what do the objects of a cache have in common?
 *
 * One pass over all live objects (walk.c), each fed to the clustering of core. Every thread has clusters of its own; they are merged at the end.
 *
 * When it is done, the clusters of the newest scan are kept as a model: a trace asks it which cluster a new object looks like. The model stays until the
 * next scan or until the module goes.
 *
 * Locks: model_mutex protects the pointer to the model; slabscan_model_take() hands it to one user, who gives it back.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/poison.h>
#include <linux/slab.h>
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

struct scan {
	struct slabscan_walk walk;
	struct slabscan_env env;
	unsigned int nr;
	struct slabscan_cluster_set *sets[];
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
	if (boot_cpu_has(X86_FEATURE_AVX2) && cpu_has_xfeatures(XFEATURE_MASK_SSE | XFEATURE_MASK_YMM, NULL))
		env->vector_begin = env_vector_begin;
	else
		env->vector_begin = NULL;
	env->vector_end = env_vector_end;
}

static void see_slab(struct slabscan_walk_worker *w, struct slabscan_slab *s)
{
	const struct slabscan_cache *cache = s->cache;

	slabscan_cluster_feed_slab(w->private, s->image + cache->red_left_pad, slabscan_slab_object(s, 0), cache->size, s->objects, s->live);
}

static int prepare(struct slabscan_job *job, struct netlink_ext_ack *extack)
{
	unsigned int nr = min(max(job->params.cpus, 1U), num_online_cpus()), i;
	const struct slabscan_cache *cache;
	struct scan *scan;
	int at, err;

	if (job->params.all) {
		NL_SET_ERR_MSG(extack, "all caches in one job are not offered: name one");
		return -EOPNOTSUPP;
	}
	at = slabscan_job_pick_cache(job, extack);
	if (at < 0)
		return at;
	cache = &job->caches->cache[at];
	if (!job->params.limit)
		job->params.limit = DEFAULT_LIMIT;
	scan = kzalloc(struct_size(scan, sets, nr), GFP_KERNEL);
	if (!scan)
		return -ENOMEM;
	job->private = scan;
	scan->nr = nr;
	slabscan_env_init(&scan->env, job->caches);
	err = slabscan_walk_init(&scan->walk, job, cache, nr, see_slab);
	if (err)
		return err;
	job->memory += nr * slabscan_cluster_size(cache->object_size);
	for (i = 0; i < nr; i++) {
		void *mem = slabscan_own_alloc(slabscan_cluster_size(cache->object_size));

		if (!mem)
			return -ENOMEM;
		scan->sets[i] = slabscan_cluster_init(mem, cache->object_size, &scan->env);
		scan->walk.workers[i].private = scan->sets[i];
	}
	return 0;
}

static void release(struct slabscan_job *job)
{
	struct scan *scan = job->private;
	unsigned int i;

	if (!scan)
		return;
	slabscan_walk_deinit(&scan->walk);
	for (i = 0; i < scan->nr; i++)
		slabscan_own_free(scan->sets[i]);
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
static void keep_model(struct slabscan_job *job, const struct slabscan_cache *cache)
{
	struct scan *scan = job->private;
	struct slabscan_model *m, *old;
	struct slabscan_cluster c;

	m = kzalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return;
	while (slabscan_cluster_get(scan->sets[0], m->nr, &c))
		m->nr++;
	m->fingerprints = kvcalloc(max(m->nr, 1U), sizeof(u32), GFP_KERNEL);
	if (!m->fingerprints) {
		kfree(m);
		return;
	}
	for (m->nr = 0; slabscan_cluster_get(scan->sets[0], m->nr, &c); m->nr++)
		m->fingerprints[m->nr] = slabscan_report_fingerprint(job->caches, &c, cache->object_size);
	strscpy(m->cache, cache->name, sizeof(m->cache));
	m->random = cache->random;
	m->set = scan->sets[0];
	scan->sets[0] = NULL;
	m->caches = job->caches;
	job->caches = NULL;
	slabscan_env_init(&m->env, m->caches);
	slabscan_cluster_set_env(m->set, &m->env);

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

static int run(struct slabscan_job *job)
{
	struct scan *scan = job->private;
	const struct slabscan_cache *cache = scan->walk.cache;
	unsigned int i;
	int err;

	err = slabscan_walk_run(&scan->walk);
	if (err && err != -EINTR)
		return err;
	for (i = 1; i < scan->nr; i++) {
		slabscan_cluster_merge(scan->sets[0], scan->sets[i]);
		cond_resched();
	}
	slabscan_cluster_finish(scan->sets[0]);
	slabscan_walk_summary(&scan->walk, job->result, slabscan_cluster_error(scan->sets[0]));
	slabscan_report_clusters(job->result, job->caches, cache, scan->sets[0], slabscan_cluster_total(scan->sets[0]), job->params.limit);
	keep_model(job, cache);
	return err;
}

const struct slabscan_job_ops slabscan_scan_ops = {
	.attrs = (const u8[]){ SLABSCAN_A_KIND, SLABSCAN_A_CACHE, SLABSCAN_A_CACHE_INDEX, SLABSCAN_A_ALL, SLABSCAN_A_LIMIT, SLABSCAN_A_CPUS, 0 },
	.prepare = prepare,
	.run = run,
	.release = release,
};
