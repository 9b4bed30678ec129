"""The fallback of last resort: functions whose address is taken and whose type fits the call."""

from __future__ import annotations

from collections import defaultdict

from tcbsplit.model.program import Program


def address_taken_by_type(program: Program) -> dict[str, list[str]]:
    """Return canonical function type -> ids of functions of that type whose address is taken."""
    taken = {r.target for r in program.references if r.kind in ("address", "init")}
    table: dict[str, list[str]] = defaultdict(list)
    for identity, function in program.functions.items():
        if identity in taken and function.type:
            table[function.type].append(identity)
    return table
