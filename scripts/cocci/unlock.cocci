// SPDX-License-Identifier: GPL-2.0-only
// What a function locks it unlocks on each way out, unless it is called _lock or _hold.
@@
identifier fn !~ "_(lock|hold)$";
expression E, F;
@@
fn(...)
{
<...
(
mutex_lock(E);
|
spin_lock(E);
|
raw_spin_lock(E);
|
spin_lock_irqsave(E, F);
|
raw_spin_lock_irqsave(E, F);
|
down_read(E);
|
down_write(E);
)
... when != mutex_unlock(E)
    when != spin_unlock(E)
    when != raw_spin_unlock(E)
    when != spin_unlock_irqrestore(E, F)
    when != raw_spin_unlock_irqrestore(E, F)
    when != up_read(E)
    when != up_write(E)
    when strict
* return ...;
...>
}
