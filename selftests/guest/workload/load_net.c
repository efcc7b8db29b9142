// SPDX-License-Identifier: GPL-2.0-only
/*
 * Network workloads on the loopback device.
 */
#include <arpa/inet.h>
#include <linux/sctp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "slabload.h"

static struct sockaddr_in loopback(unsigned int port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return addr;
}

/* Each new priority is a new struct sctp_stream_priorities, and frees the one before. */
int load_sctp(int argc, char **argv)
{
	unsigned long i, count = number(argv[0]);
	struct sctp_assoc_value scheduler = { .assoc_value = SCTP_SS_PRIO };
	struct sctp_stream_value value = { .stream_id = 0 };
	struct sockaddr_in addr = loopback(5006);
	int server, client;

	server = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
	client = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
	if (server < 0 || client < 0)
		die("socket");
	if (bind(server, (struct sockaddr *)&addr, sizeof(addr)) || listen(server, 1))
		die("listen");
	if (connect(client, (struct sockaddr *)&addr, sizeof(addr)))
		die("connect");
	if (setsockopt(client, IPPROTO_SCTP, SCTP_STREAM_SCHEDULER, &scheduler, sizeof(scheduler)))
		die("SCTP_STREAM_SCHEDULER");
	/* One more than asked: the first of all frees nothing that we made. */
	for (i = 0; i <= count; i++) {
		value.stream_value = 1 + i % 60000;
		if (setsockopt(client, IPPROTO_SCTP, SCTP_STREAM_SCHEDULER_VALUE, &value, sizeof(value)))
			die("SCTP_STREAM_SCHEDULER_VALUE");
		pace();
	}
	return 0;
}

int load_sockets(int argc, char **argv)
{
	unsigned long i, m, count = number(argv[0]), messages = number(argv[1]);
	struct sockaddr_in addr;
	socklen_t len;
	char data[300];
	int fd;

	memset(data, 'q', sizeof(data));
	for (i = 0; i < count; i++) {
		fd = socket(AF_INET, SOCK_DGRAM, 0);
		addr = loopback(0);
		len = sizeof(addr);
		if (fd < 0 || bind(fd, (struct sockaddr *)&addr, len) || getsockname(fd, (struct sockaddr *)&addr, &len))
			die("socket");
		for (m = 0; m < messages; m++)
			if (sendto(fd, data, sizeof(data), 0, (struct sockaddr *)&addr, len) < 0)
				die("sendto");
		close(fd);
		pace();
	}
	return 0;
}

int load_udp_spray(int argc, char **argv)
{
	unsigned long i, count = number(argv[0]);
	struct sockaddr_in addr;
	int fd = -1;

	for (i = 0; i < count; i++) {
		/* A new source port now and then, so that there are more flows than destination ports. */
		if (!(i % 10000)) {
			if (fd >= 0)
				close(fd);
			fd = socket(AF_INET, SOCK_DGRAM, 0);
			if (fd < 0)
				die("socket");
		}
		addr = loopback(20000 + i % 10000);
		sendto(fd, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&addr, sizeof(addr));
		pace();
	}
	return 0;
}
