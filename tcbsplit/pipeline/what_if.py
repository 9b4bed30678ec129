# SPDX-License-Identifier: MIT
"""Try other cuts and designations on a saved analysis."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tcbsplit.config.settings import Settings
from tcbsplit.model.advice import Outcome
from tcbsplit.phases import what_if as trying
from tcbsplit.pipeline.saved import Analysed, request_of
from tcbsplit.pipeline.workspace import Workspace


def what_if(
    settings: Settings,
    space: Workspace,
    cuts: Sequence[str],
    stub: str,
    preprocess: Sequence[str],
    image: Path | None = None,
) -> Outcome:
    """Return the effect of ``cuts`` (``CALLER->CALLEE``) and designations.

    ``stub`` is the C expression of the cuts; without it calls are elided. ``image`` is the linked
    ELF, for sizes in bytes.
    """
    analysed = Analysed.of(settings, space)
    return trying.what_if(
        analysed.graph,
        analysed.directory,
        request_of(settings),
        analysed.scale(image),
        [trying.parse_cut(text, stub) for text in cuts],
        preprocess,
    )
