// SPDX-License-Identifier: GPL-2.0-only
/*
 * lifetime - how jobs and results live and end
 *
 *   lifetime busy | race | foreign | quiet | closed | replaced | full | each | hold | unread | confidential | kill N SEED [MS]
 *
 * Status 0 if it went as it must; otherwise a sentence says what did not.
 */
#include "session.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>

#define RACES	40

static const char *const kinds[SLABSCAN_KIND_MAX + 1] = { "", "caches", "scan", "show", "trace", "leaks", "refs", "objects" };

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

/* Two processes come here, and each learns what the other one brought. */
static int meet(int fd, int mine)
{
	int theirs;

	if (send(fd, &mine, sizeof(mine), MSG_NOSIGNAL) != sizeof(mine) || read(fd, &theirs, sizeof(theirs)) != sizeof(theirs))
		fail("the other client is gone");
	return theirs;
}

/* Two clients start a job at the same time, again and again: one gets it, the other is told that there is one, and does not wait for its end. */
static void race(void)
{
	unsigned int me, won = 0;
	int fds[2], status;
	pid_t other;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		die("socketpair");
	fflush(stdout);	/* or the other one prints it, too */
	other = fork();
	if (other < 0)
		die("fork");
	me = !other;
	close(fds[!me]);
	/* far more than the races take; but if a client waited for a job to end, each would take LONG_MS */
	alarm(5 * LONG_MS / 1000);
	srandom(getpid());
	for (unsigned int i = 0; i < RACES; i++) {
		const struct nlmsghdr *h;
		int mine, theirs;

		session();
		meet(fds[me], 0);
		/* who wakes the other one would always be first */
		usleep(random() % 300);
		submit(long_job());
		mine = -await(SLABSCAN_CMD_JOB_START, &h);
		theirs = meet(fds[me], mine);
		if ((mine && theirs) || mine + theirs != EBUSY)
			fail("race %u: one was told %d, the other %d", i, mine, theirs);
		won += !mine;
		mnl_socket_close(sock);
		if (!me)
			until_idle();
	}
	if (me)
		exit(0);
	close(fds[me]);
	if (waitpid(other, &status, 0) != other || status)
		fail("the other client ended with status %#x", status);
	printf("of %u races the first client won %u\n", RACES, won);
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

/* Reads all that is in the queue. Return: how many messages of this command. Something must have found no room there. */
static unsigned int emptied(uint8_t cmd)
{
	unsigned int found = 0;
	bool overrun = false;

	for (;;) {
		ssize_t got = recv(mnl_socket_get_fd(sock), buf, sizeof(buf), MSG_DONTWAIT);
		const struct nlmsghdr *h = (void *)buf;
		int n = got;

		if (got < 0 && errno != ENOBUFS)
			break;
		overrun |= got < 0;
		for (; got > 0 && mnl_nlmsg_ok(h, n); h = mnl_nlmsg_next(h, &n))
			found += h->nlmsg_type == family && ((struct genlmsghdr *)mnl_nlmsg_get_payload(h))->cmd == cmd;
	}
	if (errno != EAGAIN)
		die("receive");
	if (!overrun)
		fail("the queue was never full: nothing is tested");
	return found;
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
	/* also for the next time: a socket is told only once that it lost something, until it has read all */
	emptied(0);

	/* the answer to JOB_START itself finds no room */
	stuff();
	q = long_job();
	mnl_socket_sendto(sock, q, q->nlmsg_len);
	printf("job whose start could not be told ended after %ld ms\n", until_idle());
	if (emptied(SLABSCAN_CMD_JOB_START))
		fail("the start of a job was told although there was no room");
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

/* A job of a kind; a small one ends soon, and its result is small. */
static struct nlmsghdr *job_of(uint32_t kind, bool small)
{
	struct nlmsghdr *q = kind == SLABSCAN_KIND_TRACE ? long_job() : request_kind(SLABSCAN_CMD_JOB_START, 0, kind);

	switch (kind) {
	case SLABSCAN_KIND_CACHES:
		return q;
	case SLABSCAN_KIND_SHOW:
		mnl_attr_put_u64(q, SLABSCAN_A_ADDR, 0xffff888000000000);
		return q;
	case SLABSCAN_KIND_SCAN:
		if (small)
			mnl_attr_put_strz(q, SLABSCAN_A_CACHE, "kernfs_node_cache");
		else
			mnl_attr_put(q, SLABSCAN_A_ALL, 0, NULL);
		break;
	case SLABSCAN_KIND_TRACE:
		if (small)	/* of an attribute that is given twice, the last counts */
			mnl_attr_put_u32(q, SLABSCAN_A_DURATION_MS, 50);
		break;
	case SLABSCAN_KIND_LEAKS:
		if (small)
			mnl_attr_put_strz(q, SLABSCAN_A_CACHE, "kernfs_node_cache");
		break;
	case SLABSCAN_KIND_REFS:
		mnl_attr_put_u64(q, SLABSCAN_A_ADDR, 0xffff888000000000);
		break;
	case SLABSCAN_KIND_OBJECTS:
		mnl_attr_put_strz(q, SLABSCAN_A_CACHE, "dentry");
		break;
	}
	if (small)
		mnl_attr_put_u32(q, SLABSCAN_A_LIMIT, 1);
	return q;
}

static void dump(uint32_t kind)
{
	struct dumped d = { 0 };

	while (!d.whole)
		take(&d);
	if (!d.messages)
		fail("the result of %s is empty", kinds[kind]);
}

/* A small job of each kind, to its end, and what it found. */
static void each(void)
{
	for (uint32_t kind = 1; kind <= SLABSCAN_KIND_MAX; kind++) {
		uint32_t state;

		start(job_of(kind, true));
		state = last_state();
		if (state != SLABSCAN_STATE_DONE && state != SLABSCAN_STATE_PARTIAL)
			fail("the last state of %s is %u", kinds[kind], state);
		submit(request_kind(SLABSCAN_CMD_RESULT_GET, NLM_F_DUMP, kind));
		dump(kind);
	}
}

/* What a client is at; shared with who looks when it is dead. */
enum phase { START, RUNNING, DUMP, PHASES };
static const char *const phases[PHASES] = { "start", "running", "dump" };
static volatile struct {
	uint32_t kind, phase;
	bool doomed;
} *at;

/* When a client dies: so many microseconds after it first came to this phase. */
struct death {
	uint32_t phase;
	unsigned int us;
};

static void come_to(uint32_t phase, const struct death *d)
{
	struct itimerval t = { .it_value = { d->us / 1000000, d->us % 1000000 } };

	at->phase = phase;
	if (at->doomed || phase != d->phase)
		return;
	at->doomed = true;
	if (!d->us)
		kill(getpid(), SIGKILL);
	/* to the kernel its signal is the same as SIGKILL: nothing handles it */
	if (setitimer(ITIMER_REAL, &t, NULL))
		die("setitimer");
}

/* In a child: works until it is killed. */
static void work(uint32_t kind, const struct death *d)
{
	/* if it never comes to the phase in which it is to die */
	alarm(2 * LONG_MS / 1000);
	session();
	for (;; kind = kind % SLABSCAN_KIND_MAX + 1) {
		/* a trace that is not small comes to no end */
		bool small = random() % 2 || (kind == SLABSCAN_KIND_TRACE && d->phase == DUMP && !at->doomed);
		const struct nlmsghdr *h;
		int err;

		come_to(START, d);
		at->kind = kind;
		for (;;) {
			submit(job_of(kind, small));
			err = await(SLABSCAN_CMD_JOB_START, &h);
			if (err != -EBUSY)
				break;
			nap(1);
		}
		if (err)
			fail("%s was refused: %s", kinds[kind], strerror(-err));
		come_to(RUNNING, d);
		if (last_state() == SLABSCAN_STATE_FAILED)
			fail("%s failed", kinds[kind]);
		submit(request_kind(SLABSCAN_CMD_RESULT_GET, NLM_F_DUMP, kind));
		come_to(DUMP, d);
		dump(kind);
	}
}

/* From 0.1 ms to @ms; it lies between any number and its double as likely as between any other and its double. */
static unsigned int microseconds(unsigned int ms)
{
	unsigned int doublings = 1, us;

	while (100u << doublings < ms * 1000)
		doublings++;
	us = 100u << random() % doublings;
	us += random() % us;
	return us < ms * 1000 ? us : ms * 1000;
}

static void killed(unsigned long n, unsigned int seed, unsigned int ms)
{
	unsigned long hits[SLABSCAN_KIND_MAX + 1][PHASES] = { 0 };
	long worst = 0;

	at = mmap(NULL, sizeof(*at), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		die("mmap");
	srandom(seed);
	session();
	for (unsigned long i = 0; i < n; i++) {
		unsigned int draw = random() % 8;
		struct death d = { draw == 0 ? DUMP : draw <= 4 ? RUNNING : START, microseconds(ms) };
		int status;
		pid_t pid;

		/* some at once */
		if (d.phase != START && random() % 3 == 0)
			d.us = 0;
		at->kind = 1 + random() % SLABSCAN_KIND_MAX;
		at->phase = START;
		at->doomed = false;
		pid = fork();
		if (pid < 0)
			die("fork");
		if (!pid)
			work(at->kind, &d);
		if (waitpid(pid, &status, 0) != pid)
			die("waitpid");
		if (!WIFSIGNALED(status))
			fail("client %lu ended by itself with status %d", i, WEXITSTATUS(status));
		if (WTERMSIG(status) != SIGKILL && WTERMSIG(status) != SIGALRM)
			fail("client %lu ended with signal %d", i, WTERMSIG(status));
		if (!at->doomed)
			fail("client %lu came no further than %s of %s", i, phases[at->phase], kinds[at->kind]);
		hits[at->kind][at->phase]++;
		/* not always: the next client may come while the job is being ended */
		if (i % 4 == 0) {
			long took = until_idle();

			if (took > worst)
				worst = took;
		}
	}
	until_idle();
	printf("%lu clients were killed; at worst %ld ms until their job was gone\n", n, worst);
	for (uint32_t kind = 1; kind <= SLABSCAN_KIND_MAX; kind++) {
		printf("%s:", kinds[kind]);
		for (unsigned int phase = 0; phase < PHASES; phase++)
			printf(" %s %lu", phases[phase], hits[kind][phase]);
		printf("\n");
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} tests[] = {
		{ "busy", busy }, { "race", race }, { "foreign", foreign }, { "quiet", quiet }, { "closed", closed }, { "replaced", replaced },
		{ "full", full }, { "each", each }, { "hold", hold }, { "unread", unread },
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
		killed(strtoul(argv[2], NULL, 0), strtoul(argv[3], NULL, 0), argc > 4 ? strtoul(argv[4], NULL, 0) : 1500);
		return 0;
	}
	fprintf(stderr, "usage: lifetime busy|race|foreign|quiet|closed|replaced|full|each|hold|unread|confidential|kill N SEED [MS]\n");
	return 2;
}
