# SPDX-License-Identifier: MIT
"""Query QEMU whether a guest's processor has hardware virtualisation."""

from __future__ import annotations

import asyncio
import os
import socket
from functools import lru_cache
from pathlib import Path
from typing import Any

from tcbsplit import process
from tcbsplit.config.scenario import Machine
from tcbsplit.model.accelerator import Name
from tcbsplit.model.vocabulary import Virtualization
from tcbsplit.validate.machine.monitor import FAILURES, connected
from tcbsplit.validate.machine.qemu import PROGRAM, cpu, last_line

_TIMEOUT = 20.0  # seconds


def obstacle(machine: Machine, accelerator: Name, program: str = PROGRAM) -> str:
    """Return why the guest lacks the image's hardware virtualisation; empty if it has it.

    Empty also if QEMU, not under KVM, makes no machine at all: the boot reports that.
    """
    need = machine.virtualization
    if need is Virtualization.NONE:
        return ""
    model = cpu(machine, accelerator)
    shown, said = _shows(program, machine.type, accelerator, model, need)
    if shown is None:
        return f"QEMU makes no machine with KVM: {said}" if accelerator is Name.KVM else ""
    if shown:
        return ""
    why = (
        "QEMU emulates SVM alone" if accelerator is Name.TCG and need is Virtualization.VMX else ""
    )
    where = f"shows no {need.upper()} under {accelerator.upper()}"
    return f"QEMU's processor {model} {where}" + (f": {why}" if why else "")


@lru_cache
def _shows(
    program: str, kind: str, accelerator: str, model: str, need: Virtualization
) -> tuple[bool | None, str]:
    """Make a stopped machine and query its first processor, once per process."""
    ours, theirs = socket.socketpair()
    # stderr is kept in memory: a file would remain if this process were killed.
    with ours, theirs, os.fdopen(os.memfd_create("stderr"), "rb") as errors:
        argv = [
            program, "-M", kind, "-accel", accelerator, "-cpu", model, "-S", "-nodefaults",
            "-display", "none", "-chardev", f"socket,id=qmp,fd={theirs.fileno()}",
            "-mon", "chardev=qmp,mode=control",
        ]  # fmt: skip
        stderr = Path(f"/proc/self/fd/{errors.fileno()}")
        with process.running(argv, cwd=Path("/"), stderr=stderr, handles=(theirs.fileno(),)):
            theirs.close()
            try:
                return bool(asyncio.run(asyncio.wait_for(_ask(ours, need), _TIMEOUT))), ""
            except (*FAILURES, TimeoutError):
                pass
        said = last_line(errors.read().decode(errors="replace"))
        return None, said or "it does not answer"


async def _ask(ours: socket.socket, need: Virtualization) -> Any:
    async with connected(ours) as client:
        processors: Any = await client.execute("query-cpus-fast")
        where = processors[0]["qom-path"]
        # QEMU, target/i386/cpu.c: a boolean property for each feature, as it is after filtering.
        return await client.execute("qom-get", {"path": where, "property": need})
