# SPDX-License-Identifier: MIT
"""Run one boot in the inner machine: resume the snapshot, send the job, receive the results."""

from __future__ import annotations

import contextlib
import io
import os
import tarfile
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tcbsplit import process
from tcbsplit.errors import EnvironmentProblem
from tcbsplit.validate.machine import folders, interface, qemu
from tcbsplit.validate.machine.monitor import Monitor
from tcbsplit.validate.machine.nested import facts, migration, outer, snapshot
from tcbsplit.validate.machine.nested.agent import Control, Gone
from tcbsplit.validate.machine.nested.job import Job
from tcbsplit.validate.machine.nested.outlet import Outlet
from tcbsplit.validate.machine.serial import SocketLine

_START = 120.0  # seconds to unpack the job and start QEMU inside; below one for a small job
_END = 30.0  # to end it
_LEFT = 300.0  # for its results: disks are packed inside
_SILENCE = 15.0  # without a heartbeat; there is one a second
_STDERR, _SUMS = "stderr", "sums"  # in the results, beside a histogram named after each event
_EVENTS = ("kvm_exit", "kvm_nested_vmexit")


class Machine:
    """An ``interface.Started`` in the inner machine."""

    def __init__(
        self, outside: process.Running, control: Control, monitor: Monitor,
        lines: Sequence[interface.Line], job: Job, folder: Path,
    ) -> None:  # fmt: skip
        self._outside, self._control, self._monitor = outside, control, monitor
        self._job, self._folder = job, folder
        self.lines = lines
        self.story = monitor.story
        self._left: dict[str, bytes] | None = None

    def ended(self) -> interface.Last:
        """Return how the inner QEMU ended."""
        if not self._control.wait("ended", _END) or self._control.status is None:
            return interface.Last(None, self.lost())
        try:
            said = self._take()[_STDERR].decode(errors="replace")
        except EnvironmentProblem as error:
            return interface.Last(None, str(error))
        status = os.waitstatus_to_exitcode(self._control.status)
        return interface.Last(status, qemu.environment_problem(said, status))

    def standing(self) -> str:
        """Return why the inner Linux is considered hung; empty if it is alive."""
        silent = time.monotonic() - self._control.heard
        if silent < _SILENCE or self._control.closed:
            return ""
        return (
            f"the inner machine stands still: its uptime has been "
            f"{self._control.uptime or 'unknown'} s for {silent:.0f} s"
        )

    def finish(self) -> Mapping[str, str]:
        """End the inner QEMU, fetch its disks, end the outer one, return the evidence."""
        self._control.say("end")
        if not self._control.wait("ended", 1.0 if self.standing() else _END):
            raise EnvironmentProblem(self.lost())
        left = self._take()
        try:
            for name, digest in _sums(left).items():
                if digest != self._job.disks.get(name):
                    self._control.fetch(name, digest, self._folder / name, _LEFT)
        except Gone:
            raise EnvironmentProblem(self.lost()) from None
        self._outside.end()
        self._monitor.wait()
        if problem := facts.unfit(self._control.facts):
            raise EnvironmentProblem(f"nested: {problem}")
        exits, nested = (left[event].decode(errors="replace") for event in _EVENTS)
        evidence = facts.evidence(self._control.facts, exits, nested)
        return {**evidence, "uptime": self._control.uptime}

    def _take(self) -> dict[str, bytes]:
        """Return the agent's results once QEMU has ended; write QEMU's messages to their log."""
        if self._left is None:
            try:
                self._left = _unpack(self._control.receive(_LEFT))
            except Gone:
                raise EnvironmentProblem(self.lost()) from None
            (self._folder / folders.STDERR).write_bytes(self._left[_STDERR])
        return self._left

    def lost(self) -> str:
        """Return why the connection to the inner machine is lost."""
        if self._control.stop.is_set():
            return "interrupted"
        why = snapshot.ended(self._outside, self._folder) or self.standing() or "it does not answer"
        said = snapshot.last_line(self._folder / outer.CONSOLE)
        return f"the inner machine is lost: {why}" + (f"; it said last: {said}" if said else "")


@contextlib.contextmanager
def started(
    saved: snapshot.Snapshot, program: str, job: Job, boot: interface.Boot
) -> Iterator[Machine]:  # fmt: skip
    """Run ``job`` from the snapshot; on exit the machine has ended."""
    folder = boot.folder
    with Monitor() as monitor, outer.Wires() as wires, contextlib.ExitStack() as stack:
        wires.theirs[outer.MONITOR] = monitor.theirs
        for name in (*(p for p in outer.PORTS if p != outer.MONITOR), migration.MONITOR):
            wires.add(name)
        ports = {name: end.fileno() for name, end in wires.theirs.items()}
        console = Outlet(wires.ours["com1"], job.last)
        stack.callback(console.close)  # after the outer machine has ended
        outside = stack.enter_context(
            process.running(
                saved.arguments(program, ports), cwd=folder, stderr=folder / outer.STDERR,
                handles=tuple(ports.values()),
            )
        )  # fmt: skip
        wires.given()
        monitor.start()
        control = Control(wires.ours[outer.CONTROL], wires.ours[outer.DATA], boot.stop)
        further = [f"com{number + 2}" for number in range(len(boot.load.scenario.ports))]
        lines = [console.line, *(SocketLine(wires.ours[p]) for p in further)]
        machine = Machine(outside, control, monitor, lines, job, folder)
        migration.load(wires.ours[migration.MONITOR], saved.folder / snapshot.STATE)
        try:
            control.send(job.content, _START)
        except Gone:
            raise EnvironmentProblem(machine.lost()) from None
        if not control.wait("started", _START):
            raise EnvironmentProblem(machine.lost())
        if broken := control.facts.get("broken"):
            raise EnvironmentProblem(f"the inner machine: {broken}: is its memory too small?")
        yield machine


def _unpack(content: bytes) -> dict[str, bytes]:
    found = dict.fromkeys((*_EVENTS, _STDERR, _SUMS), b"")
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
            for member in tar:
                if (file := tar.extractfile(member)) is not None:
                    found[Path(member.name).name] = file.read()
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise EnvironmentProblem(f"the inner machine sent no archive: {error}") from None
    return found


def _sums(left: Mapping[str, bytes]) -> dict[str, str]:
    """Return file -> SHA-256 of the disks that were written to."""
    lines = left[_SUMS].decode(errors="replace").splitlines()
    return {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}
