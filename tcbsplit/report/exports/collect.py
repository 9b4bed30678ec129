# SPDX-License-Identifier: MIT
"""Collect the tables of a report, each in a form that does not change with its contents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tcbsplit.model.page import Ran
from tcbsplit.model.report import Report
from tcbsplit.model.size import Size
from tcbsplit.model.table import Column, ColumnKind, Table, TableName, Value
from tcbsplit.report.contents import Contents
from tcbsplit.report.tables import COUNTED_RESIDENT, HEADINGS, MEASURES, cells

TEXT, INTEGER, NUMBER, TRUTH = ColumnKind
_Row = tuple[Value, ...]
_Columns = tuple[tuple[str, ColumnKind, str], ...]

_SIZE: _Columns = (
    ("lines", INTEGER, "code lines of function definitions"),
    ("functions", INTEGER, "functions"),
    ("bytes", INTEGER, "bytes of function symbols; null without an image"),
)
_COLUMNS: dict[TableName, tuple[str, _Columns]] = {
    TableName.SIZES: (
        "one row for each measure and component, the total last; thin is kept and glue; "
        f"{COUNTED_RESIDENT}, null where that is not known",
        (
            ("measure", TEXT, "; ".join(f"{m.figure}: {m.counts}" for m in MEASURES)),
            ("component", TEXT, "of the configuration"),
            *((h, INTEGER, "of this build or class") for h in HEADINGS[1:]),
        ),
    ),
    TableName.BOUNDS: (
        "the TCB before and after, for certain edges and for all; on the base of sizes",
        (
            ("edges", TEXT, "which edges count"),
            ("original_lines", INTEGER, "code lines of all files"),
            ("thin_lines", INTEGER, "code lines of all files"),
            ("saved", NUMBER, "share of lines that left, 0 to 1"),
            ("glue", TRUTH, "whether thin has generated code and the adapter"),
        ),
    ),
    TableName.FUNCTIONS: (
        "one row for each function of the original",
        (
            ("id", TEXT, "name; with the path if static"),
            ("file", TEXT, "that defines it"),
            ("line", INTEGER, "first"),
            ("end_line", INTEGER, "last"),
            ("class", TEXT, "runtime, boot, preprocess, shared, unreached"),
            ("component", TEXT, "of the configuration"),
            ("lines", INTEGER, "code lines of the definition"),
            ("bytes", INTEGER, "of its symbols; null without an image"),
            ("complexity", INTEGER, "McCabe"),
            ("sides", TEXT, "of the split: t (thin), g (guest)"),
            ("ran", TRUTH, "whether a trace shows it at run time; null: not asked"),
            ("retired", TRUTH, "erased before the target runs"),
        ),
    ),
    TableName.BORDERS: (
        "one row for each pair of components with calls; sizes leave the TCB if all are cut",
        (
            ("from", TEXT, "component"),
            ("to", TEXT, "component"),
            ("calls", INTEGER, "edges that are there"),
            ("severed", INTEGER, "edges that declared cuts sever"),
            *_SIZE,
            ("entries", TEXT, "functions that are called, by blanks"),
        ),
    ),
    TableName.CUTS: (
        "one row for each declared cut; sizes come back without it",
        (
            ("callee", TEXT, "id"),
            ("policy", TEXT, "handoff, elide, stub, panic"),
            ("reason", TEXT, "of the configuration"),
            *_SIZE,
            ("sites", TEXT, "file:line, by blanks"),
        ),
    ),
    TableName.HANDOFF: (
        "one row for each value that is handed over",
        (
            ("entry", TEXT, "variable or return value"),
            ("bytes", INTEGER, "size"),
            ("secret", TRUTH, "of the configuration"),
            ("writers", TEXT, "in the guest, by blanks"),
            ("readers", TEXT, "in what stays, by blanks"),
        ),
    ),
    TableName.BOOTS: (
        "one row for each boot",
        (
            ("scenario", TEXT, "name"),
            ("build", TEXT, "original or split"),
            ("verdict", TEXT, "pass, fail, error, flaky, differs, skipped"),
            ("accelerator", TEXT, "of the machine"),
            ("seconds", NUMBER, "of the boot"),
            ("cause", TEXT, "empty for pass"),
        ),
    ),
    TableName.COVERAGE: (
        "one row for each build that was traced: run-time functions with a symbol",
        (
            ("build", TEXT, "original or split"),
            ("runtime", INTEGER, "functions"),
            ("executed", INTEGER, "of them ran"),
        ),
    ),
    TableName.MEMORY: (
        "one row for each section that is loaded",
        (
            ("build", TEXT, "name"),
            ("section", TEXT, "name"),
            ("address", INTEGER, "virtual"),
            ("bytes", INTEGER, "size"),
            ("executable", TRUTH, "holds code"),
            ("writable", TRUTH, "holds data"),
            ("retired", TRUTH, "is erased before the target runs"),
        ),
    ),
    TableName.DOUBTS: (
        "one row for each fact that is not certain",
        (
            ("kind", TEXT, "degraded, unresolved, collision"),
            ("file", TEXT, "place"),
            ("line", INTEGER, "place; null without one"),
            ("text", TEXT, "what is not certain"),
        ),
    ),
}  # fmt: skip


def tables(contents: Contents) -> tuple[Table, ...]:
    """Return all tables; one without content has no rows."""
    return tuple(
        Table(
            name=name,
            about=_COLUMNS[name][0],
            columns=tuple(Column(name=n, kind=k, about=a) for n, k, a in _COLUMNS[name][1]),
            rows=tuple(_ROWS[name](contents)),
        )
        for name in TableName
    )


def _size(size: Size) -> _Row:
    return size.lines, size.functions, size.text_bytes if size.text_bytes >= 0 else None


def _sizes(contents: Contents) -> Iterator[_Row]:
    table = contents.report.table
    for measure in MEASURES:
        for row in (*table.rows, table.total):
            component, *figures = cells(row, measure.figure, contents.report.resident)
            yield measure.figure, component, *(int(n) if n else None for n in figures)


def _bounds(contents: Contents) -> Iterator[_Row]:
    for b in contents.report.bounds:
        yield b.edges, b.original.lines, b.thin.lines, round(b.saved, 6), b.glue


def _functions(contents: Contents) -> Iterator[_Row]:
    page = contents.page
    ran = {Ran.UNASKED: None, Ran.RAN: True, Ran.NEVER: False}
    for f in page.functions:
        yield (
            f.id, page.files[f.file], f.line, f.end_line, page.classes[f.kind],
            page.components[f.component], f.lines, f.bytes if f.bytes >= 0 else None, f.complexity,
            f.sides, ran[f.ran], f.retired,
        )  # fmt: skip


def _borders(contents: Contents) -> Iterator[_Row]:
    for b in contents.borders:
        yield b.caller, b.callee, b.calls, b.severed, *_size(b.frees), " ".join(b.entries)


def _cuts(contents: Contents) -> Iterator[_Row]:
    for c in contents.prices:
        yield c.callee, c.policy, c.reason, *_size(c.frees), " ".join(c.sites)


def _handoff(contents: Contents) -> Iterator[_Row]:
    for e in contents.report.entries:
        yield e.name, e.size, e.secret, " ".join(e.writers), " ".join(e.readers)


def _boots(contents: Contents) -> Iterator[_Row]:
    for b in contents.report.boots:
        yield b.scenario, b.build, b.verdict, b.accelerator, b.seconds, b.cause


def _coverage(contents: Contents) -> Iterator[_Row]:
    coverage = contents.audit.coverage if contents.audit else {}
    for build, c in coverage.items():
        yield build, c.runtime, c.executed


def _memory(contents: Contents) -> Iterator[_Row]:
    for memory in contents.maps:
        for r in memory.regions:
            yield memory.build, r.name, r.address, r.size, r.executable, r.writable, r.retired


def _doubts(contents: Contents) -> Iterator[_Row]:
    report: Report = contents.report
    for d in report.degraded:
        for i in d.diagnostics:
            yield "degraded", i.file, i.line, f"{d.unit}: {i.message}"
    for s in report.unresolved:
        yield "unresolved", s.file, s.line, f"{s.text} in {s.caller}: {s.reason}"
    for c in report.collisions:
        yield "collision", c.units[0], None, f"{c.name}: {' '.join(c.units)}"


_ROWS: dict[TableName, Callable[[Contents], Iterable[_Row]]] = {
    TableName.SIZES: _sizes,
    TableName.BOUNDS: _bounds,
    TableName.FUNCTIONS: _functions,
    TableName.BORDERS: _borders,
    TableName.CUTS: _cuts,
    TableName.HANDOFF: _handoff,
    TableName.BOOTS: _boots,
    TableName.COVERAGE: _coverage,
    TableName.MEMORY: _memory,
    TableName.DOUBTS: _doubts,
}
