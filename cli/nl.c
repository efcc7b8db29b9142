// SPDX-License-Identifier: GPL-2.0-only
/*
 * nl.c - the conversation with the module
 *
 * The loop over messages is ours and not mnl_cb_run(): libmnl's handler of NLMSG_DONE drops the error of a dump that failed, and events come
 * between answers.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include "nl.h"
#include "out_int.h"

#define BUFFER_SIZE	(128 * 1024)
#define SOCKET_BUFFER	(4 * 1024 * 1024)
#define LOOK_UPS	10	/* of a family that is not there though its module is, 50 ms apart */
#define ANSWER_MS	30000

struct nl {
	const char *root;
	struct mnl_socket *sock;
	uint16_t family;
	uint32_t seq;
	nl_event_fn event;
	void *event_arg;
	char error[512];
	char *buf;
};

/* A request that waits for its answers. */
struct call {
	uint32_t seq;
	nl_answer_fn answer;
	void *arg;
	bool done;
	bool interrupted;
	int error;
	char extack[256];
};

static int fail(struct nl *nl, int error, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static int fail(struct nl *nl, int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(nl->error, sizeof(nl->error), fmt, ap);
	va_end(ap);
	return error;
}

struct nl *nl_create(const char *root)
{
	struct nl *nl = out_alloc(sizeof(*nl));

	nl->root = root;
	nl->buf = out_alloc(BUFFER_SIZE);
	nl->seq = (uint32_t)time(NULL);
	return nl;
}

void nl_destroy(struct nl *nl)
{
	if (!nl)
		return;
	if (nl->sock)
		mnl_socket_close(nl->sock);
	free(nl->buf);
	free(nl);
}

const char *nl_error(const struct nl *nl)
{
	return nl->error;
}

int nl_fd(const struct nl *nl)
{
	return nl->sock ? mnl_socket_get_fd(nl->sock) : -1;
}

void nl_listen(struct nl *nl, nl_event_fn fn, void *arg)
{
	nl->event = fn;
	nl->event_arg = arg;
}

/* The sentence of an extended acknowledgement, which stands behind @skip bytes of the message's payload. */
static void read_extack(const struct nlmsghdr *nlh, size_t skip, char text[256])
{
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || mnl_nlmsg_get_payload_len(nlh) < skip)
		return;
	mnl_attr_for_each(attr, nlh, skip) {
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG && mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0)
			snprintf(text, 256, "%s", mnl_attr_get_str(attr));
	}
}

static void on_error(const struct nlmsghdr *nlh, struct call *call)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t skip = sizeof(*err);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err)) {
		call->error = -EBADMSG;
	} else {
		call->error = err->error > 0 ? -err->error : err->error;
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED) && err->msg.nlmsg_len > sizeof(err->msg))
			skip += MNL_ALIGN(err->msg.nlmsg_len) - sizeof(err->msg);
		read_extack(nlh, skip, call->extack);
	}
	call->done = true;
}

static void on_done(const struct nlmsghdr *nlh, struct call *call)
{
	int error = 0;

	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(error)) {
		memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof(error));
		read_extack(nlh, MNL_ALIGN(sizeof(error)), call->extack);
	}
	if (error < 0)
		call->error = error;
	call->done = true;
}

static void on_message(struct nl *nl, const struct nlmsghdr *nlh, struct call *call)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	bool ours = call && nlh->nlmsg_seq == call->seq;
	const char *body;
	size_t len;

	if (ours && (nlh->nlmsg_flags & NLM_F_DUMP_INTR))
		call->interrupted = true;
	if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
		if (ours && nlh->nlmsg_type == NLMSG_ERROR)
			on_error(nlh, call);
		else if (ours)
			on_done(nlh, call);
		return;
	}
	if (nlh->nlmsg_type < NLMSG_MIN_TYPE || mnl_nlmsg_get_payload_len(nlh) < sizeof(*genl))
		return;
	body = (const char *)genl + GENL_HDRLEN;
	len = mnl_nlmsg_get_payload_len(nlh) - GENL_HDRLEN;
	if (nlh->nlmsg_type == nl->family && genl->cmd == SLABSCAN_CMD_JOB_NTF) {
		if (nl->event)
			nl->event(body, len, nl->event_arg);
	} else if (ours && call->answer && !call->error) {
		call->error = call->answer(body, len, call->arg);
	}
}

/* One datagram. Return: 0, or -errno; -EAGAIN if none came in time. */
static int receive(struct nl *nl, struct call *call, int timeout_ms)
{
	struct pollfd pfd = { .fd = nl_fd(nl), .events = POLLIN };
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { nl->buf, BUFFER_SIZE };
	struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1 };
	const struct nlmsghdr *nlh;
	ssize_t got;
	int len, ready;

	do {
		ready = poll(&pfd, 1, timeout_ms);
	} while (ready < 0 && errno == EINTR);
	if (!ready)
		return -EAGAIN;
	do {
		got = recvmsg(pfd.fd, &msg, MSG_DONTWAIT);
	} while (got < 0 && errno == EINTR);
	if (got < 0) {
		/* Lost events are made good by asking (job.c); answers are never lost, the kernel holds them back instead. */
		if (errno == ENOBUFS || errno == EAGAIN)
			return 0;
		return fail(nl, -errno, "cannot read from netlink: %s", strerror(errno));
	}
	if (from.nl_pid)	/* not from the kernel */
		return 0;
	if (msg.msg_flags & MSG_TRUNC)
		return fail(nl, -EMSGSIZE, "the kernel sent a message of more than %d bytes", BUFFER_SIZE);
	len = (int)got;
	for (nlh = (const void *)nl->buf; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
		on_message(nl, nlh, call);
	return 0;
}

int nl_pump(struct nl *nl)
{
	int ret = receive(nl, NULL, 0);

	return ret == -EAGAIN ? 0 : ret;
}

static int send_request(struct nl *nl, struct nlmsghdr *nlh)
{
	ssize_t sent;

	do {
		sent = mnl_socket_sendto(nl->sock, nlh, nlh->nlmsg_len);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? fail(nl, -errno, "cannot write to netlink: %s", strerror(errno)) : 0;
}

/* Send what stands in @nlh and wait for the end of its answers. */
static int converse(struct nl *nl, struct nlmsghdr *nlh, struct call *call)
{
	int ret;

	nlh->nlmsg_seq = call->seq = ++nl->seq ? nl->seq : ++nl->seq;	/* 0 is for events */
	ret = send_request(nl, nlh);
	while (!ret && !call->done)
		ret = receive(nl, call, ANSWER_MS);
	if (ret == -EAGAIN)
		return fail(nl, -ETIMEDOUT, "the kernel did not answer within %d seconds", ANSWER_MS / 1000);
	if (ret)
		return ret;
	if (!call->error && call->interrupted)
		return -EINTR;
	return call->error;
}

static struct nlmsghdr *request(char *buf, uint16_t type, uint8_t cmd, uint8_t version, bool dump)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | (dump ? NLM_F_DUMP : 0);
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

static int on_family(const void *buf, size_t len, void *arg)
{
	const struct nlattr *attr;

	mnl_attr_for_each_payload(buf, len) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID && mnl_attr_validate(attr, MNL_TYPE_U16) == 0)
			*(uint16_t *)arg = mnl_attr_get_u16(attr);
	}
	return 0;
}

/* What becomes of the module: "live", "coming" or "going"; empty if there is no word of it. */
static void read_state(const struct nl *nl, char state[16])
{
	char path[256];
	FILE *f;

	*state = 0;
	snprintf(path, sizeof(path), "%s/sys/module/slabscan/initstate", nl->root);
	f = fopen(path, "re");
	if (!f)
		return;
	if (!fgets(state, 16, f))
		*state = 0;
	fclose(f);
}

/* @state: the module's, when there was no family. */
static int no_family(struct nl *nl, const char *state)
{
	char path[256];

	if (!strncmp(state, "coming", 6) || !strncmp(state, "going", 5))
		return fail(nl, -ENOENT, "the slabscan module is being %s just now: try again", *state == 'c' ? "loaded" : "unloaded");
	snprintf(path, sizeof(path), "%s/sys/module/slabscan", nl->root);
	if (access(path, F_OK))
		return fail(nl, -ENOENT, "the slabscan module is not loaded.\n"
			    "Load it with \"modprobe slabscan\", or \"insmod slabscan.ko\" where it was built; if that is refused, dmesg says why.");
	if (nl->family)
		return fail(nl, -ENOENT, "the slabscan module was unloaded, and loaded again, while this command ran: start it again");
	if (strncmp(state, "live", 4))	/* its directory is there for a moment without that file */
		return fail(nl, -ENOENT, "the slabscan module is being loaded or unloaded just now: try again");
	return fail(nl, -ENONET, "the slabscan module is loaded, but it answers in the initial network namespace only, and this is another one.\n"
		    "Try: nsenter --target 1 --net slabscan ...");
}

static int open_socket(struct nl *nl)
{
	int one = 1, size = SOCKET_BUFFER, fd;

	nl->sock = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!nl->sock || mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID) < 0)
		return fail(nl, -errno, "cannot open a netlink socket: %s", strerror(errno));
	/* Without these the answers are only less well explained. */
	mnl_socket_setsockopt(nl->sock, NETLINK_CAP_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl->sock, NETLINK_EXT_ACK, &one, sizeof(one));
	fd = mnl_socket_get_fd(nl->sock);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return 0;
}

/* Return: 0; -ENOENT: there is none; another -errno with a sentence */
static int look_up(struct nl *nl)
{
	struct call call = { .answer = on_family, .arg = &nl->family };
	char buf[512];
	struct nlmsghdr *nlh;
	int ret;

	nlh = request(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, false);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, SLABSCAN_GENL_NAME);
	ret = converse(nl, nlh, &call);
	if (ret == -ENOENT || (!ret && !nl->family))
		return -ENOENT;
	if (ret && call.done)
		return fail(nl, ret, "cannot look up the slabscan module: %s", strerror(-ret));
	return ret;
}

int nl_connect(struct nl *nl)
{
	char state[16];
	int ret, tries;

	if (nl->family)
		return 0;
	if (!nl->sock) {
		ret = open_socket(nl);
		if (ret)
			return ret;
	}
	*state = 0;
	ret = look_up(nl);
	/* A module is live only while its family is there. But it may come and go between these two questions, so once is no proof of another namespace. */
	for (tries = 0; ret == -ENOENT && tries < LOOK_UPS; tries++) {
		read_state(nl, state);
		if (strncmp(state, "live", 4))
			break;
		if (tries)
			usleep(50000);
		ret = look_up(nl);
	}
	return ret == -ENOENT ? no_family(nl, state) : ret;
}

/* The kernel's own sentence if it has one, and what can be done about it. */
static int explain(struct nl *nl, int error, const struct call *call)
{
	const char *said = *call->extack ? call->extack : strerror(-error);

	switch (error) {
	case -EPERM:
	case -EACCES:
		return fail(nl, error, "permission denied: %s.\n"
			    "slabscan reads kernel memory: it must run as root (CAP_SYS_ADMIN in the initial user namespace), and the kernel must not be "
			    "locked down to confidentiality.", said);
	case -EBUSY:
		return fail(nl, error, "%s.\nThe module runs one job at a time: wait for the other one, or end its client.",
			    *call->extack ? said : "another job runs");
	case -ENOMEM:
		return fail(nl, error, "the kernel has too little free memory for this job: %s. Nothing was started.", said);
	case -EBADMSG:
		return fail(nl, error, "the module's answer cannot be understood: are slabscan and slabscan.ko of the same version?");
	}
	return fail(nl, error, "the kernel refused: %s", said);
}

int nl_call(struct nl *nl, uint8_t cmd, bool dump, nl_fill_fn fill, const void *fill_arg, nl_answer_fn answer, void *answer_arg)
{
	struct call call = { .answer = answer, .arg = answer_arg };
	char buf[4096], state[16];
	struct nlmsghdr *nlh;
	int ret;

	nl->error[0] = 0;
	ret = nl_connect(nl);
	if (ret)
		return ret;
	nlh = request(buf, nl->family, cmd, SLABSCAN_GENL_VERSION, dump);
	if (fill)
		fill(nlh, fill_arg);
	ret = converse(nl, nlh, &call);
	if (ret == -EINTR && call.interrupted)
		return ret;
	if ((ret == -ENOENT || ret == -EPROTONOSUPPORT) && call.done && !*call.extack) {
		/* The family went away since it was looked up: the module was unloaded. */
		read_state(nl, state);
		ret = no_family(nl, state);
		nl->family = 0;
		return ret;
	}
	return ret && !*nl->error ? explain(nl, ret, &call) : ret;
}
