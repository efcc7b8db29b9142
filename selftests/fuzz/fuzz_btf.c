// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_btf.c - any bytes as BTF: lookups end, stay inside, and say nothing impossible
 */
#include <stdlib.h>

#include "btf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = { "kmem_cache", "slab", "local_t", "s", "a" };
static const char *const paths[] = { "cpu_slab", "per_node.barn", "oo.x", "frozen", "objects", "m", "a.a.a" };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct slabscan_btf b;
	struct slabscan_btf_member m;
	u8 bytes[16] = { 0 };
	size_t i, k;

	if (slabscan_btf_init(&b, data, size))
		return 0;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		slabscan_btf_struct_size(&b, names[i]);
		for (k = 0; k < ARRAY_SIZE(paths); k++) {
			if (slabscan_btf_member(&b, names[i], paths[k], &m))
				continue;
			if (m.bit_offset > 7 || (m.bit_size && m.size > 33) || (u64)m.nr_elems * m.elem_size > U32_MAX)
				abort();
			slabscan_btf_read(&m, bytes);
		}
	}
	return 0;
}
