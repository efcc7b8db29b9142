// SPDX-License-Identifier: GPL-2.0-only
// Nothing is written where a number says, nor is what lies there given back, and no cache is shrunk.
@@
expression E, F;
type T;
identifier fn =~ "^(mem(set|cpy|move)|copy_to_kernel_nofault|strscpy|k?v?free|kmem_cache_(alloc|free|free_bulk|destroy))$";
assignment operator op;
@@
(
* fn((T *)E, ...)
|
* fn((T *)E + F, ...)
|
* kmem_cache_free(F, (T *)E)
|
* kmem_cache_shrink(...)
|
* *(T *)slabscan_at(...) op E
|
* WRITE_ONCE(*(T *)E, F)
)
