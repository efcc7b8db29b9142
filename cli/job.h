/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * job.h - run a job in the kernel and get its result
 */
#ifndef SLABSCAN_JOB_H
#define SLABSCAN_JOB_H

#include "cli.h"
#include "decode.h"

/**
 * struct job_params - what a job is asked to do
 *
 * What is 0 or NULL is left out of the request, but where a flag says otherwise.
 */
struct job_params {
	enum slabscan_kind kind;
	const char *cache;
	bool has_index;
	uint32_t cache_index;
	bool all;
	uint32_t limit;
	uint32_t cpus;
	bool has_addr;
	uint64_t addr;
	uint32_t duration_ms;
	bool has_drain;
	uint32_t drain_ms;
	uint32_t records;
	uint32_t pid;
	const char *module;
	const char *const *probes;
	unsigned int probe_count;
	bool has_fingerprint;
	uint32_t fingerprint;
};

/**
 * struct result - the records of a finished job, in the order in which they came
 * @rec: pointers to them; each has its own memory and points into it
 * @count: how many
 * @generation: which result it is
 * @memory: bytes that the job said it would allocate at most, 0 if it did not say
 * @partial: the job ended early
 * @why: a sentence that says why, if @partial; "" if the kernel gave none
 * @summary: the summary among @rec; NULL if there is none
 */
struct result {
	struct record **rec;
	size_t count, room;
	uint32_t generation;
	uint64_t memory;
	bool partial;
	char why[256];
	const struct record *summary;
};

/**
 * job_run() - run a job to its end and fetch the result
 * @cli: cli->nl is made if there is none yet
 * @params: what to do
 * @label: what the progress line calls it ("scanning kmalloc-64"); NULL: no progress line
 * @result: gets it; to be freed by result_free(), in any case
 *
 * Shows progress on stderr, if that is a terminal and --quiet was not given. Ctrl-C ends the job in the kernel and gives what it found so far.
 *
 * Return: CLI_OK; CLI_PARTIAL, and @result holds what there is; CLI_FAILED: job_fail() says why, job_errno() tells
 * failures apart.
 */
int job_run(struct cli *cli, const struct job_params *params, const char *label, struct result **result);

/**
 * job_last() - the newest result of a kind that the module still has
 * @cli: connected
 * @kind: enum slabscan_kind
 *
 * Return: to be freed by result_free(); NULL if there is none, or it can't be had; nothing is said then.
 */
struct result *job_last(struct cli *cli, uint32_t kind);

/* Why the last job_run() failed: -errno of the kernel (-ENOENT: no such cache; or the module is not loaded, see job_connect()). */
int job_errno(const struct cli *cli);

/**
 * job_connect() - is the module there?
 *
 * Return: 0; -ENOENT: not loaded; -ENONET: another network namespace; other -errno. job_fail() has the sentence. Prints nothing.
 */
int job_connect(struct cli *cli);

/* cli_fail() with the sentence of the last failure. Return: CLI_FAILED. */
int job_fail(struct cli *cli);

/* JSON "complete", and a warning in text if the result is partial. @status: job_run()'s; it is returned. */
int job_say_complete(struct cli *cli, const struct result *result, int status);

void result_free(struct result *result);

/* Adds a copy. @buf, @len: as for decode_record(). Return: 0, also for unknown records; -EBADMSG. For job.c and for tests. */
int result_add(struct result *result, const void *buf, size_t len);
void result_clear(struct result *result);

/* Adds a record that was malloc'ed, or taken out of another result; it belongs to @result then. The summary is left as it is. */
void result_take(struct result *result, struct record *rec);

/* The next record of @type at or behind *at, which is moved behind it; NULL at the end. Start with *at = 0. */
const struct record *result_next(const struct result *result, uint32_t type, size_t *at);

#endif
