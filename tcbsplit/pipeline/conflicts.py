# SPDX-License-Identifier: MIT
"""Find the conflicts of a saved analysis."""

from __future__ import annotations

from tcbsplit.config.settings import Settings
from tcbsplit.model.advice import Conflict
from tcbsplit.phases import conflicts as conflicting
from tcbsplit.pipeline.saved import Analysed
from tcbsplit.pipeline.workspace import Workspace


def conflicts(settings: Settings, space: Workspace) -> tuple[Conflict, ...]:
    """Return the mentions of designated code, without a cut, by code that stays."""
    analysed = Analysed.of(settings, space)
    return conflicting.conflicts(analysed.program, analysed.graph, analysed.request())
