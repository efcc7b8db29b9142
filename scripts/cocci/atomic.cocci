// SPDX-License-Identifier: GPL-2.0-only
// Nothing sleeps under a spinlock or with interrupts or preemption off.
@@
expression E, F;
@@
(
spin_lock(E);
|
raw_spin_lock(E);
|
spin_lock_irqsave(E, F);
|
raw_spin_lock_irqsave(E, F);
|
local_irq_save(F);
|
preempt_disable();
|
rcu_read_lock();
)
... when != spin_unlock(E)
    when != raw_spin_unlock(E)
    when != spin_unlock_irqrestore(E, F)
    when != raw_spin_unlock_irqrestore(E, F)
    when != local_irq_restore(F)
    when != preempt_enable()
    when != rcu_read_unlock()
(
* \(cond_resched\|mutex_lock\|msleep\|synchronize_rcu\|rcu_barrier\|vfree\|kvfree\|wait_for_completion\|schedule\)(...)
|
* \(kmalloc\|kzalloc\|kcalloc\|kvmalloc\|kvzalloc\|kvcalloc\|kvmalloc_array\|vmalloc\|vzalloc\)(..., GFP_KERNEL, ...)
)
