// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_diagnosis.c - from what the verbs found to one conclusion, the page that is made of it, and what redaction leaves
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diagnosis.h"
#include "merged.h"
#include "redact.h"
#include "report.h"
#include "step.h"

static json_t *parse(const char *text)
{
	char *copy = strdup(text);
	json_error_t at;
	json_t *o;

	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	o = json_loads(copy, JSON_REJECT_DUPLICATES, &at);
	if (!o)
		print_message("%s at %d\n", at.text, at.position);
	assert_non_null(o);
	free(copy);
	return o;
}

/* A top with one busy kind and one in question. */
static json_t *top(unsigned int live, unsigned int busy, unsigned int objects)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "{'cache': 'kmalloc-96', 'live': %u, 'count_error': 0, 'clusters': ["
		 "{'rank': 1, 'objects': %u, 'bytes': 1, 'fingerprint': '00000001', 'symbols': [], 'modules': [], 'strings': [], 'types': [], 'words': []},"
		 "{'rank': 2, 'objects': %u, 'bytes': %u, 'fingerprint': '5f0c31d2', 'symbols': ['vx_ops [vxlan]'], 'modules': ['vxlan'],"
		 " 'strings': ['secret-name.txt'], 'examples': ['0xffff8e8ec1c19900'], 'types': [{'name': 'vxlan_rdst'}],"
		 " 'words': [{'offset': 8, 'class': 'slab', 'share': 1.0, 'distinct': 5, 'target': {'cache': 'kmalloc-128', 'offset': 0}},"
		 "           {'offset': 16, 'class': 'data', 'share': 0.5, 'distinct': 1, 'value': '0x5ec2e7c0de'}]}]}",
		 live, busy, objects, objects * 96);
	return parse(text);
}

static struct verdict check_verdict(enum verdict_kind kind, bool strong)
{
	struct verdict v = { .kind = kind, .class = kind == VERDICT_NO_LEAK ? CLASS_NONE : CLASS_SLAB, .confidence = 0.7 };

	if (kind != VERDICT_NO_LEAK) {
		v.suspect_count = 1;
		v.suspects[0] = (struct verdict_suspect){ .name = "kmalloc-96", .slot = 96, .live = 2000, .bytes = 1 << 18, .rate = 1000, .growth = 30000,
							  .strong = strong, .reason = "grew by 29 KiB in 30 s" };
	}
	v.evidence_count = 1;
	snprintf(v.evidence[0], sizeof(v.evidence[0]), "What check <says> & means.");
	return v;
}

static struct diagnosis d;

static void free_facts(struct facts *f)
{
	json_decref(f->leaks);
	for (size_t i = 0; i < f->caches; i++) {
		json_decref(f->cache[i].before);
		json_decref(f->cache[i].after);
		json_decref(f->cache[i].trace);
		json_decref(f->cache[i].refs);
		json_decref(f->cache[i].holder_refs);
	}
}

static struct facts one_cache(const struct verdict *v, unsigned int was, unsigned int is)
{
	struct facts f = { .check = v, .caches = 1 };

	strcpy(f.cache[0].name, "kmalloc-96");
	f.cache[0].before = top(1000 + was, 1000, was);
	f.cache[0].after = top(1000 + is, 1000, is);
	f.cache[0].between_s = 10;
	return f;
}

static const char trace_text[] =
	"{'duration_ns': 10000000000, 'lost': 0, 'sites': ["
	"{'function': 'busy_one', 'module': null, 'allocs': 5000, 'frees': 4900, 'survivors': 100, 'marked': 0, 'stack': ['busy_one+0x1/0x2', 'main']},"
	"{'function': 'vxlan_fdb_alloc', 'module': 'vxlan', 'allocs': 100, 'frees': 0, 'survivors': 100, 'marked': 100, 'fingerprint': '5f0c31d2',"
	" 'symbol': 'vxlan_fdb_alloc+0x1/0x2 [vxlan]', 'task': 'secret-task', 'stack': ['kmalloc_trace+0x1/0x2',"
	" 'vxlan_fdb_alloc+0x1/0x2 [vxlan]', 'rtnl_fdb_add+0x3/0x4', 'main']}]}";

/* Grows, nothing points to it, somebody allocates it: all that can be said. */
static void test_whole_case(void **state)
{
	struct verdict v = check_verdict(VERDICT_LEAK, true);
	struct facts f = one_cache(&v, 200, 300);

	(void)state;
	f.cache[0].trace = parse(trace_text);
	f.leaks = parse("{'groups': [{'cache': 'kmalloc-96', 'objects': 290, 'bytes': 27840, 'fingerprint': '5f0c31d2'}]}");
	diagnosis_make(&d, &f);
	assert_int_equal(d.kind, VERDICT_LEAK);
	assert_int_equal(d.class, CLASS_SLAB);
	assert_true(d.confidence == 0.95);
	assert_string_equal(d.findings[0].fingerprint, "5f0c31d2");
	assert_string_equal(d.findings[0].function, "vxlan_fdb_alloc");
	assert_string_equal(d.findings[0].module, "vxlan");
	assert_string_equal(d.findings[0].types[0], "vxlan_rdst");
	assert_int_equal(d.findings[0].unreferenced, 290);
	assert_int_equal(d.findings[0].grown, 100);
	assert_int_equal(d.count, 1);
	free_facts(&f);
}

static bool has_evidence(const struct finding *f, const char *text)
{
	for (size_t i = 0; i < f->evidence_count; i++)
		if (strstr(f->evidence[i], text))
			return true;
	return false;
}

/* A kind that grows got another fingerprint between the scans: by its words it is the same. */
static void test_renamed(void **state)
{
	struct verdict v = check_verdict(VERDICT_LEAK, true);
	struct facts f = one_cache(&v, 200, 300);
	json_t *top = json_array_get(json_object_get(f.cache[0].after, "clusters"), 1), *word;

	(void)state;
	f.cache[0].trace = parse(trace_text);
	f.leaks = parse("{'groups': [{'cache': 'kmalloc-96', 'objects': 190, 'bytes': 18240, 'fingerprint': '5f0c31d2', 'words': ["
			"{'offset': 8, 'class': 'slab', 'share': 0.9, 'target': {'cache': 'kmalloc-128'}}]}]}");
	json_object_set_new(top, "fingerprint", json_string("600dd1e5"));
	diagnosis_make(&d, &f);
	assert_int_equal(d.count, 1);
	assert_int_equal(d.findings[0].grown, 100);
	assert_int_equal(d.findings[0].unreferenced, 190);
	assert_string_equal(d.findings[0].function, "vxlan_fdb_alloc");
	/* The trace has a third one, which no scan knows: it is that of what grew most. */
	json_object_set_new(json_array_get(json_object_get(f.cache[0].trace, "sites"), 1), "fingerprint", json_string("00c0ffee"));
	diagnosis_make(&d, &f);
	assert_string_equal(d.findings[0].function, "vxlan_fdb_alloc");
	json_object_set_new(json_array_get(json_object_get(f.cache[0].after, "clusters"), 0), "objects", json_integer(1200));
	diagnosis_make(&d, &f);
	assert_string_equal(d.findings[0].fingerprint, "600dd1e5");
	assert_string_equal(d.findings[0].function, "");
	json_object_set_new(json_array_get(json_object_get(f.cache[0].after, "clusters"), 0), "objects", json_integer(1000));
	json_object_set_new(json_array_get(json_object_get(f.cache[0].trace, "sites"), 1), "fingerprint", json_string("5f0c31d2"));
	/* It points elsewhere: then it is not, and nothing of the other may be said of it. */
	word = json_array_get(json_object_get(top, "words"), 0);
	json_object_set_new(word, "target", parse("{'cache': 'kmalloc-256', 'offset': 0}"));
	diagnosis_make(&d, &f);
	assert_string_equal(d.findings[1].fingerprint, "600dd1e5");
	assert_int_equal(d.findings[1].unreferenced, 0);
	assert_string_equal(d.findings[1].function, "");
	free_facts(&f);
}

/* Too little to say leak: who allocates it is told all the same. */
static void test_cannot_tell(void **state)
{
	struct verdict v = check_verdict(VERDICT_UNDECIDED, false);
	struct facts f = one_cache(&v, 200, 300);

	(void)state;
	f.cache[0].trace = parse(trace_text);
	f.leaks = parse("{'groups': []}");
	diagnosis_make(&d, &f);
	assert_int_equal(d.kind, VERDICT_UNDECIDED);
	assert_non_null(strstr(d.summary, "What became more there was allocated by vxlan_fdb_alloc [vxlan]."));
	free_facts(&f);
}

/* Whoever allocates does so for others: these are named, and the module that was on the way if none is known. */
static void test_callers(void **state)
{
	struct verdict v = check_verdict(VERDICT_LEAK, true);
	struct facts f = one_cache(&v, 200, 300);
	json_t *top = json_array_get(json_object_get(f.cache[0].after, "clusters"), 1), *site;

	(void)state;
	f.cache[0].trace = parse(trace_text);
	diagnosis_make(&d, &f);
	assert_true(has_evidence(&d.findings[0], "vxlan_fdb_alloc was called by rtnl_fdb_add, that by main."));
	site = json_array_get(json_object_get(f.cache[0].trace, "sites"), 1);
	json_object_set_new(site, "module", json_null());
	json_object_set_new(site, "stack", parse("['vxlan_fdb_alloc+0x1/0x2 [vxlan]', 'a+0x1/0x2', 'b.part.0+0x1/0x2 [mod]', 'c+0x1/0x2 [other]', 'd']"));
	json_object_set_new(top, "modules", json_array());
	diagnosis_make(&d, &f);
	assert_true(has_evidence(&d.findings[0], "vxlan_fdb_alloc was called by a, that by b [mod], that by c [other]."));
	assert_string_equal(d.findings[0].module, "mod");
	assert_string_equal(d.findings[0].who, "vxlan_fdb_alloc for [mod]");
	/* What the objects point to is of a module, but who allocates them is not: no word against that module. */
	json_object_set_new(site, "stack", parse("['vxlan_fdb_alloc+0x1/0x2 [vxlan]', 'a+0x1/0x2']"));
	json_object_set_new(top, "modules", parse("['dummy']"));
	diagnosis_make(&d, &f);
	assert_string_equal(d.findings[0].module, "");
	assert_null(strstr(d.summary, "dummy"));
	/* Somebody leaks here, but something else: it must not be said that nobody does. */
	json_object_set_new(site, "fingerprint", json_string("00000001"));
	json_array_remove(json_object_get(f.cache[0].trace, "sites"), 0);
	diagnosis_make(&d, &f);
	assert_string_equal(d.findings[0].function, "");
	assert_true(has_evidence(&d.findings[0], "nobody was seen to allocate objects of this kind"));
	free_facts(&f);
}

/* The workload has stopped: nothing grows, but nothing points to it either. */
static void test_unreferenced(void **state)
{
	struct verdict v = check_verdict(VERDICT_NO_LEAK, false);
	struct facts f = one_cache(&v, 300, 300);

	(void)state;
	f.leaks = parse("{'groups': [{'cache': 'kmalloc-96', 'objects': 300, 'bytes': 28800, 'fingerprint': '5f0c31d2'},"
			"{'cache': 'kmalloc-8', 'objects': 3, 'bytes': 24, 'fingerprint': '77777777'}]}");
	diagnosis_make(&d, &f);
	assert_int_equal(d.kind, VERDICT_LEAK);
	assert_true(d.confidence == 0.8);
	assert_int_equal(d.count, 1);
	assert_string_equal(d.findings[0].module, "vxlan");
	assert_string_equal(d.findings[0].function, "");
	free_facts(&f);
}

/* Nothing that can be seen points to them, and leaks knows why. */
static void test_innocent(void **state)
{
	struct verdict v = check_verdict(VERDICT_NO_LEAK, false);
	struct facts f = one_cache(&v, 300, 300);
	char names[DIAGNOSIS_CACHES][SAMPLE_NAME_MAX];

	(void)state;
	f.leaks = parse("{'groups': [], 'innocent_groups': [{'cache': 'kmalloc-96', 'objects': 300, 'bytes': 28800, 'fingerprint': '5f0c31d2', 'excuse': 'x'}]}");
	assert_int_equal(diagnosis_pick(&v, f.leaks, names), 0);
	diagnosis_make(&d, &f);
	assert_int_equal(d.kind, VERDICT_NO_LEAK);
	assert_int_equal(d.count, 0);
	/* they grow all the same: then the reason is told */
	json_decref(f.cache[0].after);
	f.cache[0].after = top(1600, 1000, 600);
	diagnosis_make(&d, &f);
	assert_int_equal(d.count, 1);
	assert_non_null(strstr(d.findings[0].evidence[0], "they are in use: x."));
	free_facts(&f);
}

/* Some tens of them in a cache that does nothing: not enough. */
static void test_few_unreferenced(void **state)
{
	struct verdict v = check_verdict(VERDICT_NO_LEAK, false);
	struct facts f = one_cache(&v, 30, 30);

	(void)state;
	f.leaks = parse("{'groups': [{'cache': 'kmalloc-96', 'objects': 25, 'bytes': 2400, 'fingerprint': '5f0c31d2'}]}");
	diagnosis_make(&d, &f);
	assert_int_equal(d.kind, VERDICT_UNDECIDED);
	free_facts(&f);
}

/* A list that only grows: still referenced, and the referrer is the answer. */
static void test_held(void **state)
{
	struct verdict v = check_verdict(VERDICT_LEAK, true);
	struct facts f = one_cache(&v, 200, 300);

	(void)state;
	f.leaks = parse("{'groups': []}");
	f.cache[0].refs = parse("{'referrers': [{'kind': 'symbol', 'where': 'other', 'count': 3}, {'kind': 'symbol', 'where': 'fdb_hash [vxlan]', 'count': 299}]}");
	strcpy(f.cache[0].refs_of, "5f0c31d2");
	diagnosis_make(&d, &f);
	assert_int_equal(d.kind, VERDICT_LEAK);
	assert_true(d.confidence == 0.7);
	assert_string_equal(d.findings[0].held_by, "fdb_hash [vxlan]");
	assert_non_null(strstr(d.summary, "kmalloc-96 only grows, by all signs of struct vxlan_rdst: its objects are still referenced by fdb_hash [vxlan], 300 in all."));
	assert_non_null(strstr(d.findings[0].next, "slabscan refs --cache kmalloc-96 --cluster 2"));
	free_facts(&f);
}

/* A linked list: its members point to each other; its head is in some object, to which something with a name points. */
static void test_list(void **state)
{
	struct verdict v = check_verdict(VERDICT_LEAK, true);
	struct facts f = one_cache(&v, 200, 300);

	(void)state;
	f.cache[0].refs = parse("{'referrers': [{'kind': 'slab', 'where': 'kmalloc-96', 'inside': true, 'count': 299},"
				"{'kind': 'slab', 'where': 'kmalloc-512', 'inside': false, 'count': 1}]}");
	strcpy(f.cache[0].refs_of, "5f0c31d2");
	f.cache[0].holder_refs = parse("{'referrers': [{'kind': 'slab', 'where': 'x', 'count': 9}, {'kind': 'symbol', 'where': 'init_net+0x10', 'count': 1}]}");
	diagnosis_make(&d, &f);
	assert_string_equal(d.findings[0].held_by, "kmalloc-512 of init_net+0x10");
	free_facts(&f);
	f = one_cache(&v, 200, 300);
	f.cache[0].refs = parse("{'referrers': [{'kind': 'slab', 'where': 'kmalloc-96', 'inside': true, 'count': 299}]}");
	strcpy(f.cache[0].refs_of, "5f0c31d2");
	diagnosis_make(&d, &f);
	assert_string_equal(d.findings[0].held_by, "");
	free_facts(&f);
}

/* A cache of the tree below. @target: a cache that its objects point to, or NULL */
static void branch(struct facts *f, const char *cache, unsigned int size, unsigned int objects, const char *target, unsigned int distinct)
{
	struct cache_facts *c = &f->cache[f->caches++];
	char text[512];

	strcpy(c->name, cache);
	c->between_s = 10;
	for (unsigned int half = 0; half < 2; half++) {
		unsigned int n = half ? objects : objects / 2;

		snprintf(text, sizeof(text), "{'cache': '%s', 'live': %u, 'count_error': 0, 'clusters': [{'rank': 1, 'objects': %u, 'bytes': %u,"
			 " 'fingerprint': '%08x', 'symbols': ['%s_ops'], 'words': [{'offset': 8, 'class': 'slab', 'share': 1.0, 'distinct': %u,"
			 " 'target': {'cache': '%s', 'offset': 0}}]}]}", cache, n, n, n * size, size, cache, distinct, target ? target : "");
		*(half ? &c->after : &c->before) = parse(text);
	}
}

static void leaking_tree(struct facts *f, const char *root, const char *leaf)
{
	/* the leaf in the middle points back, most are data, which points nowhere */
	branch(f, "data", 1024, 5000, NULL, 0);
	branch(f, leaf, 256, 5000, "data", 1000);
	branch(f, root, 1152, 1000, leaf, 1000);
	branch(f, "blob", 16, 1000, "shared", 1);
	f->leaks = parse("{'groups': [{'cache': 'data', 'objects': 2500, 'bytes': 2560000, 'fingerprint': '00000400'},"
			 "{'cache': 'packet', 'objects': 2500, 'bytes': 640000, 'fingerprint': '00000100'},"
			 "{'cache': 'socket', 'objects': 500, 'bytes': 576000, 'fingerprint': '00000480'},"
			 "{'cache': 'blob', 'objects': 500, 'bytes': 8000, 'fingerprint': '00000010'}]}");
}

/* One event leaks a tree: the parent comes first, though its children are five times as many. */
static void test_tree(void **state)
{
	struct verdict v = check_verdict(VERDICT_LEAK, true);
	struct facts f = { .check = &v };

	(void)state;
	v.suspect_count = 0;
	leaking_tree(&f, "socket", "packet");
	f.cache[3].refs = parse("{'target': {'fingerprint': '00000010', 'objects': 500}, 'referrers': [{'kind': 'slab', 'where': 'socket', 'count': 499}]}");
	strcpy(f.cache[3].refs_of, "00000010");
	diagnosis_make(&d, &f);
	assert_int_equal(d.count, 4);
	assert_string_equal(d.findings[0].cache, "socket");
	assert_true(d.findings[0].parent);
	for (size_t i = 0; i < d.count; i++) {
		assert_string_equal(d.findings[i].tree, "socket");
		assert_int_equal(d.findings[i].parent, i == 0);
	}
	assert_non_null(strstr(d.findings[0].evidence[d.findings[0].evidence_count - 1], "5 of data, 5 of packet, 1 of blob"));
	assert_non_null(strstr(d.summary, "socket"));
	free_facts(&f);

	/* Children that point back do not become parents, nor does what many point to but few different. */
	f = (struct facts){ .check = &v };
	branch(&f, "packet", 256, 1000, "socket", 1000);
	branch(&f, "socket", 1152, 1000, "packet", 1000);
	branch(&f, "other", 64, 1000, "socket", 1);
	f.leaks = parse("{'groups': [{'cache': 'packet', 'objects': 520, 'bytes': 133120, 'fingerprint': '00000100'},"
			"{'cache': 'other', 'objects': 500, 'bytes': 32000, 'fingerprint': '00000040'},"
			"{'cache': 'socket', 'objects': 500, 'bytes': 576000, 'fingerprint': '00000480'}]}");
	diagnosis_make(&d, &f);
	assert_string_equal(d.findings[0].cache, "socket");
	for (size_t i = 0; i < d.count; i++)
		assert_string_equal(d.findings[i].tree, strcmp(d.findings[i].cache, "other") ? "socket" : "");
	free_facts(&f);
}

static const char *named_by(const struct facts *f, const char *function, const char *module)
{
	static struct finding x;

	memset(&x, 0, sizeof(x));
	strcpy(x.cache, "kmalloc-96");
	strcpy(x.function, function);
	strcpy(x.module, module);
	merged_name(&x, f);
	return x.here;
}

/* A merged cache goes by the name of another: the symbols tell which of them it is. */
static void test_alias(void **state)
{
	struct verdict v = check_verdict(VERDICT_LEAK, true);
	struct facts f = one_cache(&v, 200, 300);
	char root[] = "/tmp/slabscan-test-XXXXXX", command[512];
	json_t *symbols;

	(void)state;
	assert_non_null(mkdtemp(root));
	snprintf(command, sizeof(command), "d=%s/sys/kernel/slab; mkdir -p $d && ln -s :0000096 $d/kmalloc-96 && ln -s :0000096 $d/UDP &&"
		 " ln -s :0000096 $d/ext4_system_zone", root);
	assert_int_equal(system(command), 0);
	f.aliases = aliases_load(root);
	symbols = json_object_get(json_array_get(json_object_get(f.cache[0].after, "clusters"), 1), "symbols");
	json_array_append_new(symbols, json_string("udp_prot"));
	diagnosis_make(&d, &f);
	assert_string_equal(d.findings[0].here, "UDP");
	assert_non_null(strstr(d.summary, "kmalloc-96 (here: UDP) only grows, by all signs of struct vxlan_rdst: whether they are"));
	/* the beginning of a word is not enough */
	json_array_set_new(symbols, 1, json_string("udplite_prot"));
	diagnosis_make(&d, &f);
	assert_string_equal(d.findings[0].here, "");
	assert_non_null(strstr(d.summary, "kmalloc-96 (or a cache merged with it) only grows"));
	assert_non_null(strstr(d.findings[0].evidence[2], "also serves UDP, ext4_system_zone."));
	/* so does the name of who allocates them, but not by the word that is common to a subsystem */
	assert_string_equal(named_by(&f, "ext4_init_zones", ""), "ext4_system_zone");
	assert_string_equal(named_by(&f, "ext4_init_zoned", ""), "");
	assert_string_equal(named_by(&f, "ext4_mb_init", ""), "");
	assert_string_equal(named_by(&f, "udp_alloc", ""), "");
	assert_string_equal(named_by(&f, "add", "ext4"), "ext4_system_zone");
	assert_string_equal(named_by(&f, "add", "ext"), "");
	aliases_free((struct aliases *)f.aliases);
	free_facts(&f);
	snprintf(command, sizeof(command), "rm -r %s", root);
	assert_int_equal(system(command), 0);
}

/* RCU held up: whatever was found, no accusation. */
static void test_rcu(void **state)
{
	struct verdict v = check_verdict(VERDICT_UNDECIDED, true);
	struct facts f = one_cache(&v, 200, 3000);

	(void)state;
	v.rcu_held = true;
	f.leaks = parse("{'groups': [{'cache': 'kmalloc-96', 'objects': 2900, 'bytes': 28800, 'fingerprint': '5f0c31d2'}]}");
	diagnosis_make(&d, &f);
	assert_int_equal(d.kind, VERDICT_UNDECIDED);
	free_facts(&f);
}

/* The cache grows while it is watched, but while it is looked into nothing does: the suspicion is not kept up. */
static void test_not_confirmed(void **state)
{
	struct verdict v = check_verdict(VERDICT_UNDECIDED, false);
	struct facts f = one_cache(&v, 200, 200);

	(void)state;
	f.leaks = parse("{'groups': []}");
	diagnosis_make(&d, &f);
	assert_int_not_equal(d.kind, VERDICT_LEAK);
	free_facts(&f);
}

/* It rose steadily while it was watched, and fell when it was looked into: a wave, however strong the suspicion was. */
static void test_wave(void **state)
{
	struct verdict v = check_verdict(VERDICT_LEAK, true);
	struct facts f = one_cache(&v, 900, 200);

	(void)state;
	f.leaks = parse("{'groups': []}");
	diagnosis_make(&d, &f);
	assert_int_equal(d.kind, VERDICT_UNDECIDED);
	assert_int_equal(d.count, 1);
	assert_non_null(strstr(d.findings[0].evidence[1], "it no longer grew: -700 objects"));
	free_facts(&f);
}

/* Kinds grow by what the counts are uncertain of: no growth. */
static void test_count_error(void **state)
{
	struct verdict v = check_verdict(VERDICT_NO_LEAK, false);
	struct facts f = one_cache(&v, 200, 260);

	(void)state;
	json_object_set_new(f.cache[0].after, "count_error", json_integer(40));
	diagnosis_make(&d, &f);
	assert_int_equal(d.count, 0);
	assert_int_equal(d.kind, VERDICT_NO_LEAK);
	free_facts(&f);
}

/* Nothing but check could be had, as without the module. */
static void test_check_only(void **state)
{
	struct verdict v = check_verdict(VERDICT_LEAK, true);
	struct facts f = { .check = &v };

	(void)state;
	diagnosis_make(&d, &f);
	assert_int_equal(d.kind, VERDICT_LEAK);
	assert_true(d.confidence == 0.5);
	assert_string_equal(d.findings[0].cache, "kmalloc-96");
	v = check_verdict(VERDICT_NO_LEAK, false);
	diagnosis_make(&d, &f);
	assert_int_equal(d.kind, VERDICT_NO_LEAK);
	assert_int_equal(d.count, 0);
	v.kind = VERDICT_LEAK;
	v.class = CLASS_VMALLOC;
	diagnosis_make(&d, &f);
	assert_int_equal(d.kind, VERDICT_LEAK);
	assert_int_equal(d.class, CLASS_VMALLOC);
}

/* Answers of the wrong shape are no evidence, and no crash. */
static void test_odd_answers(void **state)
{
	static const char *const odd[] = {
		"{}", "{'groups': 5, 'clusters': {}, 'sites': [], 'referrers': 'x'}", "{'groups': [5, null, [], {}], 'clusters': [7, {}], 'sites': [1, {}]}",
		"{'groups': [{'cache': 7, 'objects': -4, 'fingerprint': []}], 'clusters': [{'objects': 'x', 'words': [3, {'target': 4}]}]}",
	};
	struct verdict v = check_verdict(VERDICT_LEAK, true);

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		struct facts f = { .check = &v, .caches = 1 };
		char names[DIAGNOSIS_CACHES][SAMPLE_NAME_MAX];

		strcpy(f.cache[0].name, "kmalloc-96");
		f.leaks = parse(odd[i]);
		f.cache[0].before = parse(odd[i]);
		f.cache[0].after = parse(odd[i]);
		f.cache[0].trace = parse(odd[i]);
		f.cache[0].refs = parse(odd[i]);
		diagnosis_pick(&v, f.leaks, names);
		diagnosis_cluster(&f.cache[0], f.leaks);
		redact_answer(f.cache[0].refs);
		diagnosis_make(&d, &f);
		free_facts(&f);
	}
}

static void test_pick(void **state)
{
	struct verdict v = check_verdict(VERDICT_LEAK, true);
	char names[DIAGNOSIS_CACHES][SAMPLE_NAME_MAX];
	json_t *leaks = parse("{'groups': [{'cache': 'kmalloc-96', 'objects': 500}, {'cache': 'tiny', 'objects': 3}, {'cache': 'kmalloc-32', 'objects': 90}]}");

	(void)state;
	assert_int_equal(diagnosis_pick(&v, leaks, names), 2);
	assert_string_equal(names[0], "kmalloc-96");
	assert_string_equal(names[1], "kmalloc-32");
	/* many weak suspects leave room for what lost its last pointer */
	v.suspect_count = 4;
	for (int i = 0; i < 4; i++)
		snprintf(v.suspects[i].name, sizeof(v.suspects[i].name), "weak-%d", i);
	v.suspects[0].strong = false;
	assert_int_equal(diagnosis_pick(&v, leaks, names), 4);
	assert_string_equal(names[2], "kmalloc-96");
	assert_int_equal(diagnosis_pick(&v, NULL, names), 2);
	json_decref(leaks);
}

static char *page(struct facts *f, bool redacted)
{
	struct check_run *run = check_run_create();
	struct report *r = calloc(1, sizeof(*r));
	char *buf = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&buf, &len);

	for (int i = 0; i < 8; i++) {
		struct sample *s = run->now[run->count++] = sample_create();
		struct sample_cache *c = sample_add_cache(s, "kmalloc-96", 96);

		s->time_ns = 1000000000ULL * (i + 1);
		sample_set(s, GAUGE_TOTAL, 1 << 30);
		sample_set(s, GAUGE_FREE, 1 << 29);
		c->live = 100 + 20 * i;
		sample_sort(s);
	}
	run->verdict = *f->check;
	diagnosis_make(&d, f);
	*r = (struct report){ .run = run, .facts = f, .diagnosis = &d, .redacted = redacted, .steps = 1, .release = "6.1.0-<odd>" };
	strcpy(r->step[0].name, "a step");
	report_html(out, r);
	fclose(out);
	check_run_free(run);
	free(r);
	return buf;
}

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	while ((text = strstr(text, word))) {
		text += strlen(word);
		n++;
	}
	return n;
}

static void test_report(void **state)
{
	struct verdict v = check_verdict(VERDICT_LEAK, true);
	struct facts f = one_cache(&v, 200, 300);
	char *html;

	(void)state;
	f.cache[0].trace = parse(trace_text);
	html = page(&f, false);
	assert_non_null(strstr(html, "What check &lt;says&gt; &amp; means."));
	assert_non_null(strstr(html, "6.1.0-&lt;odd&gt;"));
	assert_non_null(strstr(html, "<polyline"));
	assert_non_null(strstr(html, "class=\"map\""));
	assert_non_null(strstr(html, "class=\"flame\""));
	assert_non_null(strstr(html, "vxlan_fdb_alloc [vxlan]: 100 not freed (50.0%)"));
	assert_non_null(strstr(html, "secret-name.txt"));
	/* self-contained, and whole */
	assert_null(strstr(html, "<script"));
	assert_null(strstr(html, "http:"));
	assert_null(strstr(html, "https:"));
	assert_null(strstr(html, "src="));
	assert_int_equal(count(html, "<svg"), count(html, "</svg>"));
	assert_int_equal(count(html, "<table"), count(html, "</table>"));
	assert_int_equal(count(html, "<td"), count(html, "</td>"));
	assert_non_null(strstr(html, "</html>"));
	free(html);
	free_facts(&f);
}

static void test_redact(void **state)
{
	struct verdict v = check_verdict(VERDICT_LEAK, true);
	struct facts f = one_cache(&v, 200, 300);
	struct sample *s = sample_create();
	json_t *refs;
	char *html, *text;

	(void)state;
	f.cache[0].trace = parse(trace_text);
	redact_answer(f.cache[0].trace);
	redact_answer(f.cache[0].after);
	text = json_dumps(f.cache[0].after, 0);
	assert_null(strstr(text, "secret"));
	assert_null(strstr(text, "ffff8e8e"));
	assert_null(strstr(text, "5ec2e7c0de"));
	assert_non_null(strstr(text, "vx_ops [vxlan]"));
	assert_non_null(strstr(text, "vxlan_rdst"));
	assert_non_null(strstr(text, "5f0c31d2"));
	free(text);
	text = json_dumps(f.cache[0].trace, 0);
	assert_null(strstr(text, "secret"));
	assert_non_null(strstr(text, "rtnl_fdb_add+0x3/0x4"));
	free(text);
	html = page(&f, true);
	assert_null(strstr(html, "secret"));
	assert_null(strstr(html, "ffff8e8e"));
	assert_null(strstr(html, "5ec2e7c0de"));
	assert_non_null(strstr(html, "vxlan_fdb_alloc"));
	/* that something was taken out is told, rather than that nothing was there */
	assert_non_null(strstr(html, "Text in them: (taken out)."));
	free(html);
	free_facts(&f);

	refs = parse("{'target': '0xffff888012345678', 'new_key': 'whatever', 'referrers': ["
		     "{'kind': 'stack', 'where': 'stack of secret[77]', 'offset': 8, 'count': 2},"
		     "{'kind': 'page', 'where': 'ffff888012345678', 'count': 2},"
		     "{'kind': 'symbol', 'where': 'fdb_hash [vxlan]', 'count': 1}]}");
	redact_answer(refs);
	text = json_dumps(refs, 0);
	assert_null(strstr(text, "secret"));
	assert_null(strstr(text, "ffff8880"));
	assert_null(strstr(text, "whatever"));
	assert_non_null(strstr(text, "a stack"));
	assert_non_null(strstr(text, "fdb_hash [vxlan]"));
	free(text);
	json_decref(refs);

	{
		char sentence[] = "0x: at 0xffff888012345678 (ffff888012345679) of fingerprint 5f0c31d2, +0x1c0/0x200", hex[] = "0x";

		redact_text(sentence);
		assert_string_equal(sentence, "0x: at 0xxxxxxxxxxxxxxxxx (xxxxxxxxxxxxxxxx) of fingerprint 5f0c31d2, +0x1c0/0x200");
		redact_text(hex);
		assert_string_equal(hex, "0x");
	}

	strcpy(sample_add_proc(s)->comm, "secret");
	redact_sample(s);
	assert_string_equal(s->procs[0].comm, "process");
	sample_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_case),
		cmocka_unit_test(test_callers),
		cmocka_unit_test(test_renamed),
		cmocka_unit_test(test_cannot_tell), cmocka_unit_test(test_unreferenced), cmocka_unit_test(test_few_unreferenced), cmocka_unit_test(test_innocent),
		cmocka_unit_test(test_held), cmocka_unit_test(test_list), cmocka_unit_test(test_tree), cmocka_unit_test(test_alias), cmocka_unit_test(test_rcu),
		cmocka_unit_test(test_not_confirmed), cmocka_unit_test(test_wave), cmocka_unit_test(test_count_error),
		cmocka_unit_test(test_check_only), cmocka_unit_test(test_odd_answers), cmocka_unit_test(test_pick), cmocka_unit_test(test_report),
		cmocka_unit_test(test_redact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
