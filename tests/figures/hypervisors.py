# SPDX-License-Identifier: MIT
"""Figures of other hypervisors: one line each, from an analysis of a commit."""

from __future__ import annotations

import csv
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from tcbsplit.model.analysis import Analysis
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import CodeClass, Confidence
from tcbsplit.pipeline.workspace import Workspace, load
from tests.figures.published import HYPERVISORS

COLUMNS = (
    "name", "repository", "commit", "committed", "analysed",
    "units", "degraded", "lines", "functions",
    *(f"{k}_functions" for k in CodeClass), *(f"{k}_lines" for k in CodeClass),
    "indirect", "unresolved", "assumed_edges",
)  # fmt: skip


def line(name: str, repository: str, tree: Path, artifacts: Path) -> dict[str, object]:
    """The figures of one analysis; lines by class are those of function definitions."""
    space = Workspace(artifacts)
    analysis, program = load(space.analysis, Analysis), load(space.program, Program)
    functions = Counter(f.kind for f in analysis.functions)
    lines: Counter[CodeClass] = Counter()
    for f in analysis.functions:
        lines[f.kind] += f.loc
    commit, day = subprocess.run(
        ["git", "log", "-1", "--format=%H %cs"],
        cwd=tree,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    return {
        "name": name, "repository": repository, "commit": commit[:12], "committed": day,
        "analysed": date.fromtimestamp(space.analysis.stat().st_mtime).isoformat(),
        "units": len(program.units), "degraded": len(program.degraded),
        "lines": sum(len(f.code_lines) for f in program.files.values()),
        "functions": len(analysis.functions),
        **{f"{k}_functions": functions[k] for k in CodeClass},
        **{f"{k}_lines": lines[k] for k in CodeClass},
        "indirect": analysis.indirect.sites, "unresolved": analysis.indirect.unresolved,
        "assumed_edges": sum(e.confidence is Confidence.ASSUMED for e in analysis.edges),
    }  # fmt: skip


def write_line(name: str, repository: str, tree: Path, artifacts: Path) -> None:
    """Write or replace the line of one hypervisor."""
    rows = {row["name"]: row for row in published()}
    rows[name] = {k: str(v) for k, v in line(name, repository, tree, artifacts).items()}
    HYPERVISORS.parent.mkdir(parents=True, exist_ok=True)
    with HYPERVISORS.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[n] for n in sorted(rows))


def published() -> list[dict[str, str]]:
    """The lines that are published."""
    if not HYPERVISORS.is_file():
        return []
    with HYPERVISORS.open(newline="") as file:
        return list(csv.DictReader(file))


TABLE = re.compile(r"(?m)^\| hypervisor \|.*\n(?:^\|.*\n)*")


def with_table(text: str, rows: Iterable[Mapping[str, str]]) -> str:
    """The README with the table of these figures."""
    lines = ["hypervisor", "commit", "code lines", "functions", "at run time", "boot only",
             "not reached", "unresolved calls"], ["---"] * 8  # fmt: skip
    cells = [
        [
            r["repository"], f"{r['commit'][:7]} ({r['committed']})", r["lines"], r["functions"],
            r["runtime_functions"], r["boot_functions"], r["unreached_functions"], r["unresolved"],
        ]
        for r in rows
    ]  # fmt: skip
    table = "".join(f"| {' | '.join(row)} |\n" for row in (*lines, *cells))
    found, count = TABLE.subn(lambda _: table, text)
    assert count == 1, "README.md has no table of hypervisors"
    return found
