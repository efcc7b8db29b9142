// SPDX-License-Identifier: GPL-2.0-only
/*
 * record - real objects of a cache, word by word, for tests of the clustering
 *
 *   record CACHE MAX BYTES
 *
 * Prints, for MAX live objects at most, evenly spread over the cache, "CACHE ADDRESS" and for each of the first BYTES / 8 words
 *   VALUE                  no address
 *   VALUE=s:OFFSET:NAME    the symbol NAME and where in it
 *   VALUE=c:OFFSET:NAME    an object of the cache NAME and where in it
 *   VALUE=v, =u, =g, =m    vmalloc, a per-cpu pointer, another page, a struct page
 * in hexadecimal. What the words are is the module's answer (job "show").
 */
#include "job.h"

struct list {
	uint64_t *addr;
	size_t nr, max;
};

static void see_object(const struct nlattr *record, void *arg)
{
	struct list *l = arg;
	const struct nlattr *a;

	if (mnl_attr_get_type(record) != SLABSCAN_A_RECORD_OBJECTS)
		return;
	mnl_attr_for_each_nested(a, record) {
		if (l->nr == l->max) {
			l->max = l->max ? l->max * 2 : 1024;
			l->addr = realloc(l->addr, l->max * sizeof(*l->addr));
			if (!l->addr)
				die("memory");
		}
		l->addr[l->nr++] = mnl_attr_get_u64(a);
	}
}

struct shown {
	const char *cache;
	uint32_t bytes;
	uint32_t state;
	char line[64 * 256];
	size_t len;
};

static void see_word(const struct nlattr *record, struct shown *s)
{
	const struct nlattr *a;
	uint64_t value = 0;
	uint32_t offset = 0, target = 0, symbol_offset = 0, class = 0;
	const char *symbol = NULL, *cache = NULL;
	char name[128] = "";

	mnl_attr_for_each_nested(a, record) {
		switch (mnl_attr_get_type(a)) {
		case SLABSCAN_A_OFFSET: offset = mnl_attr_get_u32(a); break;
		case SLABSCAN_A_CLASS: class = mnl_attr_get_u32(a); break;
		case SLABSCAN_A_VALUE: value = mnl_attr_get_u64(a); break;
		case SLABSCAN_A_SYMBOL: symbol = mnl_attr_get_str(a); break;
		case SLABSCAN_A_TARGET_CACHE: cache = mnl_attr_get_str(a); break;
		case SLABSCAN_A_TARGET_OFFSET: target = mnl_attr_get_u32(a); break;
		}
	}
	if (offset >= s->bytes)
		return;
	s->len += snprintf(s->line + s->len, sizeof(s->line) - s->len, " %llx", (unsigned long long)value);
	if (symbol) {
		/* "name+0x10 [module]": the part before "+" and the number behind it */
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(symbol, "+ "), symbol);
		if (strchr(symbol, '+'))
			symbol_offset = strtoul(strchr(symbol, '+') + 1, NULL, 16);
		s->len += snprintf(s->line + s->len, sizeof(s->line) - s->len, "=s:%x:%s", symbol_offset, name);
	} else if (cache) {
		s->len += snprintf(s->line + s->len, sizeof(s->line) - s->len, "=c:%x:%s", target, cache);
	} else if (class == SLABSCAN_WORD_VMALLOC || class == SLABSCAN_WORD_PERCPU || class == SLABSCAN_WORD_PAGE || class == SLABSCAN_WORD_MEMMAP) {
		s->len += snprintf(s->line + s->len, sizeof(s->line) - s->len, "=%c",
				   class == SLABSCAN_WORD_VMALLOC ? 'v' : class == SLABSCAN_WORD_PERCPU ? 'u' : class == SLABSCAN_WORD_PAGE ? 'g' : 'm');
	}
}

static void see_shown(const struct nlattr *record, void *arg)
{
	struct shown *s = arg;
	const struct nlattr *a;

	if (mnl_attr_get_type(record) == SLABSCAN_A_RECORD_WORD)
		see_word(record, s);
	if (mnl_attr_get_type(record) == SLABSCAN_A_RECORD_OBJECT)
		mnl_attr_for_each_nested(a, record)
			if (mnl_attr_get_type(a) == SLABSCAN_A_OBJECT_STATE)
				s->state = mnl_attr_get_u32(a);
}

static bool run(struct nlmsghdr *q)
{
	int state = job_finish(q);

	if (state < 0) {
		errno = -state;
		die("job refused");
	}
	return state == SLABSCAN_STATE_DONE;
}

int main(int argc, char **argv)
{
	struct list all = { 0 };
	struct nlmsghdr *q;
	size_t max, step, i;

	if (argc != 4) {
		fprintf(stderr, "usage: record CACHE MAX BYTES\n");
		return 2;
	}
	max = strtoul(argv[2], NULL, 0);
	job_open();
	q = request(family, SLABSCAN_CMD_JOB_START, 0);
	mnl_attr_put_u32(q, SLABSCAN_A_KIND, SLABSCAN_KIND_OBJECTS);
	mnl_attr_put_strz(q, SLABSCAN_A_CACHE, argv[1]);
	run(q);
	job_dump(SLABSCAN_KIND_OBJECTS, see_object, &all);
	step = max && all.nr > max ? all.nr / max : 1;
	for (i = 0; i < all.nr && i / step < max; i += step) {
		struct shown s = { .cache = argv[1], .bytes = strtoul(argv[3], NULL, 0) };

		q = request(family, SLABSCAN_CMD_JOB_START, 0);
		mnl_attr_put_u32(q, SLABSCAN_A_KIND, SLABSCAN_KIND_SHOW);
		mnl_attr_put_u64(q, SLABSCAN_A_ADDR, all.addr[i]);
		if (!run(q))
			continue;
		job_dump(SLABSCAN_KIND_SHOW, see_shown, &s);
		/* one that was freed since it was listed has another label now */
		if (s.state == SLABSCAN_OBJECT_LIVE)
			printf("%s %llx%s\n", argv[1], (unsigned long long)all.addr[i], s.line);
	}
	return 0;
}
