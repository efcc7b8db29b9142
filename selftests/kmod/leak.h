/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * slabscan_leak: how the parts of the module talk to each other.
 */
#ifndef SLABSCAN_LEAK_H
#define SLABSCAN_LEAK_H

#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/list.h>
#include <linux/types.h>

#define LEAK_NAME_MAX	128
#define LEAK_RANGES	8
#define LEAK_SITES	64
#define LEAK_LOG	(1U << 20)

/* A piece of code: [start, end). */
struct leak_range {
	unsigned long start;
	unsigned long end;
};

struct leak_rule;

/* One probe: on a call instruction (site mode), or on the entry of a freeing function (stack mode). */
struct leak_site {
	struct kprobe kp;
	struct leak_rule *rule;
	int arg;		/* which argument is the object; LEAK_ARG_RCU: see leak_object() */
	bool tail;		/* site mode: the call is a jump, skipping it means to return */
	bool armed;
};

#define LEAK_ARG_RCU	(-1)	/* kvfree_call_rcu(head, offset) up to 6.1, (head, ptr) later */
#define LEAK_ARG_BY_HOOK	(-2)

/*
 * "Calls from these functions to those freeing functions are skipped."
 * All but the counters is constant once the probes are armed.
 */
struct leak_rule {
	struct list_head node;
	char name[32];
	char hooks[LEAK_NAME_MAX];
	char funcs[LEAK_NAME_MAX];
	bool stack;		/* match the call chain instead of patching call sites */
	int arg;		/* 0..2 or LEAK_ARG_BY_HOOK */
	unsigned int max;
	unsigned int every;
	size_t size;		/* only objects of this ksize(); 0: any */
	struct leak_range range[LEAK_RANGES];
	unsigned int nr_ranges;
	struct leak_site *sites;
	unsigned int nr_sites;
	atomic_t seen;		/* frees that matched */
	atomic_t leaked;	/* frees that were skipped */
};

/* leak_site.c */
int leak_rule_arm(struct leak_rule *rule);
void leak_rule_disarm(struct leak_rule *rule);

/* leak_main.c: context: any, from a probe handler. */
void leak_log(unsigned long object);

#endif
