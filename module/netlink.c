// SPDX-License-Identifier: GPL-2.0-only
/*
 * netlink.c - the family: parses, checks permission, copies results out. Never computes
 *
 * Locks: none of its own. Handlers run beside each other, and job.c has a lock for what they start and end; a dump holds a reference to a result that
 * does not change any more.
 *
 * GENL_ADMIN_PERM would demand CAP_NET_ADMIN, which containers have; and it refuses without a word. So each handler begins with allowed().
 */
#include <linux/capability.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/pid.h>
#include <linux/security.h>
#include <linux/slabscan.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "compat/compat.h"
#include "compat/genl.h"
#include "job.h"
#include "layout.h"
#include "netlink.h"
#include "result.h"

static struct genl_family family;

#define NAME { .type = NLA_NUL_STRING, .len = SLABSCAN_NAME_MAX - 1 }

/* Whatever is not listed is refused: strict validation takes NLA_UNSPEC for unsupported. */
static const struct nla_policy policy[SLABSCAN_A_MAX + 1] = {
	[SLABSCAN_A_KIND] = NLA_POLICY_RANGE(NLA_U32, 1, SLABSCAN_KIND_MAX),
	[SLABSCAN_A_JOB] = { .type = NLA_U32 },
	[SLABSCAN_A_CACHE] = NAME,
	[SLABSCAN_A_CACHE_INDEX] = NLA_POLICY_RANGE(NLA_U32, 0, 32767),
	[SLABSCAN_A_ALL] = { .type = NLA_FLAG },
	[SLABSCAN_A_LIMIT] = NLA_POLICY_RANGE(NLA_U32, 1, 1000),
	[SLABSCAN_A_CPUS] = NLA_POLICY_RANGE(NLA_U32, 1, 8192),
	[SLABSCAN_A_ADDR] = { .type = NLA_U64 },
	[SLABSCAN_A_PID] = { .type = NLA_U32 },
	[SLABSCAN_A_FINGERPRINT] = { .type = NLA_U32 },
	[SLABSCAN_A_DURATION_MS] = { .type = NLA_U32 },
	[SLABSCAN_A_DRAIN_MS] = { .type = NLA_U32 },
	[SLABSCAN_A_RECORDS] = { .type = NLA_U32 },
	[SLABSCAN_A_MODULE] = NAME,
	[SLABSCAN_A_PROBE] = { .type = NLA_NUL_STRING, .len = SLABSCAN_FUNCTION_MAX - 1 },
};

static int allowed(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (!netlink_capable(skb, CAP_SYS_ADMIN)) {
		NL_SET_ERR_MSG(extack, "needs CAP_SYS_ADMIN in the initial user namespace");
		return -EPERM;
	}
	if (security_locked_down(LOCKDOWN_KCORE)) {
		NL_SET_ERR_MSG(extack, "the kernel is locked down: its memory may not be read");
		return -EPERM;
	}
	return 0;
}

/* Attributes that are fine in themselves but do nothing for this command. */
static int refuse_others(struct nlattr **attrs, const u8 *takes, struct netlink_ext_ack *extack)
{
	unsigned int i;

	BUILD_BUG_ON(SLABSCAN_A_MAX > U8_MAX);
	for (i = 1; i <= SLABSCAN_A_MAX; i++) {
		const u8 *t = takes;

		if (!attrs[i])
			continue;
		while (*t && *t != i)
			t++;
		if (!*t) {
			NL_SET_ERR_MSG_ATTR(extack, attrs[i], "this attribute does not belong to this command");
			return -EINVAL;
		}
	}
	return 0;
}

static const u8 takes_none[] = { 0 };
static const u8 takes_job[] = { SLABSCAN_A_JOB, 0 };
static const u8 takes_kind[] = { SLABSCAN_A_KIND, 0 };

static int missing(struct netlink_ext_ack *extack, const char *what)
{
	/* extack messages have to outlive the call: only literals come here */
	if (extack)
		extack->_msg = what;
	return -EINVAL;
}

static int put_u64(struct sk_buff *msg, int attr, u64 value)
{
	return nla_put(msg, attr, sizeof(value), &value);
}

static int info_get(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;
	u32 id, kind;
	void *head;
	int err, pid;

	err = allowed(skb, info->extack);
	if (!err)
		err = refuse_others(info->attrs, takes_none, info->extack);
	if (err)
		return err;

	msg = genlmsg_new(NLMSG_GOODSIZE, SLABSCAN_GFP);
	if (!msg)
		return -ENOMEM;
	head = genlmsg_put_reply(msg, info, &family, 0, SLABSCAN_CMD_INFO_GET);
	if (!head || nla_put_string(msg, SLABSCAN_A_MODULE_VERSION, SLABSCAN_VERSION) ||
	    (slabscan_has(SLABSCAN_S_CPU_SLAB) && nla_put_string(msg, SLABSCAN_A_FEATURE, "cpu-slabs")) ||
	    (slabscan_has(SLABSCAN_S_CPU_SHEAVES) && nla_put_string(msg, SLABSCAN_A_FEATURE, "sheaves")) ||
	    (slabscan_has(SLABSCAN_S_RANDOM) && nla_put_string(msg, SLABSCAN_A_FEATURE, "hardened-freelists")))
		goto out_full;
	if (slabscan_job_current(&id, &kind, &pid) &&
	    (nla_put_u32(msg, SLABSCAN_A_JOB, id) || nla_put_u32(msg, SLABSCAN_A_KIND, kind) || nla_put_u32(msg, SLABSCAN_A_PID, pid)))
		goto out_full;
	genlmsg_end(msg, head);
	return genlmsg_reply(msg, info);

out_full:
	nlmsg_free(msg);
	return -EMSGSIZE;
}

/* The attribute is a list: what the parser kept is its last element only. */
static int get_probes(struct genl_info *info, struct slabscan_params *params)
{
	const struct nlattr *attr;
	int left;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, left) {
		if (nla_type(attr) != SLABSCAN_A_PROBE)
			continue;
		if (params->nr_probes == SLABSCAN_PROBES_MAX)
			return missing(info->extack, "too many functions to probe");
		strscpy(params->probe[params->nr_probes++], nla_data(attr), SLABSCAN_FUNCTION_MAX);
	}
	return 0;
}

/* A process, no thread, by the number that it has for whoever asks: hooks know the one that it has in the initial namespace. */
static bool find_process(u32 nr, u32 *ret)
{
	struct pid *pid = find_get_pid(nr);
	bool found;

	rcu_read_lock();
	found = pid && pid_task(pid, PIDTYPE_TGID);
	rcu_read_unlock();
	*ret = pid_nr(pid);
	put_pid(pid);
	return found;
}

static int get_trace_params(struct genl_info *info, struct slabscan_params *params)
{
	struct nlattr **a = info->attrs;

	params->drain_ms = -1;
	if (a[SLABSCAN_A_PID] && !find_process(nla_get_u32(a[SLABSCAN_A_PID]), &params->pid)) {
		NL_SET_ERR_MSG(info->extack, "there is no such process");
		return -ESRCH;
	}
	params->has_fingerprint = a[SLABSCAN_A_FINGERPRINT];
	if (a[SLABSCAN_A_FINGERPRINT])
		params->fingerprint = nla_get_u32(a[SLABSCAN_A_FINGERPRINT]);
	if (a[SLABSCAN_A_DURATION_MS])
		params->duration_ms = nla_get_u32(a[SLABSCAN_A_DURATION_MS]);
	if (a[SLABSCAN_A_DRAIN_MS])
		params->drain_ms = nla_get_u32(a[SLABSCAN_A_DRAIN_MS]);
	if (a[SLABSCAN_A_RECORDS])
		params->records = nla_get_u32(a[SLABSCAN_A_RECORDS]);
	if (a[SLABSCAN_A_MODULE])
		strscpy(params->module, nla_data(a[SLABSCAN_A_MODULE]), sizeof(params->module));
	return get_probes(info, params);
}

static int job_start(struct sk_buff *skb, struct genl_info *info)
{
	struct slabscan_params params = { .cache_index = -1 };
	struct nlattr **a = info->attrs;
	struct slabscan_job *job;
	struct sk_buff *msg;
	void *head;
	int err;

	err = allowed(skb, info->extack);
	if (err)
		return err;
	if (!a[SLABSCAN_A_KIND])
		return missing(info->extack, "KIND is missing");
	params.kind = nla_get_u32(a[SLABSCAN_A_KIND]);
	if (!slabscan_job_attrs(params.kind)) {
		NL_SET_ERR_MSG(info->extack, "this module knows no such kind of job");
		return -EOPNOTSUPP;
	}
	err = refuse_others(a, slabscan_job_attrs(params.kind), info->extack);
	if (err)
		return err;
	if (a[SLABSCAN_A_CACHE])
		strscpy(params.cache, nla_data(a[SLABSCAN_A_CACHE]), sizeof(params.cache));
	if (a[SLABSCAN_A_CACHE_INDEX])
		params.cache_index = nla_get_u32(a[SLABSCAN_A_CACHE_INDEX]);
	params.all = nla_get_flag(a[SLABSCAN_A_ALL]);
	if (a[SLABSCAN_A_LIMIT])
		params.limit = nla_get_u32(a[SLABSCAN_A_LIMIT]);
	if (a[SLABSCAN_A_CPUS])
		params.cpus = nla_get_u32(a[SLABSCAN_A_CPUS]);
	if (a[SLABSCAN_A_ADDR])
		params.addr = nla_get_u64(a[SLABSCAN_A_ADDR]);
	else if (params.kind == SLABSCAN_KIND_SHOW)
		return missing(info->extack, "ADDR is missing");
	err = get_trace_params(info, &params);
	if (err)
		return err;

	msg = genlmsg_new(NLMSG_GOODSIZE, SLABSCAN_GFP);
	if (!msg)
		return -ENOMEM;
	err = slabscan_job_start(&params, info->snd_portid, info->extack, &job);
	if (err) {
		nlmsg_free(msg);
		return err;
	}

	/* the answer has to be in the client's queue before the first notification */
	head = genlmsg_put_reply(msg, info, &family, 0, SLABSCAN_CMD_JOB_START);
	if (!head || nla_put_u32(msg, SLABSCAN_A_JOB, job->id) || put_u64(msg, SLABSCAN_A_MEMORY, job->memory)) {
		nlmsg_free(msg);
		err = -EMSGSIZE;
	} else {
		genlmsg_end(msg, head);
		err = genlmsg_reply(msg, info);
	}
	if (err)
		slabscan_job_cancel(job->id, info->snd_portid);
	slabscan_job_launch(job);
	return err;
}

static int job_cancel(struct sk_buff *skb, struct genl_info *info)
{
	int err = allowed(skb, info->extack);

	if (!err)
		err = refuse_others(info->attrs, takes_job, info->extack);
	if (err)
		return err;
	if (!info->attrs[SLABSCAN_A_JOB])
		return missing(info->extack, "JOB is missing");
	err = slabscan_job_cancel(nla_get_u32(info->attrs[SLABSCAN_A_JOB]), info->snd_portid);
	if (err)
		NL_SET_ERR_MSG(info->extack, "no such job, or it belongs to another socket");
	return err;
}

/*
 * Called by the job's thread. If the owner's queue is full, or memory is short, a progress report is lost, which is harmless; the last word is not to be
 * lost, so for that we wait a second for room.
 */
void slabscan_notify(struct slabscan_job *job, u32 portid, u32 state, int err, const char *message, u32 generation)
{
	struct sk_buff *msg;
	unsigned int try;
	void *head;
	int sent;

	for (try = 0; try < 10; try++) {
		msg = genlmsg_new(NLMSG_GOODSIZE, SLABSCAN_GFP);
		sent = -EAGAIN;
		if (!msg)
			goto next;
		head = genlmsg_put(msg, portid, 0, &family, 0, SLABSCAN_CMD_JOB_NTF);
		if (!head || nla_put_u32(msg, SLABSCAN_A_JOB, job->id) || nla_put_u32(msg, SLABSCAN_A_STATE, state) ||
		    put_u64(msg, SLABSCAN_A_DONE, atomic64_read(&job->done)) ||
		    put_u64(msg, SLABSCAN_A_TOTAL, job->total) ||
		    (err && nla_put_u32(msg, SLABSCAN_A_ERRNO, -err)) ||
		    (message && nla_put_string(msg, SLABSCAN_A_MESSAGE, message)) ||
		    (generation && nla_put_u32(msg, SLABSCAN_A_GENERATION, generation))) {
			nlmsg_free(msg);
			return;
		}
		genlmsg_end(msg, head);
		sent = genlmsg_unicast(&init_net, msg, portid);
next:
		if (sent != -EAGAIN || state == SLABSCAN_STATE_RUNNING)
			return;
		if (!slabscan_job_wait(job, HZ / 10))
			schedule_timeout_uninterruptible(HZ / 10);
	}
}

static int result_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = SLABSCAN_RECORD_MAX + 256;
	return 0;
}

/* Belongs into result_start(), but what that says in an extack is lost on some kernels. */
static int result_open(struct netlink_callback *cb)
{
	struct nlattr **attrs = slabscan_dump_attrs(cb);
	struct slabscan_result *r;
	int err;

	err = allowed(cb->skb, cb->extack);
	if (!err)
		err = refuse_others(attrs, takes_kind, cb->extack);
	if (err)
		return err;
	if (!attrs[SLABSCAN_A_KIND])
		return missing(cb->extack, "KIND is missing");
	r = slabscan_job_result(nla_get_u32(attrs[SLABSCAN_A_KIND]));
	if (!r) {
		NL_SET_ERR_MSG(cb->extack, "there is no result of that kind yet");
		return -ENOENT;
	}
	cb->args[0] = (long)r;
	cb->args[1] = 0;
	return 0;
}

/* cb->args: the result, the position in it */
static int result_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct slabscan_result *r;
	struct slabscan_result *newest;
	const struct nlattr *record;
	size_t at;

	if (!cb->args[0]) {
		int err = result_open(cb);

		if (err)
			return err;
	}
	r = (void *)cb->args[0];
	at = cb->args[1];
	newest = slabscan_job_result(r->kind);
	/* messages of a dump whose result was replaced meanwhile are marked; slabscan_result generations start at 1 */
	cb->seq = newest ? newest->generation : r->generation;
	cb->prev_seq = r->generation;
	slabscan_result_put(newest);

	while ((record = slabscan_result_next(r, &at))) {
		void *head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family, NLM_F_MULTI, SLABSCAN_CMD_RESULT_GET);

		if (!head)
			break;
		if (nla_put_u32(skb, SLABSCAN_A_GENERATION, r->generation) ||
		    nla_put(skb, record->nla_type, record->nla_len - NLA_HDRLEN, nla_data(record))) {
			genlmsg_cancel(skb, head);
			break;
		}
		genl_dump_check_consistent(cb, head);
		genlmsg_end(skb, head);
		cb->args[1] = at;
	}
	if (record && !skb->len)
		return -EMSGSIZE;
	return skb->len;
}

static int result_done(struct netlink_callback *cb)
{
	slabscan_result_put((void *)cb->args[0]);
	return 0;
}

static const struct genl_ops ops[] = {
	{ .cmd = SLABSCAN_CMD_INFO_GET, .doit = info_get },
	{ .cmd = SLABSCAN_CMD_JOB_START, .doit = job_start },
	{ .cmd = SLABSCAN_CMD_JOB_CANCEL, .doit = job_cancel },
	{ .cmd = SLABSCAN_CMD_RESULT_GET, .start = result_start, .dumpit = result_dump, .done = result_done },
};

static struct genl_family family __ro_after_init = {
	.name = SLABSCAN_GENL_NAME,
	.version = SLABSCAN_GENL_VERSION,
	.maxattr = SLABSCAN_A_MAX,
	.policy = policy,
	.netnsok = false,
	.parallel_ops = true,	/* to prepare a job takes memory, perhaps gigabytes: not under the mutex of all families */
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.module = THIS_MODULE,
};

static int socket_event(struct notifier_block *nb, unsigned long event, void *arg)
{
	const struct netlink_notify *n = arg;

	if (event == NETLINK_URELEASE && n->protocol == NETLINK_GENERIC && net_eq(n->net, &init_net))
		slabscan_job_orphan(n->portid);
	return NOTIFY_DONE;
}

static struct notifier_block socket_nb = {
	.notifier_call = socket_event,
};

/**
 * slabscan_netlink_init() - open for business
 *
 * Context: the last step of module init.
 * Return: 0 or a negative errno.
 */
int slabscan_netlink_init(void)
{
	int err;

	err = netlink_register_notifier(&socket_nb);
	if (err)
		return err;
	err = genl_register_family(&family);
	if (err)
		netlink_unregister_notifier(&socket_nb);
	return err;
}

/**
 * slabscan_netlink_deinit() - nobody can reach us any more
 *
 * Context: the first step of module exit. Waits for handlers; dumps in progress hold a reference to the module, so there are none.
 */
void slabscan_netlink_deinit(void)
{
	genl_unregister_family(&family);
	netlink_unregister_notifier(&socket_nb);
}
