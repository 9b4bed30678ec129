# SPDX-License-Identifier: MIT
"""Follow QEMU's monitor (QMP): why a machine stopped and how often it was reset."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from qemu.qmp import QMPClient, QMPError, Runstate

# The library logs an error for every machine that ends before its greeting; verdicts report it.
logging.getLogger("qemu.qmp").addHandler(logging.NullHandler())
logging.getLogger("qemu.qmp").propagate = False

_PATIENCE = 5.0  # seconds to read the last events once QEMU has ended
FAILURES = (QMPError, OSError, EOFError)  # of a conversation with QEMU


@contextlib.asynccontextmanager
async def connected(line: socket.socket) -> AsyncIterator[QMPClient]:
    """Yield a client of the monitor at the other end of ``line``; raises ``FAILURES``."""
    client = QMPClient()
    await client.connect(line)
    try:
        yield client
    finally:
        with contextlib.suppress(*FAILURES):
            await client.disconnect()


@dataclass
class Story:
    """The events of a machine so far."""

    resets: int = 0
    ended: str = ""  # reason of the SHUTDOWN event: guest-reset, guest-shutdown, guest-panic …
    events: list[str] = field(default_factory=list)

    def take(self, event: dict[str, Any]) -> None:
        """Add an event (QEMU, qapi/run-state.json)."""
        name, data = str(event.get("event", "")), event.get("data") or {}
        self.events.append(name)
        if name == "RESET" and data.get("guest"):
            self.resets += 1
        elif name == "SHUTDOWN":
            self.ended = str(data.get("reason", ""))
            self.resets += self.ended == "guest-reset"


class Monitor(ExitStack):
    """A thread that starts the machine and records its events until QEMU ends.

    ``theirs`` is QEMU's end of the socket pair.
    """

    def __init__(self) -> None:
        super().__init__()
        self._ours, self.theirs = socket.socketpair()
        self.story = Story()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self.enter_context(self._ours)
        self.callback(self._join)
        self.enter_context(self.theirs)

    def start(self) -> None:
        """Start the thread; call it once QEMU has inherited its end, which is closed here."""
        self.theirs.close()
        self._thread.start()

    def wait(self) -> Story:
        """Return all events; QEMU must have ended."""
        self._join()
        return self.story

    def _join(self) -> None:
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)

    def _listen(self) -> None:
        # A machine that ends before its greeting has no events; its exit status is enough.
        with contextlib.suppress(*FAILURES):
            asyncio.run(self._hear())

    async def _hear(self) -> None:
        async with connected(self._ours) as client:
            hearing = asyncio.create_task(self._events(client))
            try:
                await client.execute("cont")
                while client.runstate == Runstate.RUNNING:
                    await client.runstate_changed()
            finally:
                hearing.cancel()
                for event in client.events.clear():
                    self.story.take(dict(event))

    async def _events(self, client: QMPClient) -> None:
        async for event in client.events:
            self.story.take(dict(event))
