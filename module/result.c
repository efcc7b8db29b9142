// SPDX-License-Identifier: GPL-2.0-only
/*
 * result.c - results as sequences of netlink attributes
 *
 * A job writes its result here once, in the form in which it will be sent; netlink.c copies records out and never looks into them. So jobs see no skb,
 * dumps compute nothing, and a dump that is slow holds nothing but a reference.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat/compat.h"
#include "cache.h"
#include "own.h"
#include "result.h"

#define MAX_BYTES	(64UL << 20)

/**
 * slabscan_result_create() - an empty result
 * @kind: enum slabscan_kind
 *
 * Context: may sleep.
 * Return: with one reference; NULL if there is no memory.
 */
struct slabscan_result *slabscan_result_create(u32 kind)
{
	struct slabscan_result *r = kzalloc(sizeof(*r), SLABSCAN_GFP);

	if (!r)
		return NULL;
	refcount_set(&r->refs, 1);
	r->kind = kind;
	return r;
}

/**
 * slabscan_result_get() - take a reference
 * @r: a result, or NULL
 *
 * Return: @r.
 */
struct slabscan_result *slabscan_result_get(struct slabscan_result *r)
{
	if (r)
		refcount_inc(&r->refs);
	return r;
}

/**
 * slabscan_result_put() - drop a reference
 * @r: a result, or NULL
 *
 * Context: may sleep.
 */
void slabscan_result_put(struct slabscan_result *r)
{
	if (!r || !refcount_dec_and_test(&r->refs))
		return;
	slabscan_own_free(r->buf);
	kfree(r);
}

static void *reserve(struct slabscan_result *r, size_t len)
{
	size_t room;
	void *buf;

	if (r->err)
		return NULL;
	if (r->len + len > r->room) {
		room = max(r->room * 2, (size_t)SZ_16K);
		if (room > MAX_BYTES) {
			r->err = -EMSGSIZE;
			return NULL;
		}
		buf = slabscan_own_alloc(room);
		if (!buf) {
			r->err = -ENOMEM;
			return NULL;
		}
		if (r->len)
			memcpy(buf, r->buf, r->len);
		slabscan_own_free(r->buf);
		r->buf = buf;
		r->room = room;
	}
	buf = r->buf + r->len;
	r->len += len;
	return buf;
}

static void put(struct slabscan_result *r, int attr, const void *data, size_t len)
{
	struct nlattr *a = reserve(r, nla_total_size(len));

	if (!a)
		return;
	memset(a, 0, nla_total_size(len));
	a->nla_type = attr;
	a->nla_len = nla_attr_size(len);
	memcpy(nla_data(a), data, len);
}

/**
 * slabscan_put_u32() - write an attribute
 * @r: the result
 * @attr: enum slabscan_attr
 * @value: its value
 *
 * Context: may sleep. Errors are sticky and appear in slabscan_result_seal().
 */
void slabscan_put_u32(struct slabscan_result *r, int attr, u32 value)
{
	put(r, attr, &value, sizeof(value));
}

/**
 * slabscan_put_u64() - see slabscan_put_u32()
 * @r: the result
 * @attr: enum slabscan_attr
 * @value: its value
 */
void slabscan_put_u64(struct slabscan_result *r, int attr, u64 value)
{
	put(r, attr, &value, sizeof(value));
}

/**
 * slabscan_put_string() - see slabscan_put_u32()
 * @r: the result
 * @attr: enum slabscan_attr
 * @value: its value
 */
void slabscan_put_string(struct slabscan_result *r, int attr, const char *value)
{
	put(r, attr, value, strlen(value) + 1);
}

/**
 * slabscan_nest_begin() - begin a nest
 * @r: the result
 * @attr: enum slabscan_attr
 *
 * Return: for slabscan_nest_end().
 */
size_t slabscan_nest_begin(struct slabscan_result *r, int attr)
{
	size_t at = r->len;

	put(r, attr | NLA_F_NESTED, NULL, 0);
	return at;
}

/**
 * slabscan_nest_end() - end a nest
 * @r: the result
 * @nest: from slabscan_nest_begin()
 */
void slabscan_nest_end(struct slabscan_result *r, size_t nest)
{
	struct nlattr *a;

	if (r->err)
		return;
	if (r->len - nest > SLABSCAN_RECORD_MAX) {
		r->err = -EMSGSIZE;
		return;
	}
	a = r->buf + nest;
	a->nla_len = r->len - nest;
}

/**
 * slabscan_record_begin() - begin a record
 * @r: the result
 * @attr: SLABSCAN_A_RECORD_*
 */
void slabscan_record_begin(struct slabscan_result *r, int attr)
{
	r->record = slabscan_nest_begin(r, attr);
}

/**
 * slabscan_record_end() - end a record
 * @r: the result
 */
void slabscan_record_end(struct slabscan_result *r)
{
	slabscan_nest_end(r, r->record);
}

/**
 * slabscan_put_cache() - what each record about a cache tells of it
 * @r: the result
 * @cache: it
 */
void slabscan_put_cache(struct slabscan_result *r, const struct slabscan_cache *cache)
{
	slabscan_put_string(r, SLABSCAN_A_CACHE, cache->name);
	slabscan_put_u32(r, SLABSCAN_A_CACHE_INDEX, cache->index);
	slabscan_put_u32(r, SLABSCAN_A_OBJECT_SIZE, cache->object_size);
	slabscan_put_u32(r, SLABSCAN_A_SLOT_SIZE, cache->size);
	slabscan_put_u32(r, SLABSCAN_A_CACHE_FLAGS, cache->flags);
}

/**
 * slabscan_put_effort() - how a summary ends: is it all, what did it take, and when was that?
 * @r: the result
 * @started: when the job began, ktime_get_ns()
 * @memory: bytes that it had
 */
void slabscan_put_effort(struct slabscan_result *r, u64 started, u64 memory)
{
	u64 now = ktime_get_ns();

	slabscan_put_u32(r, SLABSCAN_A_COMPLETE, r->complete);
	slabscan_put_u64(r, SLABSCAN_A_ELAPSED_NS, now - started);
	slabscan_put_u64(r, SLABSCAN_A_ENDED_NS, now);
	slabscan_put_u64(r, SLABSCAN_A_MEMORY, memory);
}

/**
 * slabscan_result_fail() - what is being written can't be finished
 * @r: the result
 * @err: negative errno
 */
void slabscan_result_fail(struct slabscan_result *r, int err)
{
	if (!r->err)
		r->err = err;
}

/**
 * slabscan_result_seal() - nothing more will be written
 * @r: the result
 *
 * Return: 0, or the first error there was while writing (-ENOMEM, -EMSGSIZE).
 */
int slabscan_result_seal(struct slabscan_result *r)
{
	return r->err;
}

/**
 * slabscan_result_next() - read one record
 * @r: a sealed result
 * @at: position; 0 at first; moved behind the record
 *
 * Return: the record as an attribute; NULL at the end.
 */
const struct nlattr *slabscan_result_next(const struct slabscan_result *r, size_t *at)
{
	const struct nlattr *a;

	if (*at >= r->len)
		return NULL;
	a = r->buf + *at;
	*at += NLA_ALIGN(a->nla_len);
	return a;
}
