// SPDX-License-Identifier: GPL-2.0-only
// A product of sizes may overflow: allocations take both factors.
@@
expression A, B;
type T;
@@
(
* \(kmalloc\|kzalloc\|kvmalloc\|kvzalloc\|kmalloc_node\|kvmalloc_node\)(A * B, ...)
|
* \(vmalloc\|vzalloc\)(A * B)
|
* \(kmalloc\|kzalloc\|kvmalloc\|kvzalloc\|kmalloc_node\|kvmalloc_node\)(A * sizeof(T), ...)
)
