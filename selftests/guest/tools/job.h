/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * job.h - run a slabscan job from a test program
 *
 * The shortest honest client: one socket, blocking, every failure ends the program with status 2.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/slabscan.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static struct mnl_socket *sock;
static uint16_t family;
static uint32_t seq;
static char buf[64 * 1024];

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(2);
}

static struct nlmsghdr *request(uint16_t type, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *g;

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = ++seq;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->cmd = cmd;
	g->version = 1;
	return h;
}

static bool bare;	/* send without an address, as who writes to a socket without knowing what it is */

static void submit(struct nlmsghdr *h)
{
	if ((bare ? send(mnl_socket_get_fd(sock), h, h->nlmsg_len, 0) : mnl_socket_sendto(sock, h, h->nlmsg_len)) < 0)
		die("send");
}

static ssize_t receive(void)
{
	ssize_t n;

	do
		n = mnl_socket_recvfrom(sock, buf, sizeof(buf));
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		die("receive");
	return n;
}

static const struct nlattr *find(const struct nlmsghdr *h, uint16_t type)
{
	const struct nlattr *a;

	mnl_attr_for_each(a, h, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(a) == type)
			return a;
	return NULL;
}

/* Reads messages until one with this command comes; an error message ends the program, or is returned as a negative errno. */
static int await(uint8_t cmd, const struct nlmsghdr **ret)
{
	for (;;) {
		int n = receive();
		const struct nlmsghdr *h = (void *)buf;

		for (; mnl_nlmsg_ok(h, n); h = mnl_nlmsg_next(h, &n)) {
			const struct genlmsghdr *g = mnl_nlmsg_get_payload(h);

			if (h->nlmsg_type == NLMSG_ERROR) {
				const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);

				if (e->error)
					return e->error;
				continue;
			}
			if (h->nlmsg_type == family || (family == 0 && h->nlmsg_type == GENL_ID_CTRL)) {
				if (g->cmd != cmd)
					continue;
				*ret = h;
				return 0;
			}
		}
	}
}

static void job_open(void)
{
	const struct nlmsghdr *h;
	struct nlmsghdr *q;

	sock = mnl_socket_open(NETLINK_GENERIC);
	if (!sock || mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0)
		die("socket");
	q = request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	mnl_attr_put_strz(q, CTRL_ATTR_FAMILY_NAME, SLABSCAN_GENL_NAME);
	submit(q);
	if (await(CTRL_CMD_NEWFAMILY, &h)) {
		errno = ENOENT;
		die("no family slabscan");
	}
	family = mnl_attr_get_u16(find(h, CTRL_ATTR_FAMILY_ID));
}

/* Starts a job whose request was prepared and waits for its end. Returns its last state, or a negative errno if it was refused. */
static int job_finish(struct nlmsghdr *q)
{
	const struct nlmsghdr *h;
	int err;

	submit(q);
	err = await(SLABSCAN_CMD_JOB_START, &h);
	if (err)
		return err;
	for (;;) {
		uint32_t state;

		if (await(SLABSCAN_CMD_JOB_NTF, &h))
			die("notification");
		state = mnl_attr_get_u32(find(h, SLABSCAN_A_STATE));
		if (state != SLABSCAN_STATE_RUNNING)
			return state;
	}
}

/* Dumps a result; each record goes to @see. */
static void job_dump(uint32_t kind, void (*see)(const struct nlattr *record, void *arg), void *arg)
{
	struct nlmsghdr *q = request(family, SLABSCAN_CMD_RESULT_GET, NLM_F_DUMP);

	mnl_attr_put_u32(q, SLABSCAN_A_KIND, kind);
	submit(q);
	for (;;) {
		int n = receive();
		const struct nlmsghdr *h = (void *)buf;

		for (; mnl_nlmsg_ok(h, n); h = mnl_nlmsg_next(h, &n)) {
			const struct nlattr *a;

			if (h->nlmsg_type == NLMSG_DONE) {
				int *err = mnl_nlmsg_get_payload(h);

				if (*err) {
					errno = -*err;
					die("dump");
				}
				return;
			}
			if (h->nlmsg_type == NLMSG_ERROR) {
				errno = -((struct nlmsgerr *)mnl_nlmsg_get_payload(h))->error;
				die("dump");
			}
			mnl_attr_for_each(a, h, sizeof(struct genlmsghdr))
				if (mnl_attr_get_type(a) != SLABSCAN_A_GENERATION)
					see(a, arg);
		}
	}
}
