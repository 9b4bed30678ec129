# SPDX-License-Identifier: MIT
"""Commands whose help is whole: no line cut off, an example and the exit status at its end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from typer.core import TyperCommand

from tcbsplit.cli.manual import EXAMPLES, GROUPS, ending

FORMER = "--out"  # what --artifacts and --trees were called once: taken, but not shown
_WIDEST, _NARROWEST = 100, 40


def width() -> int:
    """Return the columns for help."""
    return max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size((80, 24)).columns))


def settings(own: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a command's context, with the width of the terminal."""
    return {**own, "max_content_width": width(), "terminal_width": width()}


class Command(TyperCommand):
    """A subcommand."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options, without former names."""
        with _without_former(self):
            super().format_options(ctx, formatter)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write an example and the exit status."""
        write_end(ctx.command_path.split()[1:], formatter)


@contextmanager
def _without_former(command: Any) -> Iterator[None]:
    kept = [(p, p.opts) for p in command.params]
    for parameter, names in kept:
        if len(names) > 1:
            parameter.opts = [n for n in names if n != FORMER]
    try:
        yield
    finally:
        for parameter, names in kept:
            parameter.opts = names


def write_end(words: list[str], formatter: Any) -> None:
    """Write the end of a subcommand's help."""
    name = words[0] if words else ""
    if name in EXAMPLES:
        formatter.write(f"\nExample:\n  {EXAMPLES[name]}\n")
    formatter.write_paragraph()
    formatter.write_text(ending(name))


def write_commands(formatter: Any, summaries: dict[str, str]) -> None:
    """Write all subcommands in groups, each with its whole first sentence."""
    for group, names in GROUPS.items():
        rows = [(n, summaries[n]) for n in names if n in summaries]
        if rows:
            with formatter.section(group):
                formatter.write_dl(rows)
