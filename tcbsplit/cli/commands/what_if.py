# SPDX-License-Identifier: MIT
"""Try other cuts and designations."""

from __future__ import annotations

from typing import Annotated

import typer

from tcbsplit.cli import options
from tcbsplit.cli.output import dump, say


def what_if(
    config: options.Config,
    cut: Annotated[
        list[str] | None, typer.Option("--cut", help="CALLER->CALLEE, or CALLEE for every caller.")
    ] = None,
    stub: Annotated[str, typer.Option("--stub", help="C expression instead of the calls.")] = "",
    preprocess: Annotated[
        list[str] | None, typer.Option("--preprocess", help="Function, glob, or file:GLOB.")
    ] = None,
    image: options.Image = None,
    source: options.Source = None,
    artifacts: options.Artifacts = None,
    json: options.Json = False,
) -> None:
    """Show the effect of other cuts and designations. Write nothing."""
    from tcbsplit.pipeline.what_if import what_if as try_cuts
    from tcbsplit.report.advice import outcome_text

    settings, space = options.opened(config, source, None, artifacts)
    found = try_cuts(settings, space, cut or (), stub, preprocess or (), image)
    if json:
        dump(found)
    else:
        say(outcome_text(found))
