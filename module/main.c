// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - init and exit, mirrored
 *
 * Loading hooks nothing and starts nothing: it finds out whether this kernel can be read, proves it, and registers the netlink family.
 */
#include <generated/utsrelease.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/utsname.h>

#include "compat/compat.h"
#include "job.h"
#include "kmem.h"
#include "ksym.h"
#include "layout.h"
#include "netlink.h"
#include "own.h"
#include "proof.h"
#include "scan.h"
#include "trace.h"

static char *distort;
module_param(distort, charp, 0);
MODULE_PARM_DESC(distort, "for tests: feed a wrong layout, \"struct.member:8\", \"struct.member:gone\" or \"symbol:gone\"; the module then must not load");

/*
 * With CONFIG_MODVERSIONS the kernel compares checksums of exported symbols and skips the release (kernel/module: same_magic()), and with a forced load not
 * even those. What is compiled in here (struct page, task_struct, inline functions) need not show in them.
 */
static int __init check_release(void)
{
	const char *running = init_utsname()->release, *made_for = UTS_RELEASE;

	/* a string that is compared, and no constants in instructions: the test writes another one over it */
	OPTIMIZER_HIDE_VAR(made_for);
	if (!strcmp(running, made_for))
		return 0;
	pr_err("made for kernel %s, but this one is %s: build it for this one\n", made_for, running);
	return -ENOEXEC;
}

static int __init slabscan_init(void)
{
	int err;

	err = check_release();
	if (err)
		goto out;
	err = slabscan_ksym_init(distort);
	if (err)
		goto out;
	err = slabscan_layout_init(distort);
	if (err)
		goto out;
	err = slabscan_kmem_init((struct rw_semaphore *)slabscan_ksym_lookup("page_offline_rwsem"));
	if (err)
		goto out;
	err = slabscan_proof();
	if (err)
		goto out_kmem;
	slabscan_vector_init();
	err = slabscan_netlink_init();
	if (err)
		goto out_kmem;
	pr_info("version %s is ready%s\n", SLABSCAN_VERSION, slabscan_vector_used() ? ", with AVX2" : "");
	return 0;

out_kmem:
	slabscan_kmem_deinit();
	slabscan_own_end();
out:
	pr_err("not loaded (error %d)\n", err);
	return err;
}

static void __exit slabscan_exit(void)
{
	slabscan_netlink_deinit();
	slabscan_job_deinit();
	slabscan_trace_exit();
	slabscan_model_deinit();
	slabscan_kmem_deinit();
	slabscan_own_end();
}

module_init(slabscan_init);
module_exit(slabscan_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Slab leak forensics on a live kernel");
MODULE_VERSION(SLABSCAN_VERSION);
