// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_netlink - malformed, random and nearly right messages from several sockets while jobs run
 *
 *   fuzz_netlink COUNT SEED
 *
 * Half of the messages follow the policy of the family, so that they get past the parser: right types, with values at and beyond their bounds, names of
 * real caches, jobs that start, are cancelled, lose their socket. The others lie about lengths, types, flags, or are noise. Sockets are read now and
 * then, or not at all, and closed with whatever is pending.
 *
 * Prints what came of them. Status 1 if a job is still there when all sockets are gone, or the family does not answer any more.
 */
#include "session.h"

#include <fcntl.h>

#define SOCKETS	6
#define ROOM	4096

static uint64_t state;

static uint64_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1dull;
}

static uint32_t below(uint32_t n)
{
	return (rnd() >> 33) % n;
}

static bool one_in(uint32_t n)
{
	return !below(n);
}

/* The policy, as the header tells it: what an attribute of a request holds. */
static const struct known {
	uint16_t type;
	char form;	/* u32, U64, string, flag */
	uint32_t min, max;
} known[] = {
	{ SLABSCAN_A_KIND, 'u', 1, SLABSCAN_KIND_MAX },
	{ SLABSCAN_A_JOB, 'u', 0, 0xffffffff },
	{ SLABSCAN_A_CACHE, 's', 0, SLABSCAN_NAME_MAX - 1 },
	{ SLABSCAN_A_CACHE_INDEX, 'u', 0, 32767 },
	{ SLABSCAN_A_ALL, 'f', 0, 0 },
	{ SLABSCAN_A_LIMIT, 'u', 1, 1000 },
	{ SLABSCAN_A_CPUS, 'u', 1, 8192 },
	{ SLABSCAN_A_ADDR, 'U', 0, 0 },
	{ SLABSCAN_A_PID, 'u', 0, 0xffffffff },
	{ SLABSCAN_A_FINGERPRINT, 'u', 0, 0xffffffff },
	{ SLABSCAN_A_DURATION_MS, 'u', 1, 600 },
	{ SLABSCAN_A_DRAIN_MS, 'u', 0, 600 },
	{ SLABSCAN_A_RECORDS, 'u', 1, 100000 },
	{ SLABSCAN_A_MODULE, 's', 0, SLABSCAN_NAME_MAX - 1 },
	{ SLABSCAN_A_PROBE, 's', 0, 127 },
};
#define KNOWN	(sizeof(known) / sizeof(*known))

/* What each kind takes, beside KIND; an upper case letter of the alphabet for each row of known[]. */
static const char *const takes[SLABSCAN_KIND_MAX + 1] = {
	[SLABSCAN_KIND_CACHES] = "",
	[SLABSCAN_KIND_SCAN] = "CCCDFG",
	[SLABSCAN_KIND_SHOW] = "HHH",
	[SLABSCAN_KIND_TRACE] = "CCCDKKKLMINOJ",
	[SLABSCAN_KIND_LEAKS] = "CDFG",
	[SLABSCAN_KIND_REFS] = "HHCDJFG",
	[SLABSCAN_KIND_OBJECTS] = "CCCDF",
};

static const char *const names[] = {
	"kmalloc-64", "kmalloc-8", "kmalloc-192", "dentry", "kernfs_node_cache", "kmem_cache", "task_struct", "vm_area_struct", "no-such-cache", "kmalloc-8k",
	"vxlan", "ext4", "slabscan", "kfree", "vfs_read", "slabscan:publish", ":", "do_syscall_64", "%s%n", "\xff\xfe", "",
};

static struct client {
	int fd;
	uint32_t job;	/* that it was told of */
} clients[SOCKETS];

static unsigned char out[ROOM];
static unsigned int len;
static unsigned long errnos[200], started, ended, closes, notes, records;
static uint32_t last_job;

static void put(const void *data, unsigned int n)
{
	if (len + n > ROOM)
		return;
	memcpy(out + len, data, n);
	len += n;
}

static void put_noise(unsigned int n)
{
	while (n--) {
		unsigned char c = rnd();

		put(&c, 1);
	}
}

static void align(void)
{
	while (len % 4)
		put("", 1);
}

static void attr(uint16_t type, const void *data, unsigned int n)
{
	struct nlattr a = { .nla_type = type, .nla_len = sizeof(a) + n };

	if (one_in(60))
		a.nla_len = rnd();
	if (one_in(60))
		a.nla_len += below(9) - 4;
	if (one_in(60))
		a.nla_type |= one_in(2) ? NLA_F_NESTED : NLA_F_NET_BYTEORDER;
	put(&a, sizeof(a));
	put(data, n);
	align();
}

static uint32_t number(const struct known *k)
{
	switch (below(24)) {
	case 0:
		return k->min;
	case 1:
		return k->max;
	case 2:
		return k->min - 1;
	case 3:
		return k->max + 1;
	case 4:
		return rnd();
	case 5:
		return 1u << below(32);
	}
	return k->max - k->min == 0xffffffff ? (uint32_t)rnd() : k->min + below(k->max - k->min + 1);
}

static uint64_t address(void)
{
	static const uint64_t bases[] = { 0xffff888000000000, 0xffffffff81000000, 0xffffc90000000000, 0xffffea0000000000, 0xffffffffa0000000,
					  0xfffffe0000000000, 0xff11000000000000, 0xffa0000000000000, 0xffd4000000000000, 0, 0x7fff00000000, 0x8000000000000000, 0xffffffffffffff00 };

	if (one_in(6))
		return rnd();
	return bases[below(sizeof(bases) / sizeof(*bases))] + below(1u << (6 + below(26)));
}

static void known_attr(const struct known *k)
{
	char text[300];
	uint32_t v;
	uint64_t w;

	switch (k->form) {
	case 'u':
		v = k->type == SLABSCAN_A_JOB && !one_in(3) ? last_job - below(2) : number(k);
		attr(k->type, &v, one_in(50) ? below(5) : 4);
		break;
	case 'U':
		w = address();
		attr(k->type, &w, one_in(50) ? below(9) : 8);
		break;
	case 's':
		if (one_in(20)) {
			v = below(sizeof(text));
			for (uint32_t i = 0; i < v; i++)
				text[i] = rnd();
			attr(k->type, text, v);
		} else {
			const char *name = names[k->type == SLABSCAN_A_CACHE && !one_in(8) ? below(8) : below(sizeof(names) / sizeof(*names))];

			attr(k->type, name, strlen(name) + !one_in(60));
		}
		break;
	default:
		attr(k->type, "\1\2\3\4", one_in(30) ? below(5) : 0);
	}
}

/* Of the kinds that take seconds, fewer: while they run nothing else can start. */
static uint32_t some_kind(void)
{
	uint32_t kind = 1 + below(SLABSCAN_KIND_MAX);

	if ((kind == SLABSCAN_KIND_LEAKS || kind == SLABSCAN_KIND_REFS) && !one_in(8))
		kind = one_in(2) ? SLABSCAN_KIND_CACHES : SLABSCAN_KIND_SHOW;
	return kind;
}

static void good_start(void)
{
	uint32_t kind = some_kind();
	const char *t = takes[kind];
	unsigned int n = strlen(t);

	attr(SLABSCAN_A_KIND, &kind, 4);
	/* a trace and its time; otherwise it would last as long as its socket */
	if (kind == SLABSCAN_KIND_TRACE && !one_in(20)) {
		uint32_t ms = 1 + below(100);

		attr(SLABSCAN_A_DURATION_MS, &ms, 4);
	}
	for (unsigned int i = 0; n && i < 1 + below(4); i++)
		known_attr(&known[t[below(n)] - 'A']);
	if (one_in(10))
		known_attr(&known[below(KNOWN)]);
}

static void random_attrs(void)
{
	unsigned int n = below(one_in(20) ? 60 : 6);

	while (n--) {
		unsigned char noise[64];

		if (!one_in(3)) {
			known_attr(&known[below(KNOWN)]);
			continue;
		}
		for (size_t i = 0; i < sizeof(noise); i++)
			noise[i] = rnd();
		attr(one_in(4) ? rnd() : below(SLABSCAN_A_MAX + 4), noise, below(sizeof(noise)));
	}
}

static void message(void)
{
	unsigned int at = len;
	struct nlmsghdr h = {
		.nlmsg_type = one_in(100) ? rnd() % 64 : family,
		.nlmsg_flags = NLM_F_REQUEST | (one_in(3) ? NLM_F_ACK : 0),
		.nlmsg_seq = rnd(),
	};
	struct genlmsghdr g = { .cmd = 1 + below(SLABSCAN_CMD_MAX), .version = one_in(30) ? rnd() : 1 };
	bool start = one_in(3);

	if (start)
		g.cmd = SLABSCAN_CMD_JOB_START;
	if (g.cmd == SLABSCAN_CMD_RESULT_GET && !one_in(10))
		h.nlmsg_flags |= NLM_F_DUMP;
	if (one_in(40))
		h.nlmsg_flags = rnd();
	if (one_in(40))
		g.cmd = rnd();
	if (one_in(60))
		g.reserved = rnd();
	put(&h, sizeof(h));
	put(&g, sizeof(g));
	if (start && !one_in(4)) {
		good_start();
	} else if (g.cmd == SLABSCAN_CMD_JOB_CANCEL && !one_in(4)) {
		known_attr(&known[1]);
	} else if (g.cmd == SLABSCAN_CMD_RESULT_GET && !one_in(4)) {
		known_attr(&known[0]);
	} else if (one_in(12)) {
		put_noise(below(200));
	} else {
		random_attrs();
	}
	align();
	h.nlmsg_len = len - at;
	if (one_in(80))
		h.nlmsg_len = one_in(2) ? rnd() : h.nlmsg_len + below(40) - 20;
	memcpy(out + at, &h, sizeof(h));
}

/* A bit or two of what was right. */
static void spoil(void)
{
	for (unsigned int i = 0; i < 1 + below(3); i++)
		out[below(len)] ^= 1u << below(8);
}

static void reopen(struct client *c)
{
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int size = 1;

	if (c->fd >= 0)
		close(c->fd);
	c->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC);
	if (c->fd < 0 || bind(c->fd, (struct sockaddr *)&any, sizeof(any)))
		die("socket");
	if (one_in(2))
		setsockopt(c->fd, SOL_NETLINK, NETLINK_EXT_ACK, &(int){ 1 }, sizeof(int));
	if (one_in(8))
		setsockopt(c->fd, SOL_NETLINK, NETLINK_CAP_ACK, &(int){ 1 }, sizeof(int));
	if (one_in(8))
		setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	c->job = 0;
	closes++;
}

static void hear(struct client *c, const struct nlmsghdr *h)
{
	const struct genlmsghdr *g = mnl_nlmsg_get_payload(h);
	const struct nlattr *a;

	if (h->nlmsg_type == NLMSG_ERROR) {
		int err = -((struct nlmsgerr *)mnl_nlmsg_get_payload(h))->error;

		errnos[err >= 0 && err < 200 ? err : 199]++;
		return;
	}
	if (h->nlmsg_type != family)
		return;
	if (g->cmd == SLABSCAN_CMD_JOB_START) {
		a = find(h, SLABSCAN_A_JOB);
		if (a)
			c->job = last_job = mnl_attr_get_u32(a);
		started++;
	} else if (g->cmd == SLABSCAN_CMD_JOB_NTF) {
		a = find(h, SLABSCAN_A_STATE);
		notes++;
		ended += a && mnl_attr_get_u32(a) != SLABSCAN_STATE_RUNNING;
	} else if (g->cmd == SLABSCAN_CMD_RESULT_GET) {
		records++;
	}
}

static void drain(struct client *c, unsigned int reads)
{
	while (reads--) {
		ssize_t got = recv(c->fd, buf, sizeof(buf), 0);
		const struct nlmsghdr *h = (void *)buf;
		int n = got;

		if (got <= 0)
			return;
		for (; mnl_nlmsg_ok(h, n); h = mnl_nlmsg_next(h, &n))
			hear(c, h);
	}
}

/* What would run on because nobody reads is cancelled by closing. */
static void attack(unsigned long count)
{
	unsigned long sent = 0;

	while (sent < count) {
		struct client *c = &clients[below(SOCKETS)];
		unsigned int n = one_in(8) ? 1 + below(12) : 1;

		len = 0;
		for (unsigned int i = 0; i < n; i++)
			message();
		if (one_in(10))
			spoil();
		if (send(c->fd, out, len, 0) < 0 && errno != EAGAIN && errno != ENOBUFS && errno != EINVAL && errno != EPERM)
			die("send");
		sent += n;
		if (one_in(3))
			drain(c, 1 + below(4));
		if (one_in(60))
			reopen(c);
		if (one_in(100))
			nap(below(20));
	}
	printf("%lu messages", sent);
}

int main(int argc, char **argv)
{
	unsigned long count, seed;
	long began, took;

	if (argc != 3) {
		fprintf(stderr, "usage: fuzz_netlink COUNT SEED\n");
		return 2;
	}
	count = strtoul(argv[1], NULL, 0);
	seed = strtoul(argv[2], NULL, 0);
	state = seed * 0x9e3779b97f4a7c15ull + 1;
	session();
	for (unsigned int i = 0; i < SOCKETS; i++) {
		clients[i].fd = -1;
		reopen(&clients[i]);
	}
	began = now();
	attack(count);
	took = now() - began;
	for (unsigned int i = 0; i < SOCKETS; i++)
		close(clients[i].fd);
	printf(", seed %lu, %ld ms (%lu a second): %lu jobs started, %lu of their ends and %lu notifications heard, %lu records, %lu sockets\n", seed, took,
	       count * 1000 / (took + 1), started, ended, notes, records, closes);
	for (unsigned int i = 0; i < 200; i++)
		if (errnos[i])
			printf("  %s %lu\n", i ? strerror(i) : "done", errnos[i]);
	printf("idle after %ld ms\n", until_idle());
	return 0;
}
