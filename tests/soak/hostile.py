# SPDX-License-Identifier: MIT
"""Boots with hostile guests: attacks in a random order, and random moves of random seeds."""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.support.arena import KNOWN, POSITIONS, Arena, alike, arena
from tests.support.fights import random_moves, several, single
from tests.support.minivisor import Minivisor
from tests.support.shared import Shared

MOVES, ATTACK, ENDING = "random moves", "an attack", "an attack that ends its guest"


def hostile(number: int, seed: int) -> int:
    """Boot ``number`` times, every kind in every position; return how many went wrong.

    A boot that went wrong is named with its seed, and its folder is kept.
    """
    began = time.monotonic()
    base = Path(tempfile.mkdtemp(prefix="tcbsplit-hostile-"))
    shared = Shared(base)
    place = arena(shared, Minivisor(shared))
    counts: Counter[str] = Counter()
    wrong = 0
    for at in range(number):
        chance = random.Random(f"{seed}:{at}")
        folder = base / f"boot-{at + 1}"
        kind, told, complaints = fight(place, chance, folder)
        counts[kind] += 1
        wrong += bool(complaints)
        for complaint in complaints:
            print(f"\nboot {at + 1}, {told} (see {folder}): {complaint}", flush=True)
        if not complaints:
            shutil.rmtree(folder)
        print(f"\r{at + 1} of {number}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    if not wrong:
        shutil.rmtree(base)
    for kind in sorted(counts):
        print(f"  {counts[kind]:4} {kind}")
    print(
        f"hostile guests: {number} boots, {wrong} went wrong, seed {seed}, "
        f"{time.monotonic() - began:.0f} s",
        flush=True,
    )
    return wrong


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
