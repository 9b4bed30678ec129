# SPDX-License-Identifier: MIT
"""Tell pieces of code apart that have nothing to do with each other, and name them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

import networkx as nx

from tcbsplit.model.graph import Edge
from tcbsplit.model.vocabulary import SymbolId

_MOST = 0.6  # of a piece's lines: the folder or file that it is named after


def apart(
    functions: Collection[SymbolId],
    edges: Iterable[Edge],
    users: Mapping[SymbolId, tuple[frozenset[SymbolId], frozenset[SymbolId]]],
) -> list[frozenset[SymbolId]]:
    """Return the parts of a piece between which there is no edge, and no variable that one of them
    writes; ``users`` are (writers, all users) of variables.
    """
    joined = nx.Graph()
    joined.add_nodes_from(functions)
    joined.add_edges_from(
        (e.caller, e.callee) for e in edges if e.caller in joined and e.callee in joined
    )
    for writers, everybody in users.values():
        own = sorted(everybody.intersection(functions))
        if own and writers.intersection(functions):
            joined.add_edges_from((own[0], other) for other in own[1:])
    return [frozenset(part) for part in nx.connected_components(joined)]


def named(
    functions: Iterable[SymbolId], file_of: Callable[[SymbolId], str], lines: Mapping[SymbolId, int]
) -> str:
    """Return the deepest folder, or the file, in which most of a piece is, or else the folders at
    the top that it is in, the largest first.
    """
    below: dict[str, int] = defaultdict(int)
    total = 0
    for identity in functions:
        parts = file_of(identity).split("/")
        total += lines[identity]
        for i in range(1, len(parts) + 1):
            below["/".join(parts[:i])] += lines[identity]
    most = [path for path, count in below.items() if count > total * _MOST]
    if most:
        return max(most, key=lambda p: (p.count("/"), p))
    tops = sorted((-count, path) for path, count in below.items() if "/" not in path)
    return ", ".join(path for _, path in tops)
