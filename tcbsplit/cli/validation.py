"""build, report, run: from trees to evidence."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tcbsplit import pipeline
from tcbsplit.cli.audits import end_machine
from tcbsplit.cli.boots import AccelOption, TreesOption, end_boots, print_boots
from tcbsplit.cli.common import (
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
    dump,
    extraction,
    opened,
    progress_bar,
    say,
)
from tcbsplit.errors import ConfigError
from tcbsplit.model.accelerator import Mode
from tcbsplit.model.edit import Emission
from tcbsplit.model.report import Report
from tcbsplit.model.result import BootResult
from tcbsplit.model.vocabulary import Style
from tcbsplit.report import machine_lines, percent, plain, summary


class Stage(StrEnum):
    """Stages of a whole run, in order."""

    record = "capture"
    analyze = "analyze"
    emit = "split"
    build = "build"
    boot = "boot"
    report = "report"


def register(app: typer.Typer) -> None:
    """Add this file's subcommands."""
    app.command(context_settings={"ignore_unknown_options": True})(build)
    app.command()(report)
    app.command()(run)


def build(
    target: Annotated[
        Path, typer.Argument(metavar="CONFIG|OUT", help="Configuration, or folder of a split.")
    ],
    command: Annotated[
        list[str] | None, typer.Argument(help="After OUT and --: the command that builds thin.")
    ] = None,
    trees: TreesOption = None,
    source: SourceOption = None,
    out: OutOption = None,
    image: Annotated[
        str, typer.Option("--image", help="With OUT: what the command makes, below thin.")
    ] = "",
    json: JsonOption = False,
) -> None:
    """Build what a configuration says: original (in a copy), guest, thin; or the trees in OUT."""
    with progress_bar() as progress:
        if target.is_dir():
            results = pipeline.build_trees(target.absolute(), command or [], image, progress)
        else:
            if command:
                raise ConfigError(f"{target}: a configuration has build commands; give OUT instead")
            settings, space = opened(target, source, None, out)
            folder = (trees or space.split).absolute()
            results = pipeline.build(settings, space, folder, progress)
    if json:
        dump(results)
        return
    for result in results:
        say(
            f"{result.name}: {result.image.path} ({len(result.image.functions)} functions, "
            f"{result.image.text_bytes} bytes of code)"
        )


def report(
    config: ConfigArgument,
    trees: TreesOption = None,
    source: SourceOption = None,
    out: OutOption = None,
    json: JsonOption = False,
) -> None:
    """Write REPORT.md and report.json from the results so far."""
    settings, space = opened(config, source, None, out)
    with progress_bar() as progress:
        data, path = pipeline.report(settings, space, (trees or space.split).absolute(), progress)
    if json:
        dump(data)
    else:
        _print_report(data, path)


def run(
    config: ConfigArgument,
    until: Annotated[Stage, typer.Option("--until", help="Last stage to run.")] = Stage.report,
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
    settings, space = opened(config, source, compdb, out)
    stages = list(Stage)[: list(Stage).index(until) + 1]
    reading = extraction(cache, unit_timeout=unit_timeout)
    boots: list[BootResult] = []
    with progress_bar() as progress:
        if compdb is None:
            progress("capture", 0, 1)
            count = pipeline.capture_copy(settings, space)
            progress("capture", 1, 1)
            say(f"capture: {count} compile commands", json)
        if Stage.analyze in stages:
            comparing = replace(reading, verify=True)
            found = pipeline.analyze(settings, space, progress, comparing)
            say(summary(found), json)
        if Stage.emit in stages:
            emission = Emission(style=style, series=series, drop_unreached=drop_unreached)
            result = pipeline.split(settings, space, space.split, progress, reading, emission)
            say(f"split: {space.split}: {len(result.plan.entries)} values handed over", json)
        if Stage.build in stages:
            built = pipeline.build(settings, space, space.split, progress)
            say("build: " + ", ".join(b.name for b in built), json)
            held = pipeline.machine_code(space)
            for name in ("guest", "thin"):
                say("\n".join(machine_lines(held[name])), json)
        if Stage.boot in stages:
            how = pipeline.Booting(mode=accel)
            boots = pipeline.boot(settings, space, space.split, how=how, progress=progress)
        if Stage.report in stages:
            data, path = pipeline.report(settings, space, space.split, progress, reading)
    if Stage.report in stages:
        if json:
            dump(data)
        else:
            _print_report(data, path)
    elif boots:
        print_boots(boots)
    if Stage.analyze in stages:
        end_machine(pipeline.machine_code(space))
    end_boots(boots)


def _print_report(report: Report, path: Path) -> None:
    say("\nsource lines")
    say(plain(report.table))
    say(
        f"\nTCB: -{percent(report.table.reduction_lines)} source lines, "
        f"-{percent(report.table.reduction_text)} bytes of functions (glue counted as TCB)\n"
    )
    print_boots(report.boots)
    say(f"report: {path}")
