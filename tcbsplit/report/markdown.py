# SPDX-License-Identifier: MIT
"""Render REPORT.md: cuts, handoff, size reduction, and boots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tcbsplit.model.collision import told
from tcbsplit.model.report import Report
from tcbsplit.report.machine import machine_lines
from tcbsplit.report.tables import HEADINGS, MEASURES, percent, rows


def markdown(report: Report) -> str:
    """Return the report as Markdown; equal results give equal text."""
    parts = [f"# {report.name}: thin hypervisor and preprocessing guest\n"]
    table = report.table
    thin = table.total.kept.lines + table.total.glue.lines
    parts.append(
        f"The run-time TCB went from {table.total.original.lines} to {thin} source lines "
        f"(-{percent(table.reduction_lines)}; {table.total.glue.lines} of them generated glue and "
        f"adapter), and from {table.total.original.text_bytes} to "
        f"{table.total.kept.text_bytes + table.total.glue.text_bytes} bytes of functions "
        f"(-{percent(table.reduction_text)}).\n"
    )
    parts.append("## Boots\n")
    parts.append(_boots(report))
    parts.append("## Size\n")
    for measure, title in MEASURES:
        parts.append(f"### {title[0].upper()}{title[1:]}\n")
        parts.append(_table(HEADINGS, rows(table, measure)))
    parts.append("### Complexity ranks (radon)\n")
    parts.append(
        _table(
            ("build", *"ABCDEF"),
            [(name, *(str(ranks[r]) for r in "ABCDEF")) for name, ranks in table.ranks.items()],
        )
    )
    parts.append("## Cuts\n")
    parts.append(
        _table(
            ("callee", "sites", "policy", "reason"),
            [(f"`{c.callee}`", "; ".join(c.sites), c.policy, c.reason) for c in report.cuts],
        )
    )
    parts.append("## Handoff\n")
    parts.append(
        _table(
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
    )
    parts.append("## Machine code\n")
    parts.append("".join(f"- {s.strip()}\n" for f in report.machine for s in machine_lines(f)))
    parts.append("## What is not certain\n")
    parts.append(_uncertain(report))
    parts.append("## Inputs\n")
    parts.append("".join(f"- {line}\n" for line in report.inputs))
    return "\n".join(parts)


def _boots(report: Report) -> str:
    if not report.boots:
        return "Nothing was booted.\n"
    table = _table(
        ("scenario", "build", "verdict", "accelerator", "seconds", "log", "cause"),
        [
            (b.scenario, b.build, b.verdict, b.accelerator, f"{b.seconds:.1f}", b.log, b.cause)
            for b in report.boots
        ],
    )
    reasons = sorted({f"{b.accelerator}: {b.accelerator_reason}" for b in report.boots})
    commands = "".join(f"# {b.scenario}, {b.build}\n{b.command}\n" for b in report.boots)
    return f"{table}\n{'; '.join(reasons)}\n\nCommands:\n\n```sh\n{commands}```\n"


def _uncertain(report: Report) -> str:
    lines = [
        f"- unresolved: {s.file}:{s.line}: `{s.text}` in {s.caller}: {s.reason}\n"
        for s in report.unresolved
    ]
    lines += [
        f"- degraded: {d.unit}: {i.file}:{i.line}: {i.message}\n"
        for d in report.degraded
        for i in d.diagnostics[:3]
    ]
    lines += [f"- several definitions: {line}\n" for line in told(report.collisions)]
    lines.append(f"- {report.assumed} edges are assumed (by type only)\n")
    lines += [
        f"- with {b.edges} edges the functions that stay went from {b.original.lines} to "
        f"{b.thin.lines} lines (-{percent(b.saved)}), before glue\n"
        for b in report.bounds
    ]
    return "".join(lines)


def _table(headings: Sequence[str], content: Iterable[Sequence[str]]) -> str:
    lines = [" | ".join(headings), " | ".join("---" for _ in headings)]
    lines += [" | ".join(c.replace("|", "\\|") for c in row) for row in content]
    return "".join(f"| {line} |\n" for line in lines)


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{n}`" for n in names[:4])
    return f"{shown}, …" if len(names) > 4 else shown
