# SPDX-License-Identifier: MIT
"""Compute the first screen: bars of sizes, verdicts, and what is not certain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from tcbsplit.model.collision import told
from tcbsplit.model.report import Report
from tcbsplit.model.resident import Resident
from tcbsplit.model.result import LocTable
from tcbsplit.model.split import Split
from tcbsplit.model.trace import Audit
from tcbsplit.model.vocabulary import Verdict
from tcbsplit.report.machine import machine_line
from tcbsplit.report.tables import MEASURES, Measure, change, resident_of, total_of

_NAMED = 12  # of each kind of doubt


class Mood(StrEnum):
    """How a statement is to be taken; its word is shown as well."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNKNOWN = "not known"


class Part(NamedTuple):
    """A piece of a bar; the width is in per cent of the longest bar of its measure."""

    label: str
    value: int
    width: float


class Bar(NamedTuple):
    """One build in one measure; without parts it was not measured, and ``note`` says why."""

    label: str
    value: int
    parts: tuple[Part, ...]
    note: str


class Bars(NamedTuple):
    """The bars of one measure."""

    title: str
    counts: str  # what is counted
    bars: tuple[Bar, ...]


class Statement(NamedTuple):
    """One verdict of the first screen, with the section that has the details."""

    mood: Mood
    title: str
    text: str
    section: str


class Doubt(NamedTuple):
    """One kind of what is not certain."""

    title: str
    found: int
    lines: tuple[str, ...]


_BARS = 3  # measures that have bars


def measures(table: LocTable, beside: Resident | None) -> tuple[Bars, ...]:
    """Return the bars of original, thin, and what is resident while the target runs."""
    return tuple(_bars(table, beside, m) for m in MEASURES[:_BARS])


def _bars(table: LocTable, beside: Resident | None, measure: Measure) -> Bars:
    total = table.total
    kept, glue = (int(getattr(f, measure.figure)) for f in (total.kept, total.glue))
    original, thin = total_of(total, measure.figure)
    longest = max(original, thin, 1)

    def part(label: str, value: int) -> Part:
        return Part(label, value, round(100 * value / longest, 2))

    def changed(value: int) -> str:
        return change(1 - value / original) if original else ""

    bars = [
        Bar("original", original, (part("original", original),), ""),
        Bar("thin", thin, (part("kept", kept), part("glue", glue)), changed(thin)),
    ]
    left = resident_of(total, measure.figure, beside)
    if left is None:
        bars.append(Bar("resident", 0, (), "not measured"))
    else:
        bars.append(Bar("resident", left, (part("resident", left),), changed(left)))
    if not original:
        bars = [Bar(b.label, 0, (), "no image was built") for b in bars]
    return Bars(measure.title.capitalize(), measure.counts, tuple(bars))


def statements(report: Report, audit: Audit | None, split: Split) -> tuple[Statement, ...]:
    """Return the verdicts of boots, audits, the machine code, and the order of boot."""
    return (_boots(report), _audit(audit), *_machine(report), _order(split))


def _boots(report: Report) -> Statement:
    counts = Counter(b.verdict for b in report.boots)
    if not counts:
        return Statement(Mood.UNKNOWN, "Boots", "nothing was booted", "boots")
    text = ", ".join(f"{counts[v]} {v}" for v in Verdict if counts[v])
    judged = counts.total() - counts[Verdict.SKIPPED]
    if judged == 0:
        return Statement(Mood.UNKNOWN, "Boots", text, "boots")
    holds = counts[Verdict.PASS] == judged
    return Statement(Mood.HOLDS if holds else Mood.BROKEN, "Boots", text, "boots")


def _audit(audit: Audit | None) -> Statement:
    if audit is None:
        text = "nothing was traced: run tcbsplit audit"
        return Statement(Mood.UNKNOWN, "Audit of executions", text, "coverage")
    parts = [f"{len(audit.violations)} violations in {len(audit.traces)} traces"]
    parts += [f"{b}: {c.executed} of {c.runtime} ran" for b, c in audit.coverage.items()]
    mood = Mood.BROKEN if audit.violations else Mood.HOLDS
    return Statement(mood, "Audit of executions", "; ".join(parts), "coverage")


def _machine(report: Report) -> Iterator[Statement]:
    for found in report.machine:
        mood = Mood.HOLDS if found.branches else Mood.UNKNOWN
        mood = Mood.BROKEN if found.contradictions else mood
        text = machine_line(found).partition(": ")[2]
        yield Statement(mood, f"Machine code, {found.build}", text, "machine")


def _order(split: Split) -> Statement:
    order = split.order
    if order is None or not order.places:
        text = "the place where the preprocessing guest starts is not known"
        return Statement(Mood.UNKNOWN, "Order of boot", text, "handoff")
    late = len(order.late) + len(order.handlers)
    text = f"{late} not in force while the preprocessing guest runs"
    return Statement(Mood.HOLDS if order.holds else Mood.BROKEN, "Order of boot", text, "handoff")


def doubts(report: Report) -> tuple[Doubt, ...]:
    """Return what is degraded, unresolved, assumed, or defined several times."""
    return (
        Doubt(
            "units with parse errors: their facts may lack",
            len(report.degraded),
            _first(
                f"{d.unit}: {i.file}:{i.line}: {i.message}"
                for d in report.degraded
                for i in d.diagnostics[:1]
            ),
        ),
        Doubt(
            "indirect calls without a known target",
            len(report.unresolved),
            _first(
                f"{s.file}:{s.line}: {s.text} in {s.caller}: {s.reason}" for s in report.unresolved
            ),
        ),
        Doubt("edges that rest on types alone", report.assumed, _bounds(report)),
        Doubt(
            "names with several definitions", len(report.collisions), tuple(told(report.collisions))
        ),
    )


def _bounds(report: Report) -> tuple[str, ...]:
    return tuple(
        f"with {b.edges} edges: {b.original.lines} to {b.thin.lines} lines ({change(b.saved)})"
        for b in report.bounds
    )


def _first(lines: Iterator[str]) -> tuple[str, ...]:
    shown = list(lines)
    more = [f"… and {len(shown) - _NAMED} more: report.json"] if len(shown) > _NAMED else []
    return (*shown[:_NAMED], *more)
