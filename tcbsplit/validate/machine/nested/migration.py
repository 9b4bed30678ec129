# SPDX-License-Identifier: MIT
"""Save and resume an emulated machine by QEMU's migration, over its monitor (QMP)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

from qemu.qmp import QMPClient

from tcbsplit import process
from tcbsplit.errors import EnvironmentProblem
from tcbsplit.validate.machine.monitor import FAILURES, connected

MONITOR = "qmp"  # name of the socket pair
_TIMEOUT = 60.0  # seconds
# RAM is in a file and stays there; the rest of the machine is what migrates.
_CAPABILITIES = {"capabilities": [{"capability": "x-ignore-shared", "state": True}]}


def words(descriptor: int) -> list[str]:
    """Return QEMU's arguments for the monitor."""
    return [
        "-chardev", f"socket,id={MONITOR},fd={descriptor}",
        "-mon", f"chardev={MONITOR},mode=control",
    ]  # fmt: skip


def save(line: socket.socket, file: Path) -> None:
    """Stop the machine on ``line`` and write its state; raise ``EnvironmentProblem``."""
    uri = f"exec:cat >{process.quote([str(file)])}"

    async def work(client: QMPClient) -> None:
        await client.execute("stop")
        await client.execute("migrate", {"uri": uri})
        await _completed(client)

    _tell(line, work, "saved")


def load(line: socket.socket, file: Path) -> None:
    """Resume a saved machine; raise ``EnvironmentProblem``."""
    uri = f"exec:{process.quote(['cat', str(file)])}"

    async def work(client: QMPClient) -> None:
        await client.execute("migrate-incoming", {"uri": uri})
        await _completed(client)
        await client.execute("cont")  # it was saved as stopped

    _tell(line, work, "restored")


async def _completed(client: QMPClient) -> None:
    while True:
        done = await client.execute("query-migrate")
        status = done.get("status") if isinstance(done, dict) else None
        if status == "completed":
            return
        if status in ("failed", "cancelled"):
            raise OSError(f"QEMU says {status}")
        await asyncio.sleep(0.02)


def _tell(
    line: socket.socket, work: Callable[[QMPClient], Awaitable[None]], done: str
) -> None:  # fmt: skip
    async def talk() -> None:
        async with connected(line) as client:
            await client.execute("migrate-set-capabilities", _CAPABILITIES)
            await work(client)

    try:
        asyncio.run(asyncio.wait_for(talk(), _TIMEOUT))
    except (*FAILURES, TimeoutError) as error:
        why = str(error) or "QEMU does not answer"
        raise EnvironmentProblem(f"the inner machine cannot be {done}: {why}") from None
