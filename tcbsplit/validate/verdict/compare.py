# SPDX-License-Identifier: MIT
"""Compare two boots of a scenario: consoles, disks, how they ended."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from tcbsplit.config.scenario import Comparison
from tcbsplit.model.result import BootResult

_CONTEXT = 3  # equal lines shown before a divergence, and lines of either side after it
_ESCAPE = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>()][0-9A-B]?)")  # ECMA-48: a terminal's
_KERNEL_TIME = re.compile(r"^\[ *\d+\.\d+\] ")  # Linux printk


@dataclass(frozen=True)
class Divergence:
    """The first difference of two boots: one line, and the context as a diff."""

    cause: str
    context: tuple[str, ...] = ()


def normalised(text: str, comparison: Comparison) -> list[tuple[int, str]]:
    """Return (line number, line) of a console's relevant lines, without escape codes and times."""
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
    first: BootResult,
    second: BootResult,
    comparison: Comparison,
    names: tuple[str, str] = ("original", "split"),
    *,
    ends: bool = True,
) -> Divergence | None:
    """Return the first difference of two boots of a scenario, if any.

    ``names`` are the names of the boots; ``ends``: compare how the machines ended.
    """
    one, other = (
        normalised(Path(r.log).read_text(encoding="utf-8", errors="replace"), comparison)
        for r in (first, second)
    )
    if comparison.since:
        for name, lines in zip(names, (one, other), strict=True):
            if not lines:
                return Divergence(f"{name} never printed {comparison.since!r}: nothing to compare")
    if found := _consoles(one, other, *names):
        return found
    if ends and (first.exit_status != second.exit_status or first.ended != second.ended):
        return Divergence(f"{names[0]} ended with {_end(first)}, {names[1]} with {_end(second)}")
    for a, b in zip(first.disks, second.disks, strict=True):
        if a.sha256 != b.sha256:
            return Divergence(
                f"{a.name} differs afterwards: {names[0]} {a.sha256[:16]}…, "
                f"{names[1]} {b.sha256[:16]}…"
            )
    return None


def _consoles(
    first: list[tuple[int, str]], second: list[tuple[int, str]], a: str, b: str
) -> Divergence | None:
    end = (0, "")
    for at, ((n, one), (m, other)) in enumerate(zip_longest(first, second, fillvalue=end)):
        if one == other:
            continue
        if not one:
            cause = f"{b} went on at line {m}, where {a} had ended"
        elif not other:
            cause = f"{b} ended where {a} went on at line {n}"
        else:
            cause = f"consoles differ: {a} line {n}, {b} line {m}"
        context = [f"  {line}" for _, line in first[max(0, at - _CONTEXT) : at]]
        context += [f"- {line}" for _, line in first[at : at + _CONTEXT]]
        context += [f"+ {line}" for _, line in second[at : at + _CONTEXT]]
        return Divergence(cause, tuple(context))
    return None


def _end(result: BootResult) -> str:
    status = "no exit" if result.exit_status is None else f"status {result.exit_status}"
    return f"{status} ({result.ended})" if result.ended else status
