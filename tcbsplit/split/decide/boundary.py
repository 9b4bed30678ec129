# SPDX-License-Identifier: MIT
"""Decides which variables are handed over: preprocess code writes them, the rest uses them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set

import msgspec

from tcbsplit.config.name import at, optional
from tcbsplit.config.select import Symbols
from tcbsplit.config.settings import Carry, HandoffSettings
from tcbsplit.errors import HandoffError, near, some
from tcbsplit.model.access import DataAccess, UnknownUse
from tcbsplit.model.base import Record
from tcbsplit.model.graph import ReferenceGraph
from tcbsplit.model.handoff import CalledAgain, HandoffEntry, Input
from tcbsplit.model.layout import Layout
from tcbsplit.model.phase import Classification
from tcbsplit.model.program import Program
from tcbsplit.model.split import Sides
from tcbsplit.model.unit import VariableFact
from tcbsplit.model.vocabulary import InputWay, LayoutKind, SymbolId, ValueKind
from tcbsplit.split.decide.again import called_again
from tcbsplit.split.decide.between import out_of_order
from tcbsplit.split.decide.blob import layout_text
from tcbsplit.split.decide.carry import carried, variables_of, with_references
from tcbsplit.split.decide.crossing import Crossing, crossings
from tcbsplit.split.decide.inputs import USERS, inputs_of, resolved
from tcbsplit.split.decide.running import Before, running_in_guest, surely_written

_SHOWN = 24  # lines of one message
Carries = dict[SymbolId, list[tuple[Carry, str]]]  # by variable, each with the rest of its path


class Handoff(Record, frozen=True, kw_only=True):
    """The entries: variables in the order of their names, then return values.

    ``given`` are the inputs that cross to the guest, ``layouts`` those of all these variables.
    """

    entries: tuple[HandoffEntry, ...]
    layouts: dict[SymbolId, Layout]
    given: tuple[HandoffEntry, ...] = ()
    inputs: tuple[Input, ...] = ()
    unknown: tuple[UnknownUse, ...] = ()  # writes in the guest whose targets are not all known
    again: tuple[CalledAgain, ...] = ()

    @property
    def returns(self) -> dict[SymbolId, str]:
        """The C variables of the return values, by callee."""
        return {e.writers[0]: e.symbol for e in self.entries if e.name not in self.layouts}


def hand_over(
    program: Program,
    graph: ReferenceGraph,
    classes: Classification,
    sides: Sides,
    settings: HandoffSettings,
    calls: Iterable[SymbolId],
    layouts: Callable[[Collection[SymbolId]], Mapping[SymbolId, Layout]],
    data: DataAccess,
    adapter: bytes,
) -> Handoff:
    """Return the handoff: discovered variables, the integers that ``calls`` return, the inputs.

    ``layouts`` reads the layouts of variables together with those of what they point to;
    ``adapter`` is the text of the guest's adapter. Raises ``HandoffError``.
    """
    symbols = Symbols(program.variables)
    access = data.access(running_in_guest(graph, sides))
    before = Before(program, graph, classes, sides)
    crossing = crossings(program, graph, sides, settings, access, symbols)
    returned = {c.variable for c in crossing} - surely_written(program, graph, calls)
    found = inputs_of(program, graph, sides, access, data, before, returned)
    inputs, wrong = resolved(program, symbols, found, settings, adapter)
    given = [
        Crossing(variable=i.name, writers=i.writers, readers=i.readers)
        for i in inputs
        if i.way is InputWay.BLOCK
    ]
    both = {c.variable for c in (*crossing, *given)}
    deep = [v for v in sorted(both) if not program.variables[v].layout.plain]
    integers = [c for c in calls if program.functions[c].result_kind is ValueKind.INTEGER]
    wrong += out_of_order(program, graph, sides, before, crossing, given, settings.between)
    try:
        handed = handoff(program, crossing, settings, layouts(deep), integers, given)
    except HandoffError as error:
        wrong = [*wrong, str(error)]
    if wrong:
        raise HandoffError("\n".join(wrong))
    again = called_again(graph, sides, before, crossing, access)
    unknown = tuple(access.unknown)
    return msgspec.structs.replace(handed, inputs=inputs, unknown=unknown, again=again)


def handoff(
    program: Program,
    crossing: Sequence[Crossing],
    settings: HandoffSettings,
    deep: Mapping[SymbolId, Layout],
    returned: Iterable[SymbolId] = (),
    inputs: Sequence[Crossing] = (),
) -> Handoff:
    """Return the entries; ids count from 0, those of inputs follow.

    ``returned`` are the functions whose return value is handed over, ``inputs`` what crosses to
    the guest; ``deep`` are the layouts of variables that hold pointers, with those of what their
    pointers point to. Raises ``HandoffError`` with every variable that cannot be handed over as the
    settings say, and what to write.
    """
    symbols = Symbols(program.variables)
    crosses = {c.variable for c in (*crossing, *inputs)}
    carries = _carries(symbols, crosses, settings.carry)
    layouts = {v: deep.get(v, program.variables[v].layout) for v in crosses}
    secret = symbols.all_ids(settings.secret)
    values = return_entries(program, returned, len(crossing))
    tables, problems = [], _left_over(symbols, crosses, carries, settings)
    for first, one_way in ((0, crossing), (len(crossing) + len(values), inputs)):
        entries, wrong = _entries(program, one_way, first, carries, layouts, secret)
        complete, unplaced = with_references(symbols, entries, layouts)
        tables.append(complete)
        problems += [*wrong, *unplaced]
    if problems:
        raise HandoffError(_shortened(list(dict.fromkeys(problems))))
    return Handoff(entries=tables[0] + values, layouts=layouts, given=tables[1])


def _entries(
    program: Program,
    crossing: Sequence[Crossing],
    first: int,
    carries: Carries,
    layouts: Mapping[SymbolId, Layout],
    secret: Set[SymbolId],
) -> tuple[list[HandoffEntry], list[str]]:
    """Return the entries of one direction, with ids from ``first``, and what cannot cross."""
    entries: list[HandoffEntry] = []
    problems: list[str] = []
    for number, c in enumerate(crossing, first):
        variable = program.variables[c.variable]
        if what := _not_handed(variable):
            problems.append(
                f"{variable.extent.file}:{variable.extent.line}: {c.variable}: {what} cannot be "
                f"handed over; {_leave_out(c.variable)}"
            )
            continue
        layout = layouts[c.variable]
        outcome = carried(variable, layout, carries.get(c.variable, []))
        problems += outcome.problems
        if outcome.problems:
            problems.append(
                f"  written by {some(c.writers, USERS)}; read by {some(c.readers, USERS)}"
            )
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
    return entries, problems


def return_entries(
    program: Program, callees: Iterable[SymbolId], first: int
) -> tuple[HandoffEntry, ...]:
    """Return entries for the return values of ``callees``; ids count from ``first``.

    A ``long`` carries the value, of the size that it has where the function is defined.
    """
    sizes = {callee: program.long_size(program.functions[callee]) for callee in callees}
    return tuple(
        HandoffEntry(
            id=first + number,
            name=SymbolId(f"return of {callee}"),
            symbol=f"tcbsplit_return_{number}",
            file="",
            size=size,
            layout=layout_text(Layout(LayoutKind.SIGNED, size)),
            secret=False,
            writers=(callee,),
            readers=(callee,),
        )
        for number, (callee, size) in enumerate(sizes.items())
    )


def _not_handed(variable: VariableFact) -> str:
    """Return what a variable is that cannot be handed over, "" if it can."""
    if variable.owner:
        return f"a local variable of {variable.owner}"
    if variable.thread:
        return "thread-local, with a copy in every thread,"
    return "assembly's data" if variable.assembly else ""


def _carries(variables: Symbols, crosses: Set[SymbolId], carries: Iterable[Carry]) -> Carries:
    result: Carries = defaultdict(list)
    for carry in carries:
        found = variables_of(variables, carry.name)
        # A glob applies to the variables that are handed over.
        for identity, path in [f for f in found if f[0] in crosses] or found[:1]:
            result[identity].append((carry, path))
    return result


def _left_over(
    variables: Symbols, crosses: Set[SymbolId], carries: Carries, settings: HandoffSettings
) -> list[str]:
    """Return a complaint for each setting about a variable that is not handed over."""
    problems = [
        f"{carry.where}: handoff.carry: {identity} is not handed over; include it or take this out"
        for identity, given in carries.items()
        if identity not in crosses
        for carry, _ in given
        if not carry.optional
    ]
    return problems + [
        f"{at(name, 'handoff.secret')}: {name} is not handed over; include it or take this out"
        for name in settings.secret
        if not optional(name) and crosses.isdisjoint(variables.ids(name))
    ]


def _shortened(problems: list[str]) -> str:
    more = len(problems) - _SHOWN
    if more > 0:
        problems = [*problems[:_SHOWN], f"… and {more} more lines; names may be patterns: * …"]
    return "\n".join(problems)


def _leave_out(variable: str) -> str:
    return f'exclude it: handoff: {{exclude: [{{name: "{variable}", reason: "…"}}]}}'


def misnamed(program: Program, settings: HandoffSettings) -> list[str]:
    """Return a complaint for every name of the settings that means no variable."""
    variables = Symbols(program.variables)
    known = {n for v in program.variables.values() for n in (v.id, v.name)}
    named: list[tuple[str, str, object]] = [
        *(("include", v.name, v) for v in settings.include),
        *(("exclude", v.name, v) for v in settings.exclude),
        *(("secret", n, n) for n in settings.secret),
        *(("inputs", v.name, v) for v in settings.inputs),
        *(("between", v.name, v) for v in settings.between),
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
