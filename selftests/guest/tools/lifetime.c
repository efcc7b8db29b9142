// SPDX-License-Identifier: GPL-2.0-only
/*
 * lifetime - how jobs and results live and end
 *
 *   lifetime busy | foreign | quiet | closed | replaced | full | hold | unread | confidential | kill N SEED [MS]
 *
 * Status 0 if it went as it must; otherwise a sentence says what did not.
 */
#include "session.h"

#include <fcntl.h>

/* A second job is refused while one runs, and says so; the first goes on. */
static void busy(void)
{
	uint32_t job;
	int err;

	session();
	job = start(long_job());
	session();
	err = ask(request_kind(SLABSCAN_CMD_JOB_START, 0, SLABSCAN_KIND_CACHES));
	if (err != EBUSY || !strstr(sentence, "another slabscan job"))
		fail("a second job: errno %d, \"%s\"", err, sentence);
	if (running() != job)
		fail("the first job is gone");
}

/* Nobody but the owner can end a job; the owner can, and gets what there is. */
static void foreign(void)
{
	struct mnl_socket *owner = session();
	uint32_t job = start(long_job()), state;
	struct nlmsghdr *q;
	int err;

	nap(200);
	session();
	q = request(family, SLABSCAN_CMD_JOB_CANCEL, 0);
	mnl_attr_put_u32(q, SLABSCAN_A_JOB, job);
	err = ask(q);
	if (err != ESRCH || !*sentence)
		fail("a stranger cancels: errno %d, \"%s\"", err, sentence);
	if (running() != job)
		fail("a stranger ended the job");
	sock = owner;
	q = request(family, SLABSCAN_CMD_JOB_CANCEL, 0);
	mnl_attr_put_u32(q, SLABSCAN_A_JOB, job);
	submit(q);
	state = last_state();
	if (state != SLABSCAN_STATE_PARTIAL)
		fail("the owner cancels: last state %u", state);
	until_idle();
	err = ask(request_kind(SLABSCAN_CMD_RESULT_GET, NLM_F_DUMP, SLABSCAN_KIND_TRACE));
	if (err)
		fail("no partial result: errno %d", err);
}

/* Only the owner hears of a job. */
static void quiet(void)
{
	struct mnl_socket *owner, *other = session();
	struct pollfd fds[2] = { { .events = POLLIN }, { .events = POLLIN } };
	long until = now() + 1500;
	unsigned int heard = 0;

	owner = session();
	fds[0].fd = mnl_socket_get_fd(owner);
	fds[1].fd = mnl_socket_get_fd(other);
	start(long_job());
	while (now() < until) {
		if (poll(fds, 2, 100) <= 0)
			continue;
		if (fds[1].revents)
			fail("a message came to a socket that asked for nothing");
		receive();
		heard++;
	}
	if (!heard)
		fail("the owner heard nothing in 1.5 s");
	printf("%u messages to the owner\n", heard);
}

/* A socket that is closed takes its job with it. */
static void closed(void)
{
	struct mnl_socket *owner = session();
	long ms;

	start(long_job());
	nap(300);
	mnl_socket_close(owner);
	ms = until_idle();
	session();
	printf("gone after %ld ms\n", ms);
}

static void census(void)
{
	start(request_kind(SLABSCAN_CMD_JOB_START, 0, SLABSCAN_KIND_CACHES));
	if (last_state() != SLABSCAN_STATE_DONE)
		fail("a census did not end well");
}

/* A result of many messages: the kernel has two of them ready before the first is read. */
static void list(void)
{
	struct nlmsghdr *q = request_kind(SLABSCAN_CMD_JOB_START, 0, SLABSCAN_KIND_OBJECTS);

	mnl_attr_put_strz(q, SLABSCAN_A_CACHE, "kernfs_node_cache");
	start(q);
	if (last_state() != SLABSCAN_STATE_DONE)
		fail("a list of objects did not end well");
}

struct dumped {
	unsigned int reads, messages, marked, generations;
	uint32_t generation;
	bool whole;
};

static void take(struct dumped *d)
{
	int n = receive();
	const struct nlmsghdr *h = (void *)buf;

	d->reads++;
	for (; mnl_nlmsg_ok(h, n); h = mnl_nlmsg_next(h, &n)) {
		uint32_t generation;

		d->marked += !!(h->nlmsg_flags & NLM_F_DUMP_INTR);
		if (h->nlmsg_type == NLMSG_DONE) {
			d->whole = true;
			continue;
		}
		if (h->nlmsg_type == NLMSG_ERROR)
			fail("the dump failed");
		d->messages++;
		generation = mnl_attr_get_u32(find(h, SLABSCAN_A_GENERATION));
		d->generations += generation != d->generation;
		d->generation = generation;
	}
}

/* A dump of a result that is replaced meanwhile goes on with the old one and is marked; otherwise it is not. */
static void replaced(void)
{
	struct mnl_socket *reader = session(), *worker = session();
	unsigned int whole = 0;

	list();
	for (int replace = 0; replace < 2; replace++) {
		struct dumped d = { 0 };

		sock = reader;
		submit(request_kind(SLABSCAN_CMD_RESULT_GET, NLM_F_DUMP, SLABSCAN_KIND_OBJECTS));
		take(&d);
		if (d.whole)
			fail("the whole dump came at once: nothing is tested");
		if (replace) {
			sock = worker;
			list();
			sock = reader;
		}
		while (!d.whole)
			take(&d);
		if (d.generations != 1)
			fail("%u results in one dump", d.generations);
		if (replace ? !d.marked : d.marked)
			fail("%u of %u messages are marked, result replaced: %d", d.marked, d.messages, replace);
		if (!replace)
			whole = d.messages;
		else if (d.messages + 3 < whole)
			fail("the dump broke off: %u of %u messages", d.messages, whole);
		printf("replaced=%d: %u messages in %u reads, %u marked\n", replace, d.messages, d.reads, d.marked);
	}
}

/* Fills the socket's queue with answers that nobody reads. */
static void stuff(void)
{
	for (unsigned int i = 0; i < 200; i++) {
		struct nlmsghdr *q = request(family, SLABSCAN_CMD_INFO_GET, 0);

		mnl_socket_sendto(sock, q, q->nlmsg_len);
	}
}

/* An owner that does not read holds nobody up: its job ends, and others can work. */
static void full(void)
{
	struct nlmsghdr *q;
	int small = 1;

	session();
	setsockopt(mnl_socket_get_fd(sock), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	q = long_job();
	mnl_attr_put_u32(q, SLABSCAN_A_DRAIN_MS, 100);
	/* of an attribute that is given twice, the last counts */
	mnl_attr_put_u32(q, SLABSCAN_A_DURATION_MS, 600);
	start(q);
	stuff();
	printf("job with a full queue ended after %ld ms\n", until_idle());

	/* the answer to JOB_START itself finds no room */
	stuff();
	q = long_job();
	mnl_socket_sendto(sock, q, q->nlmsg_len);
	printf("job whose start could not be told ended after %ld ms\n", until_idle());
	session();
	census();
}

/* For a script that removes the module meanwhile. */
static void hold(void)
{
	session();
	start(long_job());
	puts("started");
	fflush(stdout);
	for (;;)
		receive();
}

/* A dump that nobody reads to its end. */
static void unread(void)
{
	struct dumped d = { 0 };

	session();
	list();
	submit(request_kind(SLABSCAN_CMD_RESULT_GET, NLM_F_DUMP, SLABSCAN_KIND_OBJECTS));
	take(&d);
	puts("started");
	fflush(stdout);
	pause();
}

/* A dump that was allowed goes on to its end when the kernel is locked down meanwhile; the next is refused. Not to be undone. */
static void confidential(void)
{
	static const char word[] = "confidentiality";
	struct dumped d = { 0 };
	int fd = open("/sys/kernel/security/lockdown", O_WRONLY), err;

	session();
	list();
	submit(request_kind(SLABSCAN_CMD_RESULT_GET, NLM_F_DUMP, SLABSCAN_KIND_OBJECTS));
	take(&d);
	if (d.whole)
		fail("the whole dump came at once: nothing is tested");
	if (fd < 0 || write(fd, word, strlen(word)) < 0)
		die("lockdown");
	while (!d.whole)
		take(&d);
	err = ask(request_kind(SLABSCAN_CMD_RESULT_GET, NLM_F_DUMP, SLABSCAN_KIND_OBJECTS));
	if (err != EPERM)
		fail("the next dump: errno %d", err);
	printf("%u messages, %u reads\n", d.messages, d.reads);
}

static struct nlmsghdr *any_job(unsigned int n)
{
	struct nlmsghdr *q;

	switch (n % 6) {
	case 0:
		return long_job();
	case 1:
		q = request_kind(SLABSCAN_CMD_JOB_START, 0, SLABSCAN_KIND_SCAN);
		mnl_attr_put_strz(q, SLABSCAN_A_CACHE, "kernfs_node_cache");
		return q;
	case 2:
		return request_kind(SLABSCAN_CMD_JOB_START, 0, SLABSCAN_KIND_LEAKS);
	case 3:
		q = request_kind(SLABSCAN_CMD_JOB_START, 0, SLABSCAN_KIND_REFS);
		mnl_attr_put_u64(q, SLABSCAN_A_ADDR, 0xffff888000000000);
		return q;
	case 4:
		q = request_kind(SLABSCAN_CMD_JOB_START, 0, SLABSCAN_KIND_OBJECTS);
		mnl_attr_put_strz(q, SLABSCAN_A_CACHE, "dentry");
		return q;
	}
	return request_kind(SLABSCAN_CMD_JOB_START, 0, SLABSCAN_KIND_CACHES);
}

/* In a child: works until it is killed. */
static void work(unsigned int n)
{
	session();
	for (;; n++) {
		const struct nlmsghdr *h;
		int err;

		submit(any_job(n));
		err = await(SLABSCAN_CMD_JOB_START, &h);
		if (err == -EBUSY) {
			nap(1);
			n--;
			continue;
		}
		if (err)
			fail("job %u of 6 was refused: %s", n % 6, strerror(-err));
		last_state();
		ask(request_kind(SLABSCAN_CMD_RESULT_GET, NLM_F_DUMP, SLABSCAN_KIND_SCAN));
	}
}

static void killed(unsigned long n, unsigned int seed, unsigned int ms)
{
	unsigned long i;
	long worst = 0;

	srandom(seed);
	session();
	for (i = 0; i < n; i++) {
		unsigned int first = random(), after = random() % (ms * 1000);
		struct timespec t = { 0, after * 1000L };
		int status;
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (!pid) {
			work(first);
			exit(0);
		}
		nanosleep(&t, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		if (!WIFSIGNALED(status))
			fail("client %lu ended by itself with status %d", i, WEXITSTATUS(status));
		/* not always: the next client may come while the job is being ended */
		if (i % 4 == 0) {
			long took = until_idle();

			if (took > worst)
				worst = took;
		}
	}
	until_idle();
	printf("%lu clients were killed; at worst %ld ms until their job was gone\n", n, worst);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} tests[] = {
		{ "busy", busy }, { "foreign", foreign }, { "quiet", quiet }, { "closed", closed }, { "replaced", replaced },
		{ "full", full }, { "hold", hold }, { "unread", unread },
		{ "confidential", confidential },
	};

	for (size_t i = 0; argc == 2 && i < sizeof(tests) / sizeof(*tests); i++) {
		if (strcmp(argv[1], tests[i].name))
			continue;
		session();
		printf("idle after %ld ms\n", until_idle());
		tests[i].run();
		return 0;
	}
	if (argc >= 4 && !strcmp(argv[1], "kill")) {
		session();
		until_idle();
		killed(strtoul(argv[2], NULL, 0), strtoul(argv[3], NULL, 0), argc > 4 ? strtoul(argv[4], NULL, 0) : 100);
		return 0;
	}
	fprintf(stderr, "usage: lifetime busy|foreign|quiet|closed|replaced|full|hold|unread|confidential|kill N SEED [MS]\n");
	return 2;
}
