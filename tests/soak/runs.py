# SPDX-License-Identifier: MIT
"""Runs with faults, one after the other, and what was wrong with them."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.soak.bed import Bed, hashes
from tests.soak.faults import PASSING, told
from tests.soak.images import assemble
from tests.soak.kinds import Impossible, Kind
from tests.soak.tally import Tally


def soak(number: int, seed: int, kinds: Mapping[str, Kind]) -> int:
    """Do ``number`` runs, the kinds in turn and in a random order; return how many went wrong.

    The folder of a run that went wrong is kept and named.
    """
    base = Path(tempfile.mkdtemp(prefix="tcbsplit-soak-"))
    images = assemble(base)
    earlier = earlier_boot(base / "earlier", images)
    tally, impossible = Tally(number, base), dict[str, str]()
    for at, name in enumerate(_order(number, seed, list(kinds))):
        folder = base / f"{at + 1}-{name}"
        try:
            complaints = harmed(kinds[name], name, folder, random.Random(f"{seed}:{at}"),
                                images, earlier)  # fmt: skip
        except Impossible as reason:
            impossible[name] = str(reason)
            shutil.rmtree(folder)
            continue
        tally.add(name, f"run {at + 1}, {name}", folder, complaints)
        tally.progress(at + 1)
    notes = [f"not here: {name}: {why}" for name, why in impossible.items()]
    notes += [f"{what}: at most {most}" for what, most in told.items()]
    return tally.end("faults", seed, notes)


def harmed(
    kind: Kind, name: str, folder: Path, chance: random.Random, images: Mapping[str, Path],
    earlier: Path,
) -> list[str]:  # fmt: skip
    """One run in a new ``folder``: what its kind complains of, and what must hold of all kinds."""
    bed = Bed(folder, images, earlier)
    try:
        wrong = kind(bed, chance)
    except TimeoutError as problem:
        wrong = [str(problem)]
    wrong += [f"{file} is left" for file in bed.stray()]
    place = "boots/case-original"
    if name not in PASSING and hashes(bed.out / place) != hashes(earlier / place):
        wrong.append(f"the earlier record {bed.out / place} is not as it was")
    return wrong


def earlier_boot(folder: Path, images: Mapping[str, Path]) -> Path:
    """The folder of a boot that passed before anything was harmed."""
    bed = Bed(folder, images, None)
    bed.configure(exit=33)
    with bed.boot("passes") as tool:
        outcome = tool.finish()
    if outcome.status:
        raise RuntimeError(f"the unharmed boot does not pass: {outcome.said} {outcome.results}")
    return bed.out


def _order(number: int, seed: int, kinds: list[str]) -> list[str]:
    chance = random.Random(seed)
    order: list[str] = []
    while len(order) < number:
        order += chance.sample(kinds, len(kinds))
    return order[:number]
