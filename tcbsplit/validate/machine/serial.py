# SPDX-License-Identifier: MIT
"""Provide serial lines over non-blocking sockets and pipes."""

from __future__ import annotations

import os
import socket

from tcbsplit import process

_READ = 65536  # bytes at a time


class SocketLine:
    """A serial line on a socket; input may go to another socket."""

    def __init__(self, heard: socket.socket, typed: socket.socket | None = None) -> None:
        self._heard, self._typed = heard, typed or heard
        for end in (self._heard, self._typed):
            end.setblocking(False)

    def fileno(self) -> int:
        """Return the descriptor to poll."""
        return self._heard.fileno()

    def read(self) -> bytes:
        """Return available bytes; b"" once the line is closed."""
        try:
            return self._heard.recv(_READ)
        except ConnectionError:
            return b""

    def write(self, content: bytes) -> bool:
        """Send ``content``; return false if the line is closed or full."""
        try:
            return self._typed.send(content) == len(content)
        except OSError:
            return False


class PipeLine:
    """A serial line on a program's standard input and output."""

    def __init__(self, machine: process.Running) -> None:
        self._machine = machine

    def fileno(self) -> int:
        """Return the descriptor to poll."""
        return self._machine.fileno()

    def read(self) -> bytes:
        """Return available bytes; b"" once the line is closed."""
        return os.read(self._machine.fileno(), _READ)

    def write(self, content: bytes) -> bool:
        """Send ``content``; return false if the line is closed or full."""
        return self._machine.write(content)
