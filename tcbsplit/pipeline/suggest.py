# SPDX-License-Identifier: MIT
"""Propose further code to move to the preprocessing guest."""

from __future__ import annotations

from pathlib import Path

from tcbsplit.config.settings import Settings
from tcbsplit.model.advice import Proposal
from tcbsplit.phases import suggest as suggesting
from tcbsplit.phases.directory import complain
from tcbsplit.phases.weights import parse_weights
from tcbsplit.pipeline.saved import Analysed
from tcbsplit.pipeline.workspace import Workspace


def suggest(
    settings: Settings,
    space: Workspace,
    weights: str = "",
    budget: int = 0,
    image: Path | None = None,
    *,
    lossy: bool = False,
) -> tuple[Proposal, ...]:
    """Return proposals, best first.

    ``weights`` is a text like ``cut=100,runtime=5``; ``budget`` is the maximum of cuts (0: none);
    ``lossy`` also proposes what loses calls at run time.
    """
    priced = parse_weights(weights)
    analysed = Analysed.of(settings, space)
    pinned, wrong = analysed.directory.resolve(settings.pinned, "pinned")
    complain(wrong)
    market = suggesting.Market(
        analysed.program, analysed.graph, analysed.request(), analysed.scale(image), pinned, priced
    )
    return suggesting.suggest(market, budget, lossy=lossy)
