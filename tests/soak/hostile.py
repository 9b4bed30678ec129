# SPDX-License-Identifier: MIT
"""Boots with hostile guests: attacks in a random order, and random moves of random seeds."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from tests.soak.tally import Tally
from tests.support.arena import KNOWN, POSITIONS, Arena, alike, arena
from tests.support.fights import random_moves, several, single
from tests.support.minivisor import Minivisor
from tests.support.shared import Shared

MOVES, ATTACK, ENDING = "random moves", "an attack", "an attack that ends its guest"


def hostile(number: int, seed: int) -> int:
    """Boot ``number`` times, every kind in every position; return how many went wrong.

    A boot that went wrong is named with its seed, and its folder is kept.
    """
    base = Path(tempfile.mkdtemp(prefix="tcbsplit-hostile-"))
    shared = Shared(base)
    place = arena(shared, Minivisor(shared))
    tally = Tally(number, base)
    for at in range(number):
        folder = base / f"boot-{at + 1}"
        kind, told, complaints = fight(place, random.Random(f"{seed}:{at}"), folder)
        tally.add(kind, f"boot {at + 1}, {told}", folder, complaints)
        tally.progress(at + 1)
    return tally.end("hostile guests", seed)


def fight(place: Arena, chance: random.Random, folder: Path) -> tuple[str, str, list[str]]:
    """Boot once; return the kind, what was done, and the complaints."""
    position = chance.choice(POSITIONS)
    kind = chance.choices((MOVES, ATTACK, ENDING), (6, 3, 1))[0]
    if kind == MOVES:
        number = chance.getrandbits(32)
        told = f"{kind} of {number:#x} as {position}"
        return kind, told, random_moves(place, position, number, folder)
    known = [n for n in sorted(KNOWN) if alike(n, position, KNOWN[n].ends)]
    name = chance.choice([n for n in known if bool(KNOWN[n].ends) == (kind == ENDING)])
    told = f"{name} as {position}"
    if kind == ENDING:
        return kind, told, single(place, position, name, folder)
    results = several(place, position, folder, [name])
    return kind, told, [f"{n}: {c}" for n, found in results.items() for c in found]
