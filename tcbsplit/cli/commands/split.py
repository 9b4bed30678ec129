# SPDX-License-Identifier: MIT
"""Emit the trees of a split."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tcbsplit.cli import options
from tcbsplit.cli.output import dump, progress_bar, say
from tcbsplit.model.edit import Emission
from tcbsplit.model.vocabulary import Style


def split(
    config: options.Config,
    artifacts: options.Artifacts = None,
    trees: Annotated[
        Path | None,
        typer.Option(
            "--trees", "--out", metavar="DIR", help="Folder for the trees: new, empty or ours."
        ),
    ] = None,
    source: options.Source = None,
    compdb: options.Compdb = None,
    cache: options.Cache = True,
    unit_timeout: options.UnitTimeout = None,
    trust: options.Trust = False,
    style: options.TreeStyle = Style.EXCISE,
    series: options.Series = False,
    drop_unreached: options.Drop = False,
    json: options.Json = False,
) -> None:
    """Emit the thin hypervisor, the preprocessing guest, the patch and the manifest."""
    from tcbsplit.pipeline.split import split as split_trees
    from tcbsplit.report.split import split_text

    settings, space = options.opened(config, source, compdb, artifacts)
    target = (trees or space.split).absolute()
    with progress_bar() as progress:
        result = split_trees(
            settings,
            space,
            target,
            progress,
            options.extraction(cache, unit_timeout=unit_timeout, trust=trust),
            Emission(style=style, series=series, drop_unreached=drop_unreached),
        )
    plan = result.plan
    if json:
        dump({"out": str(target), "entries": plan.entries, "placements": plan.placements})
        return
    say(split_text(result, target))
