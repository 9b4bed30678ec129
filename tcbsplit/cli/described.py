# SPDX-License-Identifier: MIT
"""Describe the command line as data, for the manual page and for completion."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from tcbsplit.cli.helping import FORMER

_CHOICES = re.compile(r"[<\[]([\w-]+(?:\|[\w-]+)+)[>\]]")  # of a closed set, as help shows them

# What help calls the types of values, for people who do not write Python.
_SPOKEN = {
    "<path>": "PATH", "<str>": "TEXT", "<list[str]>": "TEXT", "<int range>": "N", "<int>": "N",
    "<list[Path]>": "PATH",
}  # fmt: skip


class Option(NamedTuple):
    """An option: its names, what it takes (nothing: a switch), its help, its choices."""

    names: tuple[str, ...]
    takes: str
    help: str
    choices: tuple[str, ...] = ()


class Described(NamedTuple):
    """A subcommand, or one of a group: ``config check``."""

    words: tuple[str, ...]
    arguments: tuple[str, ...]
    help: str
    options: tuple[Option, ...]


def described(group: Any, words: tuple[str, ...] = ()) -> Iterator[Described]:
    """Yield every subcommand of a group, those of groups within it too."""
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if hasattr(command, "list_commands"):
            yield from described(command, (*words, name))
            continue
        arguments = tuple(
            str(p.metavar or p.name.upper())
            for p in command.params
            if p.param_type_name == "argument"
        )
        options = tuple(
            _option(p, command) for p in command.params if p.param_type_name == "option"
        )
        yield Described((*words, name), arguments, " ".join((command.help or "").split()), options)


def _option(parameter: Any, command: Any) -> Option:
    import typer

    names = tuple(n for n in (*parameter.opts, *parameter.secondary_opts) if n != FORMER)
    record = parameter.get_help_record(typer.Context(command, info_name="tcbsplit"))
    spelt, text = record or ("", "")
    closed = _CHOICES.search(spelt)
    taken = re.search(r"<[^<>]*>$|\S+$", spelt)
    spoken = _SPOKEN.get(taken[0], taken[0]) if taken else ""
    takes = "" if parameter.is_flag else str(parameter.metavar or spoken)
    choices = tuple(closed.group(1).split("|")) if closed and not parameter.is_flag else ()
    return Option(names, takes, " ".join((parameter.help or text).split()), choices)
