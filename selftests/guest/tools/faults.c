// SPDX-License-Identifier: GPL-2.0-only
/*
 * faults - every allocation of a job fails once
 *
 *   faults KIND [CACHE] [ADDR] [OPTION...]   a job: caches, scan, show, trace, leaks, refs, objects (refs of a cache: of the first cluster of a scan)
 *   faults dump CACHE [OPTION...]            a list of its objects is dumped
 *   faults cancel [OPTION...]                a trace is cancelled
 *   faults load MODULE.ko [OPTION...]        the module is loaded, and unloaded
 *
 * Of a job: all, cpus=N, module=NAME, pid=N, probe=FUNCTION; of=CACHE: the cache that is quiet, if it is not the one of the job; kv: only what kvmalloc() is
 * asked for fails, as a whole.
 * One run for each allocation, until a run made none that was to fail; with every=N, after the first first=N only each N-th; with runs=N, as many of them as give
 * about N runs. The module slabscan_fault does it.
 *
 * However a run ends, it has to end: refused with ENOMEM before it began, failed with ENOMEM, partial, or done because it can do without; and its owner has to
 * hear of it. One that is done has to say of the quiet cache what an undisturbed one says.
 *
 * Status 0 if it went as it must; 4 if nothing of ours is allocated; otherwise a sentence says what did not.
 */
#include "session.h"

#include <fcntl.h>
#include <sys/syscall.h>

#define CTL	"/sys/kernel/debug/slabscan_fault"
#define TRIES	3
#define MANY	20	/* clusters of all caches: the one that was planted has to be among them */
#define FEW	8	/* lost objects of other caches that may come and go */

enum end { REFUSED, FAILED, PARTIAL, DONE, UNHEARD, ENDS };
static const char *const end_names[ENDS] = { "refused", "failed", "partial", "done", "unheard" };

/* What a result says of the quiet cache. */
struct answer {
	uint64_t live;		/* objects, references, ...: see see() */
	uint64_t records;
	uint64_t others;	/* lost objects that are not of that cache */
	uint64_t sum;		/* of what tells one answer from another */
};

static enum end job(int n), dump(int n), cancel(int n), load(int n);

static const struct what {
	const char *name;
	uint32_t kind;
	enum end (*attempt)(int n);
} whats[] = {
	{ "caches", SLABSCAN_KIND_CACHES, job },
	{ "scan", SLABSCAN_KIND_SCAN, job },
	{ "show", SLABSCAN_KIND_SHOW, job },
	{ "trace", SLABSCAN_KIND_TRACE, job },
	{ "leaks", SLABSCAN_KIND_LEAKS, job },
	{ "refs", SLABSCAN_KIND_REFS, job },
	{ "objects", SLABSCAN_KIND_OBJECTS, job },
	{ "dump", SLABSCAN_KIND_OBJECTS, dump },
	{ "cancel", SLABSCAN_KIND_TRACE, cancel },
	{ "load", 0, load },
};

static const struct what *what;
static uint32_t kind;
static const char *cache, *of, *module, *probe;
static uint64_t addr;
static uint32_t cpus, pid, fingerprint;
static bool all, kv;
static struct answer got, want;
static char stack[4096];
static int image = -1, kmsg = -1;

static void arm(int n)
{
	FILE *f = fopen(CTL, "w");

	if (!f || fprintf(f, "%d%s\n", n, kv ? " kv" : "") < 0 || fclose(f))
		die(CTL);
}

/* Return: whether one was made to fail; @seen: how many were counted. */
static bool disarm(int *seen)
{
	FILE *f = fopen(CTL, "r");
	int failed;
	size_t n;

	if (!f || fscanf(f, "seen=%d failed=%d", seen, &failed) != 2)
		die(CTL);
	n = fread(stack, 1, sizeof(stack) - 1, f);
	stack[n] = 0;
	fclose(f);
	arm(0);
	return failed;
}

/* An end that must not be, while it is armed: with the stack of the allocation that failed. */
static void wrong(const char *how, int err)
{
	int seen;

	disarm(&seen);
	fail("%s errno %d (%s):\n%s", how, err, strerror(err), stack);
}

static struct nlmsghdr *order(void)
{
	struct nlmsghdr *q = request_kind(SLABSCAN_CMD_JOB_START, 0, kind);

	if (cache)
		mnl_attr_put_strz(q, SLABSCAN_A_CACHE, cache);
	if (addr)
		mnl_attr_put_u64(q, SLABSCAN_A_ADDR, addr);
	if (all)
		mnl_attr_put(q, SLABSCAN_A_ALL, 0, NULL);
	if (all && kind == SLABSCAN_KIND_SCAN)
		mnl_attr_put_u32(q, SLABSCAN_A_LIMIT, MANY);
	if (cpus)
		mnl_attr_put_u32(q, SLABSCAN_A_CPUS, cpus);
	if (kind == SLABSCAN_KIND_REFS && cache)
		mnl_attr_put_u32(q, SLABSCAN_A_FINGERPRINT, fingerprint);
	if (kind == SLABSCAN_KIND_TRACE) {
		mnl_attr_put_u32(q, SLABSCAN_A_DURATION_MS, 100);
		mnl_attr_put_u32(q, SLABSCAN_A_RECORDS, 2000);
	}
	if (pid)
		mnl_attr_put_u32(q, SLABSCAN_A_PID, pid);
	if (module)
		mnl_attr_put_strz(q, SLABSCAN_A_MODULE, module);
	if (probe)
		mnl_attr_put_strz(q, SLABSCAN_A_PROBE, probe);
	return q;
}

/* Answers */

static const struct nlattr *in(const struct nlattr *record, uint16_t type)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, record)
		if (mnl_attr_get_type(a) == type)
			return a;
	return NULL;
}

static uint64_t number(const struct nlattr *record, uint16_t type)
{
	const struct nlattr *a = in(record, type);

	return !a ? 0 : mnl_attr_get_payload_len(a) == sizeof(uint32_t) ? mnl_attr_get_u32(a) : mnl_attr_get_u64(a);
}

static bool is_of(const struct nlattr *record, uint16_t type)
{
	const struct nlattr *a = in(record, type);

	return a && of && !strcmp(mnl_attr_get_str(a), of);
}

static void see(const struct nlattr *record, void *arg)
{
	uint16_t type = mnl_attr_get_type(record);
	bool summary = type == SLABSCAN_A_RECORD_SUMMARY, named = kind == SLABSCAN_KIND_SCAN && all;
	const struct nlattr *a;

	(void)arg;
	switch (kind) {
	case SLABSCAN_KIND_CACHES:
		got.records++;
		if (!summary && is_of(record, SLABSCAN_A_NAME))
			got.live = number(record, SLABSCAN_A_LIVE);
		break;
	case SLABSCAN_KIND_SCAN:
		/* of all caches: the clusters of one */
		if (!named && summary)
			got.live = number(record, SLABSCAN_A_LIVE);
		if (named && (type != SLABSCAN_A_RECORD_CLUSTER || !is_of(record, SLABSCAN_A_CACHE)))
			break;
		got.records++;
		if (named)
			got.live += number(record, SLABSCAN_A_OBJECTS);
		if (type == SLABSCAN_A_RECORD_CLUSTER)
			got.sum += number(record, SLABSCAN_A_FINGERPRINT);
		break;
	case SLABSCAN_KIND_SHOW:
		got.records++;
		if (type == SLABSCAN_A_RECORD_OBJECT)
			got.live = number(record, SLABSCAN_A_OBJECT_STATE);
		break;
	case SLABSCAN_KIND_OBJECTS:
		if (summary)
			got.live = number(record, SLABSCAN_A_LIVE);
		mnl_attr_for_each_nested(a, record) {
			if (summary || mnl_attr_get_type(a) != SLABSCAN_A_EXAMPLE)
				continue;
			got.records++;
			got.sum += mnl_attr_get_u64(a);
		}
		break;
	case SLABSCAN_KIND_REFS:
		/* stale words come and go on stacks; the array that holds the objects stays */
		if (summary)
			got.records = number(record, SLABSCAN_A_OBJECTS);
		else if (number(record, SLABSCAN_A_WHERE) == SLABSCAN_WHERE_VMALLOC)
			got.live += number(record, SLABSCAN_A_REFERENCES);
		break;
	case SLABSCAN_KIND_LEAKS:
		if (summary)
			got.others += number(record, SLABSCAN_A_UNREFERENCED);
		if (type == SLABSCAN_A_RECORD_GROUP && is_of(record, SLABSCAN_A_CACHE)) {
			got.live += number(record, SLABSCAN_A_OBJECTS);
			got.others -= number(record, SLABSCAN_A_OBJECTS);
		}
		/* as many addresses as objects in groups */
		if (type == SLABSCAN_A_RECORD_GROUP && all && cache)
			got.sum += number(record, SLABSCAN_A_OBJECTS);
		if (type == SLABSCAN_A_RECORD_OBJECTS && cache)
			mnl_attr_for_each_nested(a, record)
				got.sum -= mnl_attr_get_type(a) == SLABSCAN_A_EXAMPLE;
		break;
	case SLABSCAN_KIND_TRACE:
		/* how many there are is chance */
		if (summary)
			got.live = number(record, SLABSCAN_A_ALLOCS) ? 1 : 0;
		break;
	}
}

/* Where a stale word may hide an object, and a trace may see nothing, it may happen once, and not each time. */
static int tries(void)
{
	return kind == SLABSCAN_KIND_LEAKS || kind == SLABSCAN_KIND_REFS || kind == SLABSCAN_KIND_TRACE ? TRIES : 1;
}

static bool is_right(void)
{
	/* stale words hid 20 of 500 from the undisturbed search itself, once on 7.2 */
	uint64_t slack = kind == SLABSCAN_KIND_LEAKS ? want.live / 10 : 0;

	return got.records == want.records && got.sum == want.sum && got.live + slack >= want.live && got.live <= want.live + slack &&
	       got.others + FEW >= want.others && got.others <= want.others + FEW;
}

/* Runs */

/* Reads until the job's last notification, with a deadline: what is not heard of is asked for. */
static enum end hear(void)
{
	struct pollfd p = { .fd = mnl_socket_get_fd(sock), .events = POLLIN };
	long until = now() + LONG_MS;

	while (now() < until) {
		const struct nlmsghdr *h = (void *)buf;
		int n;

		if (poll(&p, 1, 300) <= 0) {
			if (running())
				continue;
			/* a job is over before its end is told */
			if (poll(&p, 1, 3000) <= 0)
				return UNHEARD;
		}
		/* "no buffer space": the kernel could not queue an answer */
		n = mnl_socket_recvfrom(sock, buf, sizeof(buf));
		for (; n > 0 && mnl_nlmsg_ok(h, n); h = mnl_nlmsg_next(h, &n)) {
			const struct genlmsghdr *g = mnl_nlmsg_get_payload(h);
			uint32_t state;
			int err;

			if (h->nlmsg_type == NLMSG_ERROR) {
				err = -((struct nlmsgerr *)mnl_nlmsg_get_payload(h))->error;
				if (!err)
					continue;
				if (err != ENOMEM && err != ENOBUFS)
					wrong("refused with", err);
				return REFUSED;
			}
			if (h->nlmsg_type != family || g->cmd != SLABSCAN_CMD_JOB_NTF)
				continue;
			state = mnl_attr_get_u32(find(h, SLABSCAN_A_STATE));
			if (state == SLABSCAN_STATE_RUNNING)
				continue;
			if (state == SLABSCAN_STATE_DONE)
				return DONE;
			if (state == SLABSCAN_STATE_PARTIAL)
				return PARTIAL;
			err = find(h, SLABSCAN_A_ERRNO) ? (int)mnl_attr_get_u32(find(h, SLABSCAN_A_ERRNO)) : 0;
			if (err != ENOMEM)
				wrong("failed with", err);
			return FAILED;
		}
	}
	fail("no end within a minute");
}

static enum end job(int n)
{
	arm(n);
	submit(order());
	return hear();
}

/* After an error the kernel would go on with the dump, were it read on: the socket is closed instead. */
static enum end dump(int n)
{
	struct pollfd p = { .fd = mnl_socket_get_fd(sock), .events = POLLIN };

	memset(&got, 0, sizeof(got));
	arm(n);
	submit(request_kind(SLABSCAN_CMD_RESULT_GET, NLM_F_DUMP, kind));
	for (;;) {
		const struct nlmsghdr *h = (void *)buf;
		int len, err;

		if (poll(&p, 1, LONG_MS) <= 0)
			return UNHEARD;
		len = mnl_socket_recvfrom(sock, buf, sizeof(buf));
		if (len < 0 && errno != ENOMEM && errno != ENOBUFS)
			wrong("the dump ended with", errno);
		if (len < 0)
			return REFUSED;
		for (; mnl_nlmsg_ok(h, len); h = mnl_nlmsg_next(h, &len)) {
			const struct nlattr *a;

			if (h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE) {
				err = -*(const int *)mnl_nlmsg_get_payload(h);
				if (err && err != ENOMEM && err != ENOBUFS)
					wrong("the dump ended with", err);
				return err ? REFUSED : DONE;
			}
			mnl_attr_for_each(a, h, sizeof(struct genlmsghdr))
				if (mnl_attr_get_type(a) != SLABSCAN_A_GENERATION)
					see(a, NULL);
		}
	}
}

static enum end cancel(int n)
{
	uint32_t number = start(long_job());
	const struct nlmsghdr *h;
	struct nlmsghdr *q;

	/* when it first tells of its progress all is hooked */
	if (await(SLABSCAN_CMD_JOB_NTF, &h) || mnl_attr_get_u32(find(h, SLABSCAN_A_STATE)) != SLABSCAN_STATE_RUNNING)
		fail("the trace that was to be cancelled does not run");
	arm(n);
	q = request(family, SLABSCAN_CMD_JOB_CANCEL, 0);
	mnl_attr_put_u32(q, SLABSCAN_A_JOB, number);
	submit(q);
	return hear();
}

/* Is this in what the kernel has said since the last call? */
static bool was_said(const char *text)
{
	char record[8192];
	bool said = false;
	ssize_t n;

	for (;;) {
		n = read(kmsg, record, sizeof(record) - 1);
		if (n < 0 && errno == EPIPE)
			continue;	/* some of it is lost */
		if (n <= 0)
			return said;
		record[n] = 0;
		said = said || strstr(record, text);
	}
}

static enum end load(int n)
{
	was_said("");
	arm(n);
	if (!syscall(SYS_finit_module, image, "", 0)) {
		if (syscall(SYS_delete_module, "slabscan", O_NONBLOCK))
			wrong("it does not unload:", errno);
		return DONE;
	}
	if (errno != ENOMEM)
		wrong("not loaded:", errno);
	if (!was_said("slabscan: not loaded (error -12)"))
		wrong("not loaded, and the log does not say so:", ENOMEM);
	return REFUSED;
}

static enum end once(int n, bool *failed, int *seen)
{
	enum end end;

	if (what->attempt != load) {
		session();
		until_idle();
	}
	end = what->attempt(n);
	*failed = disarm(seen);
	if (what->attempt == load)
		return end;
	if (what->attempt != dump && (end == DONE || end == PARTIAL)) {
		memset(&got, 0, sizeof(got));
		job_dump(kind, see, NULL);
	}
	mnl_socket_close(sock);
	return end;
}

/* Does it work, if nothing fails? Return: how many allocations. */
static int undisturbed(bool first, const char *complaint)
{
	enum end end = DONE, usual = what->attempt == cancel ? PARTIAL : DONE;
	bool failed;
	int seen;

	for (int i = 0; i < TRIES; i++) {
		end = once(0, &failed, &seen);
		if (end != usual)
			continue;
		if (what->attempt == cancel || what->attempt == load)
			return seen;
		if (first && got.live)
			want = got;
		if (want.live && is_right())
			return seen;
	}
	fail("%s: %s; live %llu, %llu of others, %llu records, sum %llx", complaint, end_names[end], (unsigned long long)got.live,
	     (unsigned long long)got.others, (unsigned long long)got.records, (unsigned long long)got.sum);
}

static void see_fingerprint(const struct nlattr *record, void *arg)
{
	(void)arg;
	if (mnl_attr_get_type(record) == SLABSCAN_A_RECORD_CLUSTER && number(record, SLABSCAN_A_RANK) == 1)
		fingerprint = number(record, SLABSCAN_A_FINGERPRINT);
}

/* What has to be there before. */
static void prepare(void)
{
	if (what->attempt == load) {
		image = open(cache, O_RDONLY);
		if (image < 0)
			die(cache);
		kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
		if (kmsg < 0 || lseek(kmsg, 0, SEEK_END) < 0)
			die("/dev/kmsg");
	} else if (what->attempt == dump || (kind == SLABSCAN_KIND_REFS && cache)) {
		session();
		until_idle();
		kind = what->attempt == dump ? what->kind : SLABSCAN_KIND_SCAN;
		start(order());
		if (last_state() != SLABSCAN_STATE_DONE)
			fail("the job before is not done");
		if (what->attempt != dump)
			job_dump(kind, see_fingerprint, NULL);
		kind = what->kind;
		mnl_socket_close(sock);
	}
}

static bool option(const char *word, const char *name, const char **value)
{
	size_t n = strlen(name);

	if (strncmp(word, name, n))
		return false;
	*value = word + n;
	return true;
}

int main(int argc, char **argv)
{
	unsigned int counts[ENDS] = { 0 }, every = 1, first = 0, wanted = 0, runs = 0, total, least, n;
	int seen = 0;
	char last[512] = "";
	bool failed;

	for (size_t i = 0; argc > 1 && i < sizeof(whats) / sizeof(*whats); i++)
		if (!strcmp(argv[1], whats[i].name))
			what = &whats[i];
	if (!what) {
		fprintf(stderr, "usage: faults KIND|dump|cancel|load [CACHE|FILE] [ADDR] [OPTION...]\n");
		return 2;
	}
	kind = what->kind;
	for (int i = 2; i < argc; i++) {
		if (sscanf(argv[i], "every=%u", &every) == 1 || sscanf(argv[i], "first=%u", &first) == 1 || sscanf(argv[i], "cpus=%u", &cpus) == 1 ||
		    sscanf(argv[i], "pid=%u", &pid) == 1 || sscanf(argv[i], "runs=%u", &wanted) == 1)
			continue;
		if (option(argv[i], "of=", &of) || option(argv[i], "module=", &module) || option(argv[i], "probe=", &probe))
			continue;
		if (!strcmp(argv[i], "all"))
			all = true;
		else if (!strcmp(argv[i], "kv"))
			kv = true;
		else if (!strncmp(argv[i], "0x", 2))
			addr = strtoull(argv[i], NULL, 16);
		else
			cache = argv[i];
	}
	if (!every)
		every = 1;
	if (!of)
		of = cache;
	arm(0);
	prepare();
	total = undisturbed(true, "the undisturbed one is not done, or says nothing");
	if (!total) {
		printf("nothing of ours is allocated\n");
		return 4;
	}
	if (total < 3)
		fail("only %u allocations of ours were seen: nothing is tested", total);
	if (wanted && total > first + wanted)
		every = (total - first + wanted - 1) / wanted;
	for (n = 1; ; n += n < first ? 1 : every) {
		enum end end = once(n, &failed, &seen);

		for (int i = 1; i < tries() && failed && end == DONE && !is_right(); i++)
			end = once(n, &failed, &seen);
		if (!failed) {
			if (n >= total)
				break;
			continue;	/* not as many in this run */
		}
		counts[end]++;
		runs++;
		if (end != DONE)
			continue;
		snprintf(last, sizeof(last), "%.500s", stack);
		if (what->attempt != load && !is_right())
			fail("done without allocation %u, and the answer is wrong: live %llu, not %llu; %llu of others, not %llu; %llu records, not %llu; "
			     "sum %llx, not %llx:\n%s", n, (unsigned long long)got.live, (unsigned long long)want.live, (unsigned long long)got.others,
			     (unsigned long long)want.others, (unsigned long long)got.records, (unsigned long long)want.records,
			     (unsigned long long)got.sum, (unsigned long long)want.sum, stack);
	}
	/* how many there are depends on how long it takes and on what moves meanwhile: one run may make more than others will */
	least = total;
	for (unsigned int i = 0; i < (every == 1 ? TRIES : 1); i++) {
		n = undisturbed(false, "afterwards it does not work any more");
		least = n < least ? n : least;
	}
	printf("%u allocations, %u made to fail:", total, runs);
	for (int i = 0; i < ENDS; i++)
		printf(" %u %s%s", counts[i], end_names[i], i < ENDS - 1 ? "," : "\n");
	if (*last)
		printf("the last one that was done without:\n%s", last);
	if (counts[UNHEARD])
		fail("the owner never heard of the end");
	if (what->attempt == load && counts[REFUSED] < runs / 4)
		fail("most loads did without");
	if (least > first)
		least = first + (least - first) / every;
	if (runs < (every == 1 ? least * 9 / 10 : least / 2))
		fail("too few of them: there are %u to be tried", least);
	return 0;
}
