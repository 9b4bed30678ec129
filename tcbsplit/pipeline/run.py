# SPDX-License-Identifier: MIT
"""Run all stages in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from tcbsplit.config.settings import Settings
from tcbsplit.files import decoded
from tcbsplit.model.accelerator import Mode
from tcbsplit.model.edit import EXCISED, Emission
from tcbsplit.model.machine import Findings
from tcbsplit.model.report import Report
from tcbsplit.model.result import BootResult
from tcbsplit.model.status import State
from tcbsplit.model.vocabulary import Stage
from tcbsplit.pipeline import stages
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.boot import Booting, boot
from tcbsplit.pipeline.build import build
from tcbsplit.pipeline.capture import capture_copy
from tcbsplit.pipeline.extraction import DIRECTLY, Extraction
from tcbsplit.pipeline.holding import alone
from tcbsplit.pipeline.machine_code import machine_code
from tcbsplit.pipeline.report import RECORD, report
from tcbsplit.pipeline.split import split
from tcbsplit.pipeline.workspace import Progress, Workspace, load, quiet

Tell = Callable[[Stage, object], None]


@dataclass
class Done:
    """The results of a run that decide its exit status."""

    machine: dict[str, Findings] = field(default_factory=dict)
    boots: list[BootResult] = field(default_factory=list)
    report: Report | None = None


@alone
def run(
    settings: Settings,
    space: Workspace,
    *,
    until: Stage = Stage.REPORT,
    reading: Extraction = DIRECTLY,
    emission: Emission = EXCISED,
    mode: Mode = Mode.AUTO,
    trees: Path | None = None,
    anew: bool = False,
    progress: Progress = quiet,
    tell: Tell = lambda stage, result: None,
) -> Done:
    """Run the stages up to ``until`` that are not up to date; pass the result of each to ``tell``.

    A stage that is up to date gives ``None``; with ``anew`` none is. Skip the capture if the
    settings name a compile database.
    """
    wanted = list(Stage)[: list(Stage).index(until) + 1]
    out = trees or space.split
    done = Done()

    def due(stage: Stage, inputs: Callable[[], stages.Inputs]) -> bool:
        if stage not in wanted:
            return False
        if anew or stages.changes(space, stage, inputs())[0] is not State.CURRENT:
            return True
        tell(stage, None)
        return False

    if settings.compdb is None and due(
        Stage.CAPTURE, lambda: stages.capture_inputs(settings, space)
    ):
        progress(Stage.CAPTURE, 0, 1)
        count = capture_copy(settings, space)
        progress(Stage.CAPTURE, 1, 1)
        tell(Stage.CAPTURE, count)
    if Stage.ANALYZE in wanted:
        found = analyze(settings, space, progress, replace(reading, verify=True))
        tell(Stage.ANALYZE, found)
    if due(Stage.SPLIT, lambda: stages.split_inputs(settings, space, out, emission)):
        made = split(settings, space, out, progress, reading, emission)
        tell(Stage.SPLIT, made)
    if due(Stage.BUILD, lambda: stages.build_inputs(settings, space, out)):
        build(settings, space, out, progress)
        tell(Stage.BUILD, machine_code(space))
    if Stage.BOOT in wanted and (
        stages.failed(space) or due(Stage.BOOT, lambda: stages.boot_inputs(settings, space, mode))
    ):
        done.boots = boot(settings, space, out, how=Booting(mode=mode), progress=progress)
    elif Stage.BOOT in wanted:
        done.boots = load(space.verdicts, list[BootResult])
    if due(Stage.REPORT, lambda: stages.report_inputs(settings, space, out)):
        done.report, _ = report(settings, space, out, progress, reading)
    elif Stage.REPORT in wanted:
        done.report = decoded(out / RECORD, Report)
    if Stage.ANALYZE in wanted:
        done.machine = machine_code(space)
    return done
