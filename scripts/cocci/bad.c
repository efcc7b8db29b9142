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

int foreign(unsigned long addr, u64 n)
{
	return *(int *)(addr + 8) + ((struct foo *)n)->a;
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
