# SPDX-License-Identifier: MIT
"""Run a build and record its compile commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tcbsplit.cli.output import say

CONTEXT = {"ignore_unknown_options": True}


def capture(
    command: Annotated[
        list[str], typer.Argument(metavar="COMMAND...", help="Build command, after --.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where to write the database.")
    ] = Path("compile_commands.json"),
) -> None:
    """Run a build under bear and write its compile database."""
    from tcbsplit.pipeline.capture import capture as record

    count = record(command, Path.cwd(), output.absolute(), output.absolute().with_suffix(".log"))
    say(f"{output}: {count} compile commands")
