"""Decides what the preprocessing guest runs, and which definitions its environment replaces."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase

from tcbsplit.config import Settings
from tcbsplit.config.select import file_glob
from tcbsplit.errors import ConfigError
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.split import Stub
from tcbsplit.model.vocabulary import CodeClass, CutPolicy, SymbolId, ValueKind


def ids_of(program: Program, names: Collection[str]) -> frozenset[SymbolId]:
    """Return the ids of the functions and variables that ``names`` (ids or bare names) mean."""
    wanted = frozenset(names)
    return frozenset(d.id for d in program.definitions if {d.id, d.name} & wanted)


def provided_ids(
    program: Program,
    patterns: tuple[str, ...],
    designated: frozenset[SymbolId],
    classes: Classification,
) -> frozenset[SymbolId]:
    """Return what the environment defines: whose id, name or file matches one of ``patterns``.

    A file that holds code that moves is needed as it is: no pattern for files means it.
    """
    moving = {
        f.extent.file
        for f in program.functions.values()
        if f.id in designated or classes.of(f.id) is CodeClass.PREPROCESS
    }
    return frozenset(
        d.id
        for d in program.definitions
        if not d.static  # nobody else can define it
        if _means(patterns, d.id, d.name)
        or (d.extent.file not in moving and _means_file(patterns, d.extent.file))
    )


def _means(patterns: tuple[str, ...], *names: str) -> bool:
    return any(n == p or fnmatchcase(n, p) for p in patterns for n in names)


def _means_file(patterns: tuple[str, ...], file: str) -> bool:
    return any(fnmatchcase(file, glob) for p in patterns if (glob := file_glob(p)))


def entry_calls(
    program: Program, settings: Settings, names: Sequence[str], stubs: Sequence[Stub]
) -> tuple[SymbolId, ...]:
    """Return the ids of the functions ``names``, which the guest calls in this order.

    Raises ``ConfigError`` for names that the guest cannot call, and for cuts of policy handoff
    whose callee is not among them.
    """
    ids = {f.name: i for i, f in program.functions.items()} | {i: i for i in program.functions}
    calls = tuple(ids[n] for n in names if n in ids)
    problems = [p for n in names for p in _not_callable(program, n, ids.get(n))]
    problems += [
        f"{s.cut.where}: policy handoff, but {s.callee} is not among split.guest.entries: "
        "the guest would never run it"
        for s in stubs
        if s.cut.policy is CutPolicy.HANDOFF and s.callee not in calls
    ]
    if problems:
        raise ConfigError("\n".join(f"{settings.path}: {p}" for p in problems))
    return calls


def _not_callable(program: Program, name: str, identity: SymbolId | None) -> Iterator[str]:
    """Yield why the guest cannot call the function ``name``, if it cannot."""
    if identity is None:
        yield f"split.guest.entries: no function {name}"
        return
    function = program.functions[identity]
    if function.parameters or function.static:
        yield f"split.guest.entries: {name} must be external and take no parameters"
    elif function.result_kind not in (ValueKind.VOID, ValueKind.INTEGER):
        yield f"split.guest.entries: {name} must return an integer or nothing"
