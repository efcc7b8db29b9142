// SPDX-License-Identifier: GPL-2.0-only
// The kernel's own descriptors are left as they are.
@@
{struct page *, struct folio *, struct slab *, struct kmem_cache *, struct task_struct *} P;
expression E;
identifier f, g;
identifier change =~ "(set|clear|change)_bit|xchg|atomic[0-9a-z_]*_(set|inc|dec|add|sub|and|or)";
identifier mark =~ "^(_*(Test)?(Set|Clear)Page|((un|try)?lock|get|put)_page$|folio_(get|put|lock|unlock|set|clear))";
assignment operator op;
@@
(
* P->f op E
|
* P->f.g op E
|
* \(P->f++\|P->f--\|++P->f\|--P->f\)
|
* *P = E
|
* WRITE_ONCE(\(P->f\|P->f.g\), E)
|
* change(..., \(&P->f\|&P->f.g\), ...)
|
* \(memset\|memcpy\|memmove\)(\(P\|&P->f\), ...)
|
* mark(...)
)
