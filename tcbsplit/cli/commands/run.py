"""Run all stages."""

from __future__ import annotations

from typing import Annotated

import typer

from tcbsplit.cli.ending import end_boots, end_machine
from tcbsplit.cli.options import (
    AccelOption,
    CacheOption,
    CompdbOption,
    ConfigArgument,
    DropOption,
    JsonOption,
    OutOption,
    SeriesOption,
    SourceOption,
    StyleOption,
    UnitTimeoutOption,
    extraction,
    opened,
)
from tcbsplit.cli.output import dump, progress_bar, say
from tcbsplit.model.accelerator import Mode
from tcbsplit.model.edit import Emission
from tcbsplit.model.vocabulary import Stage, Style


def run(
    config: ConfigArgument,
    until: Annotated[Stage, typer.Option("--until", help="Last stage to run.")] = Stage.REPORT,
    source: SourceOption = None,
    compdb: CompdbOption = None,
    out: OutOption = None,
    accel: AccelOption = Mode.AUTO,
    cache: CacheOption = True,
    unit_timeout: UnitTimeoutOption = None,
    style: StyleOption = Style.EXCISE,
    series: SeriesOption = False,
    drop_unreached: DropOption = False,
    json: JsonOption = False,
) -> None:
    """Run all stages: capture, analyze, split, build, boot, report."""
    from tcbsplit.pipeline import run as running
    from tcbsplit.report.boots import boots_text
    from tcbsplit.report.stages import stage_text
    from tcbsplit.report.tables import report_text

    settings, space = opened(config, source, compdb, out)
    with progress_bar() as progress:
        done = running.run(
            settings,
            space,
            until=until,
            reading=extraction(cache, unit_timeout=unit_timeout),
            emission=Emission(style=style, series=series, drop_unreached=drop_unreached),
            mode=accel,
            progress=progress,
            tell=lambda stage, result: say(stage_text(stage, result, space.split), json),
        )
    if done.report is not None and json:
        dump(done.report)
    elif done.report is not None:
        say(report_text(done.report, space.split / "REPORT.md"))
    elif done.boots:
        say(boots_text(done.boots))
    end_machine(done.machine)
    end_boots(done.boots)
