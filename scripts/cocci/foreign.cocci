// SPDX-License-Identifier: GPL-2.0-only
// An address that came as a number is foreign: only kmem reads what is there.
@@
typedef u64;
{unsigned long, u64} E;
expression P;
identifier addr =~ "addr";
type T;
identifier f;
@@
(
* *(T *)E
|
* *(T *)(E)
|
* ((T *)E)->f
|
* *(T *)P->addr
|
* ((T *)P->addr)->f
)
