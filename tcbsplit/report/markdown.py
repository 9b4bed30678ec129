# SPDX-License-Identifier: MIT
"""Render REPORT.md, to be pasted into the comment of a pull request: details are folded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from tcbsplit.model.collision import told
from tcbsplit.model.report import Report
from tcbsplit.model.resident import Resident
from tcbsplit.model.result import BootResult
from tcbsplit.model.vocabulary import Verdict
from tcbsplit.report.machine import machine_lines
from tcbsplit.report.tables import (
    COUNTED_RESIDENT,
    HEADINGS,
    MEASURES,
    change,
    headline,
    resident_line,
    resident_of,
    rows,
    total_of,
)
from tcbsplit.report.tcb import findings

_MOST = 40  # rows of a table; the others are in report.json and report.html
_LONGEST = 300  # characters of a cell


def markdown(report: Report) -> str:
    """Return the report as Markdown; equal results give equal text."""
    return "\n".join(
        (
            f"## {report.name}: trusted computing base\n",
            f"**{headline(report.table)}**\n",
            *([f"**{resident_line(report.table, report.resident)}**\n"] if report.resident else []),
            _sizes(report),
            _growth(report),
            _doubts(report),
            "Details: `report.html`, `report.json`.\n",
            _fold("Sizes by component", "\n".join(_tables(report))),
            _fold(f"Cuts: {len(report.cuts)}", _cuts(report)),
            _fold(f"Hand-over: {len(report.entries)} values", _handoff(report)),
            _fold(f"Boots: {_verdicts(report.boots)}", _boots(report)),
            _fold("Machine code", _machine(report)),
            _fold("What is not certain", "".join(_uncertain(report))),
            _fold("Inputs", "".join(f"- {_cell(line)}\n" for line in report.inputs)),
        )
    )


def _sizes(report: Report) -> str:
    """Return the small table: what the TCB was and is, in each measure that is known."""
    lines = []
    for measure in MEASURES[:3]:
        original, thin = total_of(report.table.total, measure.figure)
        if original:
            left = resident_of(report.table.total, measure.figure, report.resident)
            beside = ("", "") if left is None else (str(left), change(1 - left / original))
            saved = change(1 - thin / original)
            lines.append((measure.title, str(original), str(thin), saved, *beside, measure.counts))
    headings = ("TCB", "original", "thin", "change", "resident", "change", "what is counted")
    return _table(headings, lines)


def _growth(report: Report) -> str:
    """Return what entered the run-time TCB since it was agreed, by the edge that lets it in."""
    if report.agreed is None:
        return "No agreed state was given (`--baseline tcb.lock`): what grew is not known.\n"
    grown = [f for f in findings(report.agreed, ()) if f.rule in ("tcb-growth", "tcb-size")]
    if not grown:
        return "Nothing entered the run-time TCB since it was agreed.\n"
    lines = [f"- {_place(f.file, f.line)}{_cell(f.message)}\n" for f in grown[:_MOST]]
    return f"**The run-time TCB grew:**\n\n{''.join(lines)}{_more(len(grown))}"


def _place(file: str, line: int) -> str:
    return f"`{file}:{line}`: " if file else ""


def _doubts(report: Report) -> str:
    contradictions = sum(len(f.contradictions) for f in report.machine)
    return (
        f"Boots: {_verdicts(report.boots)}. Machine code: {contradictions} contradictions. "
        f"Not certain: {len(report.degraded)} degraded units, {len(report.unresolved)} unresolved "
        f"calls, {report.assumed} assumed edges.\n"
    )


def _verdicts(boots: Sequence[BootResult]) -> str:
    counts = Counter(b.verdict for b in boots)
    return ", ".join(f"{counts[v]} {v}" for v in Verdict if counts[v]) or "none"


def _fold(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n</details>\n"


def _tables(report: Report) -> Iterator[str]:
    table = report.table
    yield f"Thin is kept and glue; {COUNTED_RESIDENT}.\n"
    if report.resident and report.resident.left:
        yield _left(report.resident)
    for measure in MEASURES:
        yield f"**{measure.title.capitalize()}**: {measure.counts}\n"
        yield _table(HEADINGS, rows(table, measure.figure, report.resident))
    yield "**Functions by complexity rank (radon)**\n"
    yield _table(
        ("build", *"ABCDEF"),
        [(name, *(str(ranks[r]) for r in "ABCDEF")) for name, ranks in table.ranks.items()],
    )


def _left(found: Resident) -> str:
    """Return what could be erased and is not."""
    left = [(f"`{one.what}`", str(one.text_bytes), one.why) for one in found.left]
    return f"Not used any more, and not erased:\n\n{_table(('what', 'bytes', 'why'), left)}"


def _cuts(report: Report) -> str:
    return _table(
        ("callee", "sites", "policy", "reason"),
        [(f"`{c.callee}`", "; ".join(c.sites), c.policy, c.reason) for c in report.cuts],
    )


def _handoff(report: Report) -> str:
    return _table(
        ("entry", "bytes", "secret", "written by", "read by"),
        [
            (
                f"`{e.name}`",
                str(e.size),
                "yes" if e.secret else "no",
                _names(e.writers),
                _names(e.readers),
            )
            for e in report.entries
        ],
    )


def _boots(report: Report) -> str:
    if not report.boots:
        return "Nothing was booted.\n"
    table = _table(
        ("scenario", "build", "verdict", "accelerator", "seconds", "again", "cause"),
        [
            (
                b.scenario,
                b.build,
                b.verdict,
                b.accelerator,
                f"{b.seconds:.1f}",
                f"`sh {b.again}`" if b.again else "",
                b.cause,
            )
            for b in report.boots
        ],
    )
    reasons = sorted({f"{b.accelerator}: {b.accelerator_reason}" for b in report.boots})
    return f"{table}\nPaths are below the folder of the artifacts. {_cell('; '.join(reasons))}\n"


def _machine(report: Report) -> str:
    lines = [s.strip() for f in report.machine for s in machine_lines(f)]
    return "".join(f"- {_cell(line)}\n" for line in lines[:_MOST]) + _more(len(lines))


def _uncertain(report: Report) -> Iterator[str]:
    lines = [
        f"- unresolved: {s.file}:{s.line}: `{s.text}` in {s.caller}: {s.reason}\n"
        for s in report.unresolved
    ]
    lines += [
        f"- degraded: {d.unit}: {i.file}:{i.line}: {i.message}\n"
        for d in report.degraded
        for i in d.diagnostics[:1]
    ]
    yield from lines[:_MOST]
    yield _more(len(lines))
    yield from (f"- several definitions: {line}\n" for line in told(report.collisions))
    yield f"- {report.assumed} edges are assumed (by type only)\n"
    yield from (
        f"- with {b.edges} edges: {b.original.lines} to {b.thin.lines} source lines "
        f"({change(b.saved)})\n"
        for b in report.bounds
    )


def _more(count: int) -> str:
    return f"- … and {count - _MOST} more: report.json\n" if count > _MOST else ""


def _table(headings: Sequence[str], content: Iterable[Sequence[str]]) -> str:
    lines = [tuple(map(_cell, row)) for row in content]
    shown = [headings, ["---"] * len(headings), *lines[:_MOST]]
    if len(lines) > _MOST:
        shown.append((f"… and {len(lines) - _MOST} more: report.json", *[""] * (len(headings) - 1)))
    return "".join(f"| {' | '.join(row)} |\n" for row in shown)


def _cell(text: str) -> str:
    """Return text for one line: no cell ends early, and no markup of HTML is meant."""
    short = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return " ".join(short.replace("|", "\\|").replace("<", "&lt;").split())


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{n}`" for n in names[:4])
    return f"{shown}, …" if len(names) > 4 else shown
