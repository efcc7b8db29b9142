// SPDX-License-Identifier: GPL-2.0-only
/*
 * exact - is slabscan's view of a cache the truth?
 *
 *   exact CACHE LIVE FREED RUNS [ms]
 *
 * LIVE and FREED are files of addresses (slabscan_test's oracle). Lists the live objects of CACHE, RUNS times or for so many milliseconds, but once
 * at least, and prints, as sums over all runs:
 *   missing     objects of LIVE that were not seen as live
 *   phantom     objects of FREED that were seen as live
 *   extra       the worst run's number of live objects that are in neither list
 *   duplicates  objects of either list that a run told of once more: each counts as seen once, so that none makes up for one that is missing
 * Status 0 if every run was complete, none was missing, and none was told of twice. What else may differ is for the caller to know.
 */
#include "job.h"

struct set {
	uint64_t *slot;
	uint32_t *run;	/* the last one that told of the object in that slot; from 1 */
	size_t bits, nr;
};

static size_t place(const struct set *s, uint64_t v)
{
	size_t mask = ((size_t)1 << s->bits) - 1;
	size_t at = (v * 0x9e3779b97f4a7c15ull) >> (64 - s->bits);

	while (s->slot[at] && s->slot[at] != v)
		at = (at + 1) & mask;
	return at;
}

static void load(struct set *s, const char *path)
{
	FILE *f = fopen(path, "r");
	unsigned long long v;

	if (!f)
		die(path);
	s->bits = 21;
	s->slot = calloc((size_t)1 << s->bits, sizeof(*s->slot));
	s->run = calloc((size_t)1 << s->bits, sizeof(*s->run));
	if (!s->slot || !s->run)
		die("memory");
	while (fscanf(f, "%llx", &v) == 1) {
		size_t at = place(s, v);

		if (s->nr >= ((size_t)1 << s->bits) / 2) {
			errno = E2BIG;
			die(path);
		}
		s->nr += !s->slot[at];
		s->slot[at] = v;
	}
	if (!feof(f)) {
		errno = EINVAL;
		die(path);
	}
	fclose(f);
}

/* How often this run has told of @v by now; 0: it is not in the set. More than twice is twice. */
static unsigned int meet(struct set *s, uint64_t v, uint32_t run)
{
	size_t at = place(s, v);
	bool again = s->run[at] == run;

	if (!v || s->slot[at] != v)
		return 0;
	s->run[at] = run;
	return again ? 2 : 1;
}

struct run {
	struct set *live, *freed;
	uint32_t nr;
	unsigned long seen_live, seen_freed, seen_other, duplicates, summary_live, skipped;
};

static void see(const struct nlattr *record, void *arg)
{
	struct run *r = arg;
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, record) {
		unsigned int live, freed;
		uint64_t v;

		if (mnl_attr_get_type(record) == SLABSCAN_A_RECORD_SUMMARY) {
			if (mnl_attr_get_type(a) == SLABSCAN_A_LIVE)
				r->summary_live = mnl_attr_get_u64(a);
			if (mnl_attr_get_type(a) == SLABSCAN_A_SKIPPED)
				r->skipped = mnl_attr_get_u64(a);
			continue;
		}
		v = mnl_attr_get_u64(a);
		live = meet(r->live, v, r->nr);
		freed = live ? 0 : meet(r->freed, v, r->nr);
		r->seen_live += live == 1;
		r->seen_freed += freed == 1;
		r->duplicates += live > 1 || freed > 1;
		r->seen_other += !live && !freed;
	}
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
	unsigned long missing = 0, phantom = 0, extra = 0, skipped = 0, duplicates = 0, runs = 0, wanted, incomplete = 0;
	struct set live = { 0 }, freed = { 0 };
	long until = 0;

	if (argc < 5) {
		fprintf(stderr, "usage: exact CACHE LIVE FREED RUNS [ms]\n");
		return 2;
	}
	load(&live, argv[2]);
	load(&freed, argv[3]);
	if (!live.nr) {
		errno = ENODATA;	/* of no object nothing can be missing */
		die(argv[2]);
	}
	wanted = strtoul(argv[4], NULL, 0);
	if (argc > 5)
		until = now_ms() + strtol(argv[5], NULL, 0);
	job_open();
	while (!runs || (runs < wanted && (!until || now_ms() < until))) {
		struct nlmsghdr *q = request(family, SLABSCAN_CMD_JOB_START, 0);
		struct run r = { .live = &live, .freed = &freed, .nr = runs + 1 };
		int state;

		mnl_attr_put_u32(q, SLABSCAN_A_KIND, SLABSCAN_KIND_OBJECTS);
		mnl_attr_put_strz(q, SLABSCAN_A_CACHE, argv[1]);
		state = job_finish(q);
		if (state < 0) {
			errno = -state;
			die("job refused");
		}
		if (state != SLABSCAN_STATE_DONE)
			incomplete++;
		job_dump(SLABSCAN_KIND_OBJECTS, see, &r);
		missing += live.nr - r.seen_live;
		phantom += r.seen_freed;
		skipped += r.skipped;
		duplicates += r.duplicates;
		if (r.seen_other > extra)
			extra = r.seen_other;
		if (r.summary_live != r.seen_live + r.seen_freed + r.seen_other + r.duplicates)
			incomplete++;
		runs++;
	}
	/* scripts read these by name and by place: what is new comes last */
	printf("runs=%lu live=%zu freed=%zu missing=%lu phantom=%lu extra=%lu skipped=%lu incomplete=%lu duplicates=%lu\n", runs, live.nr, freed.nr,
	       missing, phantom, extra, skipped, incomplete, duplicates);
	return incomplete || missing || duplicates;
}
