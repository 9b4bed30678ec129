# SPDX-License-Identifier: MIT
"""Decides what the preprocessing guest runs, and which definitions its environment replaces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tcbsplit.config.select import Symbols
from tcbsplit.config.settings import Settings
from tcbsplit.errors import ConfigError
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.split import Stub
from tcbsplit.model.vocabulary import CodeClass, CutPolicy, SymbolId, ValueKind


def provided_ids(
    program: Program,
    definitions: Symbols,
    patterns: tuple[str, ...],
    designated: frozenset[SymbolId],
    classes: Classification,
) -> frozenset[SymbolId]:
    """Return the ids of what the environment defines, as ``patterns`` say.

    A pattern for files does not apply to a file that holds code that moves.
    """
    moving = {
        f.extent.file
        for f in program.functions.values()
        if f.id in designated or classes.of(f.id) is CodeClass.PREPROCESS
    }
    named = {i for pattern in patterns for i in definitions.named(pattern)}
    matched = definitions.all_ids(patterns)
    return frozenset(
        d.id
        for d in program.definitions
        if d.id in matched and not d.static  # another file cannot define a static one
        if d.extent.file not in moving or d.id in named
    )


def entry_calls(
    program: Program, settings: Settings, names: Sequence[str], stubs: Sequence[Stub]
) -> tuple[SymbolId, ...]:
    """Return the ids of the functions ``names``, which the guest calls in this order.

    Raises ``ConfigError`` for names that the guest cannot call, and for cuts of policy handoff
    whose callee is not among them.
    """
    functions = Symbols(program.functions)
    ids = {n: functions.ids(n) for n in names}
    calls = tuple(found[0] for found in ids.values() if found)
    problems = [p for n in names for p in _not_callable(program, n, ids[n])]
    problems += [
        f"{s.cut.where}: policy handoff, but {s.callee} is not among split.guest.entries: "
        "the guest would never run it"
        for s in stubs
        if s.cut.policy is CutPolicy.HANDOFF and s.callee not in calls
    ]
    if problems:
        raise ConfigError("\n".join(f"{settings.path}: {p}" for p in problems))
    return calls


def _not_callable(program: Program, name: str, ids: Sequence[SymbolId]) -> Iterator[str]:
    """Yield why the guest cannot call the function ``name``, if it cannot."""
    if len(ids) != 1:
        several = f"{name} means several functions: {', '.join(ids)}; give one by its id"
        yield f"split.guest.entries: {several if ids else f'no function {name}'}"
        return
    function = program.functions[ids[0]]
    if function.parameters:
        yield (
            f"split.guest.entries: {name} takes parameters: the guest has nothing to pass; "
            "name a function without any, or have the guest's adapter call it"
        )
    elif function.result_kind not in (ValueKind.VOID, ValueKind.INTEGER):
        yield f"split.guest.entries: {name} must return an integer or nothing"
