# SPDX-License-Identifier: GPL-2.0-only
"""From a script and a kernel to a result: build, put together, boot, judge."""

import hashlib
import pathlib
import subprocess
import threading

from . import where
from .guest import Guest
from .script import Script

make_lock = threading.Lock()
CLI = where.TOP / "cli/slabscan"


def build(kernel, what="all"):
    """Build the modules for a kernel (what: all, module, kmod); the directory that holds them."""
    only = [] if what == "all" else ["--only", what]
    return pathlib.Path(where.script("build-module", *only, kernel.name))


def log_dir(script, kernel):
    tree = hashlib.sha256(str(where.TOP).encode()).hexdigest()[:12]
    return where.cache() / "runs" / tree / f"{script.name}-{kernel.name}"


def shell_script():
    script = Script(where.TOP / "selftests/guest/init")
    script.name = "shell"
    return script


def made(path):
    """A file to take along, brought up to date where a Makefile beside it knows how."""
    if (path.parent / "Makefile").exists():
        with make_lock:
            done = subprocess.run(["make", "--silent", "-C", path.parent, path.name],
                                  capture_output=True, text=True)
        if done.returncode:
            raise where.HarnessError(f"{path} does not build:\n{done.stdout}{done.stderr}")
    return path


def prepare(script, kernel, built, logdir=None):
    guest = Guest(kernel, mem=script.mem, smp=script.smp, append=script.append,
                  timeout=script.timeout, accel=script.accel,
                  qemu=script.qemu, logdir=logdir or log_dir(script, kernel))
    if kernel.debug:
        guest.append = f"debug_objects {guest.append}"
        guest.mem = {"512M": "768M", "1G": "1500M", "1500M": "2G"}.get(guest.mem, guest.mem) if not script.qemu else guest.mem
        guest.timeout *= 5
    if script.disk:
        guest.take_disks()
    for name in script.modules:
        guest.take_module(name)
    for name in ["ip", *script.bins]:
        guest.image.binary(name)
    for name in script.files:
        path = made(where.TOP / name)
        if not path.is_file():
            raise where.HarnessError(f"{script.path}: no file {name} to take along")
        guest.image.file(path, f"/files/{path.name}")
    if built:
        guest.take_built(built)
        for name in script.kmods:
            if not (built / f"selftests/kmod/{name}.ko").exists():
                raise where.HarnessError(f"{script.path}: selftests/kmod builds no {name}.ko")
        if CLI.exists():
            guest.image.binary(str(CLI))
    guest.take_script(script.path)
    return guest


def run(script, kernel, built, logdir=None, live=False):
    guest = prepare(script, kernel, built, logdir)
    return guest.run(live=live, plain=script.plain, allowed=script.allow)
