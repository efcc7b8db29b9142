// SPDX-License-Identifier: GPL-2.0-only
/*
 * bad.c - what each rule must find: a function for each, named after it. Never compiled.
 */
struct foo {
	int a;
};

void ignored(unsigned long addr)
{
	int x;

	slabscan_kmem_read(&x, addr, 4);
}

int foreign(unsigned long addr, u64 n, const struct slabscan_cache *cache)
{
	return *(int *)(addr + 8) + ((struct foo *)n)->a +
	       *(int *)cache->addr +
	       ((struct foo *)cache->addr)->a;
}

void written(const struct slabscan_cache *cache, unsigned long object)
{
	memset((void *)object, 0, 8);
	memcpy((char *)cache->addr + 8, cache, 8);
	kmem_cache_shrink((void *)cache->addr);
	kmem_cache_free(own, (void *)object);
	*(u32 *)slabscan_at(cache->addr, SLABSCAN_C_TID) = 0;
	WRITE_ONCE(*(u32 *)object, 0);
}

void descriptor(struct page *page, struct task_struct *task)
{
	page->mapping = 0;
	page->flags.f |= 1;
	task->flags++;
	*page = none;
	WRITE_ONCE(page->private, 0);
	set_bit(3, &page->flags);
	atomic_inc(&page->_refcount);
	memset(page, 0, sizeof(*page));
	SetPageDirty(page);
}

void *product(int n)
{
	return kvmalloc(n * sizeof(struct foo), GFP_KERNEL);
}

int null(int n)
{
	struct foo *x = kzalloc(8, GFP_KERNEL);

	x->a = n;
	return 0;
}

void *atomic(struct foo *f)
{
	void *x;

	spin_lock(&f->a);
	x = kzalloc(8, GFP_KERNEL);
	spin_unlock(&f->a);
	return x;
}

int unlock(struct foo *f)
{
	mutex_lock(&f->a);
	if (f->a)
		return 1;
	mutex_unlock(&f->a);
	return 0;
}
