# SPDX-License-Identifier: MIT
"""Collect all results in report.html, REPORT.md and report.json."""

from __future__ import annotations

import platform
from pathlib import Path

from tcbsplit import __version__, artifacts
from tcbsplit.config.settings import Settings
from tcbsplit.model.lines import count_code_lines, language_of
from tcbsplit.model.phase import Classification, WrittenCut
from tcbsplit.model.report import REPORT_VERSION, Report
from tcbsplit.model.result import BootResult, BuildResult
from tcbsplit.model.split import Split, Stub
from tcbsplit.model.vocabulary import Stage
from tcbsplit.phases.bounds import bounds
from tcbsplit.phases.measure import Scale
from tcbsplit.pipeline.components import component_of
from tcbsplit.pipeline.extraction import DIRECTLY, Extraction
from tcbsplit.pipeline.machine_code import machine_code
from tcbsplit.pipeline.page import page
from tcbsplit.pipeline.saved import Analysed, request_of
from tcbsplit.pipeline.split import reread
from tcbsplit.pipeline.stages import remember, report_inputs
from tcbsplit.pipeline.workspace import Progress, Workspace, load, quiet, save
from tcbsplit.report.loc import loc_table
from tcbsplit.report.markdown import markdown
from tcbsplit.split.write.guest import FAULT


def report(
    settings: Settings,
    space: Workspace,
    out: Path,
    progress: Progress = quiet,
    how: Extraction = DIRECTLY,
) -> tuple[Report, Path]:
    """Collect the results of all stages, write them in three formats; return (data, REPORT.md).

    Omit builds and boots that have not run.
    """
    analysed = Analysed.of(settings, space)
    program, graph = analysed.program, analysed.graph
    classes = load(space.classes, Classification)
    split = load(space.plan, Split)
    thin, guest = reread(out, progress, how)
    builds = load(space.builds, list[BuildResult]) if space.builds.is_file() else []
    boots = load(space.verdicts, list[BootResult]) if space.verdicts.is_file() else []
    table = loc_table(
        program,
        thin,
        guest,
        classes,
        component_of=component_of(settings),
        glue_folder=settings.split.glue.folder if settings.split else "tcbsplit",
        guest_runtime=_runtime_lines(split),
        images={b.name: b.image for b in builds},
    )
    result = Report(
        version=REPORT_VERSION,
        name=settings.name,
        table=table,
        cuts=tuple(map(_written, split.stubs)),
        entries=split.plan.entries,
        boots=tuple(boots),
        unresolved=graph.unresolved,
        degraded=program.degraded,
        collisions=program.collisions,
        bounds=bounds(graph, analysed.directory, request_of(settings), Scale(program, graph)),
        assumed=graph.assumed_calls,
        machine=tuple(machine_code(space).values()),
        inputs=(
            f"tcbsplit {__version__}, Python {platform.python_version()}",
            f"configuration {settings.path.name}",
            *(f"image {b.name}: SHA-256 {b.image.digest}" for b in builds),
        ),
    )
    target = out / "REPORT.md"
    artifacts.write_atomically(target, markdown(result).encode())
    save(out / "report.json", result)
    shown = page(analysed, result, split, builds, classes)
    artifacts.write_atomically(out / "report.html", shown.encode())
    remember(space, Stage.REPORT, report_inputs(settings, space, out), target)
    return result, target


def _written(stub: Stub) -> WrittenCut:
    sites = tuple(f"{e.file}:{e.line}" for e in stub.sites)
    return WrittenCut.of(stub.cut, callee=stub.callee, sites=sites, expression="")


def _runtime_lines(split: Split) -> dict[str, int]:
    """Return the code lines of the guest's own C and assembly files."""
    return {
        f.path: len(count_code_lines(f.content.decode("utf-8", "replace")))
        for f in split.plan.guest_files
        if language_of(f.path) == "c" and not f.path.endswith((FAULT, ".lds"))
    }
