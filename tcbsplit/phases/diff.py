"""What entered and what left the run-time TCB between two analyses, and by which edge."""

from __future__ import annotations

from collections.abc import Collection

from tcbsplit.model.base import Record
from tcbsplit.model.graph import Chain, Edge
from tcbsplit.model.phase import Classification


class Moved(Record, frozen=True, kw_only=True):
    """A function that is on one side only, with the edge that makes the difference."""

    function: str
    edge: Edge | None  # the first on its chain that leads from what is on both sides
    chain: Chain


class Difference(Record, frozen=True, kw_only=True):
    """Functions that entered and left."""

    entered: tuple[Moved, ...]
    left: tuple[Moved, ...]


def difference(before: Classification, after: Classification) -> Difference:
    """Compare two classifications by the ids of their run-time functions."""
    return Difference(
        entered=beyond(after, runtime_of(before)), left=beyond(before, runtime_of(after))
    )


def runtime_of(classes: Classification) -> frozenset[str]:
    """The functions of the run-time TCB."""
    return frozenset(i for i, c in classes.functions.items() if "runtime" in c.phases)


def beyond(classes: Classification, known: Collection[str]) -> tuple[Moved, ...]:
    """Run-time functions that are not ``known``, each with the edge that lets it in."""
    found = []
    for identity in sorted(runtime_of(classes)):
        if identity not in known:
            way = classes.functions[identity].chains["runtime"]
            edge = next((e for e in way.edges if e.callee not in known), None)
            found.append(Moved(function=identity, edge=edge, chain=way))
    return tuple(found)


def describe(found: Difference) -> str:
    """Text: both lists, grouped by the edge that makes the difference."""
    lines = []
    for title, moved in (("entered", found.entered), ("left", found.left)):
        lines.append(f"{len(moved)} functions {title} the run-time TCB")
        groups: dict[Edge | None, list[str]] = {}
        for m in moved:
            groups.setdefault(m.edge, []).append(m.function)
        for edge, functions in groups.items():
            where = f"{edge.file}:{edge.line}: {edge.caller} -> {edge.callee}" if edge else "a root"
            more = f" and {len(functions) - 5} more" if len(functions) > 5 else ""
            lines.append(f"  by {where}: {', '.join(functions[:5])}{more}")
    return "\n".join(lines)
