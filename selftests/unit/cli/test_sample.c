// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_sample.c - reading a recorded tree of /proc and /sys, and keeping samples in a file
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sample.h"

static char root[] = "/tmp/slabscan-test-XXXXXX";
static char file[64];

static void put(const char *path, const char *text)
{
	char full[512];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = 0;
		mkdir(full, 0755);
		*p = '/';
	}
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* As a 6.1 guest shows them, shortened. */
static void put_tree(void)
{
	put("/proc/meminfo",
	    "MemTotal:         984832 kB\nMemFree:          812344 kB\nMemAvailable:     801920 kB\nBuffers:             120 kB\nCached:            40960 kB\n"
	    "SwapCached:            0 kB\nAnonPages:         20480 kB\nShmem:             30720 kB\nKReclaimable:      10240 kB\nSReclaimable:      10240 kB\n"
	    "SUnreclaim:        25600 kB\nKernelStack:        2048 kB\nPageTables:         1024 kB\nVmallocUsed:       12288 kB\nPercpu:              880 kB\n"
	    "HugePages_Total:       0\nHugetlb:               0 kB\n");
	put("/proc/vmstat", "nr_free_pages 203086\nslabs_scanned 4711\npgsteal_kswapd 5\npgsteal_direct 6\noom_kill 0\nnr_zspages 0\n");
	put("/proc/slabinfo",
	    "slabinfo - version: 2.1\n"
	    "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata ...\n"
	    "kmalloc-96          1189   1218     96   42    1 : tunables    0    0    0 : slabdata     29     29      0\n"
	    "dentry             21000  21000    192   21    1 : tunables    0    0    0 : slabdata   1000   1000      0\n"
	    "twin                   5     10     64   64    1 : tunables    0    0    0 : slabdata      1      1      0\n"
	    "twin                   7     10     64   64    1 : tunables    0    0    0 : slabdata      1      1      0\n"
	    "odd                 9999     10     64   64    1 : tunables    0    0    0 : slabdata      1      1      0\n"
	    "broken line\n");
	put("/sys/kernel/slab/kmalloc-96/reclaim_account", "0\n");
	put("/sys/kernel/slab/twin/reclaim_account", "1\n");
	put("/proc/vmallocinfo",
	    "0x0000000012345678-0x00000000deadbeef   20480 dup_task_struct+0x5c/0x1a0 pages=4 vmalloc N0=4\n"
	    "0x0000000012345678-0x00000000deadbeef   20480 kernel_clone+0x94/0x3e0 pages=4 vmalloc N0=4\n"
	    "0x0000000012345678-0x00000000deadbeef    8192 acpi_os_map_iomem+0x1bc/0x1e0 phys=0x00000000000a0000 ioremap\n"
	    "0x0000000012345678-0x00000000deadbeef   69632 vx_init+0x10/0x20 [vx] pages=16 vmalloc N0=16\n"
	    "0x0000000012345678-0x00000000deadbeef   12288 load_module+0x10/0x20 pages=2 vmalloc N0=2\n"
	    "0x0000000012345678-0x00000000deadbeef   69632 vx_init+0x30/0x40 [vx] pages=16 vmalloc N0=16\n"
	    "0x0000000012345678-0x00000000deadbeef   69632 someone+0x30/0x40 pages=16 vmap\n"
	    "0x0000000012345678-0x00000000deadbeef    8192 pages=1 vmalloc N0=1\n");
	put("/proc/buddyinfo", "Node 0, zone      DMA      1      1      1      1\nNode 0, zone    DMA32     10      0      0      2      1\n");
	put("/proc/sys/fs/file-nr", "1024\t0\t97711\n");
	put("/proc/sys/fs/inode-nr", "5000\t1000\n");
	put("/proc/sys/net/netfilter/nf_conntrack_count", "77\n");
	put("/proc/sys/kernel/random/boot_id", "11111111-2222-3333-4444-555555555555\n");
	put("/proc/uptime", "1234.56 2000.00\n");
	put("/proc/net/sockstat", "sockets: used 123\nTCP: inuse 5 orphan 0 tw 0 alloc 8 mem 10\nUDP: inuse 2 mem 6\n");
	put("/proc/cgroups", "#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t0\t12\t1\n");
	put("/sys/fs/cgroup/cgroup.stat", "nr_descendants 11\nnr_dying_descendants 150\n");
	put("/proc/1/stat", "1 (systemd) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 42 170000000 2500 18446744073709551615\n");
	put("/proc/1/statm", "41000 2500 1500 10 0 5000 0\n");
	put("/proc/1/fd/0", "");
	put("/proc/1/fd/1", "");
	put("/proc/77/stat", "77 (a) b (c) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 99 170000000 2500 18446744073709551615\n");
	put("/proc/77/statm", "41000 10000 1500 10 0 5000 0\n");
	put("/proc/78/stat", "78 (cut");
	put("/proc/notapid/stat", "5 (x) S\n");
}

static const struct sample_cache *find(const struct sample *s, const char *name, uint32_t slot, uint32_t turn)
{
	struct sample_cache key = { .slot = slot, .turn = turn };

	snprintf(key.name, sizeof(key.name), "%s", name);
	return sample_find_cache(s, &key);
}

static void check_tree(const struct sample *s)
{
	const struct sample_cache *c = find(s, "kmalloc-96", 96, 0);
	const struct sample_caller *v;
	const struct sample_proc *p;
	long page = sysconf(_SC_PAGESIZE);

	assert_int_equal(s->gauge[GAUGE_TOTAL], 984832ULL * 1024);
	assert_int_equal(s->gauge[GAUGE_SHMEM], 30720ULL * 1024);
	assert_false(sample_has(s, GAUGE_ZSWAP));
	assert_int_equal(s->gauge[GAUGE_SLABS_SCANNED], 4711);
	assert_int_equal(s->gauge[GAUGE_FILES], 1024);
	assert_int_equal(s->gauge[GAUGE_INODES], 4000);
	assert_int_equal(s->gauge[GAUGE_CONNTRACK], 77);
	assert_int_equal(s->gauge[GAUGE_SOCKETS], 123);
	assert_int_equal(s->gauge[GAUGE_SOCKET_BUFFERS], 16 * page);
	assert_int_equal(s->gauge[GAUGE_CGROUPS], 12);
	assert_int_equal(s->gauge[GAUGE_DYING_CGROUPS], 150);
	assert_int_equal(s->gauge[GAUGE_FREE_HIGH_ORDER], (8 + 2 * 8 + 16) * page);
	assert_int_equal(s->gauge[GAUGE_UPTIME_S], 1234);

	assert_int_equal(s->cache_count, 5);
	assert_non_null(c);
	assert_int_equal(c->live, 1189);
	assert_int_equal(c->bytes, 29 * page);
	assert_false(c->reclaimable);
	assert_true(find(s, "dentry", 192, 0)->reclaimable);
	assert_true(find(s, "twin", 64, 1)->reclaimable);
	assert_int_equal(find(s, "twin", 64, 0)->live, 5);
	assert_int_equal(find(s, "twin", 64, 1)->live, 7);
	assert_null(find(s, "twin", 64, 2));
	assert_int_equal(find(s, "odd", 64, 0)->live, 10);

	assert_int_equal(s->gauge[GAUGE_VMALLOC_STACKS], 8 * page);
	assert_int_equal(s->gauge[GAUGE_VMALLOC_AREAS], 35 * page);
	v = sample_find_caller(s, "vx_init [vx]");
	assert_non_null(v);
	assert_int_equal(v->areas, 2);
	assert_int_equal(v->bytes, 32 * page);
	assert_null(sample_find_caller(s, "someone"));

	assert_int_equal(s->proc_count, 2);
	assert_int_equal(s->gauge[GAUGE_THREADS], 12);
	p = sample_find_proc(s, &(struct sample_proc){ .pid = 77, .start = 99 });
	assert_non_null(p);
	assert_string_equal(p->comm, "a) b (c");
	assert_int_equal(p->threads, 9);
	assert_int_equal(p->anon, 8500 * page);
	/* the number was taken by another process */
	assert_null(sample_find_proc(s, &(struct sample_proc){ .pid = 77, .start = 98 }));
}

static void test_read(void **state)
{
	struct sample *s = sample_read(root, true);

	(void)state;
	assert_non_null(s);
	check_tree(s);
	assert_int_equal(s->gauge[GAUGE_OPEN_FDS], 2);
	sample_free(s);
	s = sample_read(root, false);
	assert_false(sample_has(s, GAUGE_OPEN_FDS));
	sample_free(s);
}

static void test_missing(void **state)
{
	struct sample *s = sample_read("/nonexistent", true);

	(void)state;
	assert_null(s);
	assert_int_equal(errno, ENOENT);
	/* nothing but meminfo is needed */
	put("/bare/proc/meminfo", "MemTotal: 1000 kB\nMemFree: 500 kB\n");
	char bare[80];

	snprintf(bare, sizeof(bare), "%s/bare", root);
	s = sample_read(bare, true);
	assert_non_null(s);
	assert_int_equal(s->cache_count + s->proc_count + s->caller_count, 0);
	assert_false(sample_has(s, GAUGE_THREADS));
	sample_free(s);
	put("/bare/proc/meminfo", "garbage\n");
	assert_null(sample_read(bare, true));
	assert_int_equal(errno, EINVAL);
}

static void test_file(void **state)
{
	struct sample *s = sample_read(root, true), *back[SAMPLE_FILE_MAX];
	struct sample_origin origin, other;
	char error[256];
	size_t n;

	(void)state;
	sample_origin_read(root, &origin);
	assert_string_equal(origin.boot_id, "11111111-2222-3333-4444-555555555555");
	unlink(file);
	assert_int_equal(sample_load(file, &other, back, &n, error), -ENOENT);
	/* processes this small are not kept */
	((struct sample_proc *)sample_find_proc(s, &(struct sample_proc){ .pid = 1, .start = 42 }))->anon = 1 << 30;
	((struct sample_proc *)sample_find_proc(s, &(struct sample_proc){ .pid = 77, .start = 99 }))->threads = 9;
	for (int i = 0; i < 3; i++) {
		s->time_ns += 1000;
		assert_int_equal(sample_save(file, &origin, s), 0);
	}
	assert_int_equal(sample_load(file, &other, back, &n, error), 0);
	assert_int_equal(n, 3);
	assert_string_equal(other.boot_id, origin.boot_id);
	check_tree(back[2]);
	assert_int_equal(back[2]->time_ns, s->time_ns);
	for (size_t i = 0; i < n; i++)
		sample_free(back[i]);

	/* full: thinned out, first and order kept */
	for (int i = 0; i < 100; i++) {
		s->time_ns += 1000;
		assert_int_equal(sample_save(file, &origin, s), 0);
	}
	assert_int_equal(sample_load(file, &other, back, &n, error), 0);
	assert_true(n > SAMPLE_FILE_MAX / 2 && n <= SAMPLE_FILE_MAX);
	assert_int_equal(back[n - 1]->time_ns, s->time_ns);
	assert_int_equal(back[0]->time_ns, s->time_ns - 102000);
	while (n)
		sample_free(back[--n]);

	/* another boot: begun anew */
	strcpy(origin.boot_id, "other");
	assert_int_equal(sample_save(file, &origin, s), 0);
	assert_int_equal(sample_load(file, &other, back, &n, error), 0);
	assert_int_equal(n, 1);
	sample_free(back[0]);
	sample_free(s);
}

/* What slabscan did not write is refused and left alone. */
static void test_bad_files(void **state)
{
	static const char *const bad[] = {
		"", "hello", "[]", "{}", "{\"schema\": \"slabscan-state/1\"}",
		"{\"schema\": 5, \"boot_id\": \"a\", \"release\": \"b\", \"samples\": []}",
		"{\"schema\": \"slabscan-state/1\", \"boot_id\": \"a\", \"release\": \"b\", \"samples\": [{}]}",
		"{\"schema\": \"slabscan-state/1\", \"boot_id\": \"a\", \"release\": \"b\", \"samples\": [5]}",
		"{\"schema\": \"slabscan-state/1\", \"boot_id\": \"a\", \"release\": \"b\", \"samples\": []}",
	};
	struct sample *s = sample_create(), *back[SAMPLE_FILE_MAX];
	struct sample_origin origin = { "a", "b" };
	char error[256], text[64];
	size_t n, size;
	FILE *f;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		f = fopen(file, "w");
		fputs(bad[i], f);
		fclose(f);
		error[0] = 0;
		assert_int_equal(sample_load(file, &origin, back, &n, error), -EINVAL);
		assert_true(error[0]);
		assert_int_equal(n, 0);
		if (i < 6) {
			assert_int_equal(sample_save(file, &origin, s), -EINVAL);
			f = fopen(file, "r");
			size = fread(text, 1, sizeof(text), f);
			fclose(f);
			assert_true(size == strlen(bad[i]) || size == sizeof(text));
			assert_memory_equal(text, bad[i], size < strlen(bad[i]) ? size : strlen(bad[i]) < sizeof(text) ? strlen(bad[i]) : sizeof(text));
		}
	}
	assert_int_equal(sample_load("/proc", &origin, back, &n, error), -EINVAL);
	sample_free(s);
}

/* A good file with any one byte changed or with its end cut off: refused or read, never worse. */
static void test_damage(void **state)
{
	struct sample *s = sample_read(root, false), *back[SAMPLE_FILE_MAX];
	struct sample_origin origin = { "a", "b" };
	static char text[1 << 16];
	unsigned int seed = 12345, read = 0;
	char error[256];
	size_t size, n;
	FILE *f;

	(void)state;
	unlink(file);
	assert_int_equal(sample_save(file, &origin, s), 0);
	sample_free(s);
	f = fopen(file, "r");
	size = fread(text, 1, sizeof(text), f);
	fclose(f);
	for (int k = 0; k < 2000; k++) {
		size_t at = (seed = seed * 1103515245 + 12345) % size;
		char old = text[at];

		text[at] = "0123456789-\"{}[]:,.e\\\x80 a"[(seed >> 16) % 24];
		f = fopen(file, "w");
		fwrite(text, 1, k % 10 ? size : at, f);
		fclose(f);
		text[at] = old;
		if (sample_load(file, &origin, back, &n, error))
			continue;
		read++;
		while (n)
			sample_free(back[--n]);
	}
	assert_true(read > 0 && read < 2000);
}

static void test_grace(void **state)
{
	struct grace g;
	uint64_t ns = 0;

	(void)state;
	grace_begin(&g);
	if (grace_end(&g, 5000, &ns))
		assert_true(ns > 0 && ns < 5100000000ULL);
	/* not waited for at all: the time so far, or unknown */
	grace_begin(&g);
	grace_end(&g, 0, &ns);
	assert_int_equal(g.fd, -1);
	assert_false(grace_end(&g, 0, &ns));
}

static int begin(void **state)
{
	(void)state;
	if (!mkdtemp(root))
		return -1;
	snprintf(file, sizeof(file), "%s/state", root);
	put_tree();
	return 0;
}

static int end(void **state)
{
	char command[80];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read), cmocka_unit_test(test_missing), cmocka_unit_test(test_file), cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_damage), cmocka_unit_test(test_grace),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
