# SPDX-License-Identifier: MIT
"""Unpack the embedded hypervisor and run all stages on it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from tcbsplit.cli import options
from tcbsplit.cli.output import say
from tcbsplit.errors import EnvironmentProblem
from tcbsplit.model.accelerator import Mode
from tcbsplit.model.vocabulary import Stage


def demo(
    folder: Annotated[
        Path,
        typer.Argument(metavar="[DIR]", help="Where to unpack it: new, or of an earlier call."),
    ] = Path("tcbsplit-demo"),
    until: Annotated[Stage, typer.Option("--until", help="Last stage to run.")] = Stage.REPORT,
    accel: options.Accel = Mode.AUTO,
    json: options.Json = False,
) -> None:
    """Unpack the embedded hypervisor and its configuration, and run all stages on it."""
    from tcbsplit.cli.commands.run import run
    from tcbsplit.pipeline.demo import demo as unpack

    boots = until in (Stage.BOOT, Stage.REPORT)
    if boots and find_spec("cryptography") is None:
        raise EnvironmentProblem(
            "cryptography is missing, which makes keys for the boots: "
            "pip install 'tcbsplit[demo]', or give --until build"
        )
    config = unpack(folder)
    say(f"unpacked: {config}", json)
    run(config, until=until, accel=accel, json=json)
    say(f"again, or further: tcbsplit status {config}", json)
