// SPDX-License-Identifier: GPL-2.0-only
/*
 * replay.c - stands in for cli/nl.c and cli/root.c: answers come from recorded files instead of the module
 *
 * SLABSCAN_REPLAY names a directory. A job of kind N on cache C finds its result in "N.C.msgs" or "N.msgs" there: messages as they came
 * behind the generic netlink header, each with its length in front (u32), as ./record writes them. If there is no such file the answer is
 * ENOENT. "N.partial" makes it a job that was cut short, with the file's text as the reason; "N.errno" an error: number and sentence.
 * "none" makes the module not loaded; "clock" stops CLOCK_MONOTONIC at so many seconds. As in the module, LIMIT cuts the groups of each cache.
 * SLABSCAN_REPLAY_ROOT is the prefix of /sys and /proc.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "decode.h"
#include "nl.h"

struct nl {
	char error[256];
	uint32_t kind, job_kind, limit;
	char cache[SLABSCAN_NAME_MAX];
	nl_event_fn event;
	void *event_arg;
};

const char *cli_root(void)
{
	const char *root = getenv("SLABSCAN_REPLAY_ROOT");

	return root ? root : "/nonexistent";
}

int __real_clock_gettime(clockid_t id, struct timespec *ts);
int __wrap_clock_gettime(clockid_t id, struct timespec *ts);

int __wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	const char *dir = getenv("SLABSCAN_REPLAY");
	char path[512];
	long seconds;
	FILE *f;

	snprintf(path, sizeof(path), "%s/clock", dir ? dir : ".");
	f = id == CLOCK_MONOTONIC ? fopen(path, "re") : NULL;
	if (!f)
		return __real_clock_gettime(id, ts);
	if (fscanf(f, "%ld", &seconds) != 1)
		abort();
	fclose(f);
	*ts = (struct timespec){ .tv_sec = seconds };
	return 0;
}

struct nl *nl_create(const char *root)
{
	(void)root;
	return calloc(1, sizeof(struct nl));
}

void nl_destroy(struct nl *nl)
{
	free(nl);
}

const char *nl_error(const struct nl *nl)
{
	return nl->error;
}

static FILE *open_file(const struct nl *nl, const char *suffix, bool of_cache)
{
	const char *dir = getenv("SLABSCAN_REPLAY");
	char path[512];

	if (of_cache)
		snprintf(path, sizeof(path), "%s/%u.%s.%s", dir ? dir : ".", nl->kind, nl->cache, suffix);
	else
		snprintf(path, sizeof(path), "%s/%u.%s", dir ? dir : ".", nl->kind, suffix);
	return fopen(path, "re");
}

int nl_connect(struct nl *nl)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/none", getenv("SLABSCAN_REPLAY") ? getenv("SLABSCAN_REPLAY") : ".");
	if (access(path, F_OK))
		return 0;
	snprintf(nl->error, sizeof(nl->error), "the slabscan module is not loaded.");
	return -ENOENT;
}

void nl_listen(struct nl *nl, nl_event_fn fn, void *arg)
{
	nl->event = fn;
	nl->event_arg = arg;
}

int nl_fd(const struct nl *nl)
{
	(void)nl;
	return -1;
}

int nl_pump(struct nl *nl)
{
	(void)nl;
	return 0;
}

/* What the client asked for. */
static void read_request(struct nl *nl, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	nl->cache[0] = 0;
	nl->limit = 0;
	mnl_attr_for_each(attr, nlh, 0) {
		if (mnl_attr_get_type(attr) == SLABSCAN_A_KIND)
			nl->kind = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == SLABSCAN_A_LIMIT)
			nl->limit = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == SLABSCAN_A_CACHE)
			snprintf(nl->cache, sizeof(nl->cache), "%s", mnl_attr_get_str(attr));
	}
}

static FILE *messages(const struct nl *nl)
{
	FILE *f = *nl->cache ? open_file(nl, "msgs", true) : NULL;

	return f ? f : open_file(nl, "msgs", false);
}

static int start(struct nl *nl, nl_answer_fn answer, void *arg)
{
	char buf[1024] = { 0 }, why[200] = "";
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	FILE *f = open_file(nl, "errno", false);
	int number = ENOENT, ret;

	if (f) {
		if (fscanf(f, "%d %199[^\n]", &number, why) < 1)
			abort();
		fclose(f);
	}
	if (!f) {
		f = messages(nl);
		if (f) {
			fclose(f);
			number = 0;
		} else {
			snprintf(why, sizeof(why), "no recorded answer");
		}
	}
	if (number) {
		snprintf(nl->error, sizeof(nl->error), "the kernel refused: %s", why);
		return -number;
	}
	mnl_attr_put_u32(nlh, SLABSCAN_A_JOB, 1);
	ret = answer(mnl_nlmsg_get_payload(nlh), mnl_nlmsg_get_payload_len(nlh), arg);
	f = open_file(nl, "partial", false);
	if (f) {
		if (!fgets(why, sizeof(why), f))
			abort();
		why[strcspn(why, "\n")] = 0;
		fclose(f);
	}
	mnl_attr_put_u32(nlh, SLABSCAN_A_STATE, f ? SLABSCAN_STATE_PARTIAL : SLABSCAN_STATE_DONE);
	mnl_attr_put_strz(nlh, SLABSCAN_A_MESSAGE, why);
	nl->event(mnl_nlmsg_get_payload(nlh), mnl_nlmsg_get_payload_len(nlh), nl->event_arg);
	return ret;
}

/* Is it one of more groups of a cache than were asked for? @seen: of @cache, so far. */
static bool beyond_limit(const struct nl *nl, const char *buf, uint32_t len, char *cache, uint32_t *seen)
{
	static struct record rec;

	if (nl->kind != SLABSCAN_KIND_LEAKS || nl->job_kind != nl->kind || !nl->limit || decode_record(buf, len, &rec) ||
	    rec.type != SLABSCAN_A_RECORD_GROUP)
		return false;
	if (strcmp(cache, rec.cache)) {
		snprintf(cache, SLABSCAN_NAME_MAX, "%s", rec.cache);
		*seen = 0;
	}
	return ++*seen > nl->limit;
}

static int dump(struct nl *nl, nl_answer_fn answer, void *arg)
{
	char cache[SLABSCAN_NAME_MAX] = "";
	FILE *f = messages(nl);
	uint32_t len, seen = 0;
	int ret = 0;

	if (!f)
		return -ENOENT;
	while (!ret && fread(&len, sizeof(len), 1, f) == 1) {
		char *buf = malloc(len ? len : 1);

		if (!buf || fread(buf, 1, len, f) != len)
			ret = -EBADMSG;
		else if (!beyond_limit(nl, buf, len, cache, &seen))
			ret = answer(buf, len, arg);
		free(buf);
	}
	fclose(f);
	if (ret)
		snprintf(nl->error, sizeof(nl->error), "a message could not be decoded");
	return ret;
}

int nl_call(struct nl *nl, uint8_t cmd, bool is_dump, nl_fill_fn fill, const void *fill_arg, nl_answer_fn answer, void *answer_arg)
{
	char buf[4096] = { 0 }, cache[SLABSCAN_NAME_MAX];
	uint32_t limit;
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	(void)is_dump;
	if (fill)
		fill(nlh, fill_arg);
	switch (cmd) {
	case SLABSCAN_CMD_JOB_START:
		read_request(nl, nlh);
		nl->job_kind = nl->kind;
		return start(nl, answer, answer_arg);
	case SLABSCAN_CMD_RESULT_GET:
		memcpy(cache, nl->cache, sizeof(cache));
		limit = nl->limit;
		read_request(nl, nlh);
		memcpy(nl->cache, cache, sizeof(cache));
		nl->limit = limit;
		return dump(nl, answer, answer_arg);
	}
	return 0;
}
