# SPDX-License-Identifier: MIT
"""Name many functions that are believed for one reason by one pattern."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from tcbsplit.config.select import names
from tcbsplit.model.draft import Believed
from tcbsplit.model.vocabulary import bare_name

_FEWEST = 4  # functions that a pattern is worth


def together(values: Iterable[Believed], known: Iterable[str]) -> tuple[Believed, ...]:
    """Return the values with a glob for those that are alike, where it matches no other function.

    ``known`` are the ids of all functions.
    """
    whole = list(values)
    groups: dict[tuple[str, str], list[Believed]] = defaultdict(list)
    for value in whole:
        groups[stem(value.value), value.why].append(value)
    everything, listed = list(known), {b.value for b in whole}
    patterns: dict[str, Believed] = {}  # value -> what stands for it
    for group in sorted(groups.values(), key=len, reverse=True):
        for glob, matched in _globs([b.value for b in group], everything, listed):
            why = f"{len(matched)} functions: {group[0].why}"
            for identity in matched:
                patterns.setdefault(identity, Believed(value=glob, why=why))
    return tuple(dict.fromkeys(patterns.get(b.value, b) for b in whole))


def _globs(
    alike: list[str], everything: list[str], listed: set[str]
) -> Iterator[tuple[str, set[str]]]:
    """Yield globs for enough of the names, with what each matches: nothing that is not listed."""
    if len(alike) < _FEWEST:
        return
    start = _beginning(alike)
    matched = {i for i in everything if names(f"{start}*", i)}
    if matched <= listed:
        yield f"{start}*", matched
        return
    longer: dict[str, list[str]] = defaultdict(list)
    for name in alike:
        longer[name[: len(start) + 1]].append(name)
    for group in longer.values():
        if len(group) < len(alike):
            yield from _globs(group, everything, listed)


def stem(name: str) -> str:
    """Return the beginning that a family of functions shares: ``isr_3`` and ``isr_14``."""
    bare = bare_name(name)
    return name[: len(name) - len(bare)] + re.split(r"[_\d]", bare, maxsplit=1)[0]


def _beginning(texts: list[str]) -> str:
    """Return the characters with which all texts begin."""
    first, last = min(texts), max(texts)
    same = next((i for i, c in enumerate(first) if last[i : i + 1] != c), len(first))
    return first[:same]
