# SPDX-License-Identifier: MIT
"""Render the order of boot around the preprocessing guest as text."""

from __future__ import annotations

from collections.abc import Sequence

from tcbsplit.errors import some
from tcbsplit.model.graph import Edge
from tcbsplit.model.order import BootOrder, LateHandler, LateState, LateWay

_NAMES = 4
_WAYS = 4  # of one variable


def order_text(found: BootOrder) -> str:
    """Return the late state with writers, readers and ways, then what is counted only."""
    lines = [f"preprocessing guest starts at {place}" for place in _places(found.places)]
    if found.holds:
        lines.append("all that handlers of guest exits use is set up before, as far as is known")
    else:
        lines.append(
            "not in force while the preprocessing guest runs, because boot comes to it later:"
        )
    for state in found.late:
        lines += _state(state)
    if found.handlers:
        lines.append(f"{len(found.handlers)} functions that handlers call once they are registered")
        lines += _handlers(found.handlers)
    if found.maintained:
        lines.append(
            f"{len(found.maintained)} variables are also written later, but by functions that run "
            f"beside the target as well: {some(found.maintained, _NAMES)}"
        )
    if found.wide:
        names = [f"{w.function} ({w.variables} variables)" for w in found.wide]
        lines.append(f"{len(found.wide)} functions may write very many: {some(names, _NAMES)}")
    if found.unknown:
        names = [f"{u.function} ({u.file}:{u.line}: {u.why})" for u in found.unknown]
        lines.append(
            f"{len(found.unknown)} later writes with unknown targets: {some(names, _NAMES)}"
        )
    if not found.holds:
        lines.append(
            f"{len(found.late)} variables and records, {len(found.handlers)} functions come late. "
            "Call this before the guest; or accept what must come later: order: "
            '{accept: [{name: …, reason: "…"}]}'
        )
    return "\n".join(lines)


def _places(places: Sequence[Edge]) -> list[str]:
    """Return the places, those of one line together."""
    by_line: dict[str, list[str]] = {}
    for edge in places:
        by_line.setdefault(f"{edge.file}:{edge.line}: {edge.caller}", []).append(edge.callee)
    return [f"{place} -> {', '.join(callees)}" for place, callees in by_line.items()]


def _state(state: LateState) -> list[str]:
    where = f"{state.file}:{state.line}: " if state.file else "memory: "
    fields = f" ({some(state.fields, _NAMES)})" if state.fields else ""
    readers = some(state.readers, _NAMES) or "no code: by the processor or a device"
    lines = [
        f"{where}{state.name}{fields}",
        f"  written by {some(state.writers, _NAMES)}; read by {readers}",
    ]
    lines += [f"  {_way(way)}" for way in state.ways[:_WAYS]]
    if len(state.ways) > _WAYS:
        lines.append(f"  … and {len(state.ways) - _WAYS} more ways (--json lists all)")
    return lines


def _handlers(handlers: Sequence[LateHandler]) -> list[str]:
    """Return who registers which functions, and the first way to it."""
    by_taker: dict[tuple[str, ...], list[LateHandler]] = {}
    for handler in handlers:
        by_taker.setdefault(handler.takers, []).append(handler)
    lines = []
    for takers, found in by_taker.items():
        lines.append(f"  {some(takers, _NAMES)}: {some([h.function for h in found], _NAMES)}")
        lines += [f"    {_way(way)}" for way in found[0].ways[:1]]
    return lines


def _way(way: LateWay) -> str:
    place = f"{way.place.file}:{way.place.line}"
    ids = way.chain.ids
    if not way.chain.edges:
        return f"{ids[0]} comes to the guest at {place}, then writes"
    call = way.chain.edges[0]
    said = f" ({call.rule.partition(',')[0]})" if call.rule.startswith("registry") else ""
    chain = " -> ".join(ids[1:])
    return f"{ids[0]} comes to the guest at {place}, then at {call.file}:{call.line}{said}: {chain}"
