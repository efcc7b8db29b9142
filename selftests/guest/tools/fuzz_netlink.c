// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_netlink - malformed, random and nearly right messages from several processes with several sockets each, while jobs run
 *
 *   fuzz_netlink COUNT SEED
 *
 * Half of the messages follow the policy of the family, so that they get past the parser: right types, with values at and beyond their bounds, names of
 * real caches, jobs that start, are cancelled, lose their socket. The others lie about lengths, types, flags, or are noise. Sockets are read now and
 * then, or not at all, and closed with whatever is pending.
 *
 * A seed repeats what each process sends, but for the numbers of jobs; not who comes first.
 *
 * Prints what came of them. Status 1 if a job is still there when all sockets are gone, or the family does not answer any more.
 */
#include "session.h"

#include <sys/mman.h>

#define PROCESSES	3
#define SOCKETS		6	/* of each */
#define ROOM		4096

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
	{ SLABSCAN_A_DURATION_MS, 'u', 1, 100 },
	{ SLABSCAN_A_DRAIN_MS, 'u', 0, 20 },
	{ SLABSCAN_A_RECORDS, 'u', 1, 100000 },
	{ SLABSCAN_A_MODULE, 's', 0, SLABSCAN_NAME_MAX - 1 },
	{ SLABSCAN_A_PROBE, 's', 0, 127 },
};
#define KNOWN	(sizeof(known) / sizeof(*known))

/* What each kind takes beside KIND: what it can't do without, and what else; an upper case letter of the alphabet for each row of known[]. */
static const struct {
	char needs;
	const char *takes;
} kinds[SLABSCAN_KIND_MAX + 1] = {
	[SLABSCAN_KIND_CACHES] = { 0, "" },
	[SLABSCAN_KIND_SCAN] = { 'C', "CEFFFGGD" },	/* or ALL, see good_start() */
	[SLABSCAN_KIND_SHOW] = { 'H', "H" },
	[SLABSCAN_KIND_TRACE] = { 'C', "CKLMMFIJJNOD" },
	[SLABSCAN_KIND_LEAKS] = { 0, "CCEEFGD" },
	[SLABSCAN_KIND_REFS] = { 'H', "HHFGGJCD" },
	[SLABSCAN_KIND_OBJECTS] = { 'C', "CCFFD" },
};

static const char *const kind_names[SLABSCAN_KIND_MAX + 1] = { "others", "caches", "scan", "show", "trace", "leaks", "refs", "objects" };

static const char *const names[] = {
	"kmalloc-64", "kmalloc-8", "kmalloc-192", "dentry", "kernfs_node_cache", "kmem_cache", "task_struct", "vm_area_struct", "no-such-cache", "kmalloc-8k",
	"vxlan", "ext4", "slabscan", "kfree", "vfs_read", "slabscan:publish", ":", "do_syscall_64", "%s%n", "\xff\xfe", "",
};

static struct client {
	int fd;
	uint32_t job;	/* that it was told of */
} clients[SOCKETS];
static const struct client *speaker;	/* for which the message is */

/* What came of it; nothing but numbers that can be added. */
struct tally {
	unsigned long sent, starts, ended, notes, records, overruns, sockets, errnos[200];
	unsigned long started[8];	/* by kind; 0: by a message that was not made by good_start() */
};

/* What all processes see. */
static struct shared {
	uint32_t last_job;
	struct tally tally[PROCESSES];
} *shared;
static struct tally *my;

static unsigned char out[ROOM];
static unsigned int len;

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

static uint32_t any_number(const struct known *k)
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

/* A number, but not what is allowed and would take a week, or all memory. */
static uint32_t number(const struct known *k)
{
	uint32_t v = any_number(k), allowed = 0;

	if (k->type == SLABSCAN_A_DURATION_MS)
		allowed = 7 * 24 * 3600 * 1000;
	else if (k->type == SLABSCAN_A_RECORDS)
		allowed = 1 << 24;
	return v > k->max && v <= allowed ? k->max : v;
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
		v = number(k);
		/* others than the first are of few caches only */
		if (k->type == SLABSCAN_A_CACHE_INDEX && one_in(2))
			v = below(2);
		if (k->type == SLABSCAN_A_JOB && !one_in(3)) {
			v = shared->last_job - below(2);
			if (one_in(2) && speaker->job)
				v = speaker->job;
		}
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

/* Return: the kind of job that it may start. */
static uint32_t good_start(void)
{
	uint32_t kind = 1 + below(SLABSCAN_KIND_MAX);
	unsigned int some;
	const char *takes;
	char needs;

	/* these two are nearly always right, and soon over: fewer */
	if ((kind == SLABSCAN_KIND_CACHES || kind == SLABSCAN_KIND_SHOW) && one_in(2))
		kind = 1 + below(SLABSCAN_KIND_MAX);
	takes = kinds[kind].takes;
	some = *takes ? below(4) : 0;
	needs = kind == SLABSCAN_KIND_SCAN && one_in(4) ? 'E' : kinds[kind].needs;
	attr(SLABSCAN_A_KIND, &kind, 4);
	if (needs && !one_in(16))
		known_attr(&known[needs - 'A']);
	if (kind == SLABSCAN_KIND_TRACE && !one_in(16)) {
		uint32_t ms = 1 + below(100);

		attr(SLABSCAN_A_DURATION_MS, &ms, 4);
	}
	while (some--)
		known_attr(&known[takes[below(strlen(takes))] - 'A']);
	/* not another KIND */
	if (one_in(10))
		known_attr(&known[1 + below(KNOWN - 1)]);
	return kind;
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

/* Return: false if there is no room for one more. */
static bool message(void)
{
	unsigned int at = len;
	struct nlmsghdr h = {
		.nlmsg_type = one_in(100) ? rnd() % 64 : family,
		.nlmsg_flags = NLM_F_REQUEST | (one_in(3) ? NLM_F_ACK : 0),
		.nlmsg_seq = rnd() << 3,	/* the answer has it: in the lowest bits, the kind of job */
	};
	struct genlmsghdr g = { .cmd = 1 + below(SLABSCAN_CMD_MAX), .version = one_in(30) ? rnd() : 1 };
	bool start = one_in(3);

	if (len + sizeof(h) + sizeof(g) > ROOM)
		return false;
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
	my->starts += g.cmd == SLABSCAN_CMD_JOB_START;
	if (start && !one_in(4)) {
		h.nlmsg_seq |= good_start();
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
	return true;
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
	/* few: a job waits a second to tell its end to a socket that is full, and the next job waits for that */
	if (one_in(40))
		setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	c->job = 0;
	my->sockets++;
}

static void hear(struct client *c, const struct nlmsghdr *h)
{
	const struct genlmsghdr *g = mnl_nlmsg_get_payload(h);
	const struct nlattr *a;

	if (h->nlmsg_type == NLMSG_ERROR) {
		int err = -((struct nlmsgerr *)mnl_nlmsg_get_payload(h))->error;

		my->errnos[err >= 0 && err < 200 ? err : 199]++;
		return;
	}
	if (h->nlmsg_type != family)
		return;
	if (g->cmd == SLABSCAN_CMD_JOB_START) {
		a = find(h, SLABSCAN_A_JOB);
		if (a)
			c->job = shared->last_job = mnl_attr_get_u32(a);
		my->started[h->nlmsg_seq % 8]++;
	} else if (g->cmd == SLABSCAN_CMD_JOB_NTF) {
		a = find(h, SLABSCAN_A_STATE);
		my->notes++;
		my->ended += a && mnl_attr_get_u32(a) != SLABSCAN_STATE_RUNNING;
	} else if (g->cmd == SLABSCAN_CMD_RESULT_GET) {
		my->records++;
	}
}

static void drain(struct client *c, unsigned int reads)
{
	while (reads--) {
		ssize_t got = recv(c->fd, buf, sizeof(buf), 0);
		const struct nlmsghdr *h = (void *)buf;
		int n = got;

		if (got < 0 && errno == ENOBUFS) {
			my->overruns++;
			continue;
		}
		if (got <= 0)
			return;
		for (; mnl_nlmsg_ok(h, n); h = mnl_nlmsg_next(h, &n))
			hear(c, h);
	}
}

/*
 * While a job runs no other can start. So now and then a process ends what it may have started, and waits for what others have. One time in ten it
 * leaves its sockets as they are and waits longer: some long jobs are to come to their end.
 */
static void breathe(void)
{
	bool patient = one_in(10);
	long until = now() + (patient ? 1500 : 200);

	for (unsigned int i = 0; i < SOCKETS; i++) {
		drain(&clients[i], 100);
		if (!patient)
			reopen(&clients[i]);
	}
	while (running() && now() < until)
		nap(5);
}

static void attack(unsigned long count)
{
	for (unsigned int i = 0; i < SOCKETS; i++) {
		clients[i].fd = -1;
		reopen(&clients[i]);
	}
	while (my->sent < count) {
		struct client *c = &clients[below(SOCKETS)];
		unsigned int wanted = one_in(8) ? 1 + below(12) : 1, n = 0;

		len = 0;
		speaker = c;
		while (n < wanted && message())
			n++;
		if (one_in(10))
			spoil();
		if (send(c->fd, out, len, 0) >= 0)
			my->sent += n;
		else if (errno != EAGAIN && errno != ENOBUFS && errno != EINVAL && errno != EPERM)
			die("send");
		if (one_in(3))
			drain(c, 1 + below(4));
		if (one_in(30))
			reopen(c);
		if (one_in(60))
			breathe();
		if (one_in(100))
			nap(below(20));
	}
	for (unsigned int i = 0; i < SOCKETS; i++)
		drain(&clients[i], 100);
}

static struct tally sum(void)
{
	struct tally all = { 0 };

	for (unsigned int p = 0; p < PROCESSES; p++)
		for (size_t i = 0; i < sizeof(all) / sizeof(long); i++)
			((unsigned long *)&all)[i] += ((unsigned long *)&shared->tally[p])[i];
	return all;
}

int main(int argc, char **argv)
{
	unsigned long count, seed, started = 0;
	pid_t pids[PROCESSES];
	struct tally all;
	int bad = 0;
	long began, took;

	_Static_assert(SLABSCAN_KIND_MAX < 8, "a kind fits into three bits");
	if (argc != 3) {
		fprintf(stderr, "usage: fuzz_netlink COUNT SEED\n");
		return 2;
	}
	count = strtoul(argv[1], NULL, 0);
	seed = strtoul(argv[2], NULL, 0);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mmap");
	session();
	began = now();
	for (unsigned int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			die("fork");
		if (pids[i])
			continue;
		my = &shared->tally[i];
		state = (seed * PROCESSES + i) * 0x9e3779b97f4a7c15ull + 1;
		attack((count + PROCESSES - 1) / PROCESSES);
		return 0;	/* which closes its sockets */
	}
	for (unsigned int i = 0; i < PROCESSES; i++) {
		int status;

		if (waitpid(pids[i], &status, 0) != pids[i] || status)
			bad = status;
	}
	took = now() - began;
	all = sum();
	for (unsigned int kind = 0; kind < 8; kind++)
		started += all.started[kind];
	printf("%lu messages from %u processes, seed %lu, %ld ms (%lu a second), %lu sockets, %lu overruns; %lu jobs were to start, %lu did\n", all.sent,
	       PROCESSES, seed, took, all.sent * 1000 / (took + 1), all.sockets, all.overruns, all.starts, started);
	printf("started:");
	for (unsigned int kind = 0; kind <= SLABSCAN_KIND_MAX; kind++)
		printf(" %s %lu", kind_names[kind], all.started[kind]);
	printf("\nheard: ends %lu notifications %lu records %lu\nanswers:", all.ended, all.notes, all.records);
	for (unsigned int i = 0; i < 200; i++)
		if (all.errnos[i])
			printf(" %lu %s,", all.errnos[i], i ? strerror(i) : "done");
	printf("\n");
	if (bad)
		fail("one of the processes ended with status %#x", bad);
	printf("idle after %ld ms\n", until_idle());
	return 0;
}
