# SPDX-License-Identifier: MIT
"""The table of docs/explanation/hypervisors.md: rows that are the published figures, and others
that must agree with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from tests.figures.published import REPOSITORY

COMPARED = REPOSITORY / "docs/explanation/hypervisors.md"
NAMES = ("xen", "jailhouse", "acrn", "bao")  # the columns
_TABLE = re.compile(r"(?m)^\| \| Xen.*\n(?:^\|.*\n)*")
_SITES = "calls through pointers: exact, resolved, assumed, unresolved"
_OTHER_SITES = "empty, external"
_EDGES = "edges, assumed"

Row = Mapping[str, str]


def _origin(row: Row) -> str:
    return f"`{row['repository']}` {row['commit'][:7]}, {row['committed']}"


def _number(text: str) -> str:
    return f"{int(text):,}"


def _units(row: Row) -> str:
    return f"{row['units']}, {row['degraded']}"


def _functions(row: Row) -> str:
    return ", ".join(_number(row[f"{k}_functions"]) for k in ("boot", "runtime", "unreached"))


# Rows that the figures say whole.
WRITTEN: dict[str, Callable[[Row], str]] = {
    "repository, commit, date": _origin,
    "units of the compile database that are read, degraded": _units,
    "code lines": lambda r: _number(r["lines"]),
    "functions: boot, runtime, unreached": _functions,
}


def with_figures(text: str, published: Sequence[Row]) -> str:
    """The document with the rows that the figures say."""
    table = _found(text)
    rows = [published_of(name, published) for name in NAMES]
    lines = []
    for line in table.splitlines(keepends=True):
        title = _cells(line)[0]
        if title in WRITTEN:
            line = f"| {title} | {' | '.join(WRITTEN[title](r) for r in rows)} |\n"
        lines.append(line)
    return text.replace(table, "".join(lines))


def disagreements(text: str, published: Sequence[Row]) -> list[str]:
    """What the other rows say against the figures, and rows that are missing."""
    table = {_cells(line)[0]: _cells(line)[1:] for line in _found(text).splitlines()}
    wanted = (*WRITTEN, _SITES, _OTHER_SITES, _EDGES)
    missing = [f"no row {title}" for title in wanted if title not in table]
    return missing or list(_against(table, published))


def _against(table: Mapping[str, Sequence[str]], published: Sequence[Row]) -> Iterator[str]:
    for column, name in enumerate(NAMES):
        row = published_of(name, published)
        sites, others = (_numbers(table[t][column]) for t in (_SITES, _OTHER_SITES))
        if sum(sites) + sum(others) != int(row["indirect"]):
            yield f"{name}: calls through pointers are {row['indirect']}"
        if sites[-1] != int(row["unresolved"]):
            yield f"{name}: unresolved calls are {row['unresolved']}"
        whole, assumed = _numbers(table[_EDGES][column].partition("(")[0])
        if assumed != int(row["assumed_edges"]):
            yield f"{name}: assumed edges are {row['assumed_edges']}"
        share = f"({100 * assumed / whole:.2f} %)" if assumed else ""
        if share not in table[_EDGES][column]:
            yield f"{name}: assumed edges are {share} of all"


def published_of(name: str, published: Sequence[Row]) -> Row:
    """The figures of one hypervisor."""
    (row,) = (r for r in published if r["name"] == name)
    return row


def _found(text: str) -> str:
    (table,) = _TABLE.findall(text)
    return str(table)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _numbers(text: str) -> list[int]:
    return [int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?<!,)", text)]
