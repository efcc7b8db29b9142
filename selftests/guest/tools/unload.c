// SPDX-License-Identifier: GPL-2.0-only
/*
 * unload - a client from which the module is taken away
 *
 *   unload KIND CACHE ADDR
 *
 * KIND: caches, top, all, leaks, refs, show, trace, objects. Runs such jobs one after the other and reads their results until the module has gone. Says
 * "started" when the first one runs, and at the end, in the last line, what it was doing:
 *   cut      its job was under way and was told to stop
 *   ended    its job was under way, or just over: the module went before the result was read
 *   between  no job of its own was under way
 * Status 0 for these three. The command line can't tell them apart.
 */
#include "session.h"

#define SILENCE_MS	2000	/* after which to ask whether anybody is there */

static const struct {
	const char *name;
	uint32_t kind;
} kinds[] = {
	{ "caches", SLABSCAN_KIND_CACHES }, { "top", SLABSCAN_KIND_SCAN }, { "all", SLABSCAN_KIND_SCAN }, { "leaks", SLABSCAN_KIND_LEAKS },
	{ "refs", SLABSCAN_KIND_REFS }, { "show", SLABSCAN_KIND_SHOW }, { "trace", SLABSCAN_KIND_TRACE }, { "objects", SLABSCAN_KIND_OBJECTS },
};

static uint32_t kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return kinds[i].kind;
	fail("no such kind: %s", name);
}

static struct nlmsghdr *job(const char *name, const char *cache, uint64_t addr)
{
	uint32_t kind = kind_of(name);
	struct nlmsghdr *q = request_kind(SLABSCAN_CMD_JOB_START, 0, kind);
	bool all = !strcmp(name, "all");

	if (all)
		mnl_attr_put(q, SLABSCAN_A_ALL, 0, NULL);
	else if (kind == SLABSCAN_KIND_SCAN || kind == SLABSCAN_KIND_TRACE || kind == SLABSCAN_KIND_OBJECTS)
		mnl_attr_put_strz(q, SLABSCAN_A_CACHE, cache);
	if (all || kind == SLABSCAN_KIND_LEAKS || kind == SLABSCAN_KIND_REFS)
		mnl_attr_put_u32(q, SLABSCAN_A_CPUS, 2);
	if (kind == SLABSCAN_KIND_REFS || kind == SLABSCAN_KIND_SHOW)
		mnl_attr_put_u64(q, SLABSCAN_A_ADDR, addr);
	if (kind == SLABSCAN_KIND_TRACE) {
		mnl_attr_put_u32(q, SLABSCAN_A_DURATION_MS, LONG_MS);
		mnl_attr_put_u32(q, SLABSCAN_A_RECORDS, 4096);
	}
	return q;
}

/*
 * Waits until the job has ended. Return: its state; 0 if the module went without a word.
 * @cut: it was told to stop
 */
static uint32_t end_of(uint32_t id, bool *cut)
{
	struct pollfd p = { .fd = mnl_socket_get_fd(sock), .events = POLLIN };
	int silent = 0;
	bool going = false;

	*cut = false;
	for (;;) {
		const struct nlmsghdr *h = (void *)buf;
		int n;

		if (poll(&p, 1, SILENCE_MS) <= 0) {
			if (going && ++silent > 3)
				return 0;
			if (going)
				continue;
			submit(request(family, SLABSCAN_CMD_INFO_GET, 0));
			continue;
		}
		n = receive();
		for (; mnl_nlmsg_ok(h, n); h = mnl_nlmsg_next(h, &n)) {
			const struct genlmsghdr *g = mnl_nlmsg_get_payload(h);
			const struct nlattr *a;
			uint32_t state;

			/* a module that is going answers no more, but its job's end may still be on its way */
			if (h->nlmsg_type == NLMSG_ERROR && ((const struct nlmsgerr *)g)->error)
				going = true;
			if (h->nlmsg_type != family)
				continue;
			a = find(h, SLABSCAN_A_JOB);
			if (g->cmd == SLABSCAN_CMD_INFO_GET && (!a || mnl_attr_get_u32(a) != id))
				return SLABSCAN_STATE_DONE;	/* and its last word was lost */
			if (g->cmd != SLABSCAN_CMD_JOB_NTF || !a || mnl_attr_get_u32(a) != id)
				continue;
			state = mnl_attr_get_u32(find(h, SLABSCAN_A_STATE));
			if (state == SLABSCAN_STATE_RUNNING)
				continue;
			a = find(h, SLABSCAN_A_MESSAGE);
			*cut = a && !strcmp(mnl_attr_get_str(a), "cancelled");
			return state;
		}
	}
}

int main(int argc, char **argv)
{
	bool said = false, cut = false;

	if (argc != 4) {
		fprintf(stderr, "usage: unload caches|top|all|leaks|refs|show|trace|objects CACHE ADDR\n");
		return 2;
	}
	session();
	for (;;) {
		const struct nlmsghdr *h;
		uint32_t id, state;
		int err;

		submit(job(argv[1], argv[2], strtoull(argv[3], NULL, 16)));
		err = await(SLABSCAN_CMD_JOB_START, &h);
		if (err == -EBUSY) {
			nap(1);
			continue;
		}
		if (err == -ENOENT) {
			puts("between");
			return 0;
		}
		if (err)
			fail("the job was refused: %s", strerror(-err));
		id = mnl_attr_get_u32(find(h, SLABSCAN_A_JOB));
		if (!said)
			puts("started");
		said = true;
		fflush(stdout);
		state = end_of(id, &cut);
		if (state == SLABSCAN_STATE_FAILED)
			fail("the job failed");
		err = state ? ask(request_kind(SLABSCAN_CMD_RESULT_GET, NLM_F_DUMP, kind_of(argv[1]))) : ENOENT;
		if (err == ENOENT || err == EPROTONOSUPPORT) {	/* on its way out */
			puts(cut ? "cut" : "ended");
			return 0;
		}
		if (err)
			fail("the result was refused: %s", strerror(err));
	}
}
