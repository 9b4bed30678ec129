"""trace, audit: boots under the trace plugin, and what ran against what can run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

import msgspec

from tcbsplit.config import Scenario, Settings
from tcbsplit.errors import BrokenContract, SourceError
from tcbsplit.frontend.cache import default_path
from tcbsplit.model.machine import Findings
from tcbsplit.model.program import Program
from tcbsplit.model.result import BootResult, BuildResult
from tcbsplit.model.trace import Audit, Trace
from tcbsplit.pipeline import oracle
from tcbsplit.pipeline.analysis import directory_of, load_analysis, request_of
from tcbsplit.pipeline.validation import ONCE, Booting, bench, chosen_scenarios, hold_builds
from tcbsplit.pipeline.workspace import Progress, Workspace, load, quiet, save
from tcbsplit.split.manifest import read_manifest
from tcbsplit.validate import boot as boot_scenarios
from tcbsplit.validate.audit import Expected, Image
from tcbsplit.validate.audit import audit as audit_traces
from tcbsplit.validate.image import read_image
from tcbsplit.validate.media import KERNEL
from tcbsplit.validate.places import run_folder
from tcbsplit.validate.plugin import PLUGIN, RECORD
from tcbsplit.validate.watching import Tracer, traced

EXECUTED = "executed.json"


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
    """Boot scenarios that have boundaries under the plugin, in emulation; save what ran.

    Only ``builds`` are booted, if any are named. A boot without a verdict has no trace.
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
    tracer = Tracer(default_path().parent)
    base = bench(settings, space, out, replace(how, mode="tcg"), space.traces)
    results = boot_scenarios(chosen, replace(base, watcher=tracer), progress)
    traces = []
    for result in results:
        place = run_folder(space.traces, result.scenario, result.build)
        if result.verdict in ("pass", "fail") and (place / RECORD).is_file():
            image = place / KERNEL
            if not image.is_file():
                image = base.builds[result.build][1]
            found = traced(place, result.scenario, result.build, chosen[result.scenario], image)
            save(place / EXECUTED, found)
            (place / RECORD).unlink()  # 16 MiB that say the same
            (place / PLUGIN).unlink()
            traces.append(found)
    return results, traces


def audit(settings: Settings, space: Workspace, out: Path, traces: Sequence[Trace] = ()) -> Audit:
    """Hold traces (all that are saved, if none are given) against the analysis."""
    found = list(traces) or saved_traces(space)
    if not any("runtime" in t.reached for t in found):
        raise BrokenContract("no boot reached the phase runtime: nothing was audited")
    program, graph, classes = load_analysis(space)
    moved, generated = frozenset[str](), frozenset[str]()
    if any(t.build == "split" for t in found):
        made = read_manifest(out)
        moved = frozenset(
            d.id for d in made.definitions if d.kind == "function" and d.where == ("guest",)
        )
        thin = (o.removeprefix("thin/") for o in made.outputs if o.startswith("thin/"))
        generated = frozenset(PurePosixPath(o).name for o in thin if o not in made.inputs)
    images = {
        t.build: Image(
            symbols=read_image(Path(t.image)).functions,
            generated=generated if t.build == "split" else frozenset(),
        )
        for t in found
    }
    result = audit_traces(found, Expected(program, graph, classes, moved), images)
    save(space.audit, result)
    return result


def audit_machine(
    settings: Settings, space: Workspace, images: Sequence[Path] = ()
) -> dict[str, Findings]:
    """Hold machine code against the analysis: ``images``, or all that was built and analysed.

    Raises ``SourceError`` where there is nothing to compare.
    """
    if images:
        directory = directory_of(settings, load(space.program, Program))
        return oracle.hold(space, directory, request_of(settings), {str(p): p for p in images})
    builds = load(space.builds, list[BuildResult]) if space.builds.is_file() else []
    hold_builds(settings, space, [b for b in builds if b.name != "original"])
    found = oracle.machine_code(space)
    if not any(f.branches for f in found.values()):
        raise SourceError(
            f"{space.folder}: the analysis found no objects and no linked image, and nothing was "
            "built: build the tree and analyze again, or give --image ELF"
        )
    return found


def saved_traces(space: Workspace) -> list[Trace]:
    """All traces that are saved; raises ``SourceError`` when there are none."""
    paths = sorted(space.traces.glob(f"*/{EXECUTED}"))
    if not paths:
        raise SourceError(f"{space.traces}: no traces there yet; run tcbsplit trace CONFIG")
    return [load(path, Trace) for path in paths]


def _only(scenario: Scenario, builds: Sequence[str]) -> Scenario:
    kept = tuple(b for b in scenario.builds if not builds or b in builds)
    return msgspec.structs.replace(scenario, builds=kept)
