# SPDX-License-Identifier: MIT
"""Render the TCB over revisions: lines of text, CSV, and a page with a picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tcbsplit.errors import some
from tcbsplit.model.history import Group, History, Step
from tcbsplit.report.html.environment import asset, template

_NAMES = 5
_WIDTH, _HEIGHT, _MARGIN = 1100.0, 260.0, 10.0
COLUMNS = (
    "commit", "date", "subject", "tcb_lines", "tcb_functions", "runtime_lines",
    "runtime_functions", "entered", "left", "edges", "error",
)  # fmt: skip
COUNTED = "code lines of function definitions"


class Point(NamedTuple):
    """A revision in the picture; y counts from the top."""

    x: float
    tcb: float
    runtime: float
    step: Step


def history_text(found: History) -> str:
    """Return a line for each revision with its change, and what moved it."""
    lines = [f"{found.name}: TCB and run-time lines ({COUNTED})"]
    for step, change in zip(found.steps, changes(found.steps), strict=True):
        head = f"{step.revision.commit[:12]} {step.revision.date}"
        if step.error:
            lines.append(f"{head}  skipped: {step.error[:200]}")
            continue
        sizes = f"{step.tcb.lines:7} {step.runtime.lines:7} {change:>7}"
        lines.append(f"{head}  {sizes}  {step.revision.subject}")
        lines += [f"    entered by {_group(g)}" for g in step.entered[:_NAMES]]
        lines += [f"    left with {_group(g)}" for g in step.left[:_NAMES]]
    return "\n".join(lines)


def _group(group: Group) -> str:
    place = f"{group.file}:{group.line}: " if group.file else ""
    return f"{place}{group.edge}: {some(group.functions, _NAMES)} ({group.lines} lines)"


def changes(steps: Sequence[Step]) -> Iterator[str]:
    """Yield the change of run-time lines since the last revision that could be read."""
    last: int | None = None
    for step in steps:
        if step.error or last is None:
            yield ""
        else:
            yield f"{step.runtime.lines - last:+}" if step.runtime.lines != last else "0"
        if not step.error:
            last = step.runtime.lines


def history_csv(found: History) -> str:
    """Return a row for each revision; what is not known of one is empty."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    for s in found.steps:
        sizes = (s.tcb.lines, s.tcb.functions, s.runtime.lines, s.runtime.functions)
        moved = (
            sum(len(g.functions) for g in s.entered),
            sum(len(g.functions) for g in s.left),
            "; ".join(g.edge for g in (*s.entered, *s.left)),
        )
        figures = ("",) * 7 if s.error else (*sizes, *moved)
        subject = s.revision.subject
        safe = f"'{subject}" if subject.startswith(("=", "+", "-", "@")) else subject
        writer.writerow((s.revision.commit, s.revision.date, safe, *figures, s.error))
    return written.getvalue()


def history_html(found: History) -> str:
    """Return a page without scripts: the lines over revisions, and what moved them."""
    return template("history.html.j2").render(
        name=found.name,
        counted=COUNTED,
        styles=f"{asset('page.css')}\n{asset('parts.css')}",
        width=_WIDTH,
        height=_HEIGHT,
        points=_points(found.steps),
        most=max((s.tcb.lines for s in found.steps), default=0),
        rows=list(zip(found.steps, changes(found.steps), strict=True)),
    )


def _points(steps: Sequence[Step]) -> list[Point]:
    known = [(n, s) for n, s in enumerate(steps) if not s.error]
    most = max((s.tcb.lines for _, s in known), default=0) or 1
    across = (_WIDTH - 2 * _MARGIN) / max(len(steps) - 1, 1)

    def height(lines: int) -> float:
        return round(_HEIGHT - _MARGIN - lines / most * (_HEIGHT - 2 * _MARGIN), 1)

    return [
        Point(round(_MARGIN + n * across, 1), height(s.tcb.lines), height(s.runtime.lines), s)
        for n, s in known
    ]
