# SPDX-License-Identifier: MIT
"""Run the conversation with one machine: read its serial lines, type, end it."""

from __future__ import annotations

import selectors
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from tcbsplit.config.scenario import Scenario
from tcbsplit.errors import EnvironmentProblem
from tcbsplit.validate.conversation import record
from tcbsplit.validate.conversation.console import Listener
from tcbsplit.validate.machine import folders
from tcbsplit.validate.machine.interface import Accelerator, Boot, Last, Line, Started
from tcbsplit.validate.machine.monitor import Story

_SLICE = 0.2  # seconds between checks of ``stop``


@dataclass(frozen=True)
class End:
    """The end of a conversation: the machine's own exit status, or why there is no verdict."""

    status: int | None
    error: str = ""
    seconds: float = 0.0
    story: Story = field(default_factory=Story)
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Port:
    """One serial port: its listener, and the record of it."""

    listener: Listener
    recorder: record.Recorder
    line: Line


@dataclass(frozen=True)
class Session:
    """A machine to start and converse with, and the limits."""

    scenario: Scenario
    accelerator: Accelerator
    boot: Boot
    most: int  # MiB of a console; more is a flood
    stop: threading.Event
    heard: Callable[[bytes], None] = lambda chunk: None  # receives the output of the first port


def converse(session: Session, listeners: Sequence[Listener]) -> End:
    """Converse until the verdict is certain; the machine has ended on return.

    ``listeners`` are those of the serial ports, the first port first.
    """
    with ExitStack() as stack:
        started = stack.enter_context(session.accelerator.start(session.boot))
        began = time.monotonic()
        recorders = [
            stack.enter_context(record.Recorder(session.boot.folder, number, began))
            for number in range(1, len(listeners) + 1)
        ]
        ports = {
            line.fileno(): _Port(listener, recorder, line)
            for line, listener, recorder in zip(started.lines, listeners, recorders, strict=True)
        }
        last = _listen(session, started, ports)
        resets = started.story.resets
        evidence, error = _finish(session, started, last)
        seconds = time.monotonic() - began
        story = started.story
    if last.status is None:
        story.resets = resets  # later resets do not count
    return End(last.status, error, seconds, story, evidence)


def _finish(session: Session, started: Started, last: Last) -> tuple[Mapping[str, str], str]:
    """Return (evidence, why there is no verdict)."""
    if session.stop.is_set():
        return {}, last.error
    try:
        return started.finish(), last.error
    except EnvironmentProblem as error:
        return {}, last.error or str(error)


def _listen(session: Session, started: Started, ports: dict[int, _Port]) -> Last:
    """Read and type until nothing more can change the verdict."""
    first, *_ = ports
    clock = ports[first].recorder
    errors = session.boot.folder / folders.STDERR
    listeners = [p.listener for p in ports.values()]
    with selectors.DefaultSelector() as selector:
        for handle in ports:
            selector.register(handle, selectors.EVENT_READ)
        while not session.stop.is_set():
            left = _deadline(listeners, clock.seconds) - clock.seconds
            if left <= 0:
                waiting = any(not j.complete and not j.doomed for j in listeners)
                return Last(None, started.standing() if waiting else "")
            if session.scenario.resets and started.story.resets > session.scenario.resets:
                return Last(None)
            if errors.exists() and errors.stat().st_size > session.most << 20:
                return Last(None, f"flood of errors: more than {session.most} MiB of {errors.name}")
            for key, _ in selector.select(min(left, _SLICE)):
                port = ports[key.fd]
                chunk = port.line.read()
                if not chunk and key.fd == first:
                    return started.ended()
                if not chunk:
                    selector.unregister(key.fd)
                    continue
                if key.fd == first:
                    session.heard(chunk)
                for line in port.listener.feed(chunk, port.recorder.add(chunk)):
                    port.line.write(line.encode() + b"\r")
                if port.recorder.size > session.most << 20:
                    return Last(None, f"serial flood: more than {session.most} MiB of console")
    return Last(None, "interrupted")


def _deadline(listeners: Sequence[Listener], now: float) -> float:
    """Return the deadline: of the first failure; now if a marker is overdue; else the last one."""
    doomed = [j.deadline for j in listeners if j.doomed]
    if doomed:
        return min(doomed)
    waiting = [j.deadline for j in listeners if not j.complete]
    if waiting and min(waiting) <= now:
        return now
    return max(j.deadline for j in listeners)
