#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The module is unloaded, again and again, while jobs of every kind are under way and commands come and go: each time it goes as a whole, or says that it is
# in use. Nothing of it stays, every client notices and says so, and it can be loaded again. With another number of rounds: --append ROUNDS=1000
#
# bins: timeout
# kmods: slabscan_test
# files: selftests/guest/tools/unload
# mem: 1G
# timeout: 600
# long
. /slabscan/lib.sh
[ -d /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug
T=/sys/kernel/debug/slabscan_test
kinds=(caches top all leaks refs show trace objects)
# many more would fill lockdep's table of call chains, which it keeps of modules that are gone
rounds=${ROUNDS:-40}
plan $((${#kinds[@]} + 7))

# Areas of vmalloc space that were asked for by code that is gone
ownerless() { awk '$3 ~ /^0x/ { n++ } END { print n + 0 }' /proc/vmallocinfo; }
# A thread of a job, or a helper of one; slabscan_churn is of the test module
no_threads() { ! cat /proc/[0-9]*/comm 2>/dev/null | grep -q '^slabscan/'; }

load_kmod slabscan_test || bail "slabscan_test does not load"
echo "create r 64 nomerge" >$T/ctl
echo "plant r 30000 chain" >$T/ctl || bail "no objects"
first=$(head -n 1 $T/sets/r/live)
probes=$(cat /sys/kernel/debug/kprobes/list)
strangers=$(ownerless)
load_slabscan || bail "slabscan does not load"
touch /tmp/left /tmp/wrong /tmp/ends /tmp/hits
refused=0
went=0

# What is left of the module; the list of probes does not say whose they are, so it has to be as it was before
left()
{
	[ ! -d /sys/module/slabscan ] || echo "module"
	wait_for 60 no_threads || { echo "threads:"; cat /proc/[0-9]*/comm 2>/dev/null | grep '^slabscan/'; }
	[ "$(cat /sys/kernel/debug/kprobes/list)" = "$probes" ] || { echo "probes:"; cat /sys/kernel/debug/kprobes/list; }
	grep -a slabscan_proof /proc/slabinfo
	grep -F '[slabscan]' /proc/vmallocinfo
	[ "$(ownerless)" -le "$strangers" ] || { echo "memory:"; awk '$3 ~ /^0x/' /proc/vmallocinfo; }
}

commands=("caches --limit 3" "top --cache r" "top --all --cpus 2 --limit 3" "leaks --cpus 2" "refs $first --cpus 2" "show $first"
	"trace --cache r --duration 0.5 --no-scan")

# What a command may say here, in its own words: not an errno's name, nor that this were another network namespace, though the module is loading
own='^slabscan: (the slabscan module (is (not loaded|being (un)?loaded)|was unloaded, and loaded again)|the module runs one job at a time, '\
"|another client's job was running|(another client|other clients) replaced the result)"

# worker N: slabscan does each of these, from the Nth on, until there is /tmp/stop, whatever becomes of the module
worker()
{
	local i=$1 out=/tmp/worker.$1 command status

	while [ ! -e /tmp/stop ]; do
		command=${commands[i++ % ${#commands[@]}]}
		# shellcheck disable=SC2086 # words
		timeout -k 9 300 slabscan $command >$out 2>&1
		status=$?
		case $status in
		0 | 3) echo "done" >>/tmp/ends ;;
		2)
			grep -m 1 -E "$own" $out >>/tmp/ends || { echo "$command: no words for it"; cat $out; } >>/tmp/wrong
			sleep 0.05
			;;
		*) { echo "$command: status $status"; cat $out; } >>/tmp/wrong ;;
		esac
	done
}

# round KIND: the module goes while a job of this kind is under way, as far as can be met, and comes back
round()
{
	local kind=$1 client status tries=0

	rm -f /tmp/unload
	timeout -k 9 300 /files/unload "$kind" r "$first" >/tmp/unload 2>&1 &
	client=$!
	wait_for 120 grep -q . /tmp/unload || echo "$kind: no job came to its turn" >>/tmp/wrong
	sleep 0.$((RANDOM % 3))$((RANDOM % 10))
	until rmmod slabscan 2>/tmp/rmmod; do
		grep -qE "temporarily unavailable|in use" /tmp/rmmod || bail "rmmod says: $(cat /tmp/rmmod)"
		refused=$((refused + 1))
		tries=$((tries + 1))
		[ $tries -lt 1000 ] || bail "the module does not go: $(cat /tmp/rmmod)"
		sleep 0.02
	done
	went=$((went + 1))
	left >/tmp/now
	[ ! -s /tmp/now ] || { echo "after $kind:"; cat /tmp/now; } >>/tmp/left
	wait $client
	status=$?
	[ $status = 0 ] || { echo "unload $kind: status $status"; cat /tmp/unload; } >>/tmp/wrong
	echo "$kind $(tail -n 1 /tmp/unload)" >>/tmp/hits
	load_slabscan || bail "it does not load again after $kind: $(dmesg | grep 'slabscan: ' | tail -n 3)"
}

hit() { grep -qxE "$1 ${2:-(cut|ended)}" /tmp/hits; }

# phase ROUNDS: with commands and a busy cache beside; all of that is gone at the end, and the module loaded
phase()
{
	local i one two

	rm -f /tmp/stop
	echo "churn r 2 mixed 200 4" >$T/ctl
	worker 0 &
	one=$!
	worker 3 &
	two=$!
	for ((i = 0; i < $1; i++)); do
		((i % 16)) || console "round $i of $1"
		round "${kinds[i % ${#kinds[@]}]}"
	done
	touch /tmp/stop
	wait $one $two
	echo "churn r stop" >$T/ctl
}

phase ${#kinds[@]}	# to warm up
before=$(used_kb)
start=$SECONDS
phase "$rounds"
took=$((SECONDS - start))
after=$(used_kb)
# what lasts a millisecond may have been missed each time
extra=0
for kind in "${kinds[@]}"; do
	for ((i = 0; i < 50; i++)); do
		hit "$kind" && break
		round "$kind"
		extra=$((extra + 1))
	done
done

diag "$went times unloaded and loaded, $refused times refused; $rounds rounds took $took s, $extra were added"
[ ! -e /proc/lockdep_stats ] || diag "$(grep -i 'stack-trace entries' /proc/lockdep_stats)"
diag "met by it: $(sort /tmp/hits | uniq -c | awk '{ printf "%s %s %s, ", $1, $2, $3 }')"
diag "commands meanwhile:"
diag "$(sed 's/[0-9][0-9]*/N/g' /tmp/ends | sort | uniq -c)"
check_equal "nothing of it is left, any time" "" "$(head -n 40 /tmp/left)"
check_equal "each client ends, and says what was wrong" "" "$(head -n 40 /tmp/wrong)"
check "some commands were done" test "$(grep -c '^done' /tmp/ends)" -ge 10
for kind in "${kinds[@]}"; do
	check "unloaded under a job: $kind" hit "$kind"
done
check "and in the middle of one" eval "hit leaks cut && hit trace cut"
diag "unreclaimable: $before KiB before, $after KiB after $rounds rounds"
check "memory is flat (less than 16 KiB a time)" test $((after - before)) -lt $((rounds * 16))
check "one that was loaded anew does its work" eval "slabscan caches --limit 1 && slabscan trace --cache r --duration 1"
rmmod slabscan
check_equal "and goes" "" "$(left)"
