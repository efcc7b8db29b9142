#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# slabscan check: does it see what grows, and leave alone what does not leak?
#
# kmods: slabscan_test slabscan_leak
# modules: vxlan
# bins: bridge jq timeout
# files: selftests/guest/workload/case.sh selftests/guest/workload/slabload selftests/guest/workload/vxlan.sh
# timeout: 400
# long
. /slabscan/lib.sh

value() { jq -r "$2" < "$1"; }
watch() { slabscan check --quiet --json --interval 1 --count 16 > "$1"; }

plan 13

watch /tmp/plain
check_equal "works without the module" 0 $?
# Without the module objects in per-CPU stores look live, and a guest that has just booted still fills its caches.
check "a quiet guest is not accused" test "$(value /tmp/plain .verdict)" != leak
diag "$(value /tmp/plain '.evidence[]')"
check_equal "says that it does not count exactly" false "$(value /tmp/plain .exact)"

load_slabscan
watch /tmp/quiet
check_equal "with the module it counts" true "$(value /tmp/quiet .exact)"
check "and still does not accuse a quiet guest" test "$(value /tmp/quiet .verdict)" != leak
diag "$(value /tmp/quiet .verdict): $(value /tmp/quiet '.evidence[]')"
check "all of memory is accounted for" test "$(value /tmp/quiet '([.accounting[].bytes] | add) - .memory | fabs / 1048576 | floor')" -le 16

CASE_RATE=60 bash /files/vxlan.sh 1500 > /tmp/vxlan.log 2>&1 &
wait_for 60 grep -q 'leaked=[1-9]' /sys/kernel/debug/slabscan_leak/status
slabscan check --quiet --exit-code --json --interval 1 --count 16 > /tmp/leak
check_equal "exit code" 10 $?
wait
diag "$(value /tmp/leak '.evidence[], .suspects[].reason')"
check_equal "a paced leak is seen" "leak slab" "$(value /tmp/leak '"\(.verdict) \(.class)"')"
check "in the right cache" grep -qE '^kmalloc-(96|128|192)$' <<< "$(value /tmp/leak '.suspects[0].cache')"

# a process that grows, at a pace that does not depend on the host
/files/slabload hog 150 25 &
hog=$!
watch /tmp/hog
kill $hog; wait $hog 2> /dev/null
check_equal "memory of a process is no kernel leak" "undecided user" "$(value /tmp/hog '"\(.verdict) \(.class)"')"
diag "$(value /tmp/hog '.evidence[0]')"

# find: dentries and inodes
(for _ in 1 2 3 4; do find /sys /proc > /dev/null 2>&1; done) &
watch /tmp/find
wait
check "dentries are not accused" test "$(value /tmp/find .verdict)" != leak
diag "$(value /tmp/find '.evidence[]')"

slabscan check --interval 0.1 --count 2 --save /tmp/state > /dev/null
slabscan check --interval 1 --count 6 --since /tmp/state --json --quiet > /tmp/since
check_equal "since" 0 $?
timeout --preserve-status --foreground -s INT 3 slabscan check > /tmp/partial 2> /tmp/err
check_equal "Ctrl-C gives what there is" "3 1" "$? $(grep -c 'Undecided: this' /tmp/partial)"
diag "$(cat /tmp/partial /tmp/err)"
