# SPDX-License-Identifier: MIT
"""What Bochs tells: of its machine in its log, of its own end on standard error."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tcbsplit.model.vocabulary import Virtualization
from tcbsplit.validate.machine.monitor import Story

_READ = 1 << 20  # bytes at a time
_RESET = re.compile(rb"bx_pc_system_c::Reset\((\w+)\) called")
_HALT = b"HLT instruction with IF=0"
_EXIT = b"SVM VMEXIT: "  # of input and output, and of some exceptions: it tells of no others
_REFUSED = re.compile(rb"\] (?:SVM: )?(VMRUN(?:\(\))?:? .*)")  # what its checks of a VMCB found
_CPUID = re.compile(rb"CPUID\[0x(\w{8})\]: (\w{8}) (\w{8}) (\w{8}) (\w{8})")
_VERSION = re.compile(r"Bochs x86 Emulator (\S+)")
_SCREEN = re.compile(r'Bochs connected to screen "([^"]+)"')
_END = re.compile(r"^Bochs is exiting with the following message:\n(.*)$", re.MULTILINE)
# The guest's wish, not a fault: iodev/unmapped.cc and iodev/acpi.cc of Bochs 2.7.
_WISHED = ("Shutdown port: shutdown requested", "ACPI control: soft power off")


class Log:
    """Follows the log while Bochs writes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        self._rest = b""
        self._powered = False
        self.story = Story()
        self.version = ""  # Bochs's
        self.halted = False  # a processor waits for what cannot come
        self.exits = 0  # from guests, as far as it tells
        self.refused = ""  # why a guest was not entered, the last time
        self.cpuid: dict[int, tuple[int, ...]] = {}  # leaf -> EAX, EBX, ECX, EDX

    def look(self) -> int:
        """Take what came since the last look, up to a MiB; return the bytes there are in all."""
        try:
            with self._path.open("rb") as stream:
                stream.seek(self._at)
                came = stream.read(_READ)
                size = os.fstat(stream.fileno()).st_size
        except FileNotFoundError:
            return 0
        self._at += len(came)
        *lines, self._rest = (self._rest + came).split(b"\n")
        for line in lines:
            self._take(line)
        return size

    def look_at_all(self) -> None:
        """Take all of it; Bochs must be gone."""
        while self.look() > self._at:
            pass

    def virtualizes(self, kind: Virtualization) -> bool:
        """Whether the machine's processor shows SVM or VMX; true as long as nothing is known."""
        # AMD APM volume 3, E.4.2: CPUID Fn8000_0001 ECX[2]; Intel SDM volume 2, CPUID 01H ECX[5].
        leaf, bit = {Virtualization.SVM: (0x80000001, 2), Virtualization.VMX: (1, 5)}[kind]
        return leaf not in self.cpuid or bool(self.cpuid[leaf][2] >> bit & 1)

    def _take(self, line: bytes) -> None:
        if found := _RESET.search(line):
            if self._powered:
                self.story.resets += 1
                self.story.events.append(f"RESET {found[1].decode()}")
                self.halted = False
            self._powered = True  # the first one is power coming on
        elif _EXIT in line:
            self.exits += 1
        elif found := _REFUSED.search(line):
            self.refused = found[1].decode(errors="replace").strip()
        elif _HALT in line:
            self.halted = True
        elif found := _CPUID.search(line):
            leaf, *registers = (int(word, 16) for word in found.groups())
            self.cpuid.setdefault(leaf, tuple(registers))
        elif not self.version:
            self.version = version(line.decode(errors="replace"))


def version(said: str) -> str:
    """Bochs's version, as its banner says; empty if it is not there."""
    found = _VERSION.search(said)
    return found[1] if found else ""


def screen(said: str) -> str:
    """The terminal where the debugger's build shows the machine's screen, or empty."""
    found = _SCREEN.search(said)
    return found[1] if found else ""


def farewell(said: str) -> tuple[bool, str]:
    """Whether the guest ended Bochs, and else Bochs's last word, if it said one."""
    found = _END.search(said)
    word = found[1].strip() if found else ""
    return any(wish in word for wish in _WISHED), word
