"""capture, analyze, split: from a build to the trees."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from tcbsplit import pipeline
from tcbsplit.cli.common import (
    CacheOption,
    CompdbOption,
    ConfigArgument,
    DropOption,
    ExecutorOption,
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
from tcbsplit.model.edit import Emission
from tcbsplit.model.vocabulary import Style
from tcbsplit.phases.matrix import describe
from tcbsplit.report import summary


def register(app: typer.Typer) -> None:
    """Add this file's subcommands."""
    app.command(context_settings={"ignore_unknown_options": True})(capture)
    app.command()(analyze)
    app.command()(split)


def capture(
    command: Annotated[list[str], typer.Argument(help="Build command, after --.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where to write the database.")
    ] = Path("compile_commands.json"),
) -> None:
    """Run a build under bear and write its compile database."""
    count = pipeline.capture(
        command, Path.cwd(), output.absolute(), output.absolute().with_suffix(".log")
    )
    say(f"{output}: {count} compile commands")


def analyze(
    config: ConfigArgument,
    source: SourceOption = None,
    compdb: CompdbOption = None,
    out: OutOption = None,
    cache: CacheOption = True,
    executor: ExecutorOption = "processes",
    unit_timeout: UnitTimeoutOption = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify-flags",
            help="Run the recorded compilers' preprocessors: do they read the same lines?",
        ),
    ] = False,
    matrix: Annotated[
        list[str] | None,
        typer.Option("--matrix", metavar="NAME=DATABASE", help="A variant; give several."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Build the call graph and classify every function."""
    settings, space = opened(config, source, compdb, out)
    how = extraction(cache, executor, unit_timeout)
    if matrix:
        with progress_bar() as progress:
            found = pipeline.matrix(settings, space, _variants(matrix), how, progress)
        if json:
            dump(found)
        else:
            say(describe(found))
        return
    with progress_bar() as progress:
        how = extraction(cache, executor, unit_timeout, verify)
        analysis = pipeline.analyze(settings, space, progress, how)
    if json:
        dump(analysis)
    else:
        say(summary(analysis))
        say(f"analysis: {space.analysis}")


def _variants(pairs: list[str]) -> dict[str, Path]:
    """``NAME=DATABASE`` of every variant; the name becomes a folder."""
    found: dict[str, Path] = {}
    for pair in pairs:
        name, _, database = pair.partition("=")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name) or not database or name in found:
            raise typer.BadParameter(
                f"--matrix {pair}: must be NAME=DATABASE, each name once, "
                "of letters, digits, dots and dashes"
            )
        found[name] = Path(database)
    return found


def split(
    config: ConfigArgument,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the trees: new, empty or ours.")
    ] = None,
    source: SourceOption = None,
    compdb: CompdbOption = None,
    cache: CacheOption = True,
    unit_timeout: UnitTimeoutOption = None,
    style: StyleOption = Style.EXCISE,
    series: SeriesOption = False,
    drop_unreached: DropOption = False,
    json: JsonOption = False,
) -> None:
    """Emit the thin hypervisor, the preprocessing guest, the patch and the manifest."""
    settings, space = opened(config, source, compdb, None)
    target = (out or space.split).absolute()
    with progress_bar() as progress:
        result = pipeline.split(
            settings,
            space,
            target,
            progress,
            extraction(cache, unit_timeout=unit_timeout),
            Emission(style=style, series=series, drop_unreached=drop_unreached),
        )
    plan = result.plan
    if json:
        dump({"out": str(target), "entries": plan.entries, "placements": plan.placements})
        return
    moved = sum(1 for p in plan.placements if p.where == ("guest",) and p.kind == "function")
    say(f"{moved} functions moved, {len(plan.entries)} values handed over, "
        f"{len(result.stubs)} stubs")  # fmt: skip
    entered = [n.symbol for n in result.needs if n.entered]
    if entered:
        say(
            f"{len(entered)} symbol(s) that the guest needs and nobody provides: "
            f"{', '.join(entered[:5])}{' …' if len(entered) > 5 else ''}: "
            f"see {target / 'guest/needs.c'}"
        )
    say(f"trees: {target}")
