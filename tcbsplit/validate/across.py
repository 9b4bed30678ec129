# SPDX-License-Identifier: MIT
"""Boot under every available accelerator, and compare the results.

A difference is a finding: about the build (it depends on one machine's behaviour), about a machine,
or about the scenario.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import msgspec

from tcbsplit.config.scenario import Scenario
from tcbsplit.model.accelerator import Name
from tcbsplit.model.result import BootResult
from tcbsplit.model.vocabulary import Verdict
from tcbsplit.validate.boot import Bench, boot
from tcbsplit.validate.conversation import record
from tcbsplit.validate.machine.accelerators import accelerators
from tcbsplit.validate.machine.folders import run_folder
from tcbsplit.validate.machine.interface import Accelerator
from tcbsplit.validate.verdict.compare import divergence

# The first one whose boot passed is the reference for the others.
ORDER = (Name.TCG, Name.KVM, Name.NESTED, Name.BOCHS)


def boot_all(
    scenarios: Mapping[str, Scenario],
    bench: Bench,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> list[BootResult]:
    """Boot every scenario on each of its builds under every accelerator.

    Each accelerator has a folder of its own below the bench's. A boot that cannot run is a result
    (``skipped``) with a reason. Raise what ``boot`` raises.
    """
    found: list[BootResult] = []
    known = accelerators(bench.program, bench.cache)
    for name in ORDER:
        where = replace(bench, folder=bench.folder / name, mode=name, skip=True)
        if absent := known[name].absence():
            found += _skipped(scenarios, known[name], absent)
            continue
        for result in boot(scenarios, where, progress):
            other = held(found, result, scenarios[result.scenario], known)
            if other is not result:
                record.save(run_folder(where.folder, result.scenario, result.build), other)
            found.append(other)
    order = list(scenarios)
    return sorted(found, key=lambda r: (order.index(r.scenario), r.build))


def held(
    before: Iterable[BootResult],
    result: BootResult,
    scenario: Scenario,
    known: Mapping[Name, Accelerator],
) -> BootResult:
    """Return the result, compared with the first result of the same boot that passed."""
    same = (r for r in before if (r.scenario, r.build) == (result.scenario, result.build))
    first = next((r for r in same if r.verdict == Verdict.PASS), None)
    if first is None or result.verdict != Verdict.PASS:
        return result
    abilities = [known[Name(r.accelerator)].abilities for r in (first, result)]
    other = divergence(
        first, result, scenario.compare, (first.accelerator, result.accelerator),
        ends=all(a.exit_status for a in abilities),
    )  # fmt: skip
    if other is None:
        return result
    return msgspec.structs.replace(
        result, verdict=Verdict.DIFFERS, cause=other.cause, divergence=other.context
    )


def _skipped(
    scenarios: Mapping[str, Scenario], accelerator: Accelerator, why: str
) -> list[BootResult]:
    return [
        BootResult(
            scenario=name, build=build, verdict=Verdict.SKIPPED, cause=why,
            accelerator=accelerator.name, accelerator_reason="one of all",
            machine=accelerator.describe(), command="", log="", seconds=0.0, exit_status=None,
            markers=(),
        )
        for name, scenario in scenarios.items()
        for build in scenario.builds
    ]  # fmt: skip
