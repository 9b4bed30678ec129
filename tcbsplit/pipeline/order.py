# SPDX-License-Identifier: MIT
"""Check the order of boot of a saved analysis."""

from __future__ import annotations

from tcbsplit.callgraph import Pointing
from tcbsplit.config.settings import Settings
from tcbsplit.errors import UnknownNameError
from tcbsplit.model.access import DataAccess
from tcbsplit.model.order import BootOrder
from tcbsplit.phases.order import NO_PLACE, check_order
from tcbsplit.pipeline.saved import Analysed
from tcbsplit.pipeline.workspace import Workspace


def order(settings: Settings, space: Workspace) -> BootOrder:
    """Return what is not in force yet while the preprocessing guest runs.

    Raise ``UnknownNameError`` if no call at boot is known to start that guest.
    """
    analysed = Analysed.of(settings, space)
    data = Pointing(analysed.program, analysed.graph)
    found = order_of(analysed, data)
    if not found.places:
        raise UnknownNameError(NO_PLACE)
    return found


def order_of(analysed: Analysed, data: DataAccess) -> BootOrder:
    """Return the order of boot; it has no places if none is known."""
    settings = analysed.settings.order
    request = analysed.request()
    return check_order(
        analysed.program, analysed.graph, request, settings, analysed.directory, data
    )
