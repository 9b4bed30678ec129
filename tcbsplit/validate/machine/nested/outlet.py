# SPDX-License-Identifier: MIT
"""Find the end of the console output of a machine inside the inner machine."""

from __future__ import annotations

import contextlib
import select
import socket
import threading

from tcbsplit.validate.machine.serial import SocketLine

_READ = 65536


class Ending:
    """A search for the end mark of a stream that arrives in pieces."""

    def __init__(self, mark: bytes) -> None:
        self._mark, self._held = mark, b""

    def feed(self, chunk: bytes) -> tuple[bytes, bool]:
        """Return the bytes that precede the mark, and whether the mark was found.

        An empty chunk is the end of the stream: bytes held back are not the mark.
        """
        held = self._held + chunk
        before, found, _ = held.partition(self._mark)
        if found or not chunk:
            self._held = b""
            return before, bool(found)
        keep = next(n for n in range(len(self._mark), -1, -1) if held.endswith(self._mark[:n]))
        self._held = held[len(held) - keep :]
        return held[: len(held) - keep], False


class Outlet:
    """The first serial line; closed when the inner QEMU ends, not the outer one."""

    def __init__(self, port: socket.socket, mark: bytes) -> None:
        self._port, self._ending = port.dup(), Ending(mark)
        ours, self._into = socket.socketpair()
        self._ours = ours
        self.line = SocketLine(ours, port)
        # The duplicate shares its mode with ``port``, which must stay non-blocking: so ``select``.
        self._thread = threading.Thread(target=self._pass_on, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the thread and close the sockets."""
        self._ours.close()
        with contextlib.suppress(OSError):
            self._port.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._port.close()

    def _pass_on(self) -> None:
        with contextlib.suppress(OSError), self._into:
            ended = False
            while not ended:
                select.select([self._port], [], [])
                chunk = self._port.recv(_READ)
                content, ended = self._ending.feed(chunk)
                if content:
                    self._into.sendall(content)
                ended = ended or not chunk
