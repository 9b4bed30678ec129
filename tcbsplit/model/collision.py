# SPDX-License-Identifier: MIT
"""Several strong definitions of one external name, which a linker rejects in one image."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tcbsplit.errors import some
from tcbsplit.model.base import Record

_NAMES = 4  # shown of a group


class Collision(Record, frozen=True, kw_only=True):
    """One external name and the units that define it, each in its own way."""

    name: str
    units: tuple[str, ...]  # sources; with the output where one is compiled several times


def told(collisions: Sequence[Collision], most: int = 5) -> list[str]:
    """Return a line for each group of units that collide, the largest first, ``most`` at most."""
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for c in collisions:
        groups[c.units].append(c.name)
    ordered = sorted(groups.items(), key=lambda g: (-len(g[1]), g[0]))
    lines = [f"{_listed(units)}: {some(names, _NAMES)}" for units, names in ordered[:most]]
    if len(ordered) > most:
        names = sum(len(found) for _, found in ordered[most:])
        lines.append(f"… and {names} more names in {len(ordered) - most} other groups of units")
    return lines


def _listed(units: Sequence[str]) -> str:
    if len(units) > _NAMES:
        return f"{', '.join(units[:_NAMES])} and {len(units) - _NAMES} more units"
    return " and ".join((", ".join(units[:-1]), units[-1]))
