# SPDX-License-Identifier: MIT
"""Find functions that entered or left the run-time TCB between two analyses, and the edges."""

from __future__ import annotations

from collections.abc import Collection

from tcbsplit.model.phase import Classification
from tcbsplit.model.tcb import Difference, Moved
from tcbsplit.model.vocabulary import Phase, SymbolId


def difference(before: Classification, after: Classification) -> Difference:
    """Compare two classifications by the ids of their run-time functions."""
    return Difference(
        entered=beyond(after, runtime_of(before)), left=beyond(before, runtime_of(after))
    )


def runtime_of(classes: Classification) -> frozenset[SymbolId]:
    """Return the functions of the run-time TCB."""
    return frozenset(i for i, c in classes.functions.items() if Phase.RUNTIME in c.phases)


def beyond(classes: Classification, known: Collection[SymbolId]) -> tuple[Moved, ...]:
    """Return the run-time functions that are not ``known``, each with the edge that adds it."""
    found = []
    for identity in sorted(runtime_of(classes)):
        if identity not in known:
            way = classes.functions[identity].chains[Phase.RUNTIME]
            edge = next((e for e in way.edges if e.callee not in known), None)
            found.append(Moved(function=identity, edge=edge, chain=way))
    return tuple(found)
