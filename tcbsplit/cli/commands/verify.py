# SPDX-License-Identifier: MIT
"""Check the trees of a split against their manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tcbsplit.cli import options
from tcbsplit.cli.output import dump, progress_bar, say


def verify(
    trees: options.Split,
    config: Annotated[
        Path | None,
        typer.Option("--config", help="Make the split again from the source, and compare."),
    ] = None,
    source: options.Source = None,
    compdb: options.Compdb = None,
    artifacts: options.Artifacts = None,
    cache: options.Cache = True,
    unit_timeout: options.UnitTimeout = None,
    trust: options.Trust = False,
    json: options.Json = False,
) -> None:
    """Recompute every hash and claim of a manifest; exit status 1 if one is wrong."""
    from tcbsplit.pipeline.verify import verify as verify_trees

    again = options.opened(config, source, compdb, artifacts) if config else None
    with progress_bar() as progress:
        how = options.extraction(cache, unit_timeout=unit_timeout, trust=trust)
        found = verify_trees(trees.absolute(), again, progress, how)
    if json:
        dump(found)
    else:
        for problem in found.problems:
            say(problem)
        say(
            f"{found.outputs} files, {found.inputs} inputs, {found.definitions} definitions: "
            + (f"{len(found.problems)} problems" if found.problems else "all as the manifest says")
        )
        if found.products:
            say(f"{found.products} further files in {trees} are what its build wrote")
    if found.problems:
        raise typer.Exit(1)
