/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * msg.h - build attributes as the kernel does, for tests of the decoder
 */
#ifndef SLABSCAN_TEST_MSG_H
#define SLABSCAN_TEST_MSG_H

#include <stdint.h>
#include <string.h>

#include <linux/netlink.h>
#include <linux/slabscan.h>

struct msg {
	unsigned char buf[65536];
	size_t len;
};

static inline size_t msg_put(struct msg *m, unsigned int type, const void *data, size_t len)
{
	struct nlattr head = { .nla_len = (uint16_t)(sizeof(head) + len), .nla_type = (uint16_t)type };
	size_t at = m->len;

	memcpy(m->buf + m->len, &head, sizeof(head));
	if (len)
		memcpy(m->buf + m->len + sizeof(head), data, len);
	memset(m->buf + m->len + sizeof(head) + len, 0, NLA_ALIGN(len) - len);
	m->len += sizeof(head) + NLA_ALIGN(len);
	return at;
}

static inline void msg_u32(struct msg *m, unsigned int type, uint32_t value)
{
	msg_put(m, type, &value, sizeof(value));
}

static inline void msg_u64(struct msg *m, unsigned int type, uint64_t value)
{
	msg_put(m, type, &value, sizeof(value));
}

static inline void msg_str(struct msg *m, unsigned int type, const char *text)
{
	msg_put(m, type, text, strlen(text) + 1);
}

static inline size_t msg_open(struct msg *m, unsigned int type)
{
	return msg_put(m, type | NLA_F_NESTED, NULL, 0);
}

static inline void msg_close(struct msg *m, size_t at)
{
	uint16_t len = (uint16_t)(m->len - at);

	memcpy(m->buf + at, &len, sizeof(len));
}

#endif
