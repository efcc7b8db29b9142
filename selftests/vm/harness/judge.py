# SPDX-License-Identifier: GPL-2.0-only
"""Judge a run. Nothing passes but what says so, completely, in time, on a clean kernel.

The guest speaks KTAP on a serial port of its own, and ends with the line

    # end: status=N taint=N

States: pass; skip (everything was skipped: not a pass); fail (it ran, and something is
wrong); lost (it ended without a word: a panic, a crash of QEMU); timeout.
"""

import re

END = re.compile(r"^# end: status=(\d+) taint=(\d+)$")
PLAN = re.compile(r"^1\.\.(\d+)(\s+# SKIP\b.*)?$", re.I)
CASE = re.compile(r"^(not ok|ok) (\d+)(?: -)?(.*?)(?:\s+# (SKIP\b.*))?$", re.I)

# An out-of-tree (4096), unsigned (8192) module and nothing else; or no module at all.
GOOD_TAINT = (0, 12288)

# What a healthy console never says. "WARNING:" alone is also printed at boot about the
# mitigations of the emulated CPU, so that pattern asks for a place in the code.
ALARMS = re.compile("|".join((
    r"\bBUG\b: ", r"kernel BUG at", r"WARNING: .*(CPU[:#]|\bat [\w./]+:\d+|possible|suspicious|inconsistent)",
    r"Oops\b", r"Kernel panic", r"general protection fault", r"stack segment fault",
    r"unable to handle", r"double fault", r"Call Trace:",
    r"possible circular locking", r"possible recursive locking", r"suspicious RCU usage",
    r"inconsistent lock state", r"bad unlock balance", r"held lock freed",
    r"sleeping function called from invalid context", r"scheduling while atomic",
    r"soft lockup", r"hard LOCKUP", r"blocked for more than \d+ seconds",
    r"rcu.*(self-detected stall|detected (expedited )?stalls|starved for)", r"KASAN:", r"UBSAN:", r"KFENCE:", r"KCSAN:",
    r"unregister_netdevice: waiting", r"Bad page state", r"bad page map",
    r"Slab corruption", r"Redzone overwritten", r"Poison overwritten", r"Freepointer corrupt",
    r"[Oo]bjects remaining (in|on)", r"refcount_t: ", r"list_(add|del) corruption",
    r"traps: \w+.*\bslabscan\b", r"slabscan\[\d+\]: segfault", r"Out of memory: Killed",
    r"slabscan: \d+ pieces of memory were forgotten",
)))


class Result:
    def __init__(self, state, reason="", passed=0, failed=0, skipped=0):
        self.state = state
        self.reason = reason
        self.passed, self.failed, self.skipped = passed, failed, skipped
        self.seconds = 0.0
        self.log = None

    def __str__(self):
        counts = f"{self.passed} ok"
        if self.failed:
            counts += f", {self.failed} not ok"
        if self.skipped:
            counts += f", {self.skipped} skipped"
        text = self.state.upper()
        if self.passed or self.failed or self.skipped:
            text += f" ({counts})"
        return text + (f": {self.reason}" if self.reason else "")


def alarms(console, allowed=None):
    """Lines of the console that must not be there; `allowed` is a regular expression."""
    lines = (line for line in console.splitlines() if ALARMS.search(line))
    return [line for line in lines if not (allowed and re.search(allowed, line))]


def _cases(output):
    """(plan or None, list of (ok, number, text, skipped), plan says skip all)."""
    plan, cases, skip_all = None, [], False
    for line in output:
        match = PLAN.match(line)
        if match:
            # A second plan contradicts the first.
            plan = int(match[1]) if plan is None else -1
            skip_all = bool(match[2])
            continue
        match = CASE.match(line)
        if match:
            cases.append((match[1].lower() == "ok", int(match[2]), match[3].strip(),
                          bool(match[4])))
    return plan, cases, skip_all


def judge(output, console, *, timed_out=False, qemu_status=0, plain=False, allowed=None):
    """A Result from the text of the two serial ports. `plain`: no KTAP, the exit status counts."""
    lines = output.replace("\r", "").splitlines()
    plan, cases, skip_all = _cases(lines)
    bad = [text for ok, _, text, _ in cases if not ok]
    skipped = sum(1 for ok, _, _, skip in cases if ok and skip)
    counts = (len(cases) - len(bad) - skipped, len(bad), skipped)
    alarm = alarms(console, allowed)
    ends = [match for match in map(END.match, lines) if match]

    def verdict(state, reason=""):
        return Result(state, reason, *counts)

    said = f"the console says: {alarm[0].strip()}" if alarm else ""
    if timed_out:
        return verdict("timeout", said or (f"after {cases[-1][2]!r}" if cases else "no output"))
    if len(ends) != 1 or not lines or not END.match(lines[-1]):
        return verdict("lost", said or f"no verdict (qemu ended with {qemu_status})")
    if said:
        return verdict("fail", said)
    status, taint = int(ends[0][1]), int(ends[0][2])
    if bad:
        return verdict("fail", bad[0])
    if taint not in GOOD_TAINT:
        return verdict("fail", f"the kernel is tainted: {taint}, not one of {GOOD_TAINT}")
    if status:
        return verdict("fail", f"the script ended with status {status}")
    if plain:
        return verdict("pass")
    if plan is None or plan < 0:
        return verdict("fail", "there is no plan (1..N)" if plan is None else "more than one plan")
    if [number for _, number, _, _ in cases] != list(range(1, plan + 1)):
        return verdict("fail", f"the plan says {plan} tests, and {len(cases)} reported or out of order")
    if plan == 0 and not skip_all:
        return verdict("fail", "a plan of no tests")
    return verdict("skip" if skipped == plan else "pass")
