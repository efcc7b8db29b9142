// SPDX-License-Identifier: GPL-2.0-only
// An address that came as a number is foreign: only kmem reads what is there.
@@
typedef u64;
{unsigned long, u64} E;
type T;
identifier f;
@@
(
* *(T *)E
|
* *(T *)(E)
|
* ((T *)E)->f
)
