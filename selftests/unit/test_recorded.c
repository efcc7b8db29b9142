// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_recorded.c - clusters of real objects, labelled by the cache that they came from
 *
 * Each file of ../data/recorded is what record printed (selftests/guest/tools/record.c) in a guest of a stock kernel that was booted with
 * slab_nomerge, so that a cache is one kind of object. Objects of all caches of a file are cut to the same size and fed in random order. The labels
 * are never shown to the core. The sets of 6.1 showed that objects which each point to another symbol have to be joined; those of other kernels were
 * used for nothing.
 *
 * A cache may hold what an engineer wants to be told apart: open files by their f_op, inodes by what they are. So recall counts all reported clusters
 * that a cache dominates, and how much its largest has is printed beside it.
 */
#include <dirent.h>

#include "cluster.h"
#include "score.h"

#define DATA		"../data/recorded"
#define MAX_OBJECTS	8192
#define MAX_WORDS	64
#define MAX_NAMES	4096
#define MAX_KNOWN	65536

struct known {
	u64 value;
	u32 id, offset;
	bool symbol;
};

static struct {
	u32 nr_objects, nr_words, nr_labels, nr_names, nr_known;
	u64 object[MAX_OBJECTS][MAX_WORDS], address[MAX_OBJECTS];
	u32 label[MAX_OBJECTS];
	char labels[SCORE_LABELS][32];
	char *name[MAX_NAMES];
	struct known known[MAX_KNOWN];
} data;

static struct slabscan_env env;
static struct score out;

static bool known(u64 value, bool symbol, struct slabscan_ref *ret)
{
	u32 low = 0, high = data.nr_known;

	while (low < high) {
		u32 middle = (low + high) / 2;

		if (data.known[middle].value < value)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == data.nr_known || data.known[low].value != value || data.known[low].symbol != symbol)
		return false;
	ret->id = data.known[low].id;
	ret->offset = data.known[low].offset;
	return true;
}

static bool symbol(void *ctx, u64 addr, struct slabscan_ref *ret)
{
	(void)ctx;
	return known(addr, true, ret);
}

static bool slab(void *ctx, u64 addr, struct slabscan_ref *ret)
{
	(void)ctx;
	return known(addr, false, ret);
}

static int by_value(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	return x->value < y->value ? -1 : x->value > y->value;
}

static u32 name_id(const char *name)
{
	u32 i;

	for (i = 0; i < data.nr_names; i++)
		if (!strcmp(data.name[i], name))
			return i + 1;
	assert_true(data.nr_names < MAX_NAMES);
	data.name[data.nr_names++] = strdup(name);
	return data.nr_names;
}

static u32 label_of(const char *name)
{
	u32 i;

	for (i = 0; i < data.nr_labels; i++)
		if (!strcmp(data.labels[i], name))
			return i;
	assert_true(data.nr_labels < SCORE_LABELS);
	snprintf(data.labels[data.nr_labels], sizeof(data.labels[0]), "%s", name);
	return data.nr_labels++;
}

static void widen(struct slabscan_range *r, u64 v)
{
	if (r->start == r->end) {
		r->start = v;
		r->end = v + 1;
	}
	r->start = min(r->start, v);
	r->end = max(r->end, v + 1);
}

/* "VALUE", "VALUE=s:OFFSET:NAME", "VALUE=c:OFFSET:NAME", or "VALUE=" and the letter of a class */
static u64 word(char *text)
{
	char *kind;
	u64 value = strtoull(text, &kind, 16);
	struct known *k = &data.known[data.nr_known];

	if (!*kind)
		return value;
	assert_int_equal(*kind, '=');
	switch (kind[1]) {
	case 'v': widen(&env.vmalloc, value); break;
	case 'u': widen(&env.percpu, value); break;
	case 'g': widen(&env.direct, value); break;
	case 'm': widen(&env.memmap, value); break;
	case 's':
	case 'c':
		assert_true(data.nr_known < MAX_KNOWN);
		k->value = value;
		k->symbol = kind[1] == 's';
		k->offset = strtoul(kind + 3, &kind, 16);
		assert_int_equal(*kind, ':');
		k->id = name_id(kind + 1);
		if (!k->symbol)
			widen(&env.direct, value);
		data.nr_known++;
		break;
	default: fail_msg("unknown class in '%s'", text);
	}
	return value;
}

static void load(const char *path)
{
	static char line[64 * 1024];
	FILE *f = fopen(path, "r");
	u32 i;

	assert_non_null(f);
	for (i = 0; i < data.nr_names; i++)
		free(data.name[i]);
	memset(&data, 0, sizeof(data));
	memset(&env, 0, sizeof(env));
	env.symbol = symbol;
	env.slab = slab;
	env.poison1 = 0xdead000000000100ULL;
	env.poison2 = 0xdead000000000122ULL;
	/* on x86-64 the image and modules are in the last 2 GiB, wherever there */
	env.image.start = 0xffffffff80000000ULL;
	env.image.end = env.module.start = 0xffffffffc0000000ULL;
	env.module.end = 0xffffffffff000000ULL;
	while (fgets(line, sizeof(line), f)) {
		char *at = line, *field = strsep(&at, " \n");
		u32 n = 0, o = data.nr_objects;

		if (*field == '#')
			continue;
		assert_true(o < MAX_OBJECTS);
		data.label[o] = label_of(field);
		data.address[o] = strtoull(strsep(&at, " \n"), NULL, 16);
		widen(&env.direct, data.address[o]);
		while ((field = strsep(&at, " \n")) && *field) {
			assert_true(n < MAX_WORDS);
			data.object[o][n++] = word(field);
		}
		data.nr_words = data.nr_words ? min(data.nr_words, n) : n;
		data.nr_objects++;
	}
	fclose(f);
	qsort(data.known, data.nr_known, sizeof(*data.known), by_value);
}

static void cluster(void)
{
	static u32 order[MAX_OBJECTS];
	struct slabscan_cluster_set *set = malloc(slabscan_cluster_size(data.nr_words * 8));
	struct slabscan_cluster c;
	u32 i, j, t;

	assert_non_null(set);
	slabscan_cluster_init(set, data.nr_words * 8, &env);
	for (i = 0; i < data.nr_objects; i++) {
		j = unit_below(i + 1);
		order[i] = order[j];
		order[j] = i;
	}
	memset(&out, 0, sizeof(out));
	out.nr_labels = data.nr_labels;
	for (i = 0; i < data.nr_objects; i++) {
		t = order[i];
		out.planted[data.label[t]]++;
		slabscan_cluster_feed(set, data.object[t], data.address[t]);
	}
	slabscan_cluster_finish(set);
	while (out.clusters < SCORE_CLUSTERS && slabscan_cluster_get(set, out.clusters, &c))
		out.clusters++;
	for (i = 0; i < data.nr_objects; i++) {
		int at = slabscan_cluster_match(set, data.object[i], data.address[i]);

		if (at < 0)
			out.unmatched++;
		else
			out.of[at][data.label[i]]++;
	}
	score(&out);
	free(set);
}

static void show_worst(void)
{
	u32 i, k;

	for (i = 0; i < out.clusters; i++) {
		printf("  cluster %u:", i + 1);
		for (k = 0; k < out.nr_labels; k++)
			if (out.of[i][k])
				printf(" %s %u of %u", data.labels[k], out.of[i][k], out.planted[k]);
		printf("\n");
	}
}

/* purity and recall of real objects of several caches, a file a size */
static void recorded(void **state)
{
	struct dirent **files;
	double purity = 0, recall = 0, found = 0;
	int i, n = scandir(DATA, &files, NULL, alphasort), sets = 0, turn;
	char path[512];

	(void)state;
	unit_seed("recorded");
	for (i = 0; i < n; i++) {
		double p = 0, r = 0, f = 0;

		if (!strstr(files[i]->d_name, ".txt"))
			continue;
		snprintf(path, sizeof(path), DATA "/%s", files[i]->d_name);
		load(path);
		assert_true(data.nr_labels >= 3 && data.nr_objects >= 300);
		for (turn = 0; turn < 5; turn++) {
			cluster();
			p += out.purity / 5;
			r += out.recall / 5;
			f += out.found / 5;
		}
		printf("%s: %u objects of %u caches, %u bytes each: purity %.4f recall %.4f (%.4f in one cluster), %u clusters\n",
		       files[i]->d_name, data.nr_objects, data.nr_labels, data.nr_words * 8, p, f, r, out.clusters);
		if (getenv("SLABSCAN_SHOW"))
			show_worst();
		purity += p;
		recall += r;
		found += f;
		sets++;
	}
	for (i = 0; i < n; i++)
		free(files[i]);
	free(files);
	assert_true(sets >= 8);
	printf("recorded: purity %.4f recall %.4f (%.4f in one cluster) over %d sets\n", purity / sets, found / sets, recall / sets, sets);
	assert_true(purity / sets >= 0.90);
	assert_true(found / sets >= 0.90);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
