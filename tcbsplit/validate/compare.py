"""Holds the boots of original and split against each other: consoles, disks, how they ended."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from tcbsplit.config import Comparison
from tcbsplit.model.result import BootResult

_CONTEXT = 3  # equal lines shown before a divergence, and lines of either side after it
_ESCAPE = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>()][0-9A-B]?)")  # ECMA-48: a terminal's
_KERNEL_TIME = re.compile(r"^\[ *\d+\.\d+\] ")  # Linux printk


@dataclass(frozen=True)
class Divergence:
    """Where a split left the original's way: one line, and the context as a diff."""

    cause: str
    context: tuple[str, ...] = ()


def normalised(text: str, comparison: Comparison) -> list[tuple[int, str]]:
    """(line number, line) of what counts of a console, without terminal codes and times."""
    patterns = [re.compile(p) for p in comparison.ignore]
    replaced = [(re.compile(p), new) for p, new in comparison.replace.items()]
    result: list[tuple[int, str]] = []
    begun = not comparison.since
    for number, raw in enumerate(text.replace("\r", "").split("\n"), 1):
        line = _KERNEL_TIME.sub("", _ESCAPE.sub("", raw)).rstrip()
        begun = begun or comparison.since in line
        if not begun or not line or any(p.search(line) for p in patterns):
            continue
        for pattern, new in replaced:
            line = pattern.sub(new, line)
        result.append((number, line))
    return result


def divergence(
    original: BootResult, split: BootResult, comparison: Comparison
) -> Divergence | None:
    """Return the first thing in which two boots of a scenario differ, if any."""
    consoles = [
        normalised(Path(r.log).read_text(encoding="utf-8", errors="replace"), comparison)
        for r in (original, split)
    ]
    if comparison.since:
        for name, lines in zip(("original", "split"), consoles, strict=True):
            if not lines:
                return Divergence(f"{name} never printed {comparison.since!r}: nothing to compare")
    found = _consoles(*consoles)
    if found:
        return found
    if original.exit_status != split.exit_status or original.ended != split.ended:
        return Divergence(f"original ended with {_end(original)}, split with {_end(split)}")
    for one, other in zip(original.disks, split.disks, strict=True):
        if one.sha256 != other.sha256:
            return Divergence(
                f"{one.name} differs afterwards: original {one.sha256[:16]}…, "
                f"split {other.sha256[:16]}…"
            )
    return None


def _consoles(original: list[tuple[int, str]], split: list[tuple[int, str]]) -> Divergence | None:
    end = (0, "")
    for at, ((n, one), (m, other)) in enumerate(zip_longest(original, split, fillvalue=end)):
        if one == other:
            continue
        if not one:
            cause = f"split went on at line {m}, where original had ended"
        elif not other:
            cause = f"split ended where original went on at line {n}"
        else:
            cause = f"consoles differ: original line {n}, split line {m}"
        context = [f"  {line}" for _, line in original[max(0, at - _CONTEXT) : at]]
        context += [f"- {line}" for _, line in original[at : at + _CONTEXT]]
        context += [f"+ {line}" for _, line in split[at : at + _CONTEXT]]
        return Divergence(cause, tuple(context))
    return None


def _end(result: BootResult) -> str:
    status = "no exit" if result.exit_status is None else f"status {result.exit_status}"
    return f"{status} ({result.ended})" if result.ended else status
