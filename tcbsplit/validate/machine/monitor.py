# SPDX-License-Identifier: MIT
"""What QEMU tells on its monitor (QMP): why a machine stopped, how often it was reset."""

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

# The library tells its log of every machine that ends before it greets; verdicts tell ours.
logging.getLogger("qemu.qmp").addHandler(logging.NullHandler())
logging.getLogger("qemu.qmp").propagate = False

_PATIENCE = 5.0  # seconds for the last words once QEMU is gone
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
    """What happened to a machine."""

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
    """Sets the machine going and listens, in a thread of its own, for as long as QEMU lives.

    ``theirs`` is QEMU's end.
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
        """Listen; to be called once QEMU has its end, which is then closed here."""
        self.theirs.close()
        self._thread.start()

    def wait(self) -> Story:
        """Return the whole story; QEMU must be gone."""
        self._join()
        return self.story

    def _join(self) -> None:
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)

    def _listen(self) -> None:
        # A machine that is gone before it says anything has no story; its status tells enough.
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
