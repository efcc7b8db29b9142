#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Loading is quick, leaves nothing behind, and is refused in words where the module does not understand the kernel's structures.
#
# mem: 1G
# timeout: 240
# bins: grep comm
# kmods: slabscan_test
# smoke
. /slabscan/lib.sh
T=/sys/kernel/debug/slabscan_test

# Which generation of SLUB this is, told by the file that only one of them has; distortions by what they have to say
[ -d /sys/kernel/slab ] || bail "no /sys/kernel/slab"
cases="slab.freelist:gone slab.inuse:gone slab.counters:gone slab.objects:gone slab.slab_cache:8 slab.freelist:8 slab.inuse:1
	kmem_cache.offset:gone kmem_cache.offset:8 kmem_cache.size:4 kmem_cache.object_size:4 kmem_cache.list:16 kmem_cache.name:8 kmem_cache.oo.x:gone kmem_cache.oo.x:8
	kmem_cache.random:8 kmem_cache.random:gone"
# a kernel without CONFIG_KPROBES, without CONFIG_KALLSYMS_ALL, without CONFIG_DEBUG_INFO_BTF
symbol_cases="kallsyms_lookup_name:gone slab_caches:gone _end:gone __start_BTF:gone"
cpu_cases="kmem_cache_cpu.freelist:8 kmem_cache_cpu.slab:gone kmem_cache.cpu_slab:gone kmem_cache.cpu_slab:8"
sheaf_cases="slub_percpu_sheaves.main:8 slab_sheaf.objects:8 slab_sheaf.size:gone node_barn.sheaves_full:16 node_barn.sheaves_full:gone kmem_cache.cpu_sheaves:8 kmem_cache.cpu_sheaves:gone"
# Before struct slab came out of struct page, its members were there (d122019bf061 "mm: Split slab into its own type", 5.17); its contemporary
# struct folio tells.
if ! grep -aqzx folio /sys/kernel/btf/vmlinux; then
	cases=${cases//slab./page.}
	cpu_cases=${cpu_cases/_cpu.slab/_cpu.page}
fi

load_slabscan || bail "slabscan does not load: $(dmesg | tail -3)"
# the kernel's own list of structures tells which of the two it has
if grep -aq slub_percpu_sheaves /sys/kernel/btf/vmlinux; then
	grep -aq kmem_cache_cpu /sys/kernel/btf/vmlinux && cases="$cases $cpu_cases"
	cases="$cases $sheaf_cases"
else
	cases="$cases $cpu_cases"
fi
rmmod slabscan

cases="$cases $symbol_cases"
plan $(($(wc -w <<<"$cases") * 2 + 15))

now_ms()
{
	echo $((${EPOCHREALTIME/./} / 1000))
}

begin=$(now_ms)
load_slabscan
took=$(($(now_ms) - begin))
diag "loaded in $took ms"
check "loads within 5 s, emulated, on a busy host" test $took -lt 5000
check "says so in the log" grep -q "slabscan: version .* is ready" <(dmesg)
rmmod slabscan

mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
probes=$(sort /sys/kernel/debug/kprobes/list)
# it knows of tracepoints
load_kmod slabscan_test || bail "slabscan_test does not load"

# Threads, timers, tracepoints and probes, but for the probes that were there before. The thread of a job ends a moment after its client knows.
busy()
{
	cat /proc/[0-9]*/comm 2>/dev/null | grep '^slabscan/'
	grep -a slabscan /proc/timer_list
	sort /sys/kernel/debug/kprobes/list | comm -13 <(echo "$probes") -
	[ "$(cat $T/tracepoints)" = 0 ] || echo "tracepoints"
}
quiet() { [ -z "$(busy)" ]; }
tracing() { busy | grep -qx tracepoints; }

idle_after()
{
	local job object

	object=$(slabscan top --cache kmalloc-64 | sed -n 's/.*example \(0x[0-9a-f]*\).*/\1/p' | head -1)
	for job in caches "top --cache kmalloc-64" "top --all --limit 3" "show ${object:-0}" "refs ${object:-0}" leaks "trace --cache kmalloc-64 --duration 1"; do
		# shellcheck disable=SC2086 # words
		slabscan $job >/dev/null 2>/tmp/err || { echo "$job: $?"; cat /tmp/err; return 1; }
		wait_for 10 quiet || { echo "after $job:"; busy; return 1; }
	done
}
load_slabscan
check "loaded, it hooks nothing and starts nothing" quiet
check "nor does it after each kind of job" idle_after
while_traced kmalloc-64 check "while it traces, tracepoints are on" tracing
rmmod slabscan

# What is left of the module
left()
{
	[ ! -d /sys/module/slabscan ] || echo "module"
	grep -l '^slabscan' /proc/[0-9]*/comm 2>/dev/null | grep -v "/$$/" | grep -v self
	grep -a slabscan_proof /proc/slabinfo
	find /sys/kernel/slab -maxdepth 1 -name 'slabscan*' ! -name slabscan_test_peer
	busy
	slabscan caches 2>&1 | grep -q "not loaded" || echo "family"
}
check_equal "nothing is left after unloading" "" "$(left)"

# insmod may try twice: one each time
one_sentence()
{
	local sentences

	sentences=$(sed 's/^\[[^]]*\] //' <<<"$refusal" | grep -v 'not loaded (error')
	echo "$sentences"
	[ "$(wc -l <<<"$sentences")" = "$(grep -c 'not loaded (error' <<<"$refusal")" ] && grep -qE "$want" <<<"$sentences"
}

for c in $cases; do
	member=${c%:*}
	console "distort $c"
	insmod /modules/slabscan.ko distort="$c" 2>/tmp/err
	status=$?
	refusal=$(dmesg_since "distort $c" | grep -a 'slabscan: ')
	[ $status != 0 ] && ok "$c: refused" || { not_ok "$c: refused"; rmmod slabscan; }
	# A member that is missing is named; one in a wrong place shows in the proof or in the check of shapes. One of the two ways to keep free objects may be
	# missing as long as the other is there; a kernel without hardened freelists has no random.
	case $c in
	kmem_cache.random:gone) want="proof failed" ;;
	kmem_cache.cpu_slab:gone | kmem_cache.cpu_sheaves:gone) want="keeps neither|proof failed" ;;
	*:gone) want=${member//./\\.} ;;
	*) want="${member//./\\.}|proof failed|do not lie together" ;;
	esac
	check "$c: in one sentence" one_sentence
done
check_equal "nothing is left after all refusals" "" "$(left)"

# Made for another release of the same kind, which kernels with CONFIG_MODVERSIONS don't look at: all that is told of it is written over
other_release()
{
	local release at

	release=$(uname -r)
	cp /modules/slabscan.ko /tmp/other.ko
	grep -aboF "$release" /modules/slabscan.ko | cut -d: -f1 | while read -r at; do
		printf 9 | dd of=/tmp/other.ko bs=1 seek="$at" conv=notrunc 2>/dev/null
	done
	console "another release"
	! insmod /tmp/other.ko 2>/dev/null && dmesg_since "another release" | grep -qE "slabscan: made for kernel 9.* build it|version magic .* should be"
}
check "a module made for another release does not load, and says so" other_release

# Made for another kind of kernel: its version magic says so
other_kernel()
{
	local at

	at=$(grep -abo ' SMP .*mod_unload' /modules/slabscan.ko | head -1 | cut -d: -f1)
	cp /modules/slabscan.ko /tmp/other.ko
	printf ' UMP ' | dd of=/tmp/other.ko bs=1 seek="$at" conv=notrunc 2>/dev/null
	console "another kernel"
	! insmod /tmp/other.ko 2>/dev/null && dmesg_since "another kernel" | grep -q "version magic .* should be"
}
check "a module made for another kernel does not load" other_kernel
check_equal "nothing but our own words was said: no memory of the kernel" "" "$(dmesg | grep -a 'slabscan: ' | LC_ALL=C grep -avE '^[ -~]*$')"
dmesg | grep -a 'slabscan: ' >/tmp/log
check_equal "no address either" "" "$(addresses </tmp/log; numbers </tmp/log)"
check_fails "an unknown parameter does no harm, a bad distortion neither: the right layout loads" 0 "" insmod /modules/slabscan.ko distort=slab.nonsense:8
rmmod slabscan

check "10 cycles, to warm up" load_cycles 10
before=$(used_kb)
check "50 times loaded and unloaded" load_cycles 50
after=$(used_kb)
diag "unreclaimable: $before KiB before, $after KiB after"
check "memory is flat (less than 8 KiB a time)" test $((after - before)) -lt 400
