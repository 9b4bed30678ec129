# SPDX-License-Identifier: MIT
"""What the erasure of retired code adds to the time from start to the target's first line.

``python -m tests.bench.erasing [--rounds N]`` boots minivisor split without it, with it, and
without it once more, in turn, since a machine's speed drifts. It prints the ratios of the medians
and of the fastest boots, beside those of the same without the erasure: what a busy machine adds by
chance. Then the instructions before the target's first one, which depend on no machine.
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
    """Print the ratios; return that of the medians."""
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
    # Memory that others can read costs time of its own: all machines have the same.
    again = replace(places[0], folder=folder / "boots-again")
    bench_of = {"thin": places[0], "retired": replace(places[1], explain=None), "again": again}
    taken: dict[str, list[float]] = {name: [] for name in bench_of}
    for at in range(rounds + 1):
        names = [*bench_of][at % 3 :] + [*bench_of][: at % 3]
        found = {name: first_line(scenario, bench_of[name]) for name in names}
        if at:  # the first ones fill caches
            for name, seconds in found.items():
                taken[name].append(seconds)
    middle = {name: statistics.median(seconds) for name, seconds in taken.items()}
    least = {name: min(seconds) for name, seconds in taken.items()}
    ratio = middle["retired"] / middle["thin"]
    print(
        f"erasure, to the target's first line, {rounds} rounds: {ratio:.3f} (medians; the same "
        f"without it: {middle['again'] / middle['thin']:.3f}), "
        f"{least['retired'] / least['thin']:.3f} (fastest, {least['thin']:.3f} s without; the same "
        f"without it: {least['again'] / least['thin']:.3f})"
    )
    print(
        f"instructions before the target's first one: {counts[1] / counts[0]:.5f} "
        f"({counts[0]}, {counts[1]})"
    )
    return ratio


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
