// SPDX-License-Identifier: GPL-2.0-only
/*
 * refused - requests that must be refused, with which errno and in which words
 *
 *   refused            the names of all requests
 *   refused NAME       status 0 if it was refused as it must be
 *   refused may        errnos of one command of each sort: "info=0 start=0 cancel=3 result=2: " and the last sentence
 *   refused down       the same by an unprivileged process that was handed a socket of root
 *   refused up         the same by root that writes to a socket which an unprivileged process opened
 *   refused aware      the same by root that knows what it is, and gives an address
 *   refused list       runs a list of objects, which the command has no verb for; status 0 if it is done
 *   refused groups F   "F: " and the names of the multicast groups of the family F
 *
 * Each one is followed by a look that no job runs.
 */
#include "session.h"

static struct nlmsghdr *start_of(uint32_t kind)
{
	return request_kind(SLABSCAN_CMD_JOB_START, 0, kind);
}

static struct nlmsghdr *scan_of(const char *cache)
{
	struct nlmsghdr *q = start_of(SLABSCAN_KIND_SCAN);

	mnl_attr_put_strz(q, SLABSCAN_A_CACHE, cache);
	return q;
}

static struct nlmsghdr *with(struct nlmsghdr *q, uint16_t type, uint16_t len, const void *data)
{
	mnl_attr_put(q, type, len, data);
	return q;
}

static struct nlmsghdr *with_u32(struct nlmsghdr *q, uint16_t type, uint32_t v)
{
	return with(q, type, sizeof(v), &v);
}

static const char zeros[256];
static const char as[256] = { [0 ... 255] = 'a' };

static struct nlmsghdr *plain(uint8_t cmd, uint16_t flags)
{
	return request(family, cmd, flags);
}

static struct nlmsghdr *reserved(void)
{
	struct nlmsghdr *q = plain(SLABSCAN_CMD_INFO_GET, 0);

	((struct genlmsghdr *)mnl_nlmsg_get_payload(q))->reserved = 1;
	return q;
}

/* An attribute that says it is longer, or shorter, than what follows. */
static struct nlmsghdr *lying(uint16_t len)
{
	struct nlmsghdr *q = start_of(SLABSCAN_KIND_CACHES);
	struct nlattr *a = mnl_nlmsg_get_payload_tail(q);

	mnl_attr_put_u32(q, SLABSCAN_A_LIMIT, 5);
	a->nla_len = len;
	return q;
}

/* says: NULL: any sentence; "": netlink itself refuses, without a word */
static const struct bad {
	const char *name;
	int err;
	const char *says;
} bads[] = {
	{ "unknown-command", EOPNOTSUPP, "" },
	{ "notification-as-command", EOPNOTSUPP, "" },
	{ "result-without-dump", EOPNOTSUPP, "" },
	{ "dump-of-info", EOPNOTSUPP, "" },
	{ "info-with-attribute", EINVAL, "does not belong" },
	{ "no-kind", EINVAL, "KIND is missing" },
	{ "kind-0", ERANGE, NULL },
	{ "kind-too-big", ERANGE, NULL },
	{ "kind-of-1-byte", EINVAL, NULL },
	{ "kind-of-8-bytes", EINVAL, NULL },
	{ "unknown-attribute", EINVAL, NULL },
	{ "attribute-of-answers", EINVAL, NULL },
	{ "attribute-of-another-kind", EINVAL, "does not belong" },
	{ "name-without-end", EINVAL, NULL },
	{ "name-of-64", EINVAL, NULL },
	{ "name-of-200", EINVAL, NULL },
	{ "name-of-0-bytes", EINVAL, NULL },
	{ "name-empty", EINVAL, "no cache is named" },
	{ "no-cache", EINVAL, "no cache is named" },
	{ "cache-that-is-not", ENOENT, "no cache bears that name" },
	{ "index-that-is-not", ENOENT, NULL },
	{ "index-too-big", ERANGE, NULL },
	{ "limit-0", ERANGE, NULL },
	{ "limit-too-big", ERANGE, NULL },
	{ "flag-with-content", ERANGE, NULL },
	{ "address-of-4-bytes", EINVAL, NULL },
	{ "show-without-address", EINVAL, NULL },
	{ "attribute-past-the-end", EINVAL, NULL },
	{ "attribute-of-length-2", EINVAL, NULL },
	{ "cancel-without-job", EINVAL, "JOB is missing" },
	{ "cancel-of-nothing", ESRCH, "no such job" },
	{ "result-without-kind", EINVAL, "KIND is missing" },
	{ "result-of-kind-0", ERANGE, NULL },
	{ "result-before-any", ENOENT, "no result of that kind" },
	{ "result-with-attribute", EINVAL, "does not belong" },
	{ "trace-of-no-time", EINVAL, NULL },
	{ "trace-of-no-function", ENOENT, NULL },
	{ "reserved-bits", EINVAL, NULL },
};

static struct nlmsghdr *build(const char *name)
{
#define IS(n)	(!strcmp(name, n))
	struct nlmsghdr *q;

	if (IS("unknown-command"))
		return plain(200, 0);
	if (IS("notification-as-command"))
		return plain(SLABSCAN_CMD_JOB_NTF, 0);
	if (IS("result-without-dump"))
		return request_kind(SLABSCAN_CMD_RESULT_GET, 0, SLABSCAN_KIND_CACHES);
	if (IS("dump-of-info"))
		return plain(SLABSCAN_CMD_INFO_GET, NLM_F_DUMP);
	if (IS("info-with-attribute"))
		return request_kind(SLABSCAN_CMD_INFO_GET, 0, SLABSCAN_KIND_CACHES);
	if (IS("no-kind"))
		return plain(SLABSCAN_CMD_JOB_START, 0);
	if (IS("kind-0"))
		return start_of(0);
	if (IS("kind-too-big"))
		return start_of(SLABSCAN_KIND_MAX + 1);
	if (IS("kind-of-1-byte"))
		return with(plain(SLABSCAN_CMD_JOB_START, 0), SLABSCAN_A_KIND, 1, "\1");
	if (IS("kind-of-8-bytes"))
		return with(plain(SLABSCAN_CMD_JOB_START, 0), SLABSCAN_A_KIND, 8, "\1\0\0\0\0\0\0");
	if (IS("unknown-attribute"))
		return with_u32(start_of(SLABSCAN_KIND_CACHES), SLABSCAN_A_MAX + 900, 1);
	if (IS("attribute-of-answers"))
		return with_u32(start_of(SLABSCAN_KIND_CACHES), SLABSCAN_A_STATE, 1);
	if (IS("attribute-of-another-kind"))
		return with(start_of(SLABSCAN_KIND_CACHES), SLABSCAN_A_ADDR, 8, zeros);
	if (IS("name-without-end"))
		return with(start_of(SLABSCAN_KIND_SCAN), SLABSCAN_A_CACHE, 10, as);
	if (IS("name-of-64") || IS("name-of-200")) {
		char text[256];
		size_t len = IS("name-of-64") ? 64 : 200;

		memcpy(text, as, len);
		text[len] = 0;
		return scan_of(text);
	}
	if (IS("name-of-0-bytes"))
		return with(start_of(SLABSCAN_KIND_SCAN), SLABSCAN_A_CACHE, 0, NULL);
	if (IS("name-empty"))
		return scan_of("");
	if (IS("no-cache"))
		return start_of(SLABSCAN_KIND_OBJECTS);
	if (IS("cache-that-is-not"))
		return scan_of("no-such-cache");
	if (IS("index-that-is-not"))
		return with_u32(scan_of("kmalloc-64"), SLABSCAN_A_CACHE_INDEX, 3000);
	if (IS("index-too-big"))
		return with_u32(scan_of("kmalloc-64"), SLABSCAN_A_CACHE_INDEX, 0x80000000);
	if (IS("limit-0"))
		return with_u32(scan_of("kmalloc-64"), SLABSCAN_A_LIMIT, 0);
	if (IS("limit-too-big"))
		return with_u32(scan_of("kmalloc-64"), SLABSCAN_A_LIMIT, 0xffffffff);
	if (IS("flag-with-content"))
		return with_u32(start_of(SLABSCAN_KIND_SCAN), SLABSCAN_A_ALL, 1);
	if (IS("address-of-4-bytes"))
		return with_u32(start_of(SLABSCAN_KIND_SHOW), SLABSCAN_A_ADDR, 1);
	if (IS("show-without-address"))
		return start_of(SLABSCAN_KIND_SHOW);
	if (IS("attribute-past-the-end"))
		return lying(200);
	if (IS("attribute-of-length-2"))
		return lying(2);
	if (IS("cancel-without-job"))
		return plain(SLABSCAN_CMD_JOB_CANCEL, 0);
	if (IS("cancel-of-nothing"))
		return with_u32(plain(SLABSCAN_CMD_JOB_CANCEL, 0), SLABSCAN_A_JOB, 123456);
	if (IS("result-without-kind"))
		return plain(SLABSCAN_CMD_RESULT_GET, NLM_F_DUMP);
	if (IS("result-of-kind-0"))
		return request_kind(SLABSCAN_CMD_RESULT_GET, NLM_F_DUMP, 0);
	if (IS("result-before-any"))
		return request_kind(SLABSCAN_CMD_RESULT_GET, NLM_F_DUMP, SLABSCAN_KIND_REFS);
	if (IS("result-with-attribute"))
		return with_u32(request_kind(SLABSCAN_CMD_RESULT_GET, NLM_F_DUMP, SLABSCAN_KIND_REFS), SLABSCAN_A_JOB, 1);
	if (IS("reserved-bits"))
		return reserved();
	q = start_of(SLABSCAN_KIND_TRACE);
	mnl_attr_put_strz(q, SLABSCAN_A_CACHE, "kmalloc-64");
	if (IS("trace-of-no-time"))
		return with_u32(q, SLABSCAN_A_DURATION_MS, 0);
	mnl_attr_put_u32(q, SLABSCAN_A_DURATION_MS, 1000);
	mnl_attr_put_strz(q, SLABSCAN_A_PROBE, "no_such_function_in_any_kernel");
	return q;
}

static int judge(const struct bad *bad)
{
	int err = ask(build(bad->name));

	if (err != bad->err)
		fail("%s: errno %d (%s), not %d: %s", bad->name, err, strerror(err), bad->err, sentence);
	if (!bad->says && !*sentence)
		fail("%s: refused without a word", bad->name);
	if (bad->says && !strstr(sentence, bad->says))
		fail("%s: \"%s\" does not say \"%s\"", bad->name, sentence, bad->says);
	if (running())
		fail("%s: refused, but a job runs", bad->name);
	printf("%s: %s\n", bad->name, sentence);
	return 0;
}

static int may(void)
{
	int info, begin, cancel, result;

	info = ask(plain(SLABSCAN_CMD_INFO_GET, 0));
	begin = ask(start_of(SLABSCAN_KIND_CACHES));
	cancel = ask(with_u32(plain(SLABSCAN_CMD_JOB_CANCEL, 0), SLABSCAN_A_JOB, 123456));
	result = ask(request_kind(SLABSCAN_CMD_RESULT_GET, NLM_F_DUMP, SLABSCAN_KIND_SCAN));
	printf("info=%d start=%d cancel=%d result=%d: %s\n", info, begin, cancel, result, sentence);
	return 0;
}

static int list(void)
{
	struct nlmsghdr *q;

	session();
	q = start_of(SLABSCAN_KIND_OBJECTS);
	mnl_attr_put_strz(q, SLABSCAN_A_CACHE, "kmalloc-64");
	start(q);
	return last_state() != SLABSCAN_STATE_DONE || ask(request_kind(SLABSCAN_CMD_RESULT_GET, NLM_F_DUMP, SLABSCAN_KIND_OBJECTS));
}

static int groups(const char *name)
{
	const struct nlattr *all, *group, *a;
	const struct nlmsghdr *h;
	struct nlmsghdr *q;

	session();
	family = GENL_ID_CTRL;	/* whose answer it is */
	q = request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	mnl_attr_put_strz(q, CTRL_ATTR_FAMILY_NAME, name);
	submit(q);
	if (await(CTRL_CMD_NEWFAMILY, &h))
		fail("there is no family %s", name);
	printf("%s:", name);
	all = find(h, CTRL_ATTR_MCAST_GROUPS);
	if (all)
		mnl_attr_for_each_nested(group, all)
			mnl_attr_for_each_nested(a, group)
				if (mnl_attr_get_type(a) == CTRL_ATTR_MCAST_GRP_NAME)
					printf(" %s", mnl_attr_get_str(a));
	putchar('\n');
	return 0;
}

int main(int argc, char **argv)
{
	const size_t n = sizeof(bads) / sizeof(*bads);
	bool up, aware;

	if (argc < 2) {
		for (size_t i = 0; i < n; i++)
			puts(bads[i].name);
		return 0;
	}
	up = !strcmp(argv[1], "up");
	aware = !strcmp(argv[1], "aware");
	if ((up || aware) && seteuid(65534))
		die("seteuid");
	session();
	if (up || aware) {
		if (seteuid(0))
			die("seteuid");
		bare = up;
		return may();
	}
	if (!strcmp(argv[1], "down")) {
		if (setresuid(65534, 65534, 65534))
			die("setresuid");
		return may();
	}
	if (!strcmp(argv[1], "may"))
		return may();
	if (!strcmp(argv[1], "list"))
		return list();
	if (!strcmp(argv[1], "groups") && argc > 2)
		return groups(argv[2]);
	for (size_t i = 0; i < n; i++)
		if (!strcmp(bads[i].name, argv[1]))
			return judge(&bads[i]);
	fprintf(stderr, "no such request: %s\n", argv[1]);
	return 2;
}
