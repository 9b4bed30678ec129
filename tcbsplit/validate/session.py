"""The conversation with one machine: hears its serial ports, types, and ends it."""

from __future__ import annotations

import os
import selectors
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tcbsplit import process
from tcbsplit.config import Scenario
from tcbsplit.validate import qemu, record
from tcbsplit.validate.judge import Judge, Judgement
from tcbsplit.validate.monitor import Monitor, Story

_SLICE = 0.2  # seconds between looks at the wish to stop
_LAST_WORDS = 5.0  # seconds for QEMU to end once it closed its console
_READ = 65536  # bytes at a time


@dataclass(frozen=True)
class End:
    """How the conversation ended: QEMU's own exit status, or why nothing can be said."""

    status: int | None
    error: str = ""
    seconds: float = 0.0
    story: Story = field(default_factory=Story)


@dataclass(frozen=True)
class _Port:
    """One serial port: the judge who hears it and the record of it."""

    judge: Judge
    recorder: record.Recorder
    read: Callable[[], bytes]  # b"" at the end
    write: Callable[[bytes], object]


@dataclass(frozen=True)
class Session:
    """A machine to talk to. ``command`` makes QEMU's command line from the descriptors it gets."""

    scenario: Scenario
    folder: Path
    command: Callable[[qemu.Wires], list[str]]
    most: int  # MiB of a console; more is a flood
    stop: threading.Event
    heard: Callable[[bytes], None] = lambda chunk: None  # what the first port says, as it comes


def converse(session: Session) -> tuple[End, list[Judgement]]:
    """Talk until the verdict is certain; QEMU has ended on return. One judgement per port."""
    judges = [Judge(session.scenario), *(Judge(p) for p in session.scenario.ports)]
    with Monitor() as monitor, ExitStack() as stack:
        pairs = [socket.socketpair() for _ in session.scenario.ports]
        for pair in pairs:
            stack.enter_context(pair[0])
            stack.enter_context(pair[1])
        wires = qemu.Wires(
            ports=tuple(theirs.fileno() for _, theirs in pairs), monitor=monitor.theirs.fileno()
        )
        began = time.monotonic()
        recorders = [
            stack.enter_context(record.Recorder(session.folder, number, began))
            for number in range(1, len(judges) + 1)
        ]
        stderr = session.folder / record.STDERR
        with process.running(
            session.command(wires), cwd=session.folder, stderr=stderr,
            handles=wires.handles,
        ) as machine:  # fmt: skip
            monitor.start()
            ports = {machine.fileno(): _console(judges[0], recorders[0], machine)}
            for (ours, theirs), judge, recorder in zip(
                pairs, judges[1:], recorders[1:], strict=True
            ):
                theirs.close()
                ours.setblocking(False)
                ports[ours.fileno()] = _Port(judge, recorder, _reading(ours), _writing(ours))
            end = _listen(session, machine, ports, monitor)
            resets = monitor.story.resets
        seconds = time.monotonic() - began
        story = monitor.wait()
    if end.status is None:
        story.resets = resets  # what came after the last look is nobody's concern
    found = [judge.judgement(end.status) for judge in judges]
    return End(end.status, end.error, seconds, story), found


def _listen(
    session: Session, machine: process.Running, ports: dict[int, _Port], monitor: Monitor
) -> End:
    """Hear and answer until nothing more can change the verdict."""
    first = machine.fileno()
    clock = ports[first].recorder
    errors = session.folder / record.STDERR
    with selectors.DefaultSelector() as selector:
        for handle in ports:
            selector.register(handle, selectors.EVENT_READ)
        while not session.stop.is_set():
            left = _patience([p.judge for p in ports.values()], clock.seconds) - clock.seconds
            if left <= 0:
                return End(None)
            if session.scenario.resets and monitor.story.resets > session.scenario.resets:
                return End(None)
            if errors.stat().st_size > session.most << 20:
                return End(None, f"flood of errors: more than {session.most} MiB of {errors.name}")
            for key, _ in selector.select(min(left, _SLICE)):
                port = ports[key.fd]
                chunk = port.read()
                if not chunk and key.fd == first:
                    return _ended(session, machine)
                if not chunk:
                    selector.unregister(key.fd)
                    continue
                if key.fd == first:
                    session.heard(chunk)
                for line in port.judge.feed(chunk, port.recorder.add(chunk)):
                    port.write(line.encode() + b"\r")
                if port.recorder.size > session.most << 20:
                    return End(None, f"serial flood: more than {session.most} MiB of console")
    return End(None, "interrupted")


def _ended(session: Session, machine: process.Running) -> End:
    """QEMU closed its console: it ends by itself."""
    status = machine.wait(_LAST_WORDS)
    said = (session.folder / record.STDERR).read_text(encoding="utf-8", errors="replace")
    return End(status, qemu.environment_problem(said, status))


def _patience(judges: Sequence[Judge], now: float) -> float:
    """When to stop listening: at the first certain failure, or when nobody waits any more."""
    doomed = [j.deadline for j in judges if j.doomed]
    if doomed:
        return min(doomed)
    waiting = [j.deadline for j in judges if not j.complete]
    if waiting and min(waiting) <= now:
        return now
    return max(j.deadline for j in judges)


def _console(judge: Judge, recorder: record.Recorder, machine: process.Running) -> _Port:
    return _Port(judge, recorder, lambda: os.read(machine.fileno(), _READ), machine.write)


def _reading(ours: socket.socket) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            return ours.recv(_READ)
        except ConnectionError:
            return b""

    return read


def _writing(ours: socket.socket) -> Callable[[bytes], object]:
    def write(content: bytes) -> bool:
        try:
            return ours.send(content) == len(content)
        except OSError:  # gone, or it does not take any more
            return False

    return write
