# SPDX-License-Identifier: MIT
"""Parse Bochs's output: its log, and its standard error at the end."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tcbsplit.model.vocabulary import Virtualization
from tcbsplit.validate.machine.monitor import Story

_READ = 1 << 20  # bytes at a time
_RESET = re.compile(rb"bx_pc_system_c::Reset\((\w+)\) called")
_HALT = b"HLT instruction with IF=0"
_EXIT = b"SVM VMEXIT: "  # it logs those of input and output and of some exceptions only
_REFUSED = re.compile(rb"\] (?:SVM: )?(VMRUN(?:\(\))?:? .*)")  # failed checks of a VMCB
_CPUID = re.compile(rb"CPUID\[0x(\w{8})\]: (\w{8}) (\w{8}) (\w{8}) (\w{8})")
_VERSION = re.compile(r"Bochs x86 Emulator (\S+)")
_SCREEN = re.compile(r'Bochs connected to screen "([^"]+)"')
_END = re.compile(r"^Bochs is exiting with the following message:\n(.*)$", re.MULTILINE)
# Ended by the guest, not by a fault: iodev/unmapped.cc and iodev/acpi.cc of Bochs 2.7.
_WISHED = ("Shutdown port: shutdown requested", "ACPI control: soft power off")


class Log:
    """The facts in the log, read while Bochs writes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        self._rest = b""
        self._powered = False
        self.story = Story()
        self.version = ""  # Bochs's
        self.halted = False  # a processor halted with interrupts off
        self.exits = 0  # from guests, as far as they are logged
        self.refused = ""  # why VMRUN was last refused
        self.cpuid: dict[int, tuple[int, ...]] = {}  # leaf -> EAX, EBX, ECX, EDX

    def look(self) -> int:
        """Read what is new, up to a MiB; return the size of the log in bytes."""
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
        """Read the rest of the log; Bochs must have ended."""
        while self.look() > self._at:
            pass

    def virtualizes(self, kind: Virtualization) -> bool:
        """Return whether the processor shows SVM or VMX; true while CPUID is not logged."""
        # AMD APM volume 3, E.4.2: CPUID Fn8000_0001 ECX[2]; Intel SDM volume 2, CPUID 01H ECX[5].
        leaf, bit = {Virtualization.SVM: (0x80000001, 2), Virtualization.VMX: (1, 5)}[kind]
        return leaf not in self.cpuid or bool(self.cpuid[leaf][2] >> bit & 1)

    def _take(self, line: bytes) -> None:
        if found := _RESET.search(line):
            if self._powered:
                self.story.resets += 1
                self.story.events.append(f"RESET {found[1].decode()}")
                self.halted = False
            self._powered = True  # the first one is power-on
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
    """Return Bochs's version from its banner; empty if there is none."""
    found = _VERSION.search(said)
    return found[1] if found else ""


def screen(said: str) -> str:
    """Return the terminal where a Bochs with debugger shows the screen, or empty."""
    found = _SCREEN.search(said)
    return found[1] if found else ""


def farewell(said: str) -> tuple[bool, str]:
    """Return (whether the guest ended Bochs, Bochs's exit message or empty)."""
    found = _END.search(said)
    word = found[1].strip() if found else ""
    return any(wish in word for wish in _WISHED), word
