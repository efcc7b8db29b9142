// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding the places where a function frees something, and skipping them.
 *
 * Site mode (the default): the body of each named function is searched for "call rel32" and "jmp rel32" to a freeing function,
 * and a kprobe is set on each such instruction. Its handler moves the instruction pointer behind the call (for a tail call: to
 * a stub that only returns), so the freeing function is never entered: no tracepoint, no other probe on kfree() sees anything,
 * and the rest of the kernel runs at full speed. Searching bytes instead of decoding instructions is safe because
 * register_kprobe() refuses an address that is not the start of an instruction.
 *
 * Stack mode: a kprobe on the freeing function itself, whose handler looks for the named functions in the call chain. For frees
 * that are made by a helper on behalf of the function. Slower, and other probes on the same function may run first.
 *
 * Both need an unoptimised probe, because an optimised one ignores what its handler does to the instruction pointer; a
 * post_handler, even an empty one, prevents the optimisation.
 *
 * Locking: arming and disarming happen under the control file's mutex. Handlers touch only atomics and constant data.
 */
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/stacktrace.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "leak.h"

static const struct {
	const char *name;
	int arg;
} leak_hooks[] = {
	{ "kfree", 0 },
	{ "kvfree", 0 },
	{ "kfree_const", 0 },
	{ "kfree_sensitive", 0 },
	{ "kmem_cache_free", 1 },
	{ "kvfree_call_rcu", LEAK_ARG_RCU },
};

#define LEAK_HOOKS_DEFAULT "kfree,kvfree,kfree_const,kfree_sensitive,kmem_cache_free,kvfree_call_rcu"

/* Where a skipped tail call goes. Not traced, so that it is exactly one return. */
static noinline notrace void leak_return(void)
{
	asm volatile("" ::: "memory");
}

static unsigned long leak_object(const struct leak_site *site, struct pt_regs *regs)
{
	switch (site->arg) {
	case LEAK_ARG_RCU:
		return regs->si < 4096 ? regs->di - regs->si : regs->si;
	case 0:
		return regs->di;
	case 1:
		return regs->si;
	case 2:
		return regs->dx;
	default:
		return 0;
	}
}

/* Decide about one free, and count it. */
static bool leak_wanted(struct leak_site *site, struct pt_regs *regs)
{
	struct leak_rule *rule = site->rule;
	unsigned long object = leak_object(site, regs);
	unsigned int nr;

	if (ZERO_OR_NULL_PTR((void *)object) || IS_ERR((void *)object))
		return false;
	if (rule->size && ksize((void *)object) != rule->size)
		return false;
	nr = atomic_inc_return(&rule->seen);
	if (nr % rule->every)
		return false;
	if (!atomic_add_unless(&rule->leaked, 1, rule->max))
		return false;
	leak_log(object);
	return true;
}

static bool leak_in_range(const struct leak_rule *rule, unsigned long ip)
{
	unsigned int i;

	for (i = 0; i < rule->nr_ranges; i++)
		if (ip >= rule->range[i].start && ip < rule->range[i].end)
			return true;
	return false;
}

static int leak_site_handler(struct kprobe *kp, struct pt_regs *regs)
{
	struct leak_site *site = container_of(kp, struct leak_site, kp);

	if (!leak_wanted(site, regs))
		return 0;
	regs->ip = site->tail ? (unsigned long)leak_return : (unsigned long)kp->addr + 5;
	return 1;
}
NOKPROBE_SYMBOL(leak_site_handler);

static int leak_stack_handler(struct kprobe *kp, struct pt_regs *regs)
{
	struct leak_site *site = container_of(kp, struct leak_site, kp);
	unsigned long chain[24];
	unsigned int i, nr;

	if (atomic_read(&site->rule->leaked) >= site->rule->max)
		return 0;
	nr = stack_trace_save(chain, ARRAY_SIZE(chain), 0);
	for (i = 0; i < nr; i++)
		if (leak_in_range(site->rule, chain[i]))
			break;
	if (i == nr || !leak_wanted(site, regs))
		return 0;
	regs->ip = (unsigned long)leak_return;
	return 1;
}
NOKPROBE_SYMBOL(leak_stack_handler);

static void leak_post_handler(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
}
NOKPROBE_SYMBOL(leak_post_handler);

static int leak_nothing(struct kprobe *kp, struct pt_regs *regs)
{
	return 0;
}

/*
 * Start and end of a function. A short-lived kprobe finds the address (the lookup functions are not exported); it is
 * never armed, for arming one at the entry of kfree() while other CPUs run it has crashed guests. The text form of the symbol has
 * the size. On kernels with IBT the probe sits behind ENDBR, which the offset shows.
 */
static int leak_range_lookup(const char *name, struct leak_range *ret)
{
	struct kprobe kp = { .symbol_name = name, .pre_handler = leak_nothing, .flags = KPROBE_FLAG_DISABLED };
	unsigned long offset, size, addr;
	char text[KSYM_SYMBOL_LEN];
	char *at;
	int err;

	err = register_kprobe(&kp);
	if (err)
		return err;
	addr = (unsigned long)kp.addr;
	unregister_kprobe(&kp);
	sprint_symbol(text, addr);
	at = strrchr(text, '+');
	if (!at || sscanf(at, "+0x%lx/0x%lx", &offset, &size) != 2)
		return -ENOENT;
	ret->start = addr - offset;
	ret->end = ret->start + size;
	return 0;
}

/* The compiler renames functions that it splits or specialises. */
static int leak_function_lookup(const char *name, struct leak_range *ret)
{
	static const char * const suffix[] = { "", ".isra.0", ".constprop.0", ".part.0", ".constprop.0.isra.0" };
	char full[LEAK_NAME_MAX];
	unsigned int i;
	int err = -ENOENT;

	for (i = 0; i < ARRAY_SIZE(suffix); i++) {
		snprintf(full, sizeof(full), "%s%s", name, suffix[i]);
		err = leak_range_lookup(full, ret);
		if (!err)
			return 0;
	}
	return err;
}

static int leak_arg_of(const struct leak_rule *rule, const char *hook)
{
	unsigned int i;

	if (rule->arg != LEAK_ARG_BY_HOOK)
		return rule->arg;
	for (i = 0; i < ARRAY_SIZE(leak_hooks); i++)
		if (!strcmp(leak_hooks[i].name, hook))
			return leak_hooks[i].arg;
	return 0;
}

static int leak_site_add(struct leak_rule *rule, unsigned long addr, int arg, bool tail)
{
	struct leak_site *site;
	int err;

	if (rule->nr_sites == LEAK_SITES)
		return -ENOSPC;
	site = &rule->sites[rule->nr_sites];
	memset(site, 0, sizeof(*site));
	site->rule = rule;
	site->arg = arg;
	site->tail = tail;
	site->kp.addr = (kprobe_opcode_t *)addr;
	site->kp.pre_handler = rule->stack ? leak_stack_handler : leak_site_handler;
	site->kp.post_handler = leak_post_handler;
	err = register_kprobe(&site->kp);
	if (err)
		return err;
	site->armed = true;
	rule->nr_sites++;
	return 0;
}

/* Set a probe on each direct call or jump from @func to the function that starts at @target. */
static int leak_sites_find(struct leak_rule *rule, const struct leak_range *func, unsigned long target, int arg)
{
	unsigned long ip;
	u8 insn[5];
	s32 rel;
	int err;

	for (ip = func->start; ip + sizeof(insn) <= func->end; ip++) {
		if (copy_from_kernel_nofault(insn, (void *)ip, sizeof(insn)))
			return -EFAULT;
		if (insn[0] != 0xe8 && insn[0] != 0xe9)
			continue;
		memcpy(&rel, insn + 1, sizeof(rel));
		if (ip + 5 + rel != target && ip + 5 + rel != target + 4)
			continue;
		err = leak_site_add(rule, ip, arg, insn[0] == 0xe9);
		if (err && err != -EILSEQ)
			return err;
	}
	return 0;
}

/*
 * leak_rule_disarm() - remove all probes of a rule
 *
 * Returns when no handler runs any more. May sleep.
 */
void leak_rule_disarm(struct leak_rule *rule)
{
	unsigned int i;

	for (i = 0; i < rule->nr_sites; i++)
		if (rule->sites[i].armed)
			unregister_kprobe(&rule->sites[i].kp);
	kfree(rule->sites);
	rule->sites = NULL;
	rule->nr_sites = 0;
}

/*
 * leak_rule_arm() - find the functions of a rule and set its probes
 *
 * Names that this kernel does not have are passed over, as long as something remains: the lists may name the forms that
 * a function takes in several kernels. May sleep.
 *
 * Return: 0; -ENOENT where no function or no call was found; -ENOSPC for too many calls; or what register_kprobe() said.
 */
int leak_rule_arm(struct leak_rule *rule)
{
	char list[LEAK_NAME_MAX], *at = list, *name;
	struct leak_range hook;
	unsigned int i;
	int err = 0;

	strscpy(list, rule->funcs, sizeof(list));
	while ((name = strsep(&at, ",")) && rule->nr_ranges < LEAK_RANGES)
		if (*name && !leak_function_lookup(name, &rule->range[rule->nr_ranges]))
			rule->nr_ranges++;
	if (!rule->nr_ranges)
		return -ENOENT;
	rule->sites = kcalloc(LEAK_SITES, sizeof(*rule->sites), GFP_KERNEL);
	if (!rule->sites)
		return -ENOMEM;
	strscpy(list, rule->hooks[0] ? rule->hooks : LEAK_HOOKS_DEFAULT, sizeof(list));
	at = list;
	while (!err && (name = strsep(&at, ","))) {
		if (!*name || leak_range_lookup(name, &hook))
			continue;
		if (rule->stack) {
			err = leak_site_add(rule, hook.start, leak_arg_of(rule, name), false);
			continue;
		}
		for (i = 0; !err && i < rule->nr_ranges; i++)
			err = leak_sites_find(rule, &rule->range[i], hook.start, leak_arg_of(rule, name));
	}
	if (!err && !rule->nr_sites)
		err = -ENOENT;
	if (err)
		leak_rule_disarm(rule);
	return err;
}
