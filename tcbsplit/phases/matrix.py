"""Several configurations of one source: the class of each function in each variant."""

from __future__ import annotations

from collections.abc import Mapping

from tcbsplit.model.base import Record
from tcbsplit.model.phase import Classification
from tcbsplit.model.vocabulary import CodeClass

ABSENT = "absent"  # not compiled in a variant


class Row(Record, frozen=True, kw_only=True):
    """One function: its class in every variant, and whether any has it at run time."""

    function: str
    classes: dict[str, str]
    runtime: bool


class Matrix(Record, frozen=True, kw_only=True):
    """All functions of all variants."""

    variants: tuple[str, ...]
    rows: tuple[Row, ...]


def matrix(variants: Mapping[str, Classification]) -> Matrix:
    """Join the classifications of several variants by function id."""
    ids = sorted({i for found in variants.values() for i in found.functions})
    rows = []
    for identity in ids:
        known = {n: c.functions.get(identity) for n, c in variants.items()}
        rows.append(
            Row(
                function=identity,
                classes={n: f.kind if f else ABSENT for n, f in known.items()},
                runtime=any(f is not None and "runtime" in f.phases for f in known.values()),
            )
        )
    return Matrix(variants=tuple(variants), rows=tuple(rows))


def describe(found: Matrix) -> str:
    """A table of classes by variant, and what any variant has at run time."""
    width = max(map(len, (*found.variants, "class")))
    lines = [
        " ".join([f"{'class':12}", *(f"{v:>{width}}" for v in found.variants)]),
    ]
    for kind in (*CodeClass, ABSENT):
        counts = [sum(1 for r in found.rows if r.classes[v] == kind) for v in found.variants]
        lines.append(" ".join([f"{kind:12}", *(f"{n:>{width}}" for n in counts)]))
    runtime = sum(r.runtime for r in found.rows)
    same = sum(len(set(r.classes.values())) == 1 for r in found.rows)
    lines.append(f"{runtime} functions are run time in some variant; {same} have one class in all")
    return "\n".join(lines)
