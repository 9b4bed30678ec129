# SPDX-License-Identifier: MIT
"""Render a split as a few lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tcbsplit.errors import some
from tcbsplit.model.order import BootOrder
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
    if plan.inputs:
        shown = [f"{i.name} ({i.way})" for i in plan.inputs]
        lines.append(f"{len(shown)} input(s) of the guest: {_some(shown)}")
    if plan.unknown:
        shown = [f"{u.function} ({u.file}:{u.line}: {u.why})" for u in plan.unknown]
        lines.append(
            f"{len(shown)} write(s) in the guest with targets that are not known: {_some(shown)}; "
            "what they change is handed over only if handoff.include names it"
        )
    if plan.again:
        shown = [f"{a.function} ({a.file}:{a.line}: {some(a.variables, 2)})" for a in plan.again]
        lines.append(
            f"{len(shown)} moved function(s) that the guest runs once and the original may call "
            f"again, and what they read and write: {_some(shown)}"
        )
    entered = [n.symbol for n in result.needs if n.entered]
    if entered:
        lines.append(
            f"{len(entered)} symbol(s) that the guest needs and nobody provides: "
            f"{_some(entered)}: see {out / 'guest/needs.c'}"
        )
    if result.order is not None and not result.order.holds:
        lines.append(_order(result.order))
    return "\n".join([*lines, f"trees: {out}"])


def _order(order: BootOrder) -> str:
    if not order.places:
        return "what boot sets up before the preprocessing guest is not known: see tcbsplit order"
    return (
        f"not in force while the preprocessing guest runs: {len(order.late)} variables and "
        f"records, {len(order.handlers)} functions: tcbsplit order lists them"
    )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
