# SPDX-License-Identifier: MIT
"""Groups of nodes that lead to one another: Tarjan's strongly connected components."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping


def groups(successors: Mapping[str, Collection[str]]) -> Iterator[set[str]]:
    """Yield the groups, each after those that it leads to; others than the keys do not count."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    done: set[str] = set()
    for root in successors:
        if root in number:
            continue
        work = [(root, iter(successors[root]))]
        number[root] = lowest[root] = len(number)
        stack.append(root)
        while work:
            node, rest = work[-1]
            for following in rest:
                if following not in successors or following in done:
                    continue
                if following not in number:
                    number[following] = lowest[following] = len(number)
                    stack.append(following)
                    work.append((following, iter(successors[following])))
                    break
                lowest[node] = min(lowest[node], number[following])
            else:
                work.pop()
                if work:
                    above = work[-1][0]
                    lowest[above] = min(lowest[above], lowest[node])
                if lowest[node] == number[node]:
                    at = len(stack) - 1
                    while stack[at] != node:
                        at -= 1
                    group = set(stack[at:])
                    del stack[at:]
                    done |= group
                    yield group
