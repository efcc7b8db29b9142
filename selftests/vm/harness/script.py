# SPDX-License-Identifier: GPL-2.0-only
"""What a guest script needs, said in its own header comment:

    # modules: vxlan sctp       modules of the kernel, loaded before the script runs
    # bins: ip bridge           programs of the host to take along
    # kmods: slabscan_test      modules of selftests/kmod to take along (the script loads them)
    # files: path dir/{a,b}     files of the repository, found under /files in the guest; one
                                beside a Makefile is built by it first
    # mem: 1G  # smp: 2  # timeout: 120  # append: kernel arguments
    # accel: tcg,thread=multi   CPUs that really run at the same time. Not for scripts that arm probes under
                                load: QEMU 7.2 loses the race of cross-modified code, and the stock kernel dies
    # qemu: -device ...         more arguments for QEMU; $LOG is the directory of the logs
    # kernels: 6.1 6.12         where it makes sense at all; without the line: everywhere
    # allow: regex              a console line that this script provokes on purpose
    # smoke                     part of the short run on kernels other than 6.1
    # long                      minutes under emulation: `make vm-check` runs it, `make check` does not
    # plain                     no KTAP: the exit status alone counts
    # disk                      in a whole Debian that boots from a disk, with systemd as pid 1, made on first use (scripts/provision --guest);
                                the script is run when it is up
"""

import re

LISTS = ("modules", "bins", "kmods", "files", "kernels")
WORDS = {"mem": "1G", "smp": "2", "timeout": "120", "append": "", "allow": "", "qemu": "",
         "accel": "tcg,thread=single"}
FLAGS = ("smoke", "plain", "long", "disk")


def expand(word):
    """dir/{a,b} -> dir/a dir/b"""
    match = re.fullmatch(r"(.*)\{(.*)\}(.*)", word)
    return [match[1] + part + match[3] for part in match[2].split(",")] if match else [word]


class Script:
    def __init__(self, path):
        self.path = path
        self.name = re.sub(r"^test_|\.sh$", "", path.name)
        for key in LISTS:
            setattr(self, key, [])
        for key, value in WORDS.items():
            setattr(self, key, value)
        for key in FLAGS:
            setattr(self, key, False)
        for line in path.read_text().splitlines():
            if not line.startswith("#"):
                break
            self._header(line[1:].strip())
        self.timeout = int(self.timeout)

    def _header(self, line):
        key, colon, value = line.partition(":")
        if key in LISTS and colon:
            getattr(self, key).extend(part for word in value.split() for part in expand(word))
        elif key in WORDS and colon:
            setattr(self, key, value.strip())
        elif line in FLAGS:
            setattr(self, line, True)

    def runs_on(self, kernel):
        return not self.kernels or kernel in self.kernels
