// SPDX-License-Identifier: GPL-2.0-only
// Foreign memory may be gone: who reads it asks whether that worked.
@@
@@
* \(slabscan_kmem_read\|slabscan_kmem_word\|slabscan_kmem_string\|slabscan_field_read\)(...);
