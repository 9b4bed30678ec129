# SPDX-License-Identifier: MIT
"""Turn signals that end this process into exceptions, and defer them in critical sections."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any


class Ended(SystemExit):
    """SIGTERM or SIGHUP was received; the exit status is 128 + number, as in shells."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = signal.Signals(number)


@contextlib.contextmanager
def tended() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise an exception like Ctrl-C, so that process groups are ended."""

    def unwind(number: int, frame: FrameType | None) -> None:
        raise Ended(number)

    old: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:  # keep any other handler
                old[number] = signal.signal(number, unwind)
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Defer SIGINT, SIGTERM and SIGHUP, for example between a program's start and its cleanup."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    old: dict[signal.Signals, Any] = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if callable(signal.getsignal(number)):
                old[number] = signal.signal(number, lambda n, _: came.append(n))
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
        for held in came:
            signal.raise_signal(held)
