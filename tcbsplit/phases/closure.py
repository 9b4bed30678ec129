# SPDX-License-Identifier: MIT
"""Find the cheapest set of functions to move: a maximum-weight closure by minimum cut.

A function that stays costs its weight; an edge from a function that stays to one that leaves costs
its price. The cheapest division is a minimum cut (Picard, Maximal Closure of a Graph, 1976), found
by scipy's maximum flow. It is optimal for these weights and prices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

Price = tuple[str, str, int]  # (stays, leaves, cost)

NEVER = 1 << 28  # above the sum of all weights of a program; sums stay below 2^31


def leaving(
    weights: Mapping[str, int],
    prices: Iterable[Price],
    pinned: Iterable[str],
    burdens: Mapping[str, int],
) -> frozenset[str]:
    """Return the nodes that leave in a cheapest division.

    ``weights`` are costs of staying, ``burdens`` costs of leaving; ``pinned`` nodes stay. The keys
    of ``weights`` are the nodes; prices of other nodes are ignored. All numbers are integers >= 0.
    """
    names = list(weights)
    number = {name: i + 2 for i, name in enumerate(names)}
    source, sink = 0, 1
    rows: list[int] = []
    columns: list[int] = []
    costs: list[int] = []

    def arc(a: int, b: int, cost: int) -> None:
        if cost > 0:
            rows.append(a)
            columns.append(b)
            costs.append(min(cost, NEVER))

    for name, weight in weights.items():
        arc(number[name], sink, weight)
    for name, burden in burdens.items():
        if name in number:
            arc(source, number[name], burden)
    for name in set(pinned):
        if name in number:
            arc(source, number[name], NEVER)
    for stays, leaves, cost in prices:
        if stays in number and leaves in number and stays != leaves:
            arc(number[stays], number[leaves], cost)
    size = len(names) + 2
    arcs = (np.array(rows), np.array(columns))
    matrix: Any = coo_matrix((np.array(costs, dtype=np.int64), arcs), shape=(size, size))
    capacity: Any = matrix.tocsr()
    capacity.data = np.minimum(capacity.data, NEVER).astype(np.int32)
    capacity = capacity.astype(np.int32)
    flow = maximum_flow(capacity, source, sink).flow
    residual: Any = capacity - flow
    residual.data[residual.data < 0] = 0
    residual.eliminate_zeros()
    order = breadth_first_order(residual, source, return_predecessors=False)
    stays_there = set(order.tolist())
    return frozenset(name for name in names if number[name] not in stays_there)
