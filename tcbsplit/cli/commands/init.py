# SPDX-License-Identifier: MIT
"""Write a first configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tcbsplit.cli import options
from tcbsplit.cli.output import dump, progress_bar, say


def init(
    source: Annotated[Path, typer.Argument(help="Source tree of the hypervisor.")],
    compdb: Annotated[
        Path | None,
        typer.Option("--compdb", help="Compile database; SOURCE/compile_commands.json if omitted."),
    ] = None,
    image: Annotated[
        Path | None,
        typer.Option("--image", help="Linked ELF; the likeliest one in SOURCE if omitted."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="NAME.yaml of the tree if omitted."),
    ] = None,
    cache: options.Cache = True,
    unit_timeout: options.UnitTimeout = None,
    trust: options.Trust = False,
    json: options.Json = False,
) -> None:
    """Write a commented configuration: what was found, why it is believed, what is to be asked."""
    from tcbsplit.pipeline.init import init as write
    from tcbsplit.report.draft import questions
    from tcbsplit.report.summary import summary

    target = output or Path(f"{source.resolve().name or 'hypervisor'}.yaml")
    database = compdb or source / "compile_commands.json"
    with progress_bar() as progress:
        how = options.extraction(cache, unit_timeout=unit_timeout, trust=trust)
        draft, analysis = write(source, database, image, target, progress, how)
    if json:
        dump(draft)
        return
    say(summary(analysis))
    for question in questions(draft):
        say(f"question: {question}")
    say(f"written: {target}; next: answer the questions in it, then tcbsplit status {target}")
