# SPDX-License-Identifier: MIT
"""Serial lines of Bochs: a terminal on its side, a socket on the side of who talks to it.

Bochs writes a line's bytes one by one and never waits: what does not fit into the terminal's buffer
is lost. So a thread of ours takes them at once (``pump``), whatever its user is busy with, and says
when one might have been lost.
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
# What a terminal holds at least: Linux, drivers/tty/pty.c (8192) and N_TTY_BUF_SIZE (4096).
_HOLDS = 8192 + 4096
_MOST = 64 << 20  # bytes that wait for a user who does not read


class Wire(ExitStack):
    """One serial line with both of its sides."""

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
        """File descriptors that become readable when there is something to ``pump``."""
        return self._terminal, self._theirs.fileno()

    @property
    def busy(self) -> bool:
        """Whether something waits that no file descriptor tells of."""
        return bool(self._typed or self._waiting)

    def pump(self) -> None:
        """Take what both sides say and hand it on; of what is typed, a byte at most.

        A receiver's FIFO has 16 bytes and Bochs drops what comes then, so the next byte is typed
        when the one before was taken, and whoever calls this should make pauses.
        """
        self._hear()
        with contextlib.suppress(OSError):  # it takes no more, or its user is gone
            while self._waiting:
                del self._waiting[: self._theirs.send(self._waiting[:_READ])]
        with contextlib.suppress(OSError):
            self._typed += self._theirs.recv(_READ)
        if self._typed and not self._untaken():
            os.write(self._terminal, self._typed[:1])
            del self._typed[:1]

    def finish(self) -> None:
        """Close the line for its user, who still gets what was handed on."""
        with contextlib.suppress(OSError):
            self._theirs.shutdown(socket.SHUT_WR)

    def _hear(self) -> None:
        before = len(self._waiting)
        with contextlib.suppress(BlockingIOError):
            while len(self._waiting) < _MOST:
                self._waiting += os.read(self._terminal, _READ)
        self.lost = self.lost or len(self._waiting) - before > _HOLDS or len(self._waiting) >= _MOST

    def _untaken(self) -> int:
        """Bytes that were typed and that Bochs did not take yet."""
        count = array.array("i", [0])
        fcntl.ioctl(self._device, termios.FIONREAD, count)
        return count[0]
