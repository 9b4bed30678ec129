# SPDX-License-Identifier: MIT
"""Find what of a saved analysis lasts beyond the launch of the target."""

from __future__ import annotations

from tcbsplit.model.phase import Classification
from tcbsplit.model.retire import Boundary
from tcbsplit.phases.lasting import boundary
from tcbsplit.pipeline.saved import Analysed


def boundary_of(analysed: Analysed, classes: Classification) -> Boundary:
    """Return where retired code is erased, and what lasts beyond."""
    split = analysed.settings.split
    return boundary(
        analysed.program,
        analysed.graph,
        classes,
        analysed.request(),
        analysed.directory,
        split.retire if split else None,
    )
