// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_mark.c - any bytes as a small machine: marking ends, never follows what is not live, and needs no second pass
 *
 * Input: one byte of list length, one of budget, 16 bytes of slabs (class and pages), 32 bytes of live bits, then words: an eighth of them roots,
 * the rest memory.
 */
#include <stdlib.h>

#include "mark.h"

#define BASE 0xffff888000000000ULL
#define PAGES 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static u64 memory[PAGES * 512];
static const u32 strides[] = { 8, 24, 96, 512, 2048 };

static size_t read_memory(void *arg, u64 address, void *buf, size_t len)
{
	const struct slabscan_mark *m = arg;
	u32 object = slabscan_objset_find(m->set, address);

	/* only whole words of marked objects may be asked for */
	if (object == SLABSCAN_OBJSET_NONE || !test_bit(object, m->marked) || slabscan_objset_find(m->set, address + len - 1) != object)
		abort();
	memcpy(buf, (u8 *)memory + (address - BASE), len);
	return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static u64 set_mem[1024], roots[512], list[4], buf[8];
	static unsigned long marked[PAGES * 8 + 1], pending[PAGES * 8 + 1], first[PAGES * 8 + 1], live[8];
	struct slabscan_objset set;
	struct slabscan_marker w;
	struct slabscan_mark m;
	u32 i, page, pages, class, bytes, round, max, budget;

	if (size < 50 + 64)
		return 0;
	memset(set_mem, 0, sizeof(set_mem));
	if (slabscan_objset_init(&set, BASE, PAGES, PAGES, ARRAY_SIZE(strides), set_mem, sizeof(set_mem)))
		abort();
	for (i = 0; i < ARRAY_SIZE(strides); i++)
		slabscan_objset_add_class(&set, i, strides[i], i == 2 ? 16 : 0, strides[i] - (i == 3));
	for (page = 0, i = 0; page < PAGES && i < 16; i++, page += pages) {
		class = data[2 + i] % 8;
		pages = 1 + (data[2 + i] >> 3) % 2;
		if (class < ARRAY_SIZE(strides))
			slabscan_objset_add_slab(&set, BASE + page * 4096ULL, pages, class,
						 1 + (data[2 + i] >> 4) * (4096 / strides[class] - 2) / 15);
	}
	slabscan_objset_seal(&set);
	max = 1 + data[0] % ARRAY_SIZE(list);
	budget = 1 + data[1] * 16;
	bytes = (size - 50) / 8 * 8;
	memset(roots, 0, sizeof(roots));
	memset(memory, 0, sizeof(memory));
	memcpy(roots, data + 50, min_t(u32, bytes / 8, sizeof(roots)));
	/* repeated, so that a short input fills the machine */
	for (i = 0; i < sizeof(memory); i += bytes)
		memcpy((u8 *)memory + i, data + 50, min_t(u32, bytes, sizeof(memory) - i));
	/* words are offsets into the machine, so that the fuzzer need not guess where it is */
	for (i = 0; i < ARRAY_SIZE(roots); i++)
		roots[i] = roots[i] ? roots[i] % (PAGES * 4096 + 64) + BASE : 0;
	for (i = 0; i < ARRAY_SIZE(memory); i++)
		memory[i] = memory[i] ? memory[i] % (PAGES * 4096 + 64) + BASE : 0;
	for (round = 0; round < 2; round++) {
		memset(marked, 0xff, sizeof(marked));
		memset(pending, 0, sizeof(pending));
		slabscan_mark_init(&m, &set, marked, pending, read_memory, &m);
		for (i = 0; i < set.nr_slabs; i++) {
			memset(live, data[18 + i], sizeof(live));
			slabscan_mark_live(&m, i, live);
		}
		slabscan_marker_init(&w, list, round ? ARRAY_SIZE(list) : max, buf, round ? sizeof(buf) : 8);
		slabscan_mark_roots(&m, &w, roots, sizeof(roots));
		for (i = 0; round && i < set.nr_slabs; i++)
			slabscan_mark_slab(&m, &w, i);
		while (!slabscan_mark_step(&m, &w, budget))
			;
		if (w.followed != w.reached || w.reached > set.nr_objects)
			abort();
		/* whatever the list's length, and whether it goes slab by slab, the same is found */
		if (round && memcmp(first, marked, slabscan_objset_bitmap_bytes(set.nr_objects)))
			abort();
		memcpy(first, marked, sizeof(first));
	}
	return 0;
}
