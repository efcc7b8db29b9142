// SPDX-License-Identifier: GPL-2.0-only
/*
 * ksym.c - the only place that finds what the kernel does not export
 *
 * kallsyms_lookup_name() lost its export in v5.7 (0bd476e6c671 "kallsyms: unexport kallsyms_lookup_name() and
 * kallsyms_on_each_symbol()"). A kprobe finds its address: register_kprobe() resolves a name through the same table, and
 * KPROBE_FLAG_DISABLED keeps it from patching any text.
 *
 * Two traps lie on that way, both from indirect branch tracking (v5.18, x86):
 *   - register_kprobe() moves the address behind an ENDBR (cc66bb914578 "x86/ibt,kprobes: Cure sym+0 equals fentry woes"), so four bytes have
 *     to come off again;
 *   - functions whose address the kernel never takes get their ENDBR overwritten at boot (ed53a0d97192 "x86/alternative: Use .ibt_endbr_seal to
 *     seal indirect calls"): a call through a C function pointer raises #CP on hardware with IBT. A static_call is a direct call and exempt.
 *
 * So one unexported function is called, by static_call: kallsyms_lookup_name() itself. All that it finds is data; two of it are locks (locking.md).
 *
 * Symbols of addresses come from sprint_symbol(), which is exported everywhere.
 */
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/static_call.h>
#include <linux/string.h>
#include <asm/sections.h>

#include "compat/compat.h"
#include "kmem.h"
#include "ksym.h"

struct slabscan_ksyms slabscan_ksyms;

static unsigned long no_lookup(const char *name)
{
	return 0;
}

DEFINE_STATIC_CALL(slabscan_lookup_name, no_lookup);

/* ENDBR64, and the two forms that a sealed one takes: "nopw (%rax)" of v5.18, "nopl -42(%rax)" since v6.11. */
static bool starts_with_endbr(unsigned long addr)
{
	u32 insn;

	if (slabscan_kmem_read(&insn, addr, sizeof(insn)))
		return false;
	return insn == 0xfa1e0ff3 || insn == 0x001f0f66 || insn == 0xd6401f0f;
}

/* Tests hide a symbol as layout.c's tests hide a member: "slab_caches:gone" */
static bool hidden(const char *distort, const char *name)
{
	size_t n = strlen(name);

	return distort && !strncmp(distort, name, n) && !strcmp(distort + n, ":gone");
}

static int find_lookup_name(const char *distort)
{
	struct kprobe kp = {
		.symbol_name = "kallsyms_lookup_name",
		.flags = KPROBE_FLAG_DISABLED,
	};
	unsigned long addr;
	int err;

	err = hidden(distort, kp.symbol_name) ? -ENOENT : register_kprobe(&kp);
	if (err) {
		pr_err("can't find kallsyms_lookup_name through a kprobe (error %d): the kernel needs CONFIG_KPROBES and CONFIG_KALLSYMS\n", err);
		return err == -ENOENT ? -EOPNOTSUPP : err;
	}
	addr = (unsigned long)kp.addr;
	unregister_kprobe(&kp);
	if (starts_with_endbr(addr - 4))
		addr -= 4;
	static_call_update(slabscan_lookup_name, (unsigned long (*)(const char *))addr);
	return 0;
}

/**
 * slabscan_ksym_lookup() - address of a symbol of the kernel image
 * @name: its name
 *
 * Context: process context, after slabscan_ksym_init(). Some 10 microseconds since v6.2, milliseconds before.
 * Return: the address, 0 if there is no such symbol.
 */
unsigned long slabscan_ksym_lookup(const char *name)
{
	return static_call(slabscan_lookup_name)(name);
}

/**
 * slabscan_ksym_init() - find all of slabscan_ksyms
 * @distort: for tests, see hidden(); NULL otherwise
 *
 * Context: module init; may sleep. Leaves nothing behind.
 * Return: 0, or -EOPNOTSUPP after one sentence in the log that names what is missing.
 */
int slabscan_ksym_init(const char *distort)
{
	const struct {
		const char *name;
		void *ret;
		const char *why;
	} wanted[] = {
		{ "slab_caches", &slabscan_ksyms.slab_caches, "needs CONFIG_KALLSYMS_ALL" },
		{ "slab_mutex", &slabscan_ksyms.slab_mutex, "needs CONFIG_KALLSYMS_ALL" },
		{ "__start_BTF", &slabscan_ksyms.btf_start, "needs CONFIG_DEBUG_INFO_BTF" },
		{ "__stop_BTF", &slabscan_ksyms.btf_end, "needs CONFIG_DEBUG_INFO_BTF" },
		{ "_text", &slabscan_ksyms.image_start, "needs CONFIG_KALLSYMS_ALL" },
		{ "_end", &slabscan_ksyms.image_end, "needs CONFIG_KALLSYMS_ALL" },
		{ "__init_begin", &slabscan_ksyms.init_start, "needs CONFIG_KALLSYMS_ALL" },
		{ "__init_end", &slabscan_ksyms.init_end, "needs CONFIG_KALLSYMS_ALL" },
	};
	unsigned int i;
	int err;

	err = find_lookup_name(distort);
	if (err)
		return err;

	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		unsigned long addr = hidden(distort, wanted[i].name) ? 0 : slabscan_ksym_lookup(wanted[i].name);

		if (!addr) {
			pr_err("the kernel does not tell where %s is: %s\n", wanted[i].name, wanted[i].why);
			return -EOPNOTSUPP;
		}
		*(unsigned long *)wanted[i].ret = addr;
	}

	/* May well be 0 (x86-64 links the static per-cpu area at 0 up to v6.14). */
	slabscan_ksyms.percpu_start = slabscan_ksym_lookup("__per_cpu_start");
	slabscan_ksyms.percpu_end = slabscan_ksym_lookup("__per_cpu_end");
	return 0;
}

/**
 * slabscan_ksym_string() - the string constant at an address
 * @addr: an address in the image or in a module
 * @buf: filled with printable text on success
 * @size: of @buf
 *
 * String constants have no symbols: for kallsyms they belong to whatever happens to lie before them.
 *
 * Context: any.
 * Return: false unless a string of at least three printable characters begins here: behind a NUL, and ended by one.
 */
bool slabscan_ksym_string(unsigned long addr, char *buf, size_t size)
{
	char c;
	size_t i;

	if (slabscan_kmem_read(&c, addr - 1, 1) || c)
		return false;
	for (i = 0; i < 256; i++) {
		if (slabscan_kmem_read(&c, addr + i, 1))
			return false;
		if (i < size - 1)
			buf[i] = c;
		if (!c)
			break;
		if (c < 0x20 || c > 0x7e)
			return false;
	}
	buf[min(i, size - 1)] = 0;
	return i >= 3 && i < 256;
}

/**
 * slabscan_ksym_name() - the symbol that an address lies in
 * @addr: an address in the image or in a module
 * @ret: filled on success
 *
 * Context: any but NMI; uses KSYM_SYMBOL_LEN bytes of stack. A binary search in the image, a linear one in the module that holds @addr.
 * Return: true if there is one. False for a string constant, and behind the tables of kallsyms itself, where only such constants are.
 */
bool slabscan_ksym_name(unsigned long addr, struct slabscan_symbol *ret)
{
	char buf[KSYM_SYMBOL_LEN];
	unsigned long offset, size;
	char *plus, *slash, *bracket;

	/* name+0xOFFSET/0xSIZE [module] */
	sprint_symbol(buf, addr);
	plus = strrchr(buf, '+');
	if (!plus)
		return false;
	slash = strchr(plus, '/');
	if (!slash)
		return false;
	*plus++ = 0;
	*slash++ = 0;
	bracket = strchr(slash, '[');
	ret->module[0] = 0;
	if (bracket) {
		char *end = strchr(bracket, ']');

		if (end)
			*end = 0;
		/* "[module build-id]" never comes from sprint_symbol(), but a blank would end the name */
		strscpy(ret->module, bracket + 1, sizeof(ret->module));
		bracket[-1] = 0;
	}
	if (kstrtoul(plus, 16, &offset) || kstrtoul(slash, 16, &size))
		return false;
	strscpy(ret->name, buf, sizeof(ret->name));
	ret->start = addr - offset;
	ret->size = size;
	/* behind the last symbol of a section is something else: kallsyms does not know where a symbol ends */
	if (!strncmp(ret->name, "kallsyms_", 9) || offset >= SZ_64K)
		return false;
	/* where per-cpu variables were linked there is nothing any more, or something else */
	if (addr >= slabscan_ksyms.percpu_start && addr < slabscan_ksyms.percpu_end)
		return true;
	return !offset || !slabscan_ksym_string(addr, buf, sizeof(buf));
}

/**
 * slabscan_ksym_text() - "name+0x10 [module]" for an address
 * @addr: an address in the image or in a module
 * @buf: written on success
 * @size: of @buf; SLABSCAN_SYMBOL_MAX is enough for all
 *
 * Context: as slabscan_ksym_name().
 * Return: false if there is no symbol.
 */
bool slabscan_ksym_text(unsigned long addr, char *buf, size_t size)
{
	struct slabscan_symbol s;
	int n;

	if (!slabscan_ksym_name(addr, &s))
		return false;
	n = scnprintf(buf, size, "%s", s.name);
	if (addr != s.start)
		n += scnprintf(buf + n, size - n, "+0x%lx", addr - s.start);
	if (s.module[0])
		scnprintf(buf + n, size - n, " [%s]", s.module);
	return true;
}

/**
 * slabscan_ksym_format() - "name+0x10/0x40 [module]" for an address, or "0x..."
 * @addr: any address
 * @buf: at least KSYM_SYMBOL_LEN bytes
 * @size: of @buf
 *
 * Context: as slabscan_ksym_name().
 * Return: length of the string.
 */
int slabscan_ksym_format(unsigned long addr, char *buf, size_t size)
{
	if (WARN_ON_ONCE(size < KSYM_SYMBOL_LEN))
		return 0;
	return sprint_symbol(buf, addr);
}
