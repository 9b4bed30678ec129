"""check, diff, bounds: the TCB against what was agreed, another revision, and uncertainty."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tcbsplit import pipeline
from tcbsplit.cli.common import (
    CacheOption,
    CompdbOption,
    ConfigArgument,
    JsonOption,
    OutOption,
    SourceOption,
    UnitTimeoutOption,
    dump,
    extraction,
    opened,
    progress_bar,
    say,
)
from tcbsplit.errors import BrokenContract, ConfigError
from tcbsplit.phases import diff as differing
from tcbsplit.report import percent
from tcbsplit.report.findings import junit, sarif


class Format(StrEnum):
    """How a verdict is written."""

    text = "text"
    json = "json"
    sarif = "sarif"
    junit = "junit"


def register(app: typer.Typer) -> None:
    """Add this file's subcommands."""
    app.command()(check)
    app.command(context_settings={"ignore_unknown_options": True})(diff)
    app.command()(bounds)


def check(
    config: ConfigArgument,
    baseline: Annotated[Path, typer.Option("--baseline", help="The lock file.")] = Path("tcb.lock"),
    update: Annotated[bool, typer.Option("--update", help="Agree to the TCB as it is.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why it may grow.")] = "",
    how: Annotated[Format, typer.Option("--format")] = Format.text,
    source: SourceOption = None,
    compdb: CompdbOption = None,
    out: OutOption = None,
    cache: CacheOption = True,
    unit_timeout: UnitTimeoutOption = None,
) -> None:
    """Compare the run-time TCB with its lock file. Exit status 1 when it differs."""
    settings, space = opened(config, source, compdb, out)
    with progress_bar() as progress:
        how_read = extraction(cache, unit_timeout=unit_timeout)
        pipeline.analyze(settings, space, progress, how_read)
    verdict = pipeline.check(settings, space, baseline, update, reason)
    found = pipeline.findings(verdict, {"original": pipeline.machine_code(space)["original"]})
    if how is Format.json:
        dump(verdict)
    elif how is Format.sarif:
        dump(sarif(found, pipeline.RULES))
    elif how is Format.junit:
        say(junit(found, pipeline.RULES, f"tcbsplit check {settings.name}"))
    else:
        for f in found:
            say(f"{f'{f.file}:{f.line}: ' if f.file else ''}{f.rule}: {f.message}")
        say(f"{baseline}: {'updated' if update else 'holds' if verdict.holds else 'differs'}")
    contradictions = sum(f.rule == "machine-code" for f in found)
    if contradictions:
        raise BrokenContract(f"{contradictions} contradictions between machine code and classes")
    if not verdict.holds and not update:
        raise BrokenContract(
            f"{baseline}: the TCB is not as agreed ({len(found)} findings); "
            "agree with --update, growth needs --reason"
        )


def diff(
    before: Annotated[str, typer.Argument(help="Folder of artifacts, or a git revision.")],
    after: Annotated[str, typer.Argument(help="Folder of artifacts, or a git revision.")],
    build: Annotated[
        list[str] | None, typer.Argument(help="For revisions: the build command, after --.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="For revisions: the configuration.")
    ] = None,
    source: SourceOption = None,
    cache: CacheOption = True,
    unit_timeout: UnitTimeoutOption = None,
    json: JsonOption = False,
) -> None:
    """Say what entered and left the run-time TCB, and by which edge."""
    if config is None:
        for folder in (before, after):
            if not Path(folder).is_dir():
                raise ConfigError(
                    f"{folder}: no folder of artifacts; for git revisions give --config CONFIG "
                    "and the build command: tcbsplit diff A B --config CONFIG -- make"
                )
        found = pipeline.diff(Path(before), Path(after))
    else:
        if not build:
            raise ConfigError("the build command is missing: tcbsplit diff A B --config C -- make")
        settings, _ = opened(config, source, None, None)
        read = extraction(cache, unit_timeout=unit_timeout)
        found = pipeline.diff_revisions(settings, (before, after), build, read)
    if json:
        dump(found)
    else:
        say(differing.describe(found))


def bounds(
    config: ConfigArgument,
    image: Annotated[Path | None, typer.Option("--image", help="Linked ELF.")] = None,
    source: SourceOption = None,
    out: OutOption = None,
    json: JsonOption = False,
) -> None:
    """The reduction as an interval: with certain edges only, and with assumed ones."""
    settings, space = opened(config, source, None, out)
    found = pipeline.bounds(settings, space, image)
    if json:
        dump(found._asdict())
        return
    for b in found:
        say(
            f"{b.edges} edges: {b.original.lines} -> {b.thin.lines} lines, "
            f"{b.original.functions} -> {b.thin.functions} functions, -{percent(b.saved)} lines"
        )
    low, high = sorted(b.saved for b in found)
    say(f"reduction: between {percent(low)} and {percent(high)} of the lines of the TCB")
