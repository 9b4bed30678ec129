# SPDX-License-Identifier: MIT
"""Boots of the split with retired code: scenarios, builds, memory and seeds by chance."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgspec

from tcbsplit.config.scenario import Scenario
from tcbsplit.model.accelerator import Mode
from tcbsplit.model.retire import RETIRED, Erasure
from tcbsplit.model.vocabulary import Style, Verdict
from tcbsplit.pipeline.boot import Booting, bench
from tcbsplit.validate.boot import Bench, boot
from tests.soak.tally import Tally
from tests.support.minivisor import Minivisor
from tests.support.shared import Shared

BUILDS = ((Style.EXCISE, "gcc", "-O2"), (Style.GUARD, "clang", "-O2"), (Style.EXCISE, "gcc", "-O0"))
MEMORY = (256, 384, 512, 1024)  # MiB
REFUSED = 0.1  # of the boots are of scenarios whose target must not start


def retired(number: int, seed: int) -> int:
    """Boot until ``number`` targets started, or were to; return how many boots went wrong.

    A boot that went wrong is named with its seed, and its folder is kept.
    """
    base = Path(tempfile.mkdtemp(prefix="tcbsplit-retired-"))
    minivisor = Minivisor(Shared(base))
    benches = []
    for at, build in enumerate(BUILDS):
        settings, space = minivisor.built(base / f"build-{at}", *build)
        benches.append(bench(settings, space, space.split, Booting(mode=Mode.TCG), base))
    tally = Tally(number, base)
    targets = at = 0
    while targets < number:
        at += 1
        folder = base / f"boot-{at}"
        chance = random.Random(f"{seed}:{at}")
        started, name, told, complaints = once(
            minivisor.settings.scenarios, chance.choice(benches), chance, folder
        )
        targets += started
        tally.add(name, f"boot {at}, {name} {told}", folder, complaints)
        tally.progress(targets)
    return tally.end(f"retired code, {targets} targets", seed)


def once(
    scenarios: Mapping[str, Scenario], place: Bench, chance: random.Random, folder: Path
) -> tuple[bool, str, str, list[str]]:
    """Boot once; return whether the target is to start, the scenario, how, and the complaints."""
    starts = chance.random() >= REFUSED
    name = chance.choice([n for n in sorted(scenarios) if starting(scenarios[n]) == starts])
    scenario = msgspec.structs.replace(scenarios[name], builds=("split",))
    if not scenario.script:  # a script of the boot loader may count on the memory
        machine = msgspec.structs.replace(scenario.machine, memory=chance.choice(MEMORY))
        scenario = msgspec.structs.replace(scenario, machine=machine)
    number = chance.randrange(1, 1 << 31)
    (result,) = boot({name: scenario}, replace(place, folder=folder, seed=number))
    told = f"with {scenario.machine.memory} MiB, {place.builds['split'][0]}"
    complaints = [result.cause] if result.verdict is not Verdict.PASS else []
    wanted = Erasure.DONE if starts else Erasure.NOT_REACHED
    if result.evidence.get(RETIRED) != wanted:
        complaints.append(f"retired code: {result.evidence.get(RETIRED)}, wanted {wanted}")
    return starts, name, told, complaints


def starting(scenario: Scenario) -> bool:
    """Whether a scenario of minivisor comes to its target."""
    return not any("starting target guest" in f for f in scenario.forbid) and scenario.exit == 33
