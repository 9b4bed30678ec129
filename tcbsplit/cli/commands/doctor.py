# SPDX-License-Identifier: MIT
"""Check what this host has of what the stages need."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tcbsplit.cli import options
from tcbsplit.cli.output import dump, say
from tcbsplit.errors import EnvironmentProblem
from tcbsplit.model.vocabulary import Stage


def doctor(
    config: Annotated[
        Path | None, typer.Argument(help="With --report: the configuration to pack.")
    ] = None,
    until: Annotated[
        Stage, typer.Option("--until", help="Only the stages up to this one must work.")
    ] = Stage.REPORT,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report", metavar="FILE", help="Pack this for a bug report (.tar.gz): no source."
        ),
    ] = None,
    artifacts: options.Artifacts = None,
    json: options.Json = False,
) -> None:
    """Check what each stage needs: programs, libclang, machines, room. Exit status 2 if lacking."""
    from tcbsplit.pipeline.doctor import doctor as examine_host
    from tcbsplit.pipeline.doctor import pack
    from tcbsplit.report.doctor import diagnosis_text

    opened = options.opened(config, None, None, artifacts) if config else None
    found = examine_host()
    if json:
        dump(found)
    else:
        say(diagnosis_text(found))
    if report is not None:
        pack(found, report, opened)
        say(f"packed: {report}", json)
    wanted = list(Stage)[: list(Stage).index(until) + 1]
    lacking = [s for s in wanted if not found.ready(s)]
    if lacking:
        raise EnvironmentProblem(f"stages that cannot work here: {', '.join(lacking)}")
