# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For guest scripts: report in KTAP, load modules, send files to the host.
#
#     . /slabscan/lib.sh
#     plan 2
#     load_slabscan
#     check "the family is there" slabscan caches
#     skip "no sheaves in this kernel"
#
# One call, one result. Call these from the script's own shell, not from a
# pipeline or a subshell: the count would be lost, and the run is judged failed.

ktap_count=0

# plan N: how many results will follow. Exactly once.
plan()
{
	echo "KTAP version 1"
	echo "1..$1"
}

ok()
{
	ktap_count=$((ktap_count + 1))
	echo "ok $ktap_count - $*"
}

not_ok()
{
	ktap_count=$((ktap_count + 1))
	echo "not ok $ktap_count - $*"
}

# skip DESCRIPTION [REASON]: never counted as a pass.
skip()
{
	ktap_count=$((ktap_count + 1))
	echo "ok $ktap_count - $1 # SKIP ${2-}"
}

# skip_all REASON: nothing of this script applies here. Ends the script.
skip_all()
{
	echo "KTAP version 1"
	echo "1..0 # SKIP $*"
	exit 0
}

# Text for the reader of the log.
diag()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

# check DESCRIPTION COMMAND...: ok when the command succeeds; its output is shown when not.
check()
{
	local what=$1 said status

	shift
	said=$("$@" 2>&1)
	status=$?
	if [ $status = 0 ]; then
		ok "$what"
	else
		diag "status $status of: $*"
		diag "$said"
		not_ok "$what"
	fi
	return $status
}

# check_fails DESCRIPTION STATUS REGEX COMMAND...: ok when the command ends with
# just this status and says something that matches.
check_fails()
{
	local what=$1 want=$2 regex=$3 said status

	shift 3
	said=$("$@" 2>&1)
	status=$?
	if [ $status = "$want" ] && grep -qE -- "$regex" <<<"$said"; then
		ok "$what"
	else
		diag "status $status (not $want), or not /$regex/, of: $*"
		diag "$said"
		not_ok "$what"
	fi
}

# check_equal DESCRIPTION WANT GOT
check_equal()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		diag "want: $2"
		diag "got:  $3"
		not_ok "$1"
	fi
}

# What cannot go on: says why, and ends the script as failed.
bail()
{
	echo "Bail out! $*"
	exit 1
}

# load_modules NAME...: modules of the kernel that the script's header asked for,
# with all they need. A helper that does not fit this CPU may stay out; NAME may not.
load_modules()
{
	local name path module status

	for name; do
		[ -e "/modules/$name.order" ] || bail "$name is not in the guest; name it in '# modules:'"
		status=0
		while read -r path; do
			module=${path##*/}
			module=${module%.ko}
			[ -d "/sys/module/${module//-/_}" ] || insmod "$path"
			status=$?
		done <"/modules/$name.order"
		[ $status = 0 ] || return
	done
}

# load_slabscan [PARAMETER=VALUE...]
load_slabscan()
{
	insmod /modules/slabscan.ko "$@"
}

# load_kmod NAME [PARAMETER=VALUE...]: a module of selftests/kmod
load_kmod()
{
	local name=$1

	shift
	insmod "/modules/$name.ko" "$@"
}

# setup NAME...: slabscan, these modules of selftests/kmod, and debugfs, through which they are spoken to. Without them there is nothing to test.
setup()
{
	local name

	[ -d /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug
	insmod /modules/slabscan.ko || bail "slabscan does not load"
	for name; do
		load_kmod "$name" || bail "$name does not load"
	done
}

# console TEXT...: a line in the kernel's log, so that the console tells the test's steps.
console()
{
	echo "slabscan-test: $*" >/dev/kmsg
}

# dmesg_since MARK: the kernel's log after the last console line with this text
dmesg_since()
{
	dmesg | awk -v mark="slabscan-test: $1" '{ text = text $0 "\n" } index($0, mark) { text = "" } END { printf "%s", text }'
}

# send_file PATH [NAME]: hand a file to the host; it lands in files/ beside the logs.
send_file()
{
	local name=${2:-${1##*/}}

	{
		echo "BEGIN $name"
		base64 "$1"
		echo "END $name $(sha256sum <"$1" | cut -d' ' -f1)"
	} >/dev/ttyS2
}

# wait_for SECONDS COMMAND...: until it succeeds; fails when the time is over.
wait_for()
{
	local tries=$(($1 * 10))

	shift
	while ! "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done
}

# used_kb: KiB that cannot be reclaimed: what a module can lose. Empty slabs, what KASAN holds back, and what CPUs have not counted yet are no loss.
used_kb()
{
	local shrink

	sleep 2
	echo 3 >/proc/sys/vm/drop_caches
	for shrink in /sys/kernel/slab/*/shrink; do
		echo 1 2>/dev/null >"$shrink"
	done
	sleep 1
	echo 1 2>/dev/null >/proc/sys/vm/stat_refresh
	awk '/^(SUnreclaim|VmallocUsed|Percpu|PageTables|KernelStack):/ { n += $2 } END { print n }' /proc/meminfo
}

# addresses: lines with a whole address of the kernel, also with five levels of page tables; not one at the end of all, where small negative numbers are
addresses()
{
	sed -E 's/[fF]{10}[0-9a-fA-F]{6}//g' | grep -aiE '(^|[^0-9a-f])ff[0-9a-f]{14}([^0-9a-f]|$)'
}

# numbers: the same in decimal
numbers()
{
	sed -E 's/18446744073(69|70)[0-9]{7}//g' | grep -aE '(^|[^0-9])18[34][0-9]{17}([^0-9]|$)'
}

# load_cycles N [PARAMETER...]: loads and unloads slabscan so often
load_cycles()
{
	local i

	for ((i = 0; i < $1; i++)); do
		load_slabscan "${@:2}" && rmmod slabscan || return 1
	done
}

# jobs_turn COMMAND...: slabscan does each of these once, until there is /tmp/stop. How they ended is told in /tmp/jobs, what went wrong in /tmp/bad.
jobs_turn()
{
	local job status

	for job; do
		[ ! -e /tmp/stop ] || return 0
		# shellcheck disable=SC2086 # words
		timeout 120 slabscan $job >/tmp/job.out 2>&1
		status=$?
		echo "$status $job" >>/tmp/jobs
		case $status in 0 | 3) ;; *) { echo "$job: $status"; cat /tmp/job.out; } >>/tmp/bad ;; esac
	done
}

# never_whole: those of jobs_turn that ended in a partial answer each time
never_whole()
{
	awk '{ done = ($1 == 0); $1 = ""; whole[$0] += done } END { for (job in whole) if (!whole[job]) print job }' /tmp/jobs
}

# all that a trace hooks is hooked; its last probe tells
hooked() { grep -q kmem_cache_alloc_bulk /sys/kernel/debug/kprobes/list; }

# a thread of slabscan's is there: a job runs
job_runs() { grep -qs '^slabscan/' /proc/[0-9]*/comm; }

# tracepoints_on, unhooked: is any tracepoint on that a trace uses; is neither one of these nor a probe? With slabscan_test, which knows of them
tracepoints_on() { [ "$(cat /sys/kernel/debug/slabscan_test/tracepoints)" -gt 0 ]; }
unhooked()
{
	[ "$(cat /sys/kernel/debug/slabscan_test/tracepoints)" = 0 ] &&
		! grep -Eq 'kmem_cache_(alloc|free)|kvfree_call_rcu|kfree_nolock' /sys/kernel/debug/kprobes/list
}

# watched EVENTS ARG...: while cache a is traced, EVENTS happen; what is said of it goes to /tmp/t.json and /tmp/err
watched()
{
	local events=$1 tracer

	shift
	slabscan trace --cache a --json --quiet "$@" >/tmp/t.json 2>/tmp/err &
	tracer=$!
	wait_for 20 hooked && eval "$events"
	wait $tracer
}

# while_traced CACHE COMMAND...: with a trace armed on that cache, whose answer goes to /tmp/t.json
while_traced()
{
	slabscan trace --cache "$1" --duration 120 --drain 0.01 --no-scan --quiet --json >/tmp/t.json 2>/dev/null &
	local tracer=$!

	wait_for 20 hooked || return 1
	"${@:2}"
	kill -TERM $tracer
	wait $tracer
}
