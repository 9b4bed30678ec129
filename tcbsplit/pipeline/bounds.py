# SPDX-License-Identifier: MIT
"""Measure the reduction as an interval."""

from __future__ import annotations

from pathlib import Path

from tcbsplit.config.settings import Settings
from tcbsplit.model.size import Interval
from tcbsplit.phases import bounds as measuring
from tcbsplit.pipeline.saved import Analysed, request_of
from tcbsplit.pipeline.workspace import Workspace


def bounds(settings: Settings, space: Workspace, image: Path | None = None) -> Interval:
    """Return the reduction with certain edges only, and with all edges."""
    analysed = Analysed.of(settings, space)
    request = request_of(settings)
    return measuring.bounds(analysed.graph, analysed.directory, request, analysed.scale(image))
