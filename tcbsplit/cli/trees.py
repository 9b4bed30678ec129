"""verify, bom: what lies in OUT, checked and exported."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tcbsplit import pipeline
from tcbsplit.cli.common import (
    CacheOption,
    CompdbOption,
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

TreesArgument = Annotated[Path, typer.Argument(metavar="OUT", help="Folder of a split.")]


def register(app: typer.Typer) -> None:
    """Add this file's subcommands."""
    app.command()(verify)
    app.command()(bom)


def verify(
    trees: TreesArgument,
    config: Annotated[
        Path | None,
        typer.Option("--config", help="Make the split again from the source, and compare."),
    ] = None,
    source: SourceOption = None,
    compdb: CompdbOption = None,
    out: OutOption = None,
    cache: CacheOption = True,
    unit_timeout: UnitTimeoutOption = None,
    json: JsonOption = False,
) -> None:
    """Derive every hash and claim of a manifest again; status 1 where one does not hold."""
    again = opened(config, source, compdb, out) if config else None
    with progress_bar() as progress:
        how = extraction(cache, unit_timeout=unit_timeout)
        found = pipeline.verify(trees.absolute(), again, progress, how)
    if json:
        dump(found)
    else:
        for problem in found.problems:
            say(problem)
        say(
            f"{found.outputs} files, {found.inputs} inputs, {found.definitions} definitions: "
            + (f"{len(found.problems)} problems" if found.problems else "all as the manifest says")
        )
        if found.unnamed:
            say(f"{found.unnamed} further files in {trees} (build products, reports) not looked at")
    if found.problems:
        raise typer.Exit(1)


def bom(trees: TreesArgument) -> None:
    """Write OUT/bom.cdx.json, the manifest as a CycloneDX bill of materials."""
    say(str(pipeline.bom(trees.absolute())))
