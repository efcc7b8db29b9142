// SPDX-License-Identifier: GPL-2.0-only
/*
 * faults - every allocation of a job fails once
 *
 *   faults KIND [CACHE [ADDR]] [every=N]
 *
 * KIND: caches, scan, show, trace, leaks, refs, objects. One run of the job per allocation that it makes, until a run made none that was to fail; with
 * every=N, after the first 60 only each N-th. The module slabscan_fault does it. However a run ends, it has to end: refused with ENOMEM before it began,
 * failed with ENOMEM, partial, or done because it can do without; and its owner has to hear of it.
 */
#include "session.h"

#include <fcntl.h>

#define CTL	"/sys/kernel/debug/slabscan_fault"

static const char *const kinds[] = { "", "caches", "scan", "show", "trace", "leaks", "refs", "objects" };

static const char *cache;
static uint64_t addr;
static uint32_t kind;
static char stack[4096];

static void arm(int n)
{
	FILE *f = fopen(CTL, "w");

	if (!f || fprintf(f, "%d\n", n) < 0 || fclose(f))
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

static struct nlmsghdr *job(void)
{
	struct nlmsghdr *q = request_kind(SLABSCAN_CMD_JOB_START, 0, kind);

	if (cache)
		mnl_attr_put_strz(q, SLABSCAN_A_CACHE, cache);
	if (addr)
		mnl_attr_put_u64(q, SLABSCAN_A_ADDR, addr);
	if (kind == SLABSCAN_KIND_TRACE) {
		mnl_attr_put_u32(q, SLABSCAN_A_DURATION_MS, 60);
		mnl_attr_put_u32(q, SLABSCAN_A_RECORDS, 2000);
	}
	return q;
}

enum end { REFUSED, FAILED, PARTIAL, DONE, UNHEARD, ENDS };
static const char *const end_names[ENDS] = { "refused", "failed", "partial", "done", "unheard" };

/* The whole run, with a deadline: what is not heard of is asked for. */
static enum end run(void)
{
	long until = now() + 60000;
	struct pollfd p = { .events = POLLIN };

	submit(job());
	p.fd = mnl_socket_get_fd(sock);
	while (now() < until) {
		const struct nlmsghdr *h = (void *)buf;
		int n;

		if (poll(&p, 1, 300) <= 0) {
			if (running())
				continue;
			if (poll(&p, 1, 0) <= 0)
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
					fail("refused with errno %d (%s):\n%s", err, strerror(err), stack);
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
				fail("failed with errno %d", err);
			return FAILED;
		}
	}
	fail("no end within a minute");
}

int main(int argc, char **argv)
{
	unsigned int counts[ENDS] = { 0 }, every = 1, runs = 0;
	int n, seen = 0, total;
	char last[512] = "";

	for (int i = 1; i < argc; i++) {
		if (sscanf(argv[i], "every=%u", &every) == 1 && every)
			continue;
		if (!kind) {
			for (uint32_t k = 1; k < sizeof(kinds) / sizeof(*kinds); k++)
				if (!strcmp(argv[i], kinds[k]))
					kind = k;
		} else if (!strncmp(argv[i], "0x", 2)) {
			addr = strtoull(argv[i], NULL, 16);
		} else {
			cache = argv[i];
		}
	}
	if (!kind) {
		fprintf(stderr, "usage: faults KIND [CACHE] [ADDR] [every=N]\n");
		return 2;
	}
	session();
	until_idle();
	arm(0);
	if (run() != DONE)
		fail("the undisturbed job is not done");
	disarm(&total);
	if (total < 3)
		fail("only %d allocations of ours were seen: nothing is tested", total);
	for (n = 1; ; n += n < 60 ? 1 : every) {
		enum end end;
		bool failed;

		session();
		until_idle();
		arm(n);
		end = run();
		failed = disarm(&seen);
		mnl_socket_close(sock);
		counts[end]++;
		runs++;
		if (!failed)
			break;
		if (end == DONE)
			snprintf(last, sizeof(last), "%.500s", stack);
	}
	counts[DONE]--;
	runs--;
	session();
	until_idle();
	if (run() != DONE)
		fail("afterwards the job does not work any more");
	printf("%s: %d allocations, %u made to fail:", kinds[kind], total, runs);
	for (int i = 0; i < ENDS; i++)
		printf(" %u %s%s", counts[i], end_names[i], i < ENDS - 1 ? "," : "\n");
	if (*last)
		printf("the last one that was done without:\n%s", last);
	if (counts[UNHEARD])
		fail("the owner never heard of the end");
	if (runs < (unsigned int)total / (4 * every))
		fail("too few of them");
	return 0;
}
