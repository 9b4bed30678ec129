# SPDX-License-Identifier: MIT
"""Provide Bochs's serial lines: a terminal on its side, a socket on the side of the user.

Bochs writes bytes one by one and never waits: what does not fit into the terminal's buffer is lost.
So a thread reads them at once (``pump``) and records whether bytes may have been lost.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import os
import socket
import termios
import tty
from contextlib import ExitStack

from tcbsplit.validate.machine.serial import SocketLine

_READ = 65536  # bytes at a time
# The least capacity of a terminal: Linux, drivers/tty/pty.c (8192) and N_TTY_BUF_SIZE (4096).
_HOLDS = 8192 + 4096
_MOST = 64 << 20  # bytes kept for a user who does not read


class Wire(ExitStack):
    """One serial line with both of its ends."""

    def __init__(self) -> None:
        super().__init__()
        ours, self._theirs = socket.socketpair()
        self.enter_context(ours)
        self.enter_context(self._theirs)
        self._theirs.setblocking(False)
        self._terminal, self._device = os.openpty()
        self.callback(os.close, self._terminal)
        self.callback(os.close, self._device)
        os.set_blocking(self._terminal, False)
        tty.setraw(self._device)
        self.device = os.ttyname(self._device)
        self.line = SocketLine(ours)
        self.lost = False  # bytes may have been lost
        self._waiting = bytearray()  # for the user
        self._typed = bytearray()  # for Bochs

    @property
    def handles(self) -> tuple[int, int]:
        """The descriptors that become readable when there is something to ``pump``."""
        return self._terminal, self._theirs.fileno()

    @property
    def busy(self) -> bool:
        """Whether bytes are pending that no descriptor signals."""
        return bool(self._typed or self._waiting)

    def pump(self) -> None:
        """Forward bytes in both directions; to Bochs, one byte at most.

        A receiver's FIFO has 16 bytes and Bochs drops further ones. So a byte is sent only after
        Bochs has read the one before, and callers should pause between calls.
        """
        self._hear()
        with contextlib.suppress(OSError):  # the socket is full, or closed by the user
            while self._waiting:
                del self._waiting[: self._theirs.send(self._waiting[:_READ])]
        with contextlib.suppress(OSError):
            self._typed += self._theirs.recv(_READ)
        if self._typed and not self._untaken():
            os.write(self._terminal, self._typed[:1])
            del self._typed[:1]

    def finish(self) -> None:
        """Close the line for its user, who can still read what was forwarded."""
        with contextlib.suppress(OSError):
            self._theirs.shutdown(socket.SHUT_WR)

    def _hear(self) -> None:
        before = len(self._waiting)
        with contextlib.suppress(BlockingIOError):
            while len(self._waiting) < _MOST:
                self._waiting += os.read(self._terminal, _READ)
        self.lost = self.lost or len(self._waiting) - before > _HOLDS or len(self._waiting) >= _MOST

    def _untaken(self) -> int:
        """Return the number of sent bytes that Bochs has not read yet."""
        count = array.array("i", [0])
        fcntl.ioctl(self._device, termios.FIONREAD, count)
        return count[0]
