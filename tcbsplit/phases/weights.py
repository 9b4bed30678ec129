# SPDX-License-Identifier: MIT
"""Costs of moving code, in lines of code that must leave for them."""

from __future__ import annotations

import msgspec

from tcbsplit.errors import UnknownNameError, near
from tcbsplit.model.base import Record


class Weights(Record, frozen=True, kw_only=True):
    """Costs in lines."""

    cut: int = 100  # at boot
    runtime: int = 5  # factor for a cut at run time
    variable: int = 20  # a variable to hand over
    pointer: int = 200  # a variable with pointers: it needs annotation
    replace: int = 30  # a call of moved code to code that only the hypervisor may execute


def parse_weights(text: str) -> Weights:
    """Parse weights like ``cut=100,runtime=5``; raise ``UnknownNameError`` for other text."""
    known = [f.name for f in msgspec.structs.fields(Weights)]
    values: dict[str, int] = {}
    for part in filter(None, text.split(",")):
        name, _, value = part.partition("=")
        if name not in known:
            raise UnknownNameError(
                f"--weights {part}: {name} is none of: {', '.join(known)}{near(name, known)}"
            )
        if not value.isdigit():
            raise UnknownNameError(f"--weights {part}: {value!r} must be a whole number of lines")
        values[name] = int(value)
    return Weights(**values)
