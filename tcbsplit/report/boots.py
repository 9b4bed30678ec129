# SPDX-License-Identifier: MIT
"""Render builds and boots as lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from tcbsplit.model.result import BootResult, BuildResult
from tcbsplit.model.vocabulary import Verdict

_CAUSE_LINES = 3  # shown of a longer cause


def build_line(result: BuildResult) -> str:
    """Return the image of a build and its size."""
    return (
        f"{result.name}: {result.image.path} ({len(result.image.functions)} functions, "
        f"{result.image.text_bytes} bytes of code)" + (f"; {result.anew}" if result.anew else "")
    )


def boots_text(results: Sequence[BootResult], commands: bool = False) -> str:
    """Return a line per boot with its cause, and the reasons for the accelerators.

    With ``commands``, also the command line and the log of each boot.
    """
    lines: list[str] = []
    for b in results:
        cause = b.cause.splitlines()
        more = [f"({len(cause) - _CAUSE_LINES} more lines)"] if len(cause) > _CAUSE_LINES else []
        shown = "\n       ".join((*cause[:_CAUSE_LINES], *more))
        times = f"{len(b.runs)} times, " if b.runs else ""
        took = "" if b.verdict is Verdict.SKIPPED else f", {times}{b.seconds:.1f} s"
        notes = "; ".join([*([shown] if shown else []), *(f"{u} not checked" for u in b.unchecked)])
        line = f"{b.verdict:7}  {b.scenario} ({b.build}, {b.accelerator}{took})"
        lines.append(f"{line}: {notes}" if notes else line)
        lines += [f"       {text}" for text in b.divergence]
        if commands and b.command:
            lines += [f"       {b.command}", f"       log: {b.log}"]
    reasons = {f"{b.machine or b.accelerator}: {b.accelerator_reason}" for b in results}
    return "\n".join([*lines, *sorted(reasons)])
