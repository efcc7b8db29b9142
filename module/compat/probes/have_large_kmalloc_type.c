// SPDX-License-Identifier: GPL-2.0-only
/* v6.15 "slab: Mark large folios for debugging purposes": pages of large kmalloc() have a type; later their reference count is 0 */
#include <linux/mm.h>

int probe(struct page *page);
int probe(struct page *page)
{
	return PageLargeKmalloc(page);
}
