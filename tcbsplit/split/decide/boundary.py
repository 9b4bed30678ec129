"""The handoff set: variables that preprocess code writes and remaining code reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set

from tcbsplit.config.name import at, optional
from tcbsplit.config.select import Symbols
from tcbsplit.config.settings import Carry, HandoffSettings
from tcbsplit.errors import HandoffError, near
from tcbsplit.model.base import Record
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.handoff import HandoffEntry
from tcbsplit.model.layout import Layout
from tcbsplit.model.program import Program, stands_for
from tcbsplit.model.split import Sides
from tcbsplit.split.decide.blob import layout_text
from tcbsplit.split.decide.carry import carried, placed, variables_of

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
    that stays reads it.
    """
    preprocess = frozenset(
        graph.reach(sorted(sides.moved & sides.guest), lambda e: e.callee in sides.guest)
    )
    variables = Symbols(program.variables)
    excluded = variables.all_ids(v.name for v in settings.exclude)
    included = variables.all_ids(v.name for v in settings.include)
    found = []
    others: dict[str, list[str]] = defaultdict(list)
    for alias, target in stands_for(program.variables).items():
        others[target].append(alias)
    for identity, variable in sorted(program.variables.items()):
        if variable.alias:
            continue
        symbols = (identity, *others.get(identity, ()))
        if not excluded.isdisjoint(symbols):
            continue
        writers = _users(graph, symbols, _WRITES, preprocess & graph.functions)
        writers += _users(graph, symbols, ("init",), preprocess & graph.variables)
        readers = _users(graph, symbols, _READS, sides.thin - set(symbols))
        if (writers and readers and not variable.const) or not included.isdisjoint(symbols):
            found.append(Crossing(variable=identity, writers=writers, readers=readers))
    return found


def handoff(
    program: Program,
    crossing: Sequence[Crossing],
    settings: HandoffSettings,
    deep: Mapping[str, Layout],
) -> Handoff:
    """Return the entries; ids count from 0.

    ``deep`` are the layouts of variables that hold pointers, with those of what their pointers
    point to. Raises ``HandoffError`` with every variable that cannot be handed over as
    the settings say, and what to write.
    """
    symbols = Symbols(program.variables)
    secret = symbols.all_ids(settings.secret)
    crosses = {c.variable for c in crossing}
    carries = _carries(symbols, crosses, settings.carry)
    entries, problems = [], []
    layouts: dict[str, Layout] = {}
    for number, c in enumerate(crossing):
        variable = program.variables[c.variable]
        if variable.owner or variable.assembly:
            what = f"a local variable of {variable.owner}" if variable.owner else "assembly's data"
            problems.append(
                f"{variable.extent.file}:{variable.extent.line}: {c.variable}: {what} cannot be "
                f"handed over; {_leave_out(c.variable)}"
            )
            continue
        layout = layouts[c.variable] = deep.get(c.variable, variable.layout)
        outcome = carried(variable, layout, carries.pop(c.variable, []))
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
                layout=layout_text(layout),
                secret=c.variable in secret,
                writers=c.writers,
                readers=c.readers,
                parts=outcome.parts,
            )
        )
    problems += _left_over(symbols, crosses, carries, settings)
    complete, unplaced = placed(symbols, entries, layouts)
    if problems or unplaced:
        raise HandoffError(_shortened([*problems, *unplaced]))
    return Handoff(entries=complete, layouts=layouts)


Carries = dict[str, list[tuple[Carry, str]]]  # by variable, each with the rest of its path


def _carries(variables: Symbols, crosses: Set[str], carries: Iterable[Carry]) -> Carries:
    result: Carries = defaultdict(list)
    for carry in carries:
        found = variables_of(variables, carry.name)
        # A glob is for those that cross.
        for identity, path in [f for f in found if f[0] in crosses] or found[:1]:
            result[identity].append((carry, path))
    return result


def _left_over(
    variables: Symbols, crosses: Set[str], carries: Carries, settings: HandoffSettings
) -> list[str]:
    """What the settings say of variables that do not cross."""
    problems = [
        f"{carry.where}: handoff.carry: {identity} is not handed over; include it or take this out"
        for identity, given in carries.items()
        for carry, _ in given
        if not carry.optional
    ]
    return problems + [
        f"{at(name, 'handoff.secret')}: {name} is not handed over; include it or take this out"
        for name in settings.secret
        if not optional(name) and crosses.isdisjoint(variables.ids(name))
    ]


def _some(users: tuple[str, ...]) -> str:
    return ", ".join(users[:3]) + (f" and {len(users) - 3} more" if len(users) > 3 else "")


def _shortened(problems: list[str]) -> str:
    more = len(problems) - _SHOWN
    if more > 0:
        problems = [*problems[:_SHOWN], f"… and {more} more lines; names may be patterns: * …"]
    return "\n".join(problems)


def _leave_out(variable: str) -> str:
    return f'exclude it: handoff: {{exclude: [{{name: "{variable}", reason: "…"}}]}}'


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


def misnamed(program: Program, settings: HandoffSettings) -> list[str]:
    """Return a complaint for every name of the settings that means no variable."""
    variables = Symbols(program.variables)
    known = {n for v in program.variables.values() for n in (v.id, v.name)}
    named: list[tuple[str, str, object]] = [
        *(("include", v.name, v) for v in settings.include),
        *(("exclude", v.name, v) for v in settings.exclude),
        *(("secret", n, n) for n in settings.secret),
    ]
    unknown = [
        f"{at(record, f'handoff.{setting}')}: {variables.unknown(n, 'variable')}"
        for setting, n, record in named
        if not optional(record) and not variables.ids(n)
    ]
    return unknown + [
        f"{c.where}: handoff.carry: no variable begins {c.name}{near(c.name, known)}"
        for c in settings.carry
        if not optional(c) and not variables_of(variables, c.name)
    ]
