"""Emit the trees of a split."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tcbsplit.cli.options import (
    CacheOption,
    CompdbOption,
    ConfigArgument,
    DropOption,
    JsonOption,
    SeriesOption,
    SourceOption,
    StyleOption,
    UnitTimeoutOption,
    extraction,
    opened,
)
from tcbsplit.cli.output import dump, progress_bar, say
from tcbsplit.model.edit import Emission
from tcbsplit.model.vocabulary import Style


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
    from tcbsplit.pipeline.split import split as split_trees
    from tcbsplit.report.split import split_text

    settings, space = opened(config, source, compdb, None)
    target = (out or space.split).absolute()
    with progress_bar() as progress:
        result = split_trees(
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
    say(split_text(result, target))
