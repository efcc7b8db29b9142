// SPDX-License-Identifier: GPL-2.0-only
/*
 * Open vSwitch flows over generic netlink, without its user space: a datapath is made, flows are added and deleted one by one, and
 * the datapath is deleted. With "stay" another datapath is made, and it and its flows stay; each sends to a tunnel, the metadata_dst of which hangs on its
 * list of actions alone; and one more sends to many, as a flow for all of a multicast group does: its list is as long as what was asked for, more than two pages.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/openvswitch.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "slabload.h"

struct message {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	char body[32768];
};

#define TUNNELS	400	/* of 24 bytes each */

static int nl_socket;
static unsigned int nl_seq;

static void message_start(struct message *msg, int family, int cmd, int version)
{
	memset(msg, 0, sizeof(*msg));
	msg->nl.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	msg->nl.nlmsg_type = family;
	msg->nl.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	msg->nl.nlmsg_seq = ++nl_seq;
	msg->genl.cmd = cmd;
	msg->genl.version = version;
}

static void *message_tail(struct message *msg)
{
	return (char *)msg + NLMSG_ALIGN(msg->nl.nlmsg_len);
}

static void message_raw(struct message *msg, const void *data, size_t len)
{
	memcpy(message_tail(msg), data, len);
	msg->nl.nlmsg_len = NLMSG_ALIGN(msg->nl.nlmsg_len) + len;
}

static struct nlattr *message_attr(struct message *msg, int type, const void *data, size_t len)
{
	struct nlattr *attr = message_tail(msg);

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy((char *)attr + NLA_HDRLEN, data, len);
	msg->nl.nlmsg_len = NLMSG_ALIGN(msg->nl.nlmsg_len) + attr->nla_len;
	return attr;
}

static void nest_end(struct message *msg, struct nlattr *nest)
{
	msg->nl.nlmsg_len = NLMSG_ALIGN(msg->nl.nlmsg_len);
	nest->nla_len = (char *)message_tail(msg) - (char *)nest;
}

/* Send, and read until the acknowledgement; @reply, if any, gets the first message that is not it. Returns 0 or -errno. */
static int message_send(struct message *msg, char *reply, size_t reply_len)
{
	char buf[8192];
	ssize_t len;

	if (send(nl_socket, msg, msg->nl.nlmsg_len, 0) < 0)
		die("send");
	for (;;) {
		struct nlmsghdr *nl = (struct nlmsghdr *)buf;

		len = recv(nl_socket, buf, sizeof(buf), 0);
		if (len < 0)
			die("recv");
		for (; NLMSG_OK(nl, (size_t)len); nl = NLMSG_NEXT(nl, len)) {
			if (nl->nlmsg_seq != nl_seq)
				continue;
			if (nl->nlmsg_type == NLMSG_ERROR)
				return ((struct nlmsgerr *)NLMSG_DATA(nl))->error;
			if (reply && nl->nlmsg_len <= reply_len)
				memcpy(reply, nl, nl->nlmsg_len);
		}
	}
}

static int family_id(const char *name)
{
	char reply[4096] = { 0 };
	struct nlmsghdr *nl = (struct nlmsghdr *)reply;
	struct message msg;
	size_t at;

	message_start(&msg, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	message_attr(&msg, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	errno = -message_send(&msg, reply, sizeof(reply));
	if (errno)
		die(name);
	for (at = NLMSG_LENGTH(GENL_HDRLEN); at + NLA_HDRLEN <= nl->nlmsg_len;) {
		struct nlattr *attr = (struct nlattr *)(reply + at);

		if (attr->nla_type == CTRL_ATTR_FAMILY_ID)
			return *(unsigned short *)((char *)attr + NLA_HDRLEN);
		at += NLA_ALIGN(attr->nla_len);
	}
	errno = ENOENT;
	die(name);
}

static int datapath(int family, int cmd, const char *name, struct ovs_header *dp)
{
	unsigned int zero = 0;
	char reply[4096] = { 0 };
	struct message msg;
	int err;

	message_start(&msg, family, cmd, OVS_DATAPATH_VERSION);
	message_raw(&msg, dp, sizeof(*dp));
	message_attr(&msg, OVS_DP_ATTR_NAME, name, strlen(name) + 1);
	if (cmd == OVS_DP_CMD_NEW) {
		message_attr(&msg, OVS_DP_ATTR_UPCALL_PID, &zero, sizeof(zero));
		msg.nl.nlmsg_flags |= NLM_F_ECHO;
	}
	err = message_send(&msg, reply, sizeof(reply));
	if (!err && cmd == OVS_DP_CMD_NEW)
		memcpy(dp, reply + NLMSG_LENGTH(GENL_HDRLEN), sizeof(*dp));
	return err;
}

static void set_tunnel(struct message *msg)
{
	struct nlattr *set = message_attr(msg, OVS_ACTION_ATTR_SET, NULL, 0), *key = message_attr(msg, OVS_KEY_ATTR_TUNNEL, NULL, 0);
	unsigned int to = htonl(0x0a000001);
	unsigned char ttl = 64;

	message_attr(msg, OVS_TUNNEL_KEY_ATTR_IPV4_DST, &to, sizeof(to));
	message_attr(msg, OVS_TUNNEL_KEY_ATTR_TTL, &ttl, sizeof(ttl));
	nest_end(msg, key);
	nest_end(msg, set);
}

static int flow(int family, int cmd, const struct ovs_header *dp, unsigned int number, unsigned int tunnels)
{
	struct ovs_key_ethernet eth = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 } };
	unsigned short type = htons(0x88b5);
	struct nlattr *nest;
	struct message msg;

	memcpy(eth.eth_src + 2, &number, sizeof(number));
	message_start(&msg, family, cmd, OVS_FLOW_VERSION);
	message_raw(&msg, dp, sizeof(*dp));
	nest = message_attr(&msg, OVS_FLOW_ATTR_KEY | NLA_F_NESTED, NULL, 0);
	message_attr(&msg, OVS_KEY_ATTR_ETHERNET, &eth, sizeof(eth));
	message_attr(&msg, OVS_KEY_ATTR_ETHERTYPE, &type, sizeof(type));
	nest_end(&msg, nest);
	if (cmd == OVS_FLOW_CMD_NEW) {
		nest = message_attr(&msg, OVS_FLOW_ATTR_ACTIONS | NLA_F_NESTED, NULL, 0);
		while (tunnels--)
			set_tunnel(&msg);
		nest_end(&msg, nest);
	}
	return message_send(&msg, NULL, 0);
}

int load_ovs(int argc, char **argv)
{
	bool stays = argc > 1 && !strcmp(argv[1], "stay");
	const char *name = stays ? "slabload1" : "slabload0";
	unsigned long i, count = number(argv[0]);
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	struct ovs_header dp = { 0 };
	int dp_family, flow_family;

	nl_socket = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (nl_socket < 0 || bind(nl_socket, (struct sockaddr *)&addr, sizeof(addr)))
		die("netlink");
	dp_family = family_id(OVS_DATAPATH_FAMILY);
	flow_family = family_id(OVS_FLOW_FAMILY);
	errno = -datapath(dp_family, OVS_DP_CMD_NEW, name, &dp);
	if (errno)
		die("new datapath");
	for (i = 0; i < count; i++) {
		errno = -flow(flow_family, OVS_FLOW_CMD_NEW, &dp, i, stays ? 1 : 0);
		if (errno)
			die("new flow");
		errno = stays ? 0 : -flow(flow_family, OVS_FLOW_CMD_DEL, &dp, i, 0);
		if (errno)
			die("delete flow");
		pace();
	}
	errno = stays ? -flow(flow_family, OVS_FLOW_CMD_NEW, &dp, i, TUNNELS) : -datapath(dp_family, OVS_DP_CMD_DEL, name, &dp);
	if (errno)
		die(stays ? "new flow with many tunnels" : "delete datapath");
	return 0;
}
