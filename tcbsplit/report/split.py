# SPDX-License-Identifier: MIT
"""Render a split as a few lines of text."""

from __future__ import annotations

from pathlib import Path

from tcbsplit.model.split import Split
from tcbsplit.model.vocabulary import DefinitionKind, Side

_SHOWN = 5


def split_text(result: Split, out: Path) -> str:
    """Return moved and handed-over items, needs of the guest, and the place of the trees."""
    plan = result.plan
    moved = sum(
        p.where == (Side.GUEST,) and p.kind is DefinitionKind.FUNCTION for p in plan.placements
    )
    lines = [
        f"{moved} functions moved, {len(plan.entries)} values handed over, "
        f"{len(result.stubs)} stubs"
    ]
    entered = [n.symbol for n in result.needs if n.entered]
    if entered:
        more = " …" if len(entered) > _SHOWN else ""
        lines.append(
            f"{len(entered)} symbol(s) that the guest needs and nobody provides: "
            f"{', '.join(entered[:_SHOWN])}{more}: see {out / 'guest/needs.c'}"
        )
    return "\n".join([*lines, f"trees: {out}"])
