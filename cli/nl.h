/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nl.h - the conversation with the module
 *
 * Errors come as -errno with a sentence in nl_error() that can be shown as it is.
 */
#ifndef SLABSCAN_NL_H
#define SLABSCAN_NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#include "decode.h"

struct nl;

/* Adds the attributes of a request. */
typedef void (*nl_fill_fn)(struct nlmsghdr *nlh, const void *arg);

/* Gets what stands behind the generic netlink header of an answer. Return: 0, or -errno, which nl_call() then returns. */
typedef int (*nl_answer_fn)(const void *buf, size_t len, void *arg);

/* Gets an event (JOB_NTF). */
typedef void (*nl_event_fn)(const void *buf, size_t len, void *arg);

/**
 * nl_create() - a conversation that was not begun yet
 * @root: prefix of /sys
 *
 * Return: never NULL. nl_destroy() ends it; a job that it started ends with it. NULL is fine there.
 */
struct nl *nl_create(const char *root);
void nl_destroy(struct nl *nl);

/* Why the last call failed; "" if none did. Valid until the next call. */
const char *nl_error(const struct nl *nl);

/**
 * nl_connect() - find the module
 *
 * Called by nl_call() where needed. Return: 0; -ENOENT: the module is not loaded; -ENONET: it is, but this is not the initial network
 * namespace; another -errno.
 */
int nl_connect(struct nl *nl);

/* Who gets events. */
void nl_listen(struct nl *nl, nl_event_fn fn, void *arg);

/**
 * nl_call() - one request, all of its answers
 * @cmd: enum slabscan_cmd
 * @dump: ask for a dump
 * @fill: adds the request's attributes; may be NULL
 * @fill_arg: for @fill
 * @answer: called for each answer; may be NULL
 * @answer_arg: for @answer
 *
 * Return: 0; -EINTR: the result was replaced while it was dumped, start over; -errno of the kernel, of @answer or of the socket.
 */
int nl_call(struct nl *nl, uint8_t cmd, bool dump, nl_fill_fn fill, const void *fill_arg, nl_answer_fn answer, void *answer_arg);

/* To be polled for events; then nl_pump() hands them out. */
int nl_fd(const struct nl *nl);
int nl_pump(struct nl *nl);

#endif
