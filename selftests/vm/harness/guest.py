# SPDX-License-Identifier: GPL-2.0-only
"""Boot a guest, watch it, and hand what it wrote to the judge."""

import base64
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from . import where
from .initramfs import Initramfs
from .judge import judge

# Any trouble ends the guest at once, and -no-reboot turns that into QEMU's end. The
# watchdogs' times are those of an emulated machine on a busy host.
CMDLINE = ("console=ttyS0 loglevel=7 panic=-1 oops=panic panic_on_warn=1 softlockup_panic=1 "
           "hung_task_panic=1 watchdog_thresh=30 rcupdate.rcu_cpu_stall_timeout=60 "
           "random.trust_cpu=on no_timer_check")


# The same for a whole distribution, whose services are not to be given up either.
DISK_CMDLINE = ("systemd.unit=slabscan.service systemd.default_timeout_start_sec=1800 systemd.default_device_timeout_sec=1800 "
                "systemd.service_watchdogs=0")


class Guest:
    """One boot: everything that goes in, then run()."""

    def __init__(self, kernel, script=None, *, mem="1G", smp="2", append="", timeout=120,
                 accel="tcg,thread=single", qemu="", logdir):
        self.kernel, self.script = kernel, script
        self.mem, self.smp, self.append, self.timeout = mem, smp, append, timeout
        self.accel = accel
        self.logdir = pathlib.Path(logdir)
        self.qemu = [word.replace("$LOG", str(self.logdir)) for word in qemu.split()]
        self.image = Initramfs()
        guest = where.TOP / "selftests/guest"
        self.image.text("/init", (guest / "init").read_text(), 0o755)
        self.image.text("/slabscan/report", (guest / "report").read_text(), 0o755)
        self.image.file(guest / "lib.sh", "/slabscan/lib.sh")
        self.preload = []

    def take_disks(self):
        """Boot a Debian from a disk: the init of the initramfs takes all else there. What is written is lost with the guest."""
        for path in self.kernel.disks():
            self.qemu += ["-drive", f"file={path},format=raw,if=virtio,snapshot=on"]
        for name in ("virtio_pci", "virtio_blk", "ext4"):
            self.take_module(name, load=False)
        self.image.file(where.TOP / "selftests/guest/slabscan.service", "/slabscan/slabscan.service")
        self.append = f"{DISK_CMDLINE} {self.append}"

    def take_module(self, name, load=True):
        self.image.kernel_module(self.kernel, name)
        if load:
            self.preload.append(name)

    def take_built(self, build):
        """slabscan.ko and the test modules, as far as a build directory has them."""
        for path in [*build.glob("*.ko"), *sorted((build / "selftests/kmod").glob("*.ko"))]:
            self.image.file(path, f"/modules/{path.name}")

    def take_script(self, path):
        self.image.text("/slabscan/test.sh", path.read_text(), 0o755)

    def _command(self, interactive):
        serials = ["-serial", "mon:stdio"] if interactive else [
            "-serial", f"file:{self.logdir}/console.log",
            "-serial", f"file:{self.logdir}/output.log",
            "-serial", f"file:{self.logdir}/bulk.log", "-monitor", "none"]
        size = shutil.get_terminal_size()
        mode = f" quiet slabscan.shell={size.lines}x{size.columns}" if interactive else ""
        return ["qemu-system-x86_64", "-accel", self.accel, "-cpu", "max", "-smp", self.smp,
                "-m", self.mem, "-display", "none", "-no-reboot", "-nic", "none", *serials, *self.qemu,
                "-kernel", str(self.kernel.vmlinuz), "-initrd", f"{self.logdir}/initramfs.cpio",
                "-append", f"{CMDLINE}{mode} {self.append}".strip()]

    def _prepare(self):
        if not shutil.which("qemu-system-x86_64"):
            raise where.HarnessError("qemu-system-x86_64 is missing; run 'make deps'")
        self.logdir.mkdir(parents=True, exist_ok=True)
        for name in ("console.log", "output.log", "bulk.log"):
            (self.logdir / name).write_bytes(b"")
        shutil.rmtree(self.logdir / "files", ignore_errors=True)
        self.image.text("/slabscan/preload", "".join(name + "\n" for name in self.preload))
        (self.logdir / "initramfs.cpio").write_bytes(self.image.cpio.bytes())

    def shell(self):
        """Hand the terminal to the guest until it powers off."""
        self._prepare()
        return subprocess.run(self._command(interactive=True)).returncode

    def run(self, *, live=False, plain=False, allowed=None):
        self._prepare()
        started = time.monotonic()
        timed_out = False
        with open(self.logdir / "qemu.log", "wb") as qemu_log:
            # A guest does not outlive who started it, however that ended.
            command = ["setpriv", "--pdeathsig", "KILL", *self._command(interactive=False)]
            qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=qemu_log, stderr=qemu_log)
            try:
                timed_out = not self._watch(qemu, started, live)
            finally:
                if qemu.poll() is None:
                    qemu.kill()
                qemu.wait()
        (self.logdir / "initramfs.cpio").unlink()
        output = self._text("output.log")
        result = judge(output, self._text("console.log"), timed_out=timed_out,
                       qemu_status=qemu.returncode, plain=plain, allowed=allowed)
        result.seconds = time.monotonic() - started
        result.log = self.logdir
        self._unpack_bulk()
        return result

    def _watch(self, qemu, started, live):
        """True when the guest ended by itself in time."""
        with open(self.logdir / "output.log", "rb") as output:
            while True:
                ended = qemu.poll() is not None
                if live:
                    sys.stdout.write(re.sub(r"\r|^# end: .*\n", "",
                                            output.read().decode(errors="replace"), flags=re.M))
                    sys.stdout.flush()
                if ended:
                    return True
                if time.monotonic() - started > self.timeout:
                    return False
                time.sleep(0.1)

    def _text(self, name):
        return (self.logdir / name).read_bytes().decode(errors="replace")

    def _unpack_bulk(self):
        """Files that the guest sent: a BEGIN line, base64, an END line with the sum."""
        blocks = re.findall(r"^BEGIN (\S+)\n(.*?)^END \1 ([0-9a-f]+)$",
                            self._text("bulk.log").replace("\r", ""), re.M | re.S)
        for name, text, digest in blocks:
            data = base64.b64decode(text)
            if hashlib.sha256(data).hexdigest() != digest:
                raise where.HarnessError(f"{name} was damaged on its way out of the guest")
            target = self.logdir / "files" / os.path.basename(name)
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(data)
