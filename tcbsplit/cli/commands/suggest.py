# SPDX-License-Identifier: MIT
"""Propose further code to move."""

from __future__ import annotations

from typing import Annotated

import typer

from tcbsplit.cli import options
from tcbsplit.cli.output import dump, say


def suggest(
    config: options.Config,
    budget: Annotated[int, typer.Option("--budget-cuts", min=0, help="At most so many.")] = 0,
    weights: Annotated[
        str, typer.Option("--weights", help="Costs in lines, e.g. cut=100,runtime=5,pointer=200.")
    ] = "",
    lossy: Annotated[
        bool, typer.Option("--lossy", help="Also services, and what loses calls at run time.")
    ] = False,
    count: Annotated[int, typer.Option("--count", min=1, help="Proposals to show.")] = 10,
    image: options.Image = None,
    source: options.Source = None,
    artifacts: options.Artifacts = None,
    json: options.Json = False,
) -> None:
    """Propose further code to move, with savings, costs, and YAML to accept a proposal."""
    from tcbsplit.pipeline.suggest import suggest as propose
    from tcbsplit.report.advice import proposals_text

    settings, space = options.opened(config, source, None, artifacts)
    found = propose(settings, space, weights, budget, image, lossy=lossy)
    if json:
        dump(found[:count])
    else:
        say(proposals_text(found, count))
