# SPDX-License-Identifier: MIT
"""What the erasure of retired code adds to the time from start to the target's first line.

``python -m tests.bench.erasing [--rounds N]`` boots minivisor split with and without it, in turn,
since a machine's speed drifts, and prints the median of the pairs' ratios and the ratio of the
fastest boots; and the instructions before the target's first one, which do not drift.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path

import msgspec

from tcbsplit.config.scenario import Marker, Scenario
from tcbsplit.model.accelerator import Mode
from tcbsplit.model.retire import RETIRED, Erasure
from tcbsplit.model.vocabulary import Style
from tcbsplit.pipeline.boot import ONCE, bench
from tcbsplit.validate.boot import Bench, boot
from tests.support.counting import before_the_target
from tests.support.minivisor import Minivisor
from tests.support.shared import Shared

FIRST = Marker(text="target: started")  # the target's first line


def erasing(folder: Path, rounds: int) -> float:
    """Print the ratios; return the median of the pairs'."""
    minivisor = Minivisor(Shared(folder))
    places, counts = [], []
    for name, retire in ("thin", False), ("retired", True):
        settings, space = minivisor.built(folder / name, Style.EXCISE, retire=retire)
        counts.append(before_the_target(settings, space, folder / name))
        how = replace(ONCE, mode=Mode.TCG, jobs=1)
        places.append(bench(settings, space, space.split, how, folder / f"boots-{name}"))
    scenario = minivisor.settings.scenarios["read"]
    scenario = msgspec.structs.replace(
        scenario, builds=("split",), compare=None, expect=(*scenario.expect[:2], FIRST)
    )
    first_line(scenario, places[1], erased=True)
    # Memory that others can read costs time of its own: both machines have the same.
    places[1] = replace(places[1], explain=None)
    pairs = []
    for at in range(rounds + 1):
        order = (0, 1) if at % 2 else (1, 0)
        found = {n: first_line(scenario, places[n]) for n in order}
        if at:  # the first ones fill caches
            pairs.append((found[0], found[1]))
    thin, retired = (min(p[n] for p in pairs) for n in (0, 1))
    middle = statistics.median(r / t for t, r in pairs)
    print(
        f"erasure, to the target's first line, {rounds} pairs: {middle:.3f} (median of pairs), "
        f"{retired / thin:.3f} (fastest: {thin:.3f} s, {retired:.3f} s)"
    )
    print(
        f"instructions before the target's first one: {counts[1] / counts[0]:.5f} "
        f"({counts[0]}, {counts[1]})"
    )
    return middle


def first_line(scenario: Scenario, place: Bench, *, erased: bool = False) -> float:
    """Seconds from start to the first line; the harness types the PIN as soon as it is asked."""
    (result,) = boot({"measured": scenario}, place)
    if result.verdict != "pass" or (result.evidence.get(RETIRED) == Erasure.DONE) != erased:
        raise RuntimeError(f"{result.verdict}: {result.cause} {result.evidence}")
    return next(m.seconds for m in result.markers if m.text == FIRST.text and m.seconds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.erasing", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    with tempfile.TemporaryDirectory(prefix="tcbsplit-bench-") as scratch:
        erasing(Path(scratch), parser.parse_args().rounds)
