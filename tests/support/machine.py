# SPDX-License-Identifier: MIT
"""A machine watched from outside: its memory, its monitor, its serial line, its disk."""

from __future__ import annotations

import contextlib
import json
import mmap
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MEBIBYTE = 1 << 20
MEMORY = 160 * MEBIBYTE  # the hypervisor is at 128 MiB, the modules behind it
_SECTORS = 64
# On the second ATA channel; each byte of its sectors is told by a text.
DISC = b"what a device writes by itself\0\0" * (2048 // 32) * _SECTORS


class Machine:
    """QEMU in a folder of its own. Memory is a file that both map."""

    def __init__(
        self, folder: Path, image: Path, modules: Sequence[tuple[str, Path]], disk: Path,
        more: Sequence[str] = (),
    ) -> None:  # fmt: skip
        folder.mkdir(parents=True)
        self.folder = folder
        shutil.copyfile(disk, folder / "disk.img")
        (folder / "disc.iso").write_bytes(DISC)
        for name, module in modules:
            shutil.copyfile(module, folder / name)
        shutil.copyfile(image, folder / "image.elf")
        self._serial, serial = socket.socketpair()
        self._monitor, monitor = socket.socketpair()
        command = [
            # It ends with this process, however that ends.
            "setpriv", "--pdeathsig", "KILL", "--",
            "qemu-system-x86_64", "-nodefaults", "-M", "pc,memory-backend=ram",
            "-object", f"memory-backend-file,id=ram,size={MEMORY},share=on,mem-path=ram",
            "-m", f"{MEMORY // MEBIBYTE}", "-accel", "tcg", "-cpu", "EPYC", "-display", "none",
            "-no-reboot", "-kernel", "image.elf",
            "-initrd", ",".join(f"{name} {name}" for name, _ in modules),
            "-drive", "file=disk.img,format=raw,if=ide",
            "-drive", "file=disc.iso,format=raw,if=ide,index=2,media=cdrom",
            "-device", "isa-debug-exit,iobase=0xf4,iosize=0x4",
            "-chardev", f"socket,id=serial,fd={serial.fileno()}", "-serial", "chardev:serial",
            "-chardev", f"socket,id=qmp,fd={monitor.fileno()}", "-mon", "chardev=qmp,mode=control",
            *more,
        ]  # fmt: skip
        (folder / "ram").touch()
        self._errors = (folder / "stderr.log").open("wb")
        self.process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=self._errors, pass_fds=(serial.fileno(), monitor.fileno()),
        )  # fmt: skip
        serial.close()
        monitor.close()
        self.said = ""  # all that came over the serial line
        self._taken = 0
        self.events: list[str] = []
        self._lines = self._monitor.makefile("rb")
        self._monitor.settimeout(20)
        self._lines.readline()  # the greeting
        self.qmp("qmp_capabilities")
        with (folder / "ram").open("r+b") as file:
            self.ram = mmap.mmap(file.fileno(), MEMORY)

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self._errors.close()
        self.ram.close()
        self._serial.close()
        self._monitor.close()
        (self.folder / "ram").unlink()

    def qmp(self, command: str, **arguments: object) -> Any:
        """Execute a command of the monitor; events on the way are kept."""
        request = {"execute": command, "arguments": arguments}
        self._monitor.sendall(json.dumps(request).encode())
        while True:
            answer = json.loads(self._lines.readline())
            if "event" in answer:
                self.events.append(answer["event"])
            elif "return" in answer:
                return answer["return"]
            else:
                raise AssertionError(answer)

    def tell(self, line: str) -> str:
        """What QEMU's own monitor says to a command for people: "info registers"."""
        return str(self.qmp("human-monitor-command", **{"command-line": line}))

    def expect(self, *texts: str, within: float = 30) -> str:
        """Read the serial line up to one of ``texts`` or its end; what came since the last."""
        end = time.monotonic() + within
        while True:
            found = [at + len(t) for t in texts if (at := self.said.find(t, self._taken)) >= 0]
            if found:
                part = self.said[self._taken : min(found)]
                self._taken = min(found)
                return part
            left = end - time.monotonic()
            self._serial.settimeout(max(left, 0.01))
            try:
                received = self._serial.recv(65536)
            except TimeoutError:
                raise AssertionError(f"none of {texts}: {self.said[-1500:]}") from None
            except ConnectionResetError:
                received = b""
            if not received:
                part, self._taken = self.said[self._taken :], len(self.said)
                return part
            self.said += received.decode("ascii", "replace").replace("\r", "")

    def type(self, text: str) -> None:
        """Type; a machine that has ended does not read it."""
        self.send(text.encode())

    def send(self, content: bytes) -> None:
        """Send bytes as ``type`` does."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._serial.sendall(content)

    def end(self) -> int:
        """Wait until QEMU ends; its exit status. The rest of what it said is kept."""
        self.expect("\0no such text")
        self._monitor.settimeout(20)
        for line in self._lines:
            self.events.append(json.loads(line).get("event", ""))
        return self.process.wait(20)

    def disk(self) -> bytes:
        return (self.folder / "disk.img").read_bytes()

    def found(self, secret: bytes, first: int = 0, end: int = MEMORY) -> list[int]:
        """Every address between ``first`` and ``end`` at which memory holds ``secret``."""
        places, at = [], self.ram.find(secret, first, end)
        while at >= 0:
            places.append(at)
            at = self.ram.find(secret, at + 1, end)
        return places
