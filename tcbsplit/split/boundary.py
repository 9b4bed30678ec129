"""The handoff set: variables that preprocess code writes and remaining code reads."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from tcbsplit.config import Carry, HandoffSettings
from tcbsplit.errors import HandoffError, UnknownNameError, near
from tcbsplit.model.base import Record
from tcbsplit.model.edit import HandoffEntry
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.program import Program, stands_for
from tcbsplit.split.carry import carried, placed, variable_of
from tcbsplit.split.layouts import Layout, parse
from tcbsplit.split.placement import Sides

# An address that is taken may be written through; one passed as pointer to const may not (it is
# recorded as a read).
_WRITES = ("write", "address")
_SHOWN = 24  # lines of one message
_READS = ("read", "address", "init", "write")


class Handoff(Record, frozen=True, kw_only=True):
    """The entries, in the order of their names, and the layouts of their variables."""

    entries: tuple[HandoffEntry, ...]
    layouts: dict[str, Layout]


class Crossing(Record, frozen=True, kw_only=True):
    """A variable of the handoff set: who writes it in the guest, who reads it in what stays."""

    variable: str
    writers: tuple[str, ...]
    readers: tuple[str, ...]


def crossings(
    program: Program, graph: ReferenceGraph, sides: Sides, settings: HandoffSettings
) -> list[Crossing]:
    """Discover the handoff set, refined by what the settings include and exclude.

    A variable crosses when preprocess code writes it or takes its address - what moved, or what
    that calls - or when its address stands in a variable that such code uses; and when something
    that stays reads it. Raises ``UnknownNameError`` for names of the settings that mean nothing.
    """
    _known(program, settings)
    preprocess = frozenset(
        graph.reach(sorted(sides.moved & sides.guest), lambda e: e.callee in sides.guest)
    )
    left_out = [v.name for v in settings.exclude]
    forced = {v.name for v in settings.include}
    found = []
    others: dict[str, list[str]] = defaultdict(list)
    for alias, target in stands_for(program.variables).items():
        others[target].append(alias)
    for identity, variable in sorted(program.variables.items()):
        if variable.alias:
            continue
        symbols = (identity, *others.get(identity, ()))
        names = (*symbols, *(program.variables[i].name for i in symbols))
        if any(fnmatchcase(n, pattern) for n in names for pattern in left_out):
            continue
        writers = _users(graph, symbols, _WRITES, preprocess & graph.functions)
        writers += _users(graph, symbols, ("init",), preprocess & graph.variables)
        readers = _users(graph, symbols, _READS, sides.thin - set(symbols))
        if (writers and readers and not variable.const) or forced & set(names):
            found.append(Crossing(variable=identity, writers=writers, readers=readers))
    return found


def handoff(
    program: Program,
    crossing: Sequence[Crossing],
    settings: HandoffSettings,
    layouts: Mapping[str, str],
) -> Handoff:
    """Return the entries; ids count from 0.

    ``layouts`` are the layout texts of variables that are no plain values, with what their
    pointers lead to. Raises ``HandoffError`` with every variable that cannot be handed over as
    the settings say, and what to write.
    """
    carries: dict[str, list[tuple[Carry, str]]] = defaultdict(list)
    for carry in settings.carry:
        found = variable_of(program, carry.name)
        if found is not None:
            carries[found[0]].append((carry, found[1]))
    entries, problems = [], []
    trees: dict[str, Layout] = {}
    for number, c in enumerate(crossing):
        variable = program.variables[c.variable]
        if variable.owner or variable.assembly:
            what = f"a local variable of {variable.owner}" if variable.owner else "assembly's data"
            problems.append(
                f"{variable.extent.file}:{variable.extent.line}: {c.variable}: {what} cannot be "
                f"handed over; {_leave_out(c.variable)}"
            )
            continue
        trees[c.variable] = parse(layouts.get(c.variable, variable.layout))
        outcome = carried(variable, trees[c.variable], carries.pop(c.variable, []))
        problems += outcome.problems
        if outcome.problems:
            problems.append(f"  written by {_some(c.writers)}; read by {_some(c.readers)}")
        entries.append(
            HandoffEntry(
                id=number,
                name=c.variable,
                symbol=variable.name,
                file=variable.extent.file,
                size=variable.size,
                layout=layouts.get(c.variable, variable.layout),
                secret=bool({c.variable, variable.name} & set(settings.secret)),
                writers=c.writers,
                readers=c.readers,
                parts=outcome.parts,
            )
        )
    problems += [
        f"{carry.where}: handoff.carry: {identity} is not handed over; include it or take this out"
        for identity, given in carries.items()
        for carry, _ in given
    ]
    complete, unplaced = placed(program, entries, trees)
    if problems or unplaced:
        raise HandoffError(_shortened([*problems, *unplaced]))
    return Handoff(entries=complete, layouts=trees)


def _some(users: tuple[str, ...]) -> str:
    return ", ".join(users[:3]) + (f" and {len(users) - 3} more" if len(users) > 3 else "")


def _shortened(problems: list[str]) -> str:
    more = len(problems) - _SHOWN
    if more > 0:
        problems = [*problems[:_SHOWN], f"… and {more} more lines; names may be patterns: * …"]
    return "\n".join(problems)


def _leave_out(variable: str) -> str:
    return f'exclude it: handoff: {{exclude: [{{name: "{variable}", reason: "…"}}]}}'


def layout_hash(entries: Sequence[HandoffEntry]) -> str:
    """SHA-256 over names, sizes, layouts and parts of all entries, as hexadecimal digits."""
    text = "\n".join(
        f"{e.id} {e.name} {e.size} {e.layout}"
        + "".join(
            f" {p.kind}:{p.at}:{p.size}:{p.most}:{p.link}:{p.length_at}:{p.length_size}"
            for p in e.parts
        )
        for e in entries
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _users(
    graph: ReferenceGraph, names: tuple[str, ...], kinds: tuple[str, ...], side: frozenset[str]
) -> tuple[str, ...]:
    users = {
        e.caller
        for name in names
        for e in graph.incoming.get(name, ())
        if e.kind in kinds and e.caller in side
    }
    return tuple(sorted(users))


def _known(program: Program, settings: HandoffSettings) -> None:
    known = {n for v in program.variables.values() for n in (v.id, v.name)}
    names = [*(v.name for v in (*settings.include, *settings.exclude)), *settings.secret]
    unknown = [
        f"handoff: no variable {n}{near(n, known)}"
        for n in names
        if n not in known and not any(fnmatchcase(k, n) for k in known)
    ]
    unknown += [
        f"{c.where}: handoff.carry: no variable begins {c.name}{near(c.name, known)}"
        for c in settings.carry
        if variable_of(program, c.name) is None
    ]
    if unknown:
        raise UnknownNameError("\n".join(unknown))
