# SPDX-License-Identifier: MIT
"""Print results, errors and progress."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tcbsplit.cli.streams import tell

if TYPE_CHECKING:
    from tcbsplit.pipeline.workspace import Progress


def say(text: str, json: bool = False) -> None:
    """Print text for people: on stdout, or on stderr if stdout is for JSON."""
    if json:
        tell(text)
    else:
        print(text, flush=True)


def dump(value: Any) -> None:
    """Print a value as JSON on stdout."""
    import msgspec

    print(msgspec.json.format(msgspec.json.encode(value), indent=1).decode(), flush=True)


def say_error(text: str) -> None:
    """Print an error on stderr, in red on a terminal."""
    if sys.stderr.isatty():
        from rich.console import Console

        console = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
        console.print(text, markup=False, style="red")
    else:
        tell(text)


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Yield a function that shows the progress of a stage on stderr if that is a terminal."""
    if not sys.stderr.isatty():
        from tcbsplit.pipeline.workspace import quiet

        yield quiet
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    note = TextColumn("{task.fields[note]}", markup=False)
    left = TimeRemainingColumn(compact=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), left, note)
    with Bars(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int, note: str = "") -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total, note=note)
            bar.update(tasks[stage], completed=done, total=total, note=note)

        yield show
