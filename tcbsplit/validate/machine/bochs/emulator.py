# SPDX-License-Identifier: MIT
"""Supervise a machine that Bochs runs: its lines, its log, and how it ended."""

from __future__ import annotations

import contextlib
import os
import selectors
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from io import FileIO
from pathlib import Path

from tcbsplit import process
from tcbsplit.config.scenario import Scenario
from tcbsplit.errors import EnvironmentProblem
from tcbsplit.model.vocabulary import Virtualization
from tcbsplit.validate.machine import folders
from tcbsplit.validate.machine.bochs import bochsrc, log
from tcbsplit.validate.machine.bochs.debugger import Debugger
from tcbsplit.validate.machine.bochs.ptys import Wire
from tcbsplit.validate.machine.interface import LAUNCHES, Last, Line

SCREEN = "screen.log"  # the screen, as terminal output
_MOST_LOG = 16 << 20  # bytes; more is a flood
_MOST_SCREEN = 1 << 20  # bytes that are kept
_LOOK = 0.1  # seconds between reads of the log
_PAUSE = 0.005  # seconds; at full speed Bochs sends less in them than a terminal holds
_LAST_WORDS = 5.0  # seconds for Bochs to end once it closed its output
_READ = 65536


class BochsMachine:
    """An ``interface.Started``; a thread supervises it from ``tend`` to ``stop``."""

    def __init__(
        self, running: process.Running, scenario: Scenario, folder: Path, wires: Sequence[Wire]
    ) -> None:
        self._running, self._scenario, self._folder = running, scenario, folder
        self._wires = wires
        self.lines: Sequence[Line] = [wire.line for wire in wires]
        self._log = log.Log(folder / bochsrc.LOG)
        self.story = self._log.story
        self._flood = False
        # With several processors the debugger would see only guests of the first one.
        machine = scenario.machine
        self._debugger = Debugger(
            machine.virtualization is not Virtualization.NONE and machine.processors == 1
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._tend, daemon=True)

    def ended(self) -> Last:
        """Return how it ended by itself; a guest has no exit status under Bochs."""
        status = self._running.wait(_LAST_WORDS)
        if self._problem():
            return Last(None, self._problem())
        if self.story.ended:
            return Last(None)
        if status is not None and status < 0:
            return Last(None, f"Bochs was ended by signal {-status}")
        wished, word = log.farewell(self._said())
        if wished:
            self.story.ended = "guest-shutdown"
            return Last(None)
        word = word or f"exit status {'unknown' if status is None else status}"
        return Last(None, f"Bochs could not run the machine: {word}")

    def standing(self) -> str:
        """Return "": Bochs is also busy while its machine waits, so a hang cannot be detected.

        A processor that halted for good is a result of the image, not a failure of the machine.
        """
        return ""

    def finish(self) -> Mapping[str, str]:
        """End it; the disks are already in the folder. Raise ``EnvironmentProblem``."""
        self._running.kill()
        self.stop()
        self._log.look_at_all()
        for lock in self._folder.glob("*.lock"):
            lock.unlink()
        if problem := self._problem():
            raise EnvironmentProblem(problem)
        if not self._log.cpuid:
            raise EnvironmentProblem(f"{bochsrc.LOG}: does not say what processor Bochs emulated")
        return self._evidence()

    def tend(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _problem(self) -> str:
        """Return why the boot proves nothing about the build, or empty."""
        kind = self._scenario.machine.virtualization
        lost = [number for number, wire in enumerate(self._wires, 1) if wire.lost]
        if self._flood:
            return f"flood of errors: more than {_MOST_LOG >> 20} MiB of {bochsrc.LOG}"
        if kind is not Virtualization.NONE and not self._log.virtualizes(kind):
            return f"this Bochs has no {kind.upper()}: its emulated processor does not show it"
        if lost:
            return f"serial port {lost[0]}: it spoke faster than this host heard; some may be lost"
        return ""

    def _evidence(self) -> dict[str, str]:
        machine = self._scenario.machine
        said = {"bochs": self._log.version, "processor": bochsrc.MODELS[machine.virtualization]}
        # AMD APM volume 3, E.4.9: CPUID Fn8000_000A, SVM revision and features.
        revision, identifiers, _, features = self._log.cpuid.get(0x8000000A, (0, 0, 0, 0))
        if machine.virtualization is Virtualization.SVM:
            said["svm"] = f"revision {revision & 255}, {identifiers} ASIDs, features {features:#x}"
            said["exits"] = f"{self._log.exits} of input and output"
            if self._log.refused:
                said["refused"] = self._log.refused
        if self._debugger.launched is not None:
            said[LAUNCHES] = "1" if self._debugger.launched else "0"  # at least once
        if self._log.halted:
            said["halted"] = "with interrupts off"
        return said

    def _said(self) -> str:
        """Return what Bochs printed on standard error."""
        return (self._folder / folders.STDERR).read_text(encoding="utf-8", errors="replace")

    # In the thread.

    def _tend(self) -> None:
        try:
            self._tend_to_the_end()
        finally:
            for wire in self._wires:
                wire.finish()

    def _tend_to_the_end(self) -> None:
        with selectors.DefaultSelector() as selector, contextlib.ExitStack() as stack:
            selector.register(self._running.fileno(), selectors.EVENT_READ, self._output)
            for wire in self._wires:
                for handle in wire.handles:
                    selector.register(handle, selectors.EVENT_READ)
            self._listen(selector, stack)
        self._log.look_at_all()
        while not self._stop.is_set():
            for wire in self._wires:
                wire.pump()
            if not any(wire.busy for wire in self._wires):
                break
            self._stop.wait(_PAUSE)

    def _listen(self, selector: selectors.BaseSelector, stack: contextlib.ExitStack) -> None:
        """Serve all lines until Bochs closes its output."""
        looked = -1.0
        shown = False
        while not self._stop.is_set():
            busy = any(wire.busy for wire in self._wires)
            for key, _ in selector.select(_PAUSE if busy else _LOOK):
                if key.data and not key.data():
                    return
            for wire in self._wires:
                wire.pump()
            if time.monotonic() >= looked + _LOOK:
                looked = time.monotonic()
                self._look()
                shown = shown or self._find_screen(selector, stack)
            self._stop.wait(_PAUSE)  # bytes come one by one: let some accumulate

    def _output(self) -> bool:
        """Answer the debugger; return false at the end of Bochs's output."""
        chunk = self._running.read(0)
        if chunk and (word := self._debugger.answer(chunk)):
            self._running.write(word)
        return chunk != b""

    def _look(self) -> None:
        """Read the log; kill Bochs after a reset, an end or a problem."""
        self._flood = self._flood or self._log.look() > _MOST_LOG
        if self.story.resets and not self._scenario.resets:
            self.story.ended = "guest-reset"
        if self.story.ended or self._problem():
            self._running.kill()

    def _find_screen(self, selector: selectors.BaseSelector, stack: contextlib.ExitStack) -> bool:
        """Drain the terminal of the screen: Bochs blocks if it is not read."""
        name = log.screen(self._said())
        if not name:
            return False
        with contextlib.suppress(OSError):
            handle = os.open(name, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
            stack.callback(os.close, handle)
            if self._running.wait(0) is None:  # else the terminal may belong to another process
                file = stack.enter_context((self._folder / SCREEN).open("wb", buffering=0))
                selector.register(handle, selectors.EVENT_READ, _keeping(handle, file))
        return True


def _keeping(handle: int, file: FileIO) -> Callable[[], bool]:
    """Return a function that drains ``handle`` and keeps the first bytes in ``file``."""

    def read() -> bool:
        with contextlib.suppress(OSError):
            chunk = os.read(handle, _READ)
            if file.tell() < _MOST_SCREEN:
                file.write(chunk)
        return True

    return read
