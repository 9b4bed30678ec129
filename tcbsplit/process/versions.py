# SPDX-License-Identifier: MIT
"""Ask programs for their versions."""

from __future__ import annotations

from pathlib import Path

from tcbsplit import process

_TIMEOUT = 10.0  # seconds
_WIDEST = 100  # characters


def version_of(program: str, words: tuple[str, ...] = ("--version",)) -> str:
    """Return the line in which a program tells its version; raise ``TcbsplitError`` if it hangs."""
    done = process.run([program, *words], cwd=Path("/"), timeout=_TIMEOUT, check=False)
    lines = [line.strip(" =*") for line in done.output.splitlines()]
    telling = [line for line in lines if any(c.isdigit() for c in line)]
    named = [line for line in telling if Path(program).name.lower() in line.lower()]
    found = next(iter((*named, *telling, *filter(None, lines))), "tells no version")
    return found[:_WIDEST]
