# SPDX-License-Identifier: MIT
"""Name many functions that are believed for one reason by one pattern."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

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
        if len(group) < _FEWEST or group[0].value in patterns:
            continue
        glob = _beginning([b.value for b in group]) + "*"
        matched = {i for i in everything if names(glob, i)}
        if matched <= listed:
            why = f"{len(matched)} functions: {group[0].why}"
            patterns |= dict.fromkeys(matched, Believed(value=glob, why=why))
    return tuple(dict.fromkeys(patterns.get(b.value, b) for b in whole))


def stem(name: str) -> str:
    """Return the beginning that a family of functions shares: ``isr_3`` and ``isr_14``."""
    bare = bare_name(name)
    return name[: len(name) - len(bare)] + re.split(r"[_\d]", bare, maxsplit=1)[0]


def _beginning(texts: list[str]) -> str:
    """Return the characters with which all texts begin."""
    first, last = min(texts), max(texts)
    same = next((i for i, c in enumerate(first) if last[i : i + 1] != c), len(first))
    return first[:same]
