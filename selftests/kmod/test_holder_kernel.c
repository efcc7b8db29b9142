// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holders that are variables of the kernel image, by its own code: the head of a notifier chain, and each CPU's timer wheel.
 */
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/notifier.h>
#include <linux/reboot.h>

#include "test.h"

static int nothing_init(struct test_batch *batch)
{
	return 0;
}

static void nothing_exit(struct test_batch *batch)
{
}

static int notified(struct notifier_block *nb, unsigned long event, void *data)
{
	return NOTIFY_DONE;
}

/* None is before the first one, and each leads to the next. The chain is gone through when the machine goes down. */
static int notifier_add(struct test_batch *batch, unsigned int index, void *object)
{
	struct notifier_block *nb = test_link(batch, object);

	*nb = (struct notifier_block){ .notifier_call = notified, .priority = INT_MAX };
	return register_reboot_notifier(nb);
}

static void notifier_del(struct test_batch *batch, unsigned int index, void *object)
{
	unregister_reboot_notifier(test_link(batch, object));
}

const struct test_holder test_holder_notifier = {
	"notifier", 64, true, nothing_init, notifier_add, notifier_del, nothing_exit
};

/*
 * Timers that go off when no guest is there any more: each of the first eight has a place in the wheel for itself, since what is that late goes into places
 * of 131 to 328 s (HZ of 100 to 1000).
 */
#define TIMER_LATE	(3600UL * HZ)
#define TIMER_APART	(600UL * HZ)

/* At the end of the object: with lockdep it is large. */
static struct timer_list *timer_of(const struct test_batch *batch, void *object)
{
	return object + round_down(batch->set->size - sizeof(struct timer_list), sizeof(long));
}

static void rang(struct timer_list *timer)
{
}

static int timer_add(struct test_batch *batch, unsigned int index, void *object)
{
	struct timer_list *timer = timer_of(batch, object);
	unsigned int cpu = index % nr_cpu_ids;

	timer_setup(timer, rang, 0);
	timer->expires = jiffies + TIMER_LATE + index % 8 * TIMER_APART;
	add_timer_on(timer, cpu_online(cpu) ? cpu : cpumask_first(cpu_online_mask));
	return 0;
}

static void timer_del(struct test_batch *batch, unsigned int index, void *object)
{
	timer_delete_sync(timer_of(batch, object));
}

const struct test_holder test_holder_timer = {
	"timer", sizeof(struct timer_list) + 8, true, nothing_init, timer_add, timer_del, nothing_exit
};
