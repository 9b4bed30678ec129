# SPDX-License-Identifier: MIT
"""Boot scenarios under the trace plugin, and save the functions that ran in each phase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from tcbsplit.config.scenario import Scenario
from tcbsplit.config.settings import Settings
from tcbsplit.errors import SourceError
from tcbsplit.frontend.cache import default_path
from tcbsplit.model.accelerator import Mode
from tcbsplit.model.program import Program
from tcbsplit.model.result import BootResult
from tcbsplit.model.trace import Trace
from tcbsplit.pipeline.boot import ONCE, Booting, bench, chosen_scenarios
from tcbsplit.pipeline.holding import alone
from tcbsplit.pipeline.workspace import Progress, Workspace, load, quiet, save
from tcbsplit.validate.boot import boot as boot_scenarios
from tcbsplit.validate.evidence.audit import Names
from tcbsplit.validate.evidence.plugin import PLUGIN, RECORD
from tcbsplit.validate.evidence.watching import Tracer, recorded_image, traced
from tcbsplit.validate.machine.folders import run_folder

EXECUTED = "executed.json"


@alone
def trace(
    settings: Settings,
    space: Workspace,
    out: Path,
    names: Sequence[str] = (),
    builds: Sequence[str] = (),
    *,
    how: Booting = ONCE,
    progress: Progress = quiet,
) -> tuple[list[BootResult], list[Trace]]:
    """Boot scenarios with boundaries under emulation with the plugin; save the traces.

    ``builds`` restricts the builds. A boot without a verdict has no trace.
    """
    chosen = {
        name: _only(scenario, builds)
        for name, scenario in chosen_scenarios(settings, names).items()
        if names or scenario.boundaries
    }
    without = [n for n, s in chosen.items() if not s.boundaries]
    if without or not chosen:
        which = f"scenario {without[0]} has" if without else f"{settings.path}: the scenarios have"
        raise SourceError(
            f"{which} no boundaries: say where a phase begins, for example "
            "boundaries: [{phase: runtime, linux: KERNEL}]"
        )
    knows = Names(load(space.program, Program)).knows
    tracer = Tracer(default_path().parent, knows)
    base = bench(settings, space, out, replace(how, mode=Mode.TCG), space.traces)
    results = boot_scenarios(chosen, replace(base, watcher=tracer), progress)
    traces = []
    for result in results:
        place = run_folder(space.traces, result.scenario, result.build)
        if result.verdict in ("pass", "fail") and (place / RECORD).is_file():
            scenario = chosen[result.scenario]
            image = recorded_image(place, scenario, base.builds[result.build][1])
            found = traced(place, result.scenario, result.build, scenario, image, knows)
            save(place / EXECUTED, found)
            (place / RECORD).unlink()  # 16 MiB of the same data
            (place / PLUGIN).unlink()
            traces.append(found)
    return results, traces


def saved_traces(space: Workspace) -> list[Trace]:
    """Return all saved traces; raise ``SourceError`` if there are none."""
    paths = sorted(space.traces.glob(f"*/{EXECUTED}"))
    if not paths:
        raise SourceError(f"{space.traces}: no traces there yet; run tcbsplit trace CONFIG")
    return [load(path, Trace) for path in paths]


def _only(scenario: Scenario, builds: Sequence[str]) -> Scenario:
    kept = tuple(b for b in scenario.builds if not builds or b in builds)
    return msgspec.structs.replace(scenario, builds=kept)
