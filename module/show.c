// SPDX-License-Identifier: GPL-2.0-only
/*
 * show.c - job "show": what is this address, and what does the object hold that it lies in?
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "compat/compat.h"
#include "chase.h"
#include "core/word.h"
#include "job.h"
#include "kmem.h"
#include "ksym.h"
#include "resolve.h"
#include "scan.h"
#include "slab.h"

#define MAX_WORDS	1024	/* of an object: 8 KiB */

struct show {
	struct slabscan_env env;
	struct slabscan_slab slab;
	struct slabscan_parked parked;
	char text[SLABSCAN_SYMBOL_MAX];
	u64 words[MAX_WORDS];
};

static int prepare(struct slabscan_job *job, struct netlink_ext_ack *extack)
{
	unsigned int order, objects;
	struct show *show;

	show = kvzalloc(sizeof(*show), SLABSCAN_GFP);
	if (!show)
		return -ENOMEM;
	job->private = show;
	slabscan_caches_largest(job->caches, &order, &objects);
	job->memory = sizeof(*show) + slabscan_slab_size(order, objects) + slabscan_parked_largest(job->caches);
	slabscan_env_init(&show->env, job->caches);
	return slabscan_slab_init(&show->slab, order, objects);
}

static void release(struct slabscan_job *job)
{
	struct show *show = job->private;

	if (!show)
		return;
	slabscan_slab_deinit(&show->slab);
	slabscan_parked_deinit(&show->parked);
	kvfree(show);
}

static void put_word(struct slabscan_job *job, u32 i, unsigned long object, u32 size)
{
	const struct slabscan_caches *all = job->caches;
	struct slabscan_result *r = job->result;
	struct show *show = job->private;
	struct slabscan_chase chase;
	struct slabscan_word w;
	u64 sample = object;
	size_t nest, hop;
	char text[9];
	u32 k;

	slabscan_word_classify(&show->env, NULL, show->words[i], object, size, &w);
	slabscan_record_begin(r, SLABSCAN_A_RECORD_WORD);
	slabscan_put_u32(r, SLABSCAN_A_OFFSET, i * 8);
	slabscan_put_u32(r, SLABSCAN_A_CLASS, w.class);
	slabscan_put_u64(r, SLABSCAN_A_VALUE, show->words[i]);
	if (w.class == SLABSCAN_WORD_SYMBOL && slabscan_ksym_text(show->words[i], show->text, sizeof(show->text)))
		slabscan_put_string(r, SLABSCAN_A_SYMBOL, show->text);
	if (w.class == SLABSCAN_WORD_TEXT) {
		memcpy(text, &show->words[i], 8);
		text[8] = 0;
		slabscan_put_string(r, SLABSCAN_A_TEXT, text);
	}
	if (w.class == SLABSCAN_WORD_DATA && slabscan_resolve_is_symbol(show->words[i]) &&
	    slabscan_ksym_string(show->words[i], show->text, SLABSCAN_TEXT_MAX))
		slabscan_put_string(r, SLABSCAN_A_TEXT, show->text);
	if (w.class == SLABSCAN_WORD_SELF)
		slabscan_put_u32(r, SLABSCAN_A_TARGET_OFFSET, w.ref.offset);
	if (w.class == SLABSCAN_WORD_SLAB) {
		slabscan_put_string(r, SLABSCAN_A_TARGET_CACHE, all->cache[w.ref.id - 1].name);
		slabscan_put_u32(r, SLABSCAN_A_TARGET_OFFSET, w.ref.offset);
		if (slabscan_chase_find(all, &sample, 1, i * 8, &chase) && slabscan_ksym_text(chase.symbol, show->text, sizeof(show->text))) {
			nest = slabscan_nest_begin(r, SLABSCAN_A_CHASE);
			for (k = 0; k < chase.nr; k++) {
				hop = slabscan_nest_begin(r, SLABSCAN_A_HOP);
				slabscan_put_string(r, SLABSCAN_A_TARGET_CACHE, all->cache[chase.hop[k].cache].name);
				slabscan_put_u32(r, SLABSCAN_A_OFFSET, chase.hop[k].offset);
				slabscan_nest_end(r, hop);
			}
			slabscan_put_string(r, SLABSCAN_A_SYMBOL, show->text);
			slabscan_nest_end(r, nest);
		}
	}
	slabscan_record_end(r);
}

static u32 object_state(struct slabscan_job *job, const struct slabscan_target *t)
{
	const struct slabscan_cache *cache = &job->caches->cache[t->cache];
	struct show *show = job->private;
	struct slabscan_slab *s = &show->slab;
	struct page *page;
	u32 i;

	page = slabscan_kmem_page(PHYS_PFN(__pa(t->object)));
	if (!page || slabscan_parked_collect(&show->parked, cache) || slabscan_slab_copy(s, cache, slabscan_kmem_head(page), &show->parked))
		return SLABSCAN_OBJECT_CHANGING;
	for (i = 0; i < s->objects; i++)
		if (slabscan_slab_object(s, i) == t->object)
			return !test_bit(i, s->live) ? SLABSCAN_OBJECT_FREE : s->settled ? SLABSCAN_OBJECT_LIVE : SLABSCAN_OBJECT_CHANGING;
	return SLABSCAN_OBJECT_CHANGING;
}

static int run(struct slabscan_job *job)
{
	struct show *show = job->private;
	struct slabscan_result *r = job->result;
	const struct slabscan_cache *cache = NULL;
	unsigned long addr = job->params.addr;
	struct slabscan_target t;
	u32 i, words = 0, state = 0;
	bool is_object;
	int hold;

	r->complete = true;
	hold = slabscan_kmem_hold();
	is_object = slabscan_resolve_slab(job->caches, addr, &t);
	slabscan_kmem_release(hold);
	if (is_object && slabscan_parked_init(&show->parked, &job->caches->cache[t.cache])) {
		job->reason = "there was no memory to look into sheaves";
		return -ENOMEM;
	}
	hold = slabscan_kmem_hold();
	if (is_object) {
		cache = &job->caches->cache[t.cache];
		state = object_state(job, &t);
		words = min_t(u32, DIV_ROUND_UP(cache->object_size, 8), MAX_WORDS);
		if (slabscan_kmem_read_object(show->words, t.object, min_t(u32, cache->object_size, sizeof(show->words))))
			words = 0;
	}

	slabscan_record_begin(r, SLABSCAN_A_RECORD_SUMMARY);
	slabscan_put_u32(r, SLABSCAN_A_COMPLETE, 1);
	slabscan_put_u64(r, SLABSCAN_A_ELAPSED_NS, ktime_get_ns() - job->started);
	slabscan_record_end(r);

	slabscan_record_begin(r, SLABSCAN_A_RECORD_OBJECT);
	slabscan_put_u64(r, SLABSCAN_A_ADDR, addr);
	slabscan_put_u32(r, SLABSCAN_A_WHERE, slabscan_resolve_where(addr));
	if (is_object) {
		slabscan_put_string(r, SLABSCAN_A_CACHE, cache->name);
		slabscan_put_u64(r, SLABSCAN_A_OBJECT_ADDR, t.object);
		slabscan_put_u32(r, SLABSCAN_A_OFFSET, t.offset);
		slabscan_put_u32(r, SLABSCAN_A_OBJECT_SIZE, cache->object_size);
		slabscan_put_u32(r, SLABSCAN_A_SLOT_SIZE, cache->size);
		slabscan_put_u32(r, SLABSCAN_A_OBJECT_STATE, t.offset < cache->object_size ? state : SLABSCAN_OBJECT_NONE);
	} else if (slabscan_resolve_is_symbol(addr) && slabscan_ksym_text(addr, show->text, sizeof(show->text))) {
		slabscan_put_string(r, SLABSCAN_A_SYMBOL, show->text);
	}
	slabscan_record_end(r);
	slabscan_kmem_release(hold);

	for (i = 0; i < words; i++) {
		hold = slabscan_kmem_hold();
		put_word(job, i, t.object, cache->object_size);
		slabscan_kmem_release(hold);
	}
	return 0;
}

const struct slabscan_job_ops slabscan_show_ops = {
	.attrs = (const u8[]){ SLABSCAN_A_KIND, SLABSCAN_A_ADDR, 0 },
	.prepare = prepare,
	.run = run,
	.release = release,
};
