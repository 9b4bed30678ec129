# SPDX-License-Identifier: MIT
"""The division by minimum cut is the cheapest: tried against all divisions of small graphs."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from tcbsplit.phases.closure import leaving

NODES = [f"n{i}" for i in range(6)]
nodes = st.sampled_from(NODES)
amounts = st.integers(0, 50)


def cost(
    gone: frozenset[str],
    weights: dict[str, int],
    prices: list[tuple[str, str, int]],
    burdens: dict[str, int],
) -> int:
    return (
        sum(w for n, w in weights.items() if n not in gone)
        + sum(b for n, b in burdens.items() if n in gone)
        + sum(c for a, b, c in prices if a not in gone and b in gone and a != b)
    )


@given(
    st.fixed_dictionaries(dict.fromkeys(NODES, amounts)),
    st.lists(st.tuples(nodes, nodes, amounts), max_size=12),
    st.sets(nodes, max_size=2),
    st.dictionaries(nodes, amounts, max_size=3),
)
def test_no_division_is_cheaper(
    weights: dict[str, int],
    prices: list[tuple[str, str, int]],
    pinned: set[str],
    burdens: dict[str, int],
) -> None:
    found = leaving(weights, prices, pinned, burdens)
    assert not found & pinned
    best = min(
        cost(gone, weights, prices, burdens)
        for choice in product((False, True), repeat=len(NODES))
        for gone in [frozenset(n for n, leaves in zip(NODES, choice, strict=True) if leaves)]
        if not gone & pinned
    )
    assert cost(found, weights, prices, burdens) == best
