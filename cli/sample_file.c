// SPDX-License-Identifier: GPL-2.0-only
/*
 * sample_file.c - samples kept in a file, for `check --save` and `check --since`
 *
 * JSON, so that it can be looked at. What is read back is not trusted: types, bounds and order are checked.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <jansson.h>

#include "sample.h"
#include "whole.h"

#define FILE_SCHEMA	"slabscan-state/1"
#define FILE_BYTES_MAX	(64 << 20)
#define SAVED_PROCS_MAX	200
#define SAVED_ANON_MIN	(16 << 20)	/* smaller processes are not kept ... */
#define SAVED_THREADS	64		/* ... unless they have so many threads */

void sample_origin_read(const char *root, struct sample_origin *origin)
{
	char path[PATH_MAX];
	struct utsname uts;
	FILE *f;

	memset(origin, 0, sizeof(*origin));
	snprintf(path, sizeof(path), "%s/proc/sys/kernel/random/boot_id", root);
	f = fopen(path, "re");
	if (f) {
		if (fscanf(f, "%63s", origin->boot_id) != 1)
			origin->boot_id[0] = 0;
		fclose(f);
	}
	if (!uname(&uts))
		snprintf(origin->release, sizeof(origin->release), "%.71s", uts.release);
}

static json_t *number(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

/* Names in the kernel are bytes; JSON wants UTF-8. */
static json_t *text(const char *s)
{
	char clean[SAMPLE_NAME_MAX];
	size_t i;

	for (i = 0; s[i] && i + 1 < sizeof(clean); i++)
		clean[i] = s[i] >= 0x20 && s[i] < 0x7f ? s[i] : '.';
	clean[i] = 0;
	return json_string(clean);
}

static json_t *from_sample(const struct sample *s)
{
	json_t *o = json_object(), *gauges = json_object(), *caches = json_array(), *callers = json_array(), *procs = json_array();

	json_object_set_new(o, "time_ns", number(s->time_ns));
	json_object_set_new(o, "exact", json_boolean(s->exact));
	for (int g = 0; g < GAUGES; g++)
		if (sample_has(s, g))
			json_object_set_new(gauges, gauge_name(g), number(s->gauge[g]));
	for (size_t i = 0; i < s->cache_count; i++) {
		const struct sample_cache *c = &s->caches[i];

		json_array_append_new(caches, json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:b}", "name", text(c->name), "slot", number(c->slot),
							"live", number(c->live), "parked", number(c->parked), "bytes", number(c->bytes),
							"slab_bytes", number(c->slab_bytes), "reclaimable", c->reclaimable));
	}
	for (size_t i = 0; i < s->caller_count; i++)
		json_array_append_new(callers, json_pack("{s:o,s:o,s:o}", "name", text(s->callers[i].name), "areas",
							 number(s->callers[i].areas), "bytes", number(s->callers[i].bytes)));
	for (size_t i = 0; i < s->proc_count && json_array_size(procs) < SAVED_PROCS_MAX; i++) {
		const struct sample_proc *p = &s->procs[i];

		if (p->anon >= SAVED_ANON_MIN || p->threads >= SAVED_THREADS)
			json_array_append_new(procs, json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "pid", number(p->pid), "comm", text(p->comm),
							       "start", number(p->start), "threads", number(p->threads),
							       "anon", number(p->anon), "fds", number(p->fds)));
	}
	json_object_set_new(o, "gauges", gauges);
	json_object_set_new(o, "caches", caches);
	json_object_set_new(o, "vmalloc", callers);
	json_object_set_new(o, "processes", procs);
	return o;
}

static bool get_number(const json_t *o, const char *key, uint64_t *value)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return false;
	*value = (uint64_t)json_integer_value(v);
	return true;
}

static bool get_name(const json_t *o, const char *key, char *name, size_t size)
{
	const char *s = json_string_value(json_object_get(o, key));

	if (!s || strlen(s) >= size)
		return false;
	memcpy(name, s, strlen(s) + 1);
	return true;
}

static struct sample *to_sample(const json_t *o)
{
	const json_t *gauges = json_object_get(o, "gauges"), *caches = json_object_get(o, "caches");
	const json_t *callers = json_object_get(o, "vmalloc"), *procs = json_object_get(o, "processes");
	struct sample *s = sample_create();
	char name[SAMPLE_NAME_MAX];
	uint64_t value;

	if (!get_number(o, "time_ns", &s->time_ns) || !json_is_object(gauges) || !json_is_array(caches) || !json_is_array(callers) ||
	    !json_is_array(procs))
		goto bad;
	s->exact = json_is_true(json_object_get(o, "exact"));
	for (int g = 0; g < GAUGES; g++)
		if (get_number(gauges, gauge_name(g), &value))
			sample_set(s, g, value);
	if (!sample_has(s, GAUGE_TOTAL) || !sample_has(s, GAUGE_FREE))
		goto bad;
	for (size_t i = 0; i < json_array_size(caches); i++) {
		const json_t *e = json_array_get(caches, i);
		struct sample_cache *c;

		if (!get_name(e, "name", name, sizeof(name)) || !get_number(e, "slot", &value) || value > UINT32_MAX)
			goto bad;
		c = sample_add_cache(s, name, (uint32_t)value);
		if (!c || !get_number(e, "live", &c->live) || !get_number(e, "parked", &c->parked) || !get_number(e, "bytes", &c->bytes) ||
		    !get_number(e, "slab_bytes", &c->slab_bytes))
			goto bad;
		c->reclaimable = json_is_true(json_object_get(e, "reclaimable"));
	}
	for (size_t i = 0; i < json_array_size(callers); i++) {
		const json_t *e = json_array_get(callers, i);
		struct sample_caller *c;

		if (!get_name(e, "name", name, sizeof(name)))
			goto bad;
		c = sample_add_caller(s, name);
		if (!c || !get_number(e, "areas", &c->areas) || !get_number(e, "bytes", &c->bytes))
			goto bad;
	}
	for (size_t i = 0; i < json_array_size(procs); i++) {
		const json_t *e = json_array_get(procs, i);
		struct sample_proc *p = sample_add_proc(s);

		if (!p || !get_number(e, "pid", &value) || value > UINT32_MAX || !get_name(e, "comm", p->comm, sizeof(p->comm)) ||
		    !get_number(e, "start", &p->start) || !get_number(e, "threads", &p->threads) || !get_number(e, "anon", &p->anon) ||
		    !get_number(e, "fds", &p->fds))
			goto bad;
		p->pid = (uint32_t)value;
	}
	sample_sort(s);
	return s;
bad:
	sample_free(s);
	return NULL;
}

static int fail(char error[256], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error, 256, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* The file as JSON, checked as far as its frame goes. */
static int load(const char *path, struct sample_origin *origin, json_t **root, char error[256])
{
	json_error_t at;
	struct stat st;
	FILE *f = fopen(path, "re");
	int ret = 0;

	*root = NULL;
	if (!f)
		return -errno;
	if (fstat(fileno(f), &st))
		ret = -errno;
	else if (!S_ISREG(st.st_mode))
		ret = fail(error, "it is no regular file");
	else if (st.st_size > FILE_BYTES_MAX)
		ret = fail(error, "it is larger than any state that slabscan saves");
	else if (!(*root = json_loadf(f, JSON_REJECT_DUPLICATES, &at)))
		ret = fail(error, "it is no JSON (line %d: %.120s)", at.line, at.text);
	fclose(f);
	if (ret)
		return ret;
	memset(origin, 0, sizeof(*origin));
	if (!json_is_object(*root) || !json_is_string(json_object_get(*root, "schema")) ||
	    strcmp(json_string_value(json_object_get(*root, "schema")), FILE_SCHEMA) ||
	    !get_name(*root, "boot_id", origin->boot_id, sizeof(origin->boot_id)) ||
	    !get_name(*root, "release", origin->release, sizeof(origin->release)) ||
	    !json_is_array(json_object_get(*root, "samples")) || json_array_size(json_object_get(*root, "samples")) > SAMPLE_FILE_MAX) {
		json_decref(*root);
		*root = NULL;
		return fail(error, "it was not made by slabscan check --save");
	}
	return 0;
}

int sample_save(const char *path, const struct sample_origin *origin, const struct sample *s)
{
	struct sample_origin old;
	json_t *root, *samples;
	struct whole file;
	char error[256];
	int ret = load(path, &old, &root, error);

	if (ret && ret != -ENOENT)
		return ret;
	if (ret || strcmp(old.boot_id, origin->boot_id)) {
		json_decref(root);
		root = json_pack("{s:s,s:s,s:s,s:[]}", "schema", FILE_SCHEMA, "boot_id", origin->boot_id, "release", origin->release, "samples");
	}
	samples = json_object_get(root, "samples");
	if (json_array_size(samples) == SAMPLE_FILE_MAX)
		for (size_t i = SAMPLE_FILE_MAX; i-- > 0; )
			if (i & 1)
				json_array_remove(samples, i);
	json_array_append_new(samples, from_sample(s));
	ret = whole_open(&file, path);
	if (!ret)
		ret = whole_close(&file, json_dumpf(root, file.f, JSON_COMPACT) || fputc('\n', file.f) < 0 ? -EIO : 0);
	json_decref(root);
	return ret;
}

int sample_load(const char *path, struct sample_origin *origin, struct sample **samples, size_t *count, char error[256])
{
	const json_t *list;
	json_t *root;
	int ret = load(path, origin, &root, error);

	*count = 0;
	if (ret)
		return ret;
	list = json_object_get(root, "samples");
	for (size_t i = 0; i < json_array_size(list) && !ret; i++) {
		struct sample *s = to_sample(json_array_get(list, i));

		if (!s) {
			ret = fail(error, "state %zu in it is damaged", i + 1);
		} else if (*count && s->time_ns <= samples[*count - 1]->time_ns) {
			sample_free(s);
			ret = fail(error, "its states are not in order of time");
		} else {
			samples[(*count)++] = s;
		}
	}
	if (!ret && !*count)
		ret = fail(error, "there is no state in it");
	while (ret && *count)
		sample_free(samples[--*count]);
	json_decref(root);
	return ret;
}
