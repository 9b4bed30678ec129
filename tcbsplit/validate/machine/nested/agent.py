# SPDX-License-Identifier: MIT
"""Talk to the agent in the inner machine over the ports "control" and "data"."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import socket
import threading
import time
import zlib
from pathlib import Path

from tcbsplit.errors import EnvironmentProblem

_SLICE = 0.2  # seconds between checks of ``stop``
_PIECE = 1 << 20
_LONGEST = 20  # digits of a length


class Gone(Exception):
    """The outer machine has ended, or a timeout has passed."""


class Control:
    """A thread that reads the agent's messages until its port is closed."""

    def __init__(self, line: socket.socket, data: socket.socket, stop: threading.Event) -> None:
        self._line, self._data, self.stop = line, data, stop
        self._changed = threading.Condition()
        self._words: set[str] = set()
        self.facts: dict[str, str] = {}
        self.uptime = ""  # the last one reported
        self.heard = time.monotonic()  # time of the last message
        self.status: int | None = None  # wait status of the inner QEMU
        self.closed = False
        threading.Thread(target=self._listen, daemon=True).start()

    def wait(self, word: str, timeout: float) -> bool:
        """Wait for the agent's ``word``; return false after a timeout, a stop or its end."""
        until = time.monotonic() + timeout
        with self._changed:
            while word not in self._words:
                left = until - time.monotonic()
                if left <= 0 or self.closed or self.stop.is_set():
                    return False
                self._changed.wait(min(left, _SLICE))
        return True

    def say(self, line: str) -> None:
        """Send a line to the agent; ignore a closed port."""
        with contextlib.suppress(OSError):
            self._line.sendall(f"{line}\n".encode())

    def send(self, content: bytes, timeout: float) -> None:
        """Send one piece on "data"; raise ``Gone``."""
        view = memoryview(f"{len(content)}\n".encode() + content)
        until = time.monotonic() + timeout
        self._data.settimeout(_SLICE)
        while view:
            try:
                view = view[self._data.send(view[:_PIECE]) :]
            except TimeoutError:
                self._check(until)
            except OSError:
                raise Gone from None

    def receive(self, timeout: float) -> bytes:
        """Return one piece from "data"; raise ``Gone``."""
        until = time.monotonic() + timeout
        length = b""
        while not length.endswith(b"\n"):
            length += self._some(1, until)
            if len(length) > _LONGEST:
                raise Gone
        content = bytearray()
        while len(content) < int(length):
            content += self._some(min(int(length) - len(content), _PIECE), until)
        return bytes(content)

    def fetch(self, name: str, digest: str, place: Path, timeout: float) -> None:
        """Replace ``place`` by the agent's file ``name`` with this SHA-256.

        Raise ``Gone``, or ``EnvironmentProblem`` if the content is damaged.
        """
        self.say(f"want {name}")
        try:
            content = gzip.decompress(self.receive(timeout))
        except (OSError, EOFError, zlib.error):
            content = b""
        if hashlib.sha256(content).hexdigest() != digest:
            raise EnvironmentProblem(f"{name}: came back damaged from the inner machine")
        place.write_bytes(content)

    def _some(self, most: int, until: float) -> bytes:
        self._data.settimeout(_SLICE)
        while True:
            try:
                got = self._data.recv(most)
            except TimeoutError:
                self._check(until)
                continue
            except OSError:
                raise Gone from None
            if not got:
                raise Gone
            return got

    def _check(self, until: float) -> None:
        if time.monotonic() > until or self.closed or self.stop.is_set():
            raise Gone

    def _listen(self) -> None:
        with contextlib.suppress(OSError), self._line.makefile("rb") as lines:
            for line in lines:
                word, _, rest = line.decode(errors="replace").strip().partition(" ")
                with self._changed:
                    self._take(word, rest)
                    self._changed.notify_all()
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def _take(self, word: str, rest: str) -> None:
        self.heard = time.monotonic()
        self._words.add(word)
        if word == "fact":
            name, _, value = rest.partition(" ")
            self.facts[name] = value
        elif word == "up":
            self.uptime = rest
        elif word == "ended" and rest.isdigit():
            self.status = int(rest)
