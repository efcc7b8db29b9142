// SPDX-License-Identifier: GPL-2.0-only
// Every allocation may fail: it is asked for before it is used.
@@
expression x;
identifier f;
@@
x = \(kmalloc\|kzalloc\|kcalloc\|kvmalloc\|kvzalloc\|kvcalloc\|kvmalloc_array\|kmalloc_array\|vmalloc\|vzalloc\|alloc_page\|alloc_percpu\|kmemdup\|kstrdup\)(...);
... when != x
(
* x->f
|
* *x
|
* x[...]
)

@@
type T;
identifier x, f;
@@
T *x = \(kmalloc\|kzalloc\|kcalloc\|kvmalloc\|kvzalloc\|kvcalloc\|kvmalloc_array\|kmalloc_array\|vmalloc\|vzalloc\|alloc_page\|alloc_percpu\|kmemdup\|kstrdup\)(...);
... when != x
(
* x->f
|
* *x
|
* x[...]
)
