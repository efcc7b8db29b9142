/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SLABSCAN_KSYM_H
#define SLABSCAN_KSYM_H

#include <linux/types.h>

/* What slabscan needs of the running kernel and the kernel does not export. All of it is data: nothing here is ever called. */
struct slabscan_ksyms {
	struct list_head *slab_caches;		/* all root caches, protected by slab_mutex */
	struct mutex *slab_mutex;
	const void *btf_start, *btf_end;	/* BTF of vmlinux */
	unsigned long image_start, image_end;	/* _text .. _end */
	unsigned long init_start, init_end;	/* freed after boot: no symbols live there */
	unsigned long percpu_start, percpu_end;	/* the static per-cpu area as the linker sees it */
};

extern struct slabscan_ksyms slabscan_ksyms;

/* A symbol, as the kernel names it. */
struct slabscan_symbol {
	unsigned long start;
	unsigned long size;
	char name[128];
	char module[56];	/* empty for the kernel image */
};

int slabscan_ksym_init(const char *distort);
unsigned long slabscan_ksym_lookup(const char *name);
bool slabscan_ksym_name(unsigned long addr, struct slabscan_symbol *ret);
bool slabscan_ksym_string(unsigned long addr, char *buf, size_t size);
int slabscan_ksym_format(unsigned long addr, char *buf, size_t size);
bool slabscan_ksym_text(unsigned long addr, char *buf, size_t size);

#endif /* SLABSCAN_KSYM_H */
