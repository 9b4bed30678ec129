# SPDX-License-Identifier: MIT
"""Write and read the record of a boot: consoles, their timing, and the result."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import msgspec

from tcbsplit import process
from tcbsplit.artifacts import SUMS, vouch, vouched, write_atomically
from tcbsplit.errors import SourceError
from tcbsplit.files import decode, read_file
from tcbsplit.model.result import BootResult
from tcbsplit.validate.machine.folders import console

RESULT = "boot.json"
AGAIN = "again.sh"  # repeats the boot, wherever its folder is
Chunk = tuple[float, bytes]  # seconds since the start, bytes
_MERGED = 0.01  # seconds; bytes within them form one piece, as a serial port sends single bytes


def _times(port: int) -> str:
    """Return the file name of the lines "SECONDS BYTES", one per piece of a console."""
    return str(Path(console(port)).with_suffix(".times"))


class Recorder(ExitStack):
    """The log of a console being read; every piece is on disk before it is judged."""

    def __init__(self, folder: Path, port: int = 1, began: float | None = None) -> None:
        super().__init__()
        self._console = self.enter_context((folder / console(port)).open("wb", buffering=0))
        times = (folder / _times(port)).open("w", encoding="ascii", buffering=1)
        self._times = self.enter_context(times)
        self.callback(self._end_piece)
        self._began = time.monotonic() if began is None else began
        self._piece = 0.0  # start of the piece that is not in the times yet
        self._piece_size = 0
        self.size = 0  # bytes so far

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    def add(self, chunk: bytes) -> float:
        """Record ``chunk``; return its time in seconds since the start."""
        now = self.seconds
        view = memoryview(chunk)
        while view:  # a full disk accepts a part, then fails
            view = view[self._console.write(view) or 0 :]
        if now - self._piece > _MERGED:
            self._end_piece()
            self._piece = now
        self._piece_size += len(chunk)
        self.size += len(chunk)
        return now

    def _end_piece(self) -> None:
        if self._piece_size:
            self._times.write(f"{self._piece:.6f} {self._piece_size}\n")
        self._piece_size = 0


def save(folder: Path, result: BootResult) -> None:
    """Write the result, and the script that repeats the boot by hand, beside its console."""
    text = msgspec.json.format(msgspec.json.encode(result), indent=1)
    write_atomically(folder / RESULT, text + b"\n")
    files = (RESULT, *(p.name for p in folder.glob("serial*") if p.suffix in (".log", ".times")))
    vouch(folder, ((name, (folder / name).read_bytes()) for name in files))
    if result.command:
        command = result.command.removeprefix(process.place(Path(result.log).parent))
        what = " ".join(f"{result.scenario} ({result.build}, {result.accelerator})".split())
        script = (
            f'#!/bin/sh\n# Boots {what} again, by hand.\ncd "$(dirname "$0")" || exit\n{command}\n'
        )
        write_atomically(folder / AGAIN, script.encode())


def recorded(folder: Path, ports: int = 1) -> tuple[BootResult, list[list[Chunk]]]:
    """Return the recorded result and timed consoles in ``folder``; raise ``SourceError``."""
    try:
        result = decode(folder / RESULT, _read(folder / RESULT), BootResult)
        consoles = [
            _chunks(
                folder / _times(port),
                _read(folder / console(port)),
                _read(folder / _times(port)).decode("ascii", "backslashreplace"),
            )
            for port in range(1, ports + 1)
        ]
    except FileNotFoundError as error:
        raise SourceError(f"{error.filename}: no boot was recorded there; boot first") from None
    except OSError as error:
        raise SourceError(f"{error.filename}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise SourceError(f"{folder / RESULT}: is no boot result: {error}") from None
    return result, consoles


def _read(path: Path) -> bytes:
    """Return the content of a file of a record; raise ``SourceError`` if it is another one now.

    A record without digests was not written by us.
    """
    content = read_file(path)
    if path.with_name(SUMS).exists() and not vouched(path, content):
        raise SourceError(f"{path}: is not what was recorded: changed or damaged; boot again")
    return content


def _chunks(path: Path, content: bytes, times: str) -> list[Chunk]:
    chunks: list[Chunk] = []
    at = 0
    for number, line in enumerate(times.splitlines(), 1):
        try:
            text, number_of = line.split()
            seconds, size = float(text), int(number_of)
            if not 0 <= seconds < float("inf") or size < 0:
                raise ValueError
        except ValueError:
            raise SourceError(f"{path}:{number}: must be SECONDS BYTES, is {line!r}") from None
        chunks.append((seconds, content[at : at + size]))
        at += size
    if at != len(content):
        raise SourceError(f"{path}: records {at} bytes, the console has {len(content)}")
    return chunks
