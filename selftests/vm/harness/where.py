# SPDX-License-Identifier: GPL-2.0-only
"""Where things are: the repository, the cache, and the kernels in it."""

import lzma
import os
import pathlib
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[3]


class HarnessError(Exception):
    """Something outside the guest is wrong; the text says what to do."""


def cache():
    if os.environ.get("SLABSCAN_CACHE"):
        return pathlib.Path(os.environ["SLABSCAN_CACHE"])
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "slabscan"


def kernel_rows():
    """The table of kernels: name to suite."""
    table = (TOP / "selftests/vm/kernels").read_text()
    rows = (line.split() for line in table.splitlines() if not line.startswith("#"))
    return {row[0]: row[1] for row in rows if row}


def kernel_names(stock=False):
    """All kernels of the table, or only those that Debian ships."""
    return [name for name, suite in kernel_rows().items() if not (stock and suite == "source")]


def script(*argv):
    """Run one of the repository's scripts; returns its last line of output."""
    done = subprocess.run([TOP / "scripts" / argv[0], *argv[1:]],
                          stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise HarnessError(f"scripts/{' '.join(argv)} failed")
    lines = done.stdout.splitlines()
    return lines[-1] if lines else ""


class Kernel:
    """A provisioned kernel: its image and its own modules."""

    def __init__(self, name):
        if name not in kernel_names():
            raise HarnessError(f"no kernel {name!r}; there are: {' '.join(kernel_names())}")
        script("provision", name)
        self.name = name
        # Built by us with checks in it: needs more memory and several times as long.
        self.debug = kernel_rows()[name] == "source"
        self.dir = cache() / "kernels" / name
        self.release = (self.dir / "release").read_text().strip()
        self.vmlinuz = (self.dir / "vmlinuz").resolve()

    def disks(self):
        """A Debian to boot, and this kernel's modules for it; guests write to neither."""
        script("provision", "--guest", self.name)
        return [cache() / "roots/guest.ext4", self.dir / "modules.ext4"]

    def module_chain(self, name):
        """Paths of a module and all it needs, in the order in which to load them."""
        done = subprocess.run(["modprobe", "--dirname", self.dir / "image", "--set-version",
                               self.release, "--show-depends", name],
                              capture_output=True, text=True, env=os.environ | {
                                  "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"})
        if done.returncode:
            raise HarnessError(f"{self.name} ({self.release}): {done.stderr.strip()}")
        return [pathlib.Path(line.split()[1]) for line in done.stdout.splitlines()
                if line.startswith("insmod ")]


def module_content(path):
    """The bytes of a kernel module as insmod wants them."""
    if path.suffix == ".xz":
        return lzma.decompress(path.read_bytes())
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dcq", path], stdout=subprocess.PIPE,
                              check=True).stdout
    return path.read_bytes()
