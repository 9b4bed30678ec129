# SPDX-License-Identifier: MIT
"""Run all stages in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tcbsplit.config.settings import Settings
from tcbsplit.model.accelerator import Mode
from tcbsplit.model.edit import EXCISED, Emission
from tcbsplit.model.machine import Findings
from tcbsplit.model.report import Report
from tcbsplit.model.result import BootResult
from tcbsplit.model.vocabulary import Stage
from tcbsplit.pipeline.analyze import analyze
from tcbsplit.pipeline.boot import Booting, boot
from tcbsplit.pipeline.build import build
from tcbsplit.pipeline.capture import capture_copy
from tcbsplit.pipeline.extraction import DIRECTLY, Extraction
from tcbsplit.pipeline.machine_code import machine_code
from tcbsplit.pipeline.report import report
from tcbsplit.pipeline.split import split
from tcbsplit.pipeline.workspace import Progress, Workspace, quiet

Tell = Callable[[Stage, object], None]


@dataclass
class Done:
    """The results of a run that decide its exit status."""

    machine: dict[str, Findings] = field(default_factory=dict)
    boots: list[BootResult] = field(default_factory=list)
    report: Report | None = None


def run(
    settings: Settings,
    space: Workspace,
    *,
    until: Stage = Stage.REPORT,
    reading: Extraction = DIRECTLY,
    emission: Emission = EXCISED,
    mode: Mode = Mode.AUTO,
    progress: Progress = quiet,
    tell: Tell = lambda stage, result: None,
) -> Done:
    """Run the stages up to ``until``; pass the result of each to ``tell``.

    Skip the capture if the settings name a compile database.
    """
    stages = list(Stage)[: list(Stage).index(until) + 1]
    done = Done()
    if settings.compdb is None:
        progress(Stage.CAPTURE, 0, 1)
        count = capture_copy(settings, space)
        progress(Stage.CAPTURE, 1, 1)
        tell(Stage.CAPTURE, count)
    if Stage.ANALYZE in stages:
        found = analyze(settings, space, progress, replace(reading, verify=True))
        tell(Stage.ANALYZE, found)
    if Stage.SPLIT in stages:
        made = split(settings, space, space.split, progress, reading, emission)
        tell(Stage.SPLIT, made)
    if Stage.BUILD in stages:
        build(settings, space, space.split, progress)
        tell(Stage.BUILD, machine_code(space))
    if Stage.BOOT in stages:
        how = Booting(mode=mode)
        done.boots = boot(settings, space, space.split, how=how, progress=progress)
    if Stage.REPORT in stages:
        done.report, _ = report(settings, space, space.split, progress, reading)
    if Stage.ANALYZE in stages:
        done.machine = machine_code(space)
    return done
