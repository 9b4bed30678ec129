# SPDX-License-Identifier: MIT
"""What a recorded compiler says of itself under the flags of a command."""

from __future__ import annotations

from tcbsplit.model.base import Record


class Compiler(Record, frozen=True):
    """The target, the macros and the header folders that a unit is parsed with.

    Without ``macros`` nothing was asked: the compiler is not on this machine, or is not trusted.
    """

    target: str = ""  # triple
    macros: tuple[str, ...] = ()  # predefined ones, as -D takes them: NAME=VALUE
    folders: tuple[str, ...] = ()  # of headers in angle brackets, after those of the command
    own: str = ""  # the folder of its own headers (stddef.h); empty under -nostdinc
