# SPDX-License-Identifier: MIT
"""Check the order of boot of a saved analysis."""

from __future__ import annotations

from tcbsplit.callgraph import Pointing
from tcbsplit.config.settings import Settings
from tcbsplit.model.order import BootOrder
from tcbsplit.phases.order import check_order
from tcbsplit.pipeline.saved import Analysed
from tcbsplit.pipeline.workspace import Workspace


def order(settings: Settings, space: Workspace) -> BootOrder:
    """Return what is not in force yet while the preprocessing guest runs."""
    analysed = Analysed.of(settings, space)
    program, graph = analysed.program, analysed.graph
    data = Pointing(program, graph)
    return check_order(program, graph, analysed.request(), settings.order, analysed.directory, data)
