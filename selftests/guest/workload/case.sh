# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For the drivers in this directory. A driver NAME.sh [N] makes N leaks in real kernel code (or, as a negative, none), prints
#
#     leaked=N  leaked_RULE=N          how many objects the kernel now has too many, and which call was skipped for them
#     want_verdict= want_cache= want_module= want_function= want_struct= want_text=     what a right diagnosis says
#
# one a line, and ends with 0 when it did what it was asked. want_* values are extended regular expressions; a diagnosis is right
# with the cache, and any of module, function, struct or text. CASE_RATE=events/s slows a driver down, for a trace.
# Drivers can be called again and again, also by a test that loaded slabscan_leak itself. Run alone:
#
#     selftests/vm/run selftests/guest/workload/vxlan.sh --kernel 6.1 --live
#
# A test takes what it calls along: `# files: selftests/guest/workload/{case.sh,slabload,vxlan.sh}`, and has the driver's `# modules:`
# and `# bins:` in its own header. slabload is built by `make -C selftests/guest/workload`.

# shellcheck source=selftests/guest/lib.sh
. /slabscan/lib.sh

case_ctl=/sys/kernel/debug/slabscan_leak
# shellcheck disable=SC2034 # used by drivers
case_test=/sys/kernel/debug/slabscan_test
# shellcheck disable=SC2034
case_load=/files/slabload
case_rules=()

# case_setup: what every driver needs; its kernel modules it loads itself
case_setup()
{
	[ -d /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug
	ip link set lo up
	[ -d "$case_ctl" ] || load_kmod slabscan_leak
}

# case_leak RULE func=F[,F...] [option=value...]: from now on these frees are skipped
case_leak()
{
	local rule=$1

	shift
	if ! echo "add name=$rule.$$ $*" >"$case_ctl/ctl"; then
		echo "case: cannot make a leak of: $*" >&2
		exit 2
	fi
	case_rules+=("$rule")
}

case_leaked()
{
	sed -n "s/^name=$1\.$$ .* leaked=\([0-9]*\) .*/\1/p" $case_ctl/status
}

case_total()
{
	local rule total=0

	for rule in "${case_rules[@]}"; do
		total=$((total + $(case_leaked "$rule")))
	done
	echo $total
}

# case_end EXPECTED: wait for frees that come late (RCU, work queues), stop leaking, report. Fails when there were fewer.
case_end()
{
	local rule total tries=0

	while total=$(case_total) && [ "$total" -lt "$1" ] && [ $tries -lt 100 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	echo "leaked=$total"
	for rule in "${case_rules[@]}"; do
		echo "leaked_$rule=$(case_leaked "$rule")"
		echo "del $rule.$$" >"$case_ctl/ctl"
	done
	[ "$total" -ge "$1" ]
}

# case_want KEY=REGEX...
case_want()
{
	printf 'want_%s\n' "$@"
}

# case_pace: in shell loops, after each event
case_pace()
{
	[ -n "${CASE_RATE-}" ] || return 0
	: "${case_delay:=$(awk "BEGIN { print 1 / $CASE_RATE }")}"
	# From a pipe that nobody writes to: sleep would be a process for each event, and that is what an emulated guest would be busy with.
	[ -n "${case_never-}" ] || exec {case_never}<> <(:)
	read -rt "$case_delay" -u "$case_never" || :
}

# case_dummy ADDRESS: a network device of this run, $dev; the driver has "modules: dummy" in its header
case_dummy()
{
	load_modules dummy
	dev=dummy$$
	ip link add $dev type dummy && ip link set $dev up && ip addr add "$1" dev $dev || exit 2
}
