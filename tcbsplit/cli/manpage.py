# SPDX-License-Identifier: MIT
"""Write the manual page from the command line's own help (man(7))."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tcbsplit import __version__
from tcbsplit.cli.described import Described, described
from tcbsplit.cli.manual import EXAMPLES, TOPICS


def manual_page(group: Any) -> str:
    """Return the page tcbsplit(1)."""
    return "\n".join(
        (
            f'.TH TCBSPLIT 1 "" "tcbsplit {__version__}" "User Commands"',
            ".SH NAME",
            "tcbsplit \\- split a C hypervisor into a thin hypervisor and a preprocessing guest",
            ".SH SYNOPSIS",
            "tcbsplit SUBCOMMAND [OPTIONS] [ARGUMENTS]",
            ".SH SUBCOMMANDS",
            *(line for d in described(group) for line in _command(d)),
            *(line for name, text in TOPICS.items() for line in _topic(name, text)),
        )
    )


def _command(found: Described) -> Iterator[str]:
    words = " ".join(found.words)
    yield f".SS {_text(' '.join((words, *found.arguments)))}"
    yield _text(found.help)
    for option in found.options:
        yield ".TP"
        yield _text(f"{', '.join(option.names)} {option.takes}".rstrip())
        yield _text(option.help)
    if found.words[0] in EXAMPLES:
        yield from (".PP", "Example:", ".PP", ".nf", _text(EXAMPLES[found.words[0]]), ".fi")


def _topic(name: str, text: str) -> Iterator[str]:
    yield f".SH {_text(name.upper().replace('-', ' '))}"
    yield ".nf"
    yield from map(_text, text.splitlines())
    yield ".fi"


def _text(text: str) -> str:
    """Return text in which nothing is a request or an escape of roff."""
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{plain}" if plain[:1] in (".", "'") else plain
