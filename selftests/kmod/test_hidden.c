// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frees that no probe sees: made in the handler of a probe, where others do not fire. Interrupts that come at a bad time do the same.
 *
 * Not on PREEMPT_RT, whose allocator may sleep.
 */
#include <linux/kprobes.h>

#include "test.h"

static noinline void victim(struct test_set *set, void *object)
{
	barrier();
}

static int before_victim(struct kprobe *kp, struct pt_regs *regs)
{
	struct test_set *set = (struct test_set *)regs->di;
	void *object = (void *)regs->si;

	kmem_cache_free_bulk(set->cache, 1, &object);
	return 0;
}

static struct kprobe probe;

/*
 * test_hidden_begin() - make test_hidden_free() possible
 */
int test_hidden_begin(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return -EOPNOTSUPP;
	probe = (struct kprobe){ .addr = (kprobe_opcode_t *)victim, .pre_handler = before_victim };
	return register_kprobe(&probe);
}

/*
 * test_hidden_free() - as test_set_free(), between test_hidden_begin() and test_hidden_end()
 */
void test_hidden_free(struct test_set *set, void *object)
{
	victim(set, object);
}

/*
 * test_hidden_end() - undo test_hidden_begin()
 */
void test_hidden_end(void)
{
	unregister_kprobe(&probe);
}
