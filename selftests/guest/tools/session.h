/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * session.h - several clients in one program, and what each was told
 *
 * job.h has one socket and ends the program on a refusal. Here a refusal is what is looked for: its errno and its sentence.
 */
#include "job.h"

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONG_MS	60000

static char sentence[512];	/* of the last refusal; empty if it came without one */

/* Switches to a socket of its own; the last one stays open. */
static struct mnl_socket *session(void)
{
	int on = 1;

	family = 0;	/* to be asked for again */
	job_open();
	mnl_socket_setsockopt(sock, NETLINK_EXT_ACK, &on, sizeof(on));
	return sock;
}

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void nap(unsigned int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

/* A test found what it must not. */
static void __attribute__((format(printf, 1, 2), noreturn)) fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	exit(1);
}

/* Of an error message, or of the end of a dump that failed. */
static void read_sentence(const struct nlmsghdr *h)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);
	unsigned int at = h->nlmsg_type == NLMSG_DONE ? sizeof(int) : sizeof(*e);
	const struct nlattr *a;

	*sentence = 0;
	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (h->nlmsg_type == NLMSG_ERROR && !(h->nlmsg_flags & NLM_F_CAPPED))
		at += mnl_nlmsg_get_payload_len(h) < at ? 0 : e->msg.nlmsg_len - sizeof(e->msg);
	mnl_attr_for_each(a, h, at)
		if (mnl_attr_get_type(a) == 1 /* NLMSGERR_ATTR_MSG */)
			snprintf(sentence, sizeof(sentence), "%s", mnl_attr_get_str(a));
}

/*
 * Sends a request and waits for its acknowledgement, error, or the end of its dump. Notifications and answers that come first are passed over.
 * Return: 0 or a positive errno; then see @sentence.
 */
static int ask(struct nlmsghdr *q)
{
	uint32_t mine = q->nlmsg_seq;

	if ((q->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		q->nlmsg_flags |= NLM_F_ACK;
	submit(q);
	for (;;) {
		int n = receive();
		const struct nlmsghdr *h = (void *)buf;

		for (; mnl_nlmsg_ok(h, n); h = mnl_nlmsg_next(h, &n)) {
			const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);

			if (h->nlmsg_seq != mine)
				continue;
			if (h->nlmsg_type != NLMSG_ERROR && h->nlmsg_type != NLMSG_DONE)
				continue;
			read_sentence(h);
			return h->nlmsg_type == NLMSG_DONE ? -*(const int *)mnl_nlmsg_get_payload(h) : -e->error;
		}
	}
}

static struct nlmsghdr *request_kind(uint8_t cmd, uint16_t flags, uint32_t kind)
{
	struct nlmsghdr *q = request(family, cmd, flags);

	mnl_attr_put_u32(q, SLABSCAN_A_KIND, kind);
	return q;
}

/* A job that lasts until it is ended. */
static struct nlmsghdr *long_job(void)
{
	struct nlmsghdr *q = request_kind(SLABSCAN_CMD_JOB_START, 0, SLABSCAN_KIND_TRACE);

	mnl_attr_put_strz(q, SLABSCAN_A_CACHE, "kmalloc-64");
	mnl_attr_put_u32(q, SLABSCAN_A_DURATION_MS, LONG_MS);
	return q;
}

/* Number of the job that was started. */
static uint32_t start(struct nlmsghdr *q)
{
	const struct nlmsghdr *h;
	int err;

	submit(q);
	err = await(SLABSCAN_CMD_JOB_START, &h);
	if (err)
		fail("a job was refused: %s", strerror(-err));
	return mnl_attr_get_u32(find(h, SLABSCAN_A_JOB));
}

/* Reads notifications of the socket's job until the last one: its state. */
static uint32_t last_state(void)
{
	const struct nlmsghdr *h;
	uint32_t state;

	do {
		if (await(SLABSCAN_CMD_JOB_NTF, &h))
			fail("an error instead of a notification");
		state = mnl_attr_get_u32(find(h, SLABSCAN_A_STATE));
	} while (state == SLABSCAN_STATE_RUNNING);
	return state;
}

/* The running job, 0 if there is none. On a socket of its own. */
static uint32_t running(void)
{
	struct mnl_socket *was = sock;
	const struct nlmsghdr *h;
	uint32_t job = 0;
	int err;

	session();
	do {	/* in tests that make allocations fail, this answer's may be the one */
		submit(request(family, SLABSCAN_CMD_INFO_GET, 0));
		err = await(SLABSCAN_CMD_INFO_GET, &h);
	} while (err == -ENOMEM);
	if (err)
		fail("INFO_GET was refused");
	if (find(h, SLABSCAN_A_JOB))
		job = mnl_attr_get_u32(find(h, SLABSCAN_A_JOB));
	mnl_socket_close(sock);
	sock = was;
	return job;
}

/* Milliseconds until no job ran any more. A job that goes on although nobody wants it would take LONG_MS; a busy host takes its time, too. */
static long until_idle(void)
{
	long began = now();

	while (running()) {
		if (now() - began > LONG_MS / 2)
			fail("a job still runs after %ld ms", now() - began);
		nap(5);
	}
	return now() - began;
}
