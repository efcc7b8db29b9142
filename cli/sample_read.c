// SPDX-License-Identifier: GPL-2.0-only
/*
 * sample_read.c - the state of all memory at one moment: how it is read
 *
 * Everything stands below a root that the caller names, so that recorded trees can be read as well. Each file is optional but /proc/meminfo.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sample.h"

#define FDS_MAX		(1 << 20)	/* entries of /proc/PID/fd that one sample reads */
#define CGROUPS_MAX	(1 << 16)
#define CGROUP_DEPTH	16
#define HIGH_ORDER	3		/* what costs more than one page costs most from here on */

static FILE *open_below(const char *root, const char *path)
{
	char full[PATH_MAX];

	if (snprintf(full, sizeof(full), "%s%s", root, path) >= (int)sizeof(full)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	return fopen(full, "re");
}

static bool read_number(const char *root, const char *path, uint64_t *value)
{
	FILE *f = open_below(root, path);
	bool ok = f && fscanf(f, "%" SCNu64, value) == 1;

	if (f)
		fclose(f);
	return ok;
}

static void set_field(struct sample *s, bool meminfo, const char *name, uint64_t value)
{
	enum { MEMINFO, VMSTAT, OTHER };
	static const struct { enum gauge g; int from; const char *field; } fields[] = {
#define GAUGE_FIELD(id, name, from, field) { GAUGE_##id, from, field },
		SAMPLE_GAUGES(GAUGE_FIELD)
#undef GAUGE_FIELD
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (fields[i].from == (meminfo ? MEMINFO : VMSTAT) && !strcmp(fields[i].field, name))
			sample_set(s, fields[i].g, value);
}

static int read_meminfo(const char *root, struct sample *s)
{
	FILE *f = open_below(root, "/proc/meminfo");
	char line[256], name[64], unit[8];
	uint64_t value;

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		int n = sscanf(line, "%63[^:]: %" SCNu64 " %7s", name, &value, unit);

		if (n == 3 && !strcmp(unit, "kB") && value <= UINT64_MAX / 1024)
			set_field(s, true, name, value * 1024);
	}
	fclose(f);
	return sample_has(s, GAUGE_TOTAL) && sample_has(s, GAUGE_FREE) ? 0 : -EINVAL;
}

static void read_vmstat(const char *root, struct sample *s)
{
	FILE *f = open_below(root, "/proc/vmstat");
	char name[64];
	uint64_t value;

	if (!f)
		return;
	while (fscanf(f, "%63s %" SCNu64, name, &value) == 2)
		set_field(s, false, name, value);
	fclose(f);
}

/* What a cache's name says, where sysfs says nothing. */
static bool reclaimable_name(const char *name)
{
	size_t len = strlen(name);

	return !strcmp(name, "dentry") || !strcmp(name, "buffer_head") || !strcmp(name, "radix_tree_node") ||
	       !strncmp(name, "kmalloc-rcl-", 12) || (len > 12 && !strcmp(name + len - 12, "_inode_cache"));
}

static bool cache_reclaimable(const char *root, const char *name)
{
	char path[128];
	uint64_t value;

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/reclaim_account", name);
	return read_number(root, path, &value) ? value : reclaimable_name(name);
}

static void read_slabinfo(const char *root, struct sample *s)
{
	FILE *f = open_below(root, "/proc/slabinfo");
	char line[512], name[SAMPLE_NAME_MAX];
	long page = sysconf(_SC_PAGESIZE);

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		uint64_t active, objects, slabs;
		unsigned int size, per_slab, pages;
		const char *data = strstr(line, ": slabdata");
		struct sample_cache *c;

		if (!data || sscanf(line, "%63s %" SCNu64 " %" SCNu64 " %u %u %u", name, &active, &objects, &size, &per_slab, &pages) != 6 ||
		    sscanf(data, ": slabdata %*u %" SCNu64, &slabs) != 1)
			continue;
		c = sample_add_cache(s, name, size);
		if (!c)
			break;
		c->live = active < objects ? active : objects;
		c->slab_bytes = (uint64_t)pages * page;
		c->bytes = slabs * c->slab_bytes;
		c->reclaimable = cache_reclaimable(root, name);
	}
	fclose(f);
}

static bool is_stack_caller(const char *name)
{
	return !strcmp(name, "dup_task_struct") || !strcmp(name, "copy_process") || !strcmp(name, "kernel_clone") ||
	       !strcmp(name, "alloc_thread_stack_node");
}

/* "0xffff...-0xffff...   20480 dup_task_struct+0x5c/0x1a0 pages=4 vmalloc N0=4" */
static void read_vmallocinfo(const char *root, struct sample *s)
{
	FILE *f = open_below(root, "/proc/vmallocinfo");
	uint64_t all = 0, stacks = 0, lines = 0;
	long page = sysconf(_SC_PAGESIZE);
	struct sample_caller *last = NULL;
	char line[512];

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		char name[SAMPLE_NAME_MAX] = "", *end;
		const char *pages = strstr(line, " pages=");
		uint64_t bytes;

		lines++;
		/* ioremap has no pages, and those of vmap() belong to someone else. */
		if (!pages || !strstr(line, " vmalloc"))
			continue;
		bytes = strtoull(pages + 7, NULL, 10) * page;
		if (sscanf(line, "%*s %*u %63s", name) != 1 || !strncmp(name, "pages=", 6))
			strcpy(name, "?");
		/* The offset says where in the function, the module which function. */
		end = strchr(name, '+');
		if (end) {
			const char *module = strstr(line, name);

			module = module ? strchr(module, ' ') : NULL;
			*end = 0;
			if (module && module[1] == '[') {
				size_t len = strcspn(module, "]") + 1, at = strlen(name);

				if (at + len < sizeof(name)) {
					memcpy(name + at, module, len);
					name[at + len] = 0;
				}
			}
		}
		if (is_stack_caller(name)) {
			stacks += bytes;
			continue;
		}
		all += bytes;
		if (!last || strcmp(last->name, name)) {
			last = NULL;
			for (size_t i = 0; i < s->caller_count && !last; i++)
				if (!strcmp(s->callers[i].name, name))
					last = &s->callers[i];
			if (!last)
				last = sample_add_caller(s, name);
		}
		if (last) {
			last->areas++;
			last->bytes += bytes;
		}
	}
	fclose(f);
	if (lines) {
		sample_set(s, GAUGE_VMALLOC_AREAS, all);
		sample_set(s, GAUGE_VMALLOC_STACKS, stacks);
	}
}

static void read_buddyinfo(const char *root, struct sample *s)
{
	FILE *f = open_below(root, "/proc/buddyinfo");
	long page = sysconf(_SC_PAGESIZE);
	uint64_t high = 0;
	char line[512];

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		char *at = strstr(line, "zone"), *end;
		unsigned int order = 0;

		if (!at || sscanf(at, "zone %*s%n", (int *)&order) < 0 || !order)
			continue;
		at += order;
		for (order = 0; order < 32; order++, at = end) {
			uint64_t blocks = strtoull(at, &end, 10);

			if (end == at)
				break;
			if (order >= HIGH_ORDER)
				high += (blocks << order) * page;
		}
	}
	fclose(f);
	sample_set(s, GAUGE_FREE_HIGH_ORDER, high);
}

static uint64_t count_fds(const char *root, const char *pid, uint64_t *budget)
{
	char path[PATH_MAX];
	uint64_t n = 0;
	DIR *dir;

	if (snprintf(path, sizeof(path), "%s/proc/%s/fd", root, pid) >= (int)sizeof(path))
		return 0;
	dir = opendir(path);
	if (!dir)
		return 0;
	for (const struct dirent *e; *budget && (e = readdir(dir)); )
		if (e->d_name[0] != '.') {
			n++;
			(*budget)--;
		}
	closedir(dir);
	return n;
}

/* Return: false if the process is gone, or the file is not what it should be. */
static bool read_proc(const char *root, const char *pid, struct sample_proc *p)
{
	char path[64], line[1024];
	const char *open, *close;
	uint64_t resident, shared;
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	f = open_below(root, path);
	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		line[0] = 0;
	fclose(f);
	/* The name may hold anything, brackets too. */
	open = strchr(line, '(');
	close = strrchr(line, ')');
	if (!open || !close || close < open)
		return false;
	if (sscanf(close + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %" SCNu64 " %*d %" SCNu64,
		   &p->threads, &p->start) != 2)
		return false;
	p->pid = (uint32_t)strtoul(line, NULL, 10);
	len = (size_t)(close - open - 1);
	if (len >= sizeof(p->comm))
		len = sizeof(p->comm) - 1;
	memcpy(p->comm, open + 1, len);
	p->comm[len] = 0;

	snprintf(path, sizeof(path), "/proc/%.20s/statm", pid);
	f = open_below(root, path);
	if (!f)
		return false;
	if (fscanf(f, "%*u %" SCNu64 " %" SCNu64, &resident, &shared) == 2 && resident > shared)
		p->anon = (resident - shared) * sysconf(_SC_PAGESIZE);
	fclose(f);
	return true;
}

static void read_procs(const char *root, struct sample *s, bool deep)
{
	uint64_t threads = 0, processes = 0, fds = 0, budget = FDS_MAX;
	char path[PATH_MAX];
	DIR *dir;

	snprintf(path, sizeof(path), "%s/proc", root);
	dir = opendir(path);
	if (!dir)
		return;
	for (const struct dirent *e; (e = readdir(dir)); ) {
		struct sample_proc p = { 0 }, *added;

		if (e->d_name[strspn(e->d_name, "0123456789")] || !read_proc(root, e->d_name, &p))
			continue;
		if (deep)
			p.fds = count_fds(root, e->d_name, &budget);
		threads += p.threads;
		processes++;
		fds += p.fds;
		added = sample_add_proc(s);
		if (added)
			*added = p;
	}
	closedir(dir);
	if (!processes)
		return;
	sample_set(s, GAUGE_THREADS, threads);
	sample_set(s, GAUGE_PROCESSES, processes);
	if (deep && budget)
		sample_set(s, GAUGE_OPEN_FDS, fds);
}

static void read_counters(const char *root, struct sample *s)
{
	uint64_t value, unused;
	char line[256];
	FILE *f;

	if (read_number(root, "/proc/sys/fs/file-nr", &value))
		sample_set(s, GAUGE_FILES, value);
	f = open_below(root, "/proc/sys/fs/inode-nr");
	if (f) {
		if (fscanf(f, "%" SCNu64 " %" SCNu64, &value, &unused) == 2)
			sample_set(s, GAUGE_INODES, value - (unused < value ? unused : 0));
		fclose(f);
	}
	if (read_number(root, "/proc/sys/net/netfilter/nf_conntrack_count", &value))
		sample_set(s, GAUGE_CONNTRACK, value);
	if (read_number(root, "/proc/uptime", &value))
		sample_set(s, GAUGE_UPTIME_S, value);
	sample_set(s, GAUGE_CPUS, (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));

	f = open_below(root, "/proc/net/sockstat");
	if (!f)
		return;
	unused = 0;
	while (fgets(line, sizeof(line), f)) {
		const char *mem = strstr(line, " mem ");

		if (sscanf(line, "sockets: used %" SCNu64, &value) == 1)
			sample_set(s, GAUGE_SOCKETS, value);
		if (mem)
			unused += strtoull(mem + 5, NULL, 10) * sysconf(_SC_PAGESIZE);
	}
	fclose(f);
	sample_set(s, GAUGE_SOCKET_BUFFERS, unused);
}

static uint64_t count_directories(const char *path, unsigned int depth, uint64_t *budget)
{
	DIR *dir = depth ? opendir(path) : NULL;
	uint64_t n = 0;

	if (!dir)
		return 0;
	for (const struct dirent *e; *budget && (e = readdir(dir)); ) {
		char sub[PATH_MAX];

		if (e->d_type != DT_DIR || e->d_name[0] == '.' ||
		    snprintf(sub, sizeof(sub), "%s/%s", path, e->d_name) >= (int)sizeof(sub))
			continue;
		(*budget)--;
		n += 1 + count_directories(sub, depth - 1, budget);
	}
	closedir(dir);
	return n;
}

/* Version 2 tells how many are dying. In version 1 they are those that are counted but have no directory any more. */
static void read_cgroups(const char *root, struct sample *s)
{
	static const char *const unified[] = { "/sys/fs/cgroup/cgroup.stat", "/sys/fs/cgroup/unified/cgroup.stat" };
	uint64_t budget = CGROUPS_MAX, value, counted = 0, hierarchy = 0;
	char line[256], path[PATH_MAX];
	FILE *f;

	f = open_below(root, "/proc/cgroups");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "memory %" SCNu64 " %" SCNu64, &hierarchy, &counted) == 2)
			break;
	if (f)
		fclose(f);
	if (hierarchy) {
		uint64_t directories;

		snprintf(path, sizeof(path), "%s/sys/fs/cgroup/memory", root);
		directories = 1 + count_directories(path, CGROUP_DEPTH, &budget);
		if (budget && access(path, R_OK) == 0) {
			sample_set(s, GAUGE_CGROUPS, directories);
			sample_set(s, GAUGE_DYING_CGROUPS, counted > directories ? counted - directories : 0);
		}
		return;
	}
	for (size_t i = 0; i < 2 && !sample_has(s, GAUGE_CGROUPS); i++) {
		f = open_below(root, unified[i]);
		while (f && fgets(line, sizeof(line), f)) {
			if (sscanf(line, "nr_descendants %" SCNu64, &value) == 1)
				sample_set(s, GAUGE_CGROUPS, value + 1);
			if (sscanf(line, "nr_dying_descendants %" SCNu64, &value) == 1)
				sample_set(s, GAUGE_DYING_CGROUPS, value);
		}
		if (f)
			fclose(f);
	}
}

struct sample *sample_read(const char *root, bool deep)
{
	struct sample *s = sample_create();
	struct timespec ts;
	int error;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	s->time_ns = (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
	/* What changes most comes first and together. */
	error = read_meminfo(root, s);
	if (error) {
		sample_free(s);
		errno = -error;
		return NULL;
	}
	read_slabinfo(root, s);
	read_vmstat(root, s);
	read_vmallocinfo(root, s);
	read_buddyinfo(root, s);
	read_counters(root, s);
	read_cgroups(root, s);
	read_procs(root, s, deep);
	sample_sort(s);
	return s;
}
