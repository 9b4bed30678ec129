# SPDX-License-Identifier: MIT
"""Measure the reduction as an interval."""

from __future__ import annotations

from pathlib import Path

from tcbsplit.config.settings import Settings
from tcbsplit.model.size import Interval
from tcbsplit.pipeline.saved import Analysed
from tcbsplit.pipeline.sizes import interval, sizes_if_split
from tcbsplit.pipeline.workspace import Workspace


def bounds(
    settings: Settings, space: Workspace, image: Path | None = None, out: Path | None = None
) -> Interval:
    """Return the reduction with certain edges only, and with all edges.

    If a split is in ``out`` it is what the report says of it; else nothing is known of glue.
    """
    analysed = Analysed.of(settings, space)
    table = sizes_if_split(analysed, out or space.split)
    return interval(analysed, table, analysed.scale(image))
