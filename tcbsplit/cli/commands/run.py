# SPDX-License-Identifier: MIT
"""Run all stages."""

from __future__ import annotations

from typing import Annotated

import typer

from tcbsplit.cli import options
from tcbsplit.cli.ending import end_boots, end_machine
from tcbsplit.cli.output import dump, progress_bar, say
from tcbsplit.model.accelerator import Mode
from tcbsplit.model.edit import Emission
from tcbsplit.model.vocabulary import Stage, Style


def run(
    config: options.Config,
    until: Annotated[Stage, typer.Option("--until", help="Last stage to run.")] = Stage.REPORT,
    source: options.Source = None,
    compdb: options.Compdb = None,
    artifacts: options.Artifacts = None,
    trees: options.Trees = None,
    anew: Annotated[
        bool, typer.Option("--anew", help="Also run the stages that are up to date.")
    ] = False,
    accel: options.Accel = Mode.AUTO,
    cache: options.Cache = True,
    unit_timeout: options.UnitTimeout = None,
    trust: options.Trust = False,
    style: options.TreeStyle = Style.EXCISE,
    series: options.Series = False,
    drop_unreached: options.Drop = False,
    json: options.Json = False,
) -> None:
    """Run the stages that are not up to date: capture, analyze, split, build, boot, report."""
    from tcbsplit.pipeline import run as running
    from tcbsplit.report.boots import boots_text
    from tcbsplit.report.stages import stage_text
    from tcbsplit.report.tables import report_text

    settings, space = options.opened(config, source, compdb, artifacts)
    out = options.trees_of(space, trees)
    with progress_bar() as progress:
        done = running.run(
            settings,
            space,
            until=until,
            reading=options.extraction(cache, unit_timeout=unit_timeout, trust=trust),
            emission=Emission(style=style, series=series, drop_unreached=drop_unreached),
            mode=accel,
            trees=out,
            anew=anew,
            progress=progress,
            tell=lambda stage, result: say(stage_text(stage, result, out), json),
        )
    if done.report is not None and json:
        dump(done.report)
    elif done.report is not None:
        say(report_text(done.report, out / "REPORT.md"))
    elif done.boots:
        say(boots_text(done.boots))
    end_machine(done.machine)
    end_boots(done.boots)
