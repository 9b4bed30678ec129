# SPDX-License-Identifier: MIT
"""Serial lines over sockets and pipes that do not block."""

from __future__ import annotations

import os
import socket

from tcbsplit import process

_READ = 65536  # bytes at a time


class SocketLine:
    """A serial line, seen from outside: heard on one socket, typed on it or on another."""

    def __init__(self, heard: socket.socket, typed: socket.socket | None = None) -> None:
        self._heard, self._typed = heard, typed or heard
        for end in (self._heard, self._typed):
            end.setblocking(False)

    def fileno(self) -> int:
        """To wait for."""
        return self._heard.fileno()

    def read(self) -> bytes:
        """What came; b"" once the line is closed."""
        try:
            return self._heard.recv(_READ)
        except ConnectionError:
            return b""

    def write(self, content: bytes) -> bool:
        """Type; false when it is gone, or does not take any more."""
        try:
            return self._typed.send(content) == len(content)
        except OSError:
            return False


class PipeLine:
    """The serial line on a program's standard input and output."""

    def __init__(self, machine: process.Running) -> None:
        self._machine = machine

    def fileno(self) -> int:
        """To wait for."""
        return self._machine.fileno()

    def read(self) -> bytes:
        """What came; b"" once the line is closed."""
        return os.read(self._machine.fileno(), _READ)

    def write(self, content: bytes) -> bool:
        """Type; false when it is gone, or does not take any more."""
        return self._machine.write(content)
