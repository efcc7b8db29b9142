# SPDX-License-Identifier: GPL-2.0-only
"""Build the guest's file system as a cpio archive (newc), without root or loop mounts.

It takes the host's own binaries with the libraries they load. That works because the
host is the Debian that the guest's oldest kernel belongs to, and is much smaller and
faster to build than a distribution image.
"""

import os
import re
import shutil
import stat
import subprocess

from .where import HarnessError, module_content

SEARCH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin"


class Cpio:
    """A newc archive; parents are made as needed, a path is written once."""

    def __init__(self):
        self._chunks = []
        self._paths = set()

    def _entry(self, path, mode, data=b"", rdev=(0, 0)):
        name = path.strip("/").encode()
        fields = [len(self._paths) + 1, mode, 0, 0, 1, 0, len(data),
                  0, 0, rdev[0], rdev[1], len(name) + 1, 0]
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + name + b"\0"
        self._chunks.append(head + b"\0" * (-len(head) % 4))
        self._chunks.append(data + b"\0" * (-len(data) % 4))

    def _claim(self, path):
        """True if the path is new, with its parents in place."""
        path = "/" + path.strip("/")
        if path in self._paths:
            return False
        parent = os.path.dirname(path)
        if parent != "/":
            self.dir(parent)
        self._paths.add(path)
        return True

    def dir(self, path):
        if self._claim(path):
            self._entry(path, stat.S_IFDIR | 0o755)

    def file(self, path, data, mode=0o644):
        if self._claim(path):
            self._entry(path, stat.S_IFREG | mode, data)

    def link(self, path, target):
        if self._claim(path):
            self._entry(path, stat.S_IFLNK | 0o777, target.encode())

    def device(self, path, major, minor):
        if self._claim(path):
            self._entry(path, stat.S_IFCHR | 0o600, rdev=(major, minor))

    def bytes(self):
        self._entry("TRAILER!!!", 0)
        return b"".join(self._chunks)


def libraries(binary):
    """Paths that the dynamic loader opens for a binary; none for a static one."""
    done = subprocess.run(["ldd", binary], capture_output=True, text=True)
    if "not found" in done.stdout:
        raise HarnessError(f"{binary} misses libraries:\n{done.stdout}")
    return re.findall(r"(/\S+) \(0x", done.stdout)


class Initramfs:
    def __init__(self):
        self.cpio = Cpio()
        for path in ("/dev", "/proc", "/sys", "/tmp", "/run", "/root", "/etc", "/var/tmp"):
            self.cpio.dir(path)
        self.cpio.device("/dev/console", 5, 1)
        self.cpio.file("/etc/passwd", b"root:x:0:0:root:/root:/bin/bash\n"
                                      b"nobody:x:65534:65534:nobody:/:/bin/sh\n")
        self.cpio.file("/etc/group", b"root:x:0:\nnogroup:x:65534:\n")
        self._busybox()

    def _busybox(self):
        busybox = shutil.which("busybox", path=SEARCH)
        if not busybox or libraries(busybox):
            raise HarnessError("a static busybox is missing; run 'make deps'")
        self._copy(busybox, "/bin/busybox")
        applets = subprocess.run([busybox, "--list"], capture_output=True, text=True).stdout
        for applet in applets.split():
            if applet not in ("busybox", "bash"):
                self.cpio.link("/bin/" + applet, "busybox")
        self.binary("bash")
        self.cpio.link("/bin/bash", "/usr/bin/bash")

    def _copy(self, source, path):
        with open(source, "rb") as file:
            self.cpio.file(path, file.read(), stat.S_IMODE(os.stat(source).st_mode))

    def binary(self, name):
        """A program of the host, by name or path, found first in the guest's PATH."""
        path = name if "/" in name else shutil.which(name, path=SEARCH)
        if not path or not os.path.exists(path):
            raise HarnessError(f"the guest wants {name}, which this machine has not; "
                               "run 'make deps', or add its package to scripts/deps")
        self._copy(path, "/usr/bin/" + os.path.basename(name))
        for library in libraries(path):
            self._copy(library, library)

    def file(self, source, path):
        self._copy(source, path)

    def text(self, path, content, mode=0o644):
        self.cpio.file(path, content.encode(), mode)

    def kernel_module(self, kernel, name):
        """A module of the kernel's own with all it needs; returns the order to load."""
        order = []
        for path in kernel.module_chain(name):
            inside = f"/modules/{path.name.split('.ko')[0]}.ko"
            self.cpio.file(inside, module_content(path))
            order.append(inside)
        self.text(f"/modules/{name}.order", "".join(line + "\n" for line in order))
