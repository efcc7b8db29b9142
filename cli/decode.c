// SPDX-License-Identifier: GPL-2.0-only
/*
 * decode.c - attributes of the protocol to structs
 *
 * One table a struct says which attribute goes where and what it must look like; lists and nests have a function of their own.
 */
#include <errno.h>
#include <string.h>

#include <linux/netlink.h>

#include "decode.h"

/* One attribute, wherever it lies. */
struct attr {
	unsigned int type;
	const char *data;
	size_t len;
};

enum form { FORM_U32, FORM_U64, FORM_STRING, FORM_LIST };

struct field;
typedef int (*list_fn)(void *dest, const struct attr *attr);

struct field {
	enum form form;
	size_t offset;	/* of the member; a list's function gets the whole struct */
	list_fn add;
};

/* Return: 1 and the attribute at *buf, which is moved behind it; 0 at the end; -EBADMSG. */
static int next_attr(const char **buf, size_t *len, struct attr *attr)
{
	struct nlattr head;
	size_t whole;

	if (!*len)
		return 0;
	if (*len < sizeof(head))
		return -EBADMSG;
	memcpy(&head, *buf, sizeof(head));
	if (head.nla_len < sizeof(head) || head.nla_len > *len)
		return -EBADMSG;
	attr->type = head.nla_type & NLA_TYPE_MASK;
	attr->data = *buf + sizeof(head);
	attr->len = head.nla_len - sizeof(head);
	whole = NLA_ALIGN(head.nla_len);
	if (whole > *len)	/* the last one needs no padding */
		whole = *len;
	*buf += whole;
	*len -= whole;
	return 1;
}

static int get_u32(const struct attr *attr, uint32_t *value)
{
	if (attr->len != sizeof(*value))
		return -EBADMSG;
	memcpy(value, attr->data, sizeof(*value));
	return 0;
}

static int get_u64(const struct attr *attr, uint64_t *value)
{
	if (attr->len != sizeof(*value))
		return -EBADMSG;
	memcpy(value, attr->data, sizeof(*value));
	return 0;
}

static int get_string(const struct attr *attr, const char **value)
{
	if (!attr->len || memchr(attr->data, 0, attr->len) != attr->data + attr->len - 1)
		return -EBADMSG;
	*value = attr->data;
	return 0;
}

static int set_field(void *dest, const struct field *f, const struct attr *attr)
{
	void *member = (char *)dest + f->offset;

	switch (f->form) {
	case FORM_U32:
		return get_u32(attr, member);
	case FORM_U64:
		return get_u64(attr, member);
	case FORM_STRING:
		return get_string(attr, member);
	case FORM_LIST:
		return f->add(dest, attr);
	}
	return -EBADMSG;
}

/* All attributes of (buf, len) into @dest, by @fields[0..count), which is indexed by attribute. A field without offset and function is unknown. */
static int decode(const char *buf, size_t len, void *dest, const struct field *fields, size_t count, uint64_t has[2])
{
	struct attr attr;
	int ret;

	while ((ret = next_attr(&buf, &len, &attr)) > 0) {
		const struct field *f;
		uint64_t bit;

		if (attr.type >= count || attr.type >= 128)
			continue;
		f = &fields[attr.type];
		if (!f->offset && !f->add)
			continue;
		bit = 1ULL << (attr.type % 64);
		if (f->form != FORM_LIST && (has[attr.type / 64] & bit))
			return -EBADMSG;
		ret = set_field(dest, f, &attr);
		if (ret)
			return ret;
		has[attr.type / 64] |= bit;
	}
	return ret;
}

#define COUNT(array)	(sizeof(array) / sizeof(*(array)))

static int add_example(void *dest, const struct attr *attr)
{
	struct record *rec = dest;
	uint64_t addr;
	int ret = get_u64(attr, &addr);

	if (ret)
		return ret;
	if (rec->example_count < RECORD_EXAMPLES)
		rec->example[rec->example_count++] = addr;
	else
		rec->dropped++;
	return 0;
}

static int add_symbol(void *dest, const struct attr *attr)
{
	struct record *rec = dest;
	const char *symbol;
	int ret = get_string(attr, &symbol);

	if (ret)
		return ret;
	if (!rec->symbol)
		rec->symbol = symbol;
	if (rec->symbol_count < RECORD_SYMBOLS)
		rec->symbols[rec->symbol_count++] = symbol;
	else
		rec->dropped++;
	return 0;
}

/* Members at offset 0 would look unknown to decode(): a pad in front keeps the tables simple. */
struct string_box { long pad; struct record_string s; };
struct hop_box { long pad; struct record_hop h; };
struct chase_box { long pad; struct record_chase c; unsigned int dropped; };

static const struct field string_fields[] = {
	[SLABSCAN_A_TEXT]	= { FORM_STRING, offsetof(struct string_box, s.text), NULL },
	[SLABSCAN_A_OFFSET]	= { FORM_U32, offsetof(struct string_box, s.offset), NULL },
	[SLABSCAN_A_OBJECTS]	= { FORM_U64, offsetof(struct string_box, s.objects), NULL },
};

static int add_string(void *dest, const struct attr *attr)
{
	struct record *rec = dest;
	struct string_box box = { 0 };
	uint64_t has[2] = { 0 };
	int ret = decode(attr->data, attr->len, &box, string_fields, COUNT(string_fields), has);

	if (ret)
		return ret;
	if (!box.s.text)
		return -EBADMSG;
	if (rec->string_count < RECORD_STRINGS)
		rec->strings[rec->string_count++] = box.s;
	else
		rec->dropped++;
	return 0;
}

static const struct field hop_fields[] = {
	[SLABSCAN_A_TARGET_CACHE]	= { FORM_STRING, offsetof(struct hop_box, h.cache), NULL },
	[SLABSCAN_A_OFFSET]		= { FORM_U32, offsetof(struct hop_box, h.offset), NULL },
};

static int add_hop(void *dest, const struct attr *attr)
{
	struct chase_box *chase = dest;
	struct hop_box box = { 0 };
	uint64_t has[2] = { 0 };
	int ret = decode(attr->data, attr->len, &box, hop_fields, COUNT(hop_fields), has);

	if (ret)
		return ret;
	if (chase->c.hops < RECORD_HOPS)
		chase->c.hop[chase->c.hops++] = box.h;
	else
		chase->dropped++;
	return 0;
}

static const struct field chase_fields[] = {
	[SLABSCAN_A_HOP]	= { FORM_LIST, 0, add_hop },
	[SLABSCAN_A_SYMBOL]	= { FORM_STRING, offsetof(struct chase_box, c.symbol), NULL },
	[SLABSCAN_A_SHARE]	= { FORM_U32, offsetof(struct chase_box, c.share), NULL },
};

static int add_chase(void *dest, const struct attr *attr)
{
	struct record *rec = dest;
	struct chase_box box = { 0 };
	uint64_t has[2] = { 0 };
	int ret = decode(attr->data, attr->len, &box, chase_fields, COUNT(chase_fields), has);

	if (ret)
		return ret;
	if (!box.c.symbol)
		return -EBADMSG;
	rec->dropped += box.dropped;
	if (rec->chase_count < RECORD_CHASES)
		rec->chases[rec->chase_count++] = box.c;
	else
		rec->dropped++;
	return 0;
}

#define U32(member)	{ FORM_U32, offsetof(struct record, member), NULL }
#define U64(member)	{ FORM_U64, offsetof(struct record, member), NULL }
#define STRING(member)	{ FORM_STRING, offsetof(struct record, member), NULL }
#define LIST(function)	{ FORM_LIST, 0, function }

_Static_assert(SLABSCAN_A_MAX < 128, "record.has[] is too small");

static const struct field record_fields[] = {
	[SLABSCAN_A_MESSAGE]		= STRING(message),
	[SLABSCAN_A_MEMORY]		= U64(memory),
	[SLABSCAN_A_CACHE]		= STRING(cache),
	[SLABSCAN_A_CACHE_INDEX]	= U32(cache_index),
	[SLABSCAN_A_ADDR]		= U64(addr),
	[SLABSCAN_A_COMPLETE]		= U32(complete),
	[SLABSCAN_A_ELAPSED_NS]		= U64(elapsed_ns),
	[SLABSCAN_A_ENDED_NS]		= U64(ended_ns),
	[SLABSCAN_A_SLABS]		= U64(slabs),
	[SLABSCAN_A_OBJECTS]		= U64(objects),
	[SLABSCAN_A_LIVE]		= U64(live),
	[SLABSCAN_A_SCANNED]		= U64(scanned),
	[SLABSCAN_A_SKIPPED]		= U64(skipped),
	[SLABSCAN_A_UNSETTLED]		= U64(unsettled),
	[SLABSCAN_A_COUNT_ERROR]	= U64(count_error),
	[SLABSCAN_A_PARKED]		= U64(parked),
	[SLABSCAN_A_BYTES]		= U64(bytes),
	[SLABSCAN_A_OBJECT_SIZE]	= U32(object_size),
	[SLABSCAN_A_SLOT_SIZE]		= U32(slot_size),
	[SLABSCAN_A_CACHE_FLAGS]	= U32(cache_flags),
	[SLABSCAN_A_NAME]		= STRING(name),
	[SLABSCAN_A_RANK]		= U32(rank),
	[SLABSCAN_A_SHARE]		= U32(share),
	[SLABSCAN_A_FINGERPRINT]	= U32(fingerprint),
	[SLABSCAN_A_CONFIDENCE]		= U32(confidence),
	[SLABSCAN_A_PROFILED]		= U64(profiled),
	[SLABSCAN_A_EXAMPLE]		= LIST(add_example),
	[SLABSCAN_A_STRING]		= LIST(add_string),
	[SLABSCAN_A_TEXT]		= STRING(text),
	[SLABSCAN_A_TO_RANK]		= U32(to_rank),
	[SLABSCAN_A_OFFSET]		= U32(offset),
	[SLABSCAN_A_CLASS]		= U32(class),
	[SLABSCAN_A_VALUE]		= U64(value),
	[SLABSCAN_A_VALUE_MIN]		= U64(min),
	[SLABSCAN_A_VALUE_MAX]		= U64(max),
	[SLABSCAN_A_DISTINCT]		= U64(distinct),
	[SLABSCAN_A_SYMBOL]		= LIST(add_symbol),
	[SLABSCAN_A_TARGET_CACHE]	= STRING(target_cache),
	[SLABSCAN_A_TARGET_OFFSET]	= U32(target_offset),
	[SLABSCAN_A_LIST]		= U32(list),
	[SLABSCAN_A_CHASE]		= LIST(add_chase),
	[SLABSCAN_A_WHERE]		= U32(where),
	[SLABSCAN_A_OBJECT_ADDR]	= U64(object_addr),
	[SLABSCAN_A_OBJECT_STATE]	= U32(object_state),
	[SLABSCAN_A_PID]		= U32(pid),
	[SLABSCAN_A_ALLOCS]		= U64(allocs),
	[SLABSCAN_A_FREES]		= U64(frees),
	[SLABSCAN_A_OLD_FREES]		= U64(old_frees),
	[SLABSCAN_A_SURVIVORS]		= U64(survivors),
	[SLABSCAN_A_QUIET]		= U64(quiet),
	[SLABSCAN_A_MARKED]		= U64(marked),
	[SLABSCAN_A_EXPECTED]		= U64(expected),
	[SLABSCAN_A_UNSEEN]		= U64(unseen),
	[SLABSCAN_A_LOST]		= U64(lost),
	[SLABSCAN_A_LOST_FREES]		= U64(lost_frees),
	[SLABSCAN_A_SAMPLE]		= U32(sample),
	[SLABSCAN_A_DURATION_NS]	= U64(duration_ns),
	[SLABSCAN_A_AGE_NS]		= U64(age_ns),
	[SLABSCAN_A_AGE_MIN_NS]		= U64(age_min_ns),
	[SLABSCAN_A_TASK]		= STRING(task),
	[SLABSCAN_A_FREED_BY]		= STRING(freed_by),
	[SLABSCAN_A_MODEL_CLUSTERS]	= U32(model_clusters),
	[SLABSCAN_A_SIZE_MIN]		= U32(size_min),
	[SLABSCAN_A_SIZE_MAX]		= U32(size_max),
	[SLABSCAN_A_CACHES]		= U32(caches),
	[SLABSCAN_A_CACHES_LEFT]	= U32(caches_left),
	[SLABSCAN_A_UNREFERENCED]	= U64(unreferenced),
	[SLABSCAN_A_INNOCENT]		= U64(innocent),
	[SLABSCAN_A_UNDECIDED]		= U64(undecided),
	[SLABSCAN_A_CHANGED]		= U64(changed),
	[SLABSCAN_A_YOUNG]		= U64(young),
	[SLABSCAN_A_ROOT_BYTES]		= U64(root_bytes),
	[SLABSCAN_A_UNREAD_BYTES]	= U64(unread_bytes),
	[SLABSCAN_A_WORDS]		= U64(words_seen),
	[SLABSCAN_A_WAIT_NS]		= U64(wait_ns),
	[SLABSCAN_A_SEARCH_NS]		= U64(search_ns),
	[SLABSCAN_A_REFERENCES]		= U64(references),
	[SLABSCAN_A_INSIDE]		= U64(inside),
	[SLABSCAN_A_POINTED]		= U64(pointed),
	[SLABSCAN_A_HELD]		= U64(held),
};

static bool is_record(unsigned int type)
{
	switch (type) {
	case SLABSCAN_A_RECORD_SUMMARY:
	case SLABSCAN_A_RECORD_CACHE:
	case SLABSCAN_A_RECORD_CLUSTER:
	case SLABSCAN_A_RECORD_WORD:
	case SLABSCAN_A_RECORD_OBJECT:
	case SLABSCAN_A_RECORD_LINK:
	case SLABSCAN_A_RECORD_GROUP:
	case SLABSCAN_A_RECORD_OBJECTS:
	case SLABSCAN_A_RECORD_REFERRER:
	case SLABSCAN_A_RECORD_SITE:
	case SLABSCAN_A_RECORD_STACK:
	case SLABSCAN_A_RECORD_FREE_SITE:
		return true;
	}
	return false;
}

int decode_record(const void *buf, size_t len, struct record *rec)
{
	const char *at = buf;
	struct attr attr;
	uint32_t generation = 0;
	int ret;

	memset(rec, 0, sizeof(*rec));
	while ((ret = next_attr(&at, &len, &attr)) > 0) {
		if (attr.type == SLABSCAN_A_GENERATION)
			ret = get_u32(&attr, &generation);
		else if (!is_record(attr.type))
			continue;
		else if (rec->type)	/* the protocol says one a message */
			return -EBADMSG;
		else {
			rec->type = attr.type;
			ret = decode(attr.data, attr.len, rec, record_fields, COUNT(record_fields), rec->has);
		}
		if (ret)
			return ret;
	}
	rec->generation = generation;
	if (ret < 0)
		return ret;
	return rec->type ? 0 : -ENODATA;
}

struct event_box { long pad; struct job_event e; };

static const struct field event_fields[] = {
	[SLABSCAN_A_JOB]	= { FORM_U32, offsetof(struct event_box, e.job), NULL },
	[SLABSCAN_A_STATE]	= { FORM_U32, offsetof(struct event_box, e.state), NULL },
	[SLABSCAN_A_DONE]	= { FORM_U64, offsetof(struct event_box, e.done), NULL },
	[SLABSCAN_A_TOTAL]	= { FORM_U64, offsetof(struct event_box, e.total), NULL },
	[SLABSCAN_A_ERRNO]	= { FORM_U32, offsetof(struct event_box, e.error), NULL },
	[SLABSCAN_A_MESSAGE]	= { FORM_STRING, offsetof(struct event_box, e.message), NULL },
	[SLABSCAN_A_GENERATION]	= { FORM_U32, offsetof(struct event_box, e.generation), NULL },
	[SLABSCAN_A_MEMORY]	= { FORM_U64, offsetof(struct event_box, e.memory), NULL },
};

int decode_event(const void *buf, size_t len, struct job_event *ev)
{
	struct event_box box = { 0 };
	uint64_t has[2] = { 0 };
	int ret = decode(buf, len, &box, event_fields, COUNT(event_fields), has);

	*ev = box.e;
	return ret;
}

static int add_feature(void *dest, const struct attr *attr)
{
	struct module_info *info = dest;
	const char *feature;
	int ret = get_string(attr, &feature);

	if (!ret && info->features < INFO_FEATURES)
		info->feature[info->features++] = feature;
	return ret;
}

static int add_version(void *dest, const struct attr *attr)
{
	return get_string(attr, &((struct module_info *)dest)->version);
}

static const struct field info_fields[] = {
	[SLABSCAN_A_MODULE_VERSION]	= { FORM_LIST, 0, add_version },
	[SLABSCAN_A_FEATURE]		= { FORM_LIST, 0, add_feature },
	[SLABSCAN_A_KIND]		= { FORM_U32, offsetof(struct module_info, kind), NULL },
	[SLABSCAN_A_JOB]		= { FORM_U32, offsetof(struct module_info, job), NULL },
	[SLABSCAN_A_PID]		= { FORM_U32, offsetof(struct module_info, pid), NULL },
};

int decode_info(const void *buf, size_t len, struct module_info *info)
{
	uint64_t has[2] = { 0 };

	memset(info, 0, sizeof(*info));
	return decode(buf, len, info, info_fields, COUNT(info_fields), has);
}
