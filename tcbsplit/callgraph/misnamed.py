# SPDX-License-Identifier: MIT
"""Find names in registries and bridges that a program lacks, and what it has instead.

A registry that matches no call and no record would silently remove edges: its dispatcher would
seem to call nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from tcbsplit.callgraph.registry import Dispatch, Entry, Table, absent, registered
from tcbsplit.config.name import at
from tcbsplit.config.settings import Bridge, Registry
from tcbsplit.errors import near
from tcbsplit.model.place import Place, PlaceKind
from tcbsplit.model.program import Program
from tcbsplit.model.unit import ReferenceFact
from tcbsplit.model.vocabulary import EdgeKind, SymbolId, bare_name

_SHOWN = 6
_CODE = frozenset({PlaceKind.FUNCTION, PlaceKind.UNKNOWN})
_OUTSIDE = frozenset({PlaceKind.PARAMETER, PlaceKind.RESULT, PlaceKind.EXTERNAL})


def misnamed(
    program: Program, registries: Iterable[Registry], bridges: Iterable[Bridge]
) -> list[str]:
    """Return a complaint for every name, field and position that means nothing."""
    found: list[str] = []
    for registry in registries:
        lacks = list(absent(program, registry))
        if lacks and registry.optional:
            continue
        where = at(registry, f"registry {registry.name}")
        found += [f"{where}: {text}" for text in lacks or _Check(program, registry).complaints()]
    for bridge in bridges:
        where = at(bridge, f"bridge {bridge.caller} -> {bridge.callee}")
        found += [
            f"{where}: no function {name}{near(name, program.functions)}"
            for name in (bridge.caller, bridge.callee)
            if name not in program.functions and not bridge.optional
        ]
    return found


class _Check:
    """One registry whose functions and records are there."""

    def __init__(self, program: Program, settings: Registry) -> None:
        self.program = program
        self.settings = settings
        self.calls = [c for c in program.calls if c.callee == settings.dispatch]
        self.registrations = [c for c in program.calls if c.callee == settings.register]

    def complaints(self) -> Iterator[str]:
        if self.settings.record:
            yield from self._fields()
        elif self.settings.register:
            yield from self._positions()
        if Table(self.settings).keyed:
            yield from self._argument()
            yield from self._keys()

    def _fields(self) -> Iterator[str]:
        record = self.settings.record
        records = [r for r in self.program.records if r.record == record]
        functions = {field for r in records for field, _ in r.functions}
        constants = {field for r in records for field, _ in r.strings}
        for setting, name, holding, what in (
            ("function", self.settings.function, functions, "a function"),
            ("key", self.settings.key, constants, "a constant"),
        ):
            if not name or name in holding:
                continue
            there = f"; fields with {what[2:]}s: {_some(holding)}"
            known = {*functions, *constants, *_fields_of(self.program, record)}
            if name in known:
                yield f"{setting}: no initialised {record} gives {name} {what}{there}"
            else:
                yield f"{setting}: {record} has no field {name}{near(name, known)}{there}"

    def _positions(self) -> Iterator[str]:
        settings = self.settings
        wanted = [("function", int(settings.function)), *(("passes", p) for p in settings.passes)]
        wanted += [("key", int(settings.key))] if settings.key else []
        beyond = list(self._beyond(settings.register, wanted))
        yield from beyond
        if not beyond and not self._gets_code():
            there = _positions(
                i
                for c in self.registrations
                for i, places in enumerate(c.arguments)
                if any(map(_is_function, places))
            )
            yield (
                f"function: no call of {settings.register} passes a function as argument "
                f"{settings.function}; functions are passed as: {there}"
            )
        keys = {i for c in self.registrations for i, _ in c.keys}
        if not beyond and settings.key and int(settings.key) not in keys:
            yield (
                f"key: no call of {settings.register} passes a constant as argument "
                f"{settings.key}; constants are passed as: {_positions(keys)}"
            )

    def _beyond(self, function: str, positions: Iterable[tuple[str, int]]) -> Iterator[str]:
        """Positions that the function does not have; those of assembly are unknown."""
        fact = self.program.functions[SymbolId(function)]
        if fact.assembly or "..." in fact.type:
            return
        count = len(fact.parameters)
        for setting, position in positions:
            if position >= count:
                has = f"{count} argument{'s' if count != 1 else ''}"
                yield f"{setting}: {function} has {has}, counted from 0: none is {position}"

    def _gets_code(self) -> bool:
        """Return whether a function may flow into the registering function's argument."""
        position, register = int(self.settings.function), self.settings.register
        if any(
            _is_function(n)
            for c in self.registrations
            if position < len(c.arguments)
            for n in c.arguments[position]
        ):
            return True
        functions = self.program.functions
        for r in self._mentions(register):
            if r.kind is not EdgeKind.CALL or (
                r.source in functions and functions[r.source].assembly
            ):
                return True  # it may have an unknown caller
        return _reaches_code(self.program, Place.parameter(register, position))

    def _mentions(self, function: str) -> list[ReferenceFact]:
        return [r for r in self.program.references if r.target == function]

    def _argument(self) -> Iterator[str]:
        settings = self.settings
        beyond = list(self._beyond(settings.dispatch, [("argument", settings.argument)]))
        yield from beyond
        keys = {i for c in self.calls for i, _ in c.keys}
        if beyond or settings.keys or settings.argument in keys:
            return
        if not self._mentions(settings.dispatch):
            yield f"dispatch: nothing calls {settings.dispatch}"
            return
        yield (
            f"argument: no call of {settings.dispatch} passes a constant as argument "
            f"{settings.argument}; constants are passed as: {_positions(keys)}. "
            "Say with keys what its callers pass, or leave the key out"
        )

    def _keys(self) -> Iterator[str]:
        settings = self.settings
        if not settings.keys:
            return
        constant = {
            (c.caller, c.file, c.line) for c in self.calls if settings.argument in dict(c.keys)
        }
        open_: dict[str, bool] = defaultdict(bool)  # caller -> whether a call has no constant
        for r in self._mentions(settings.dispatch):
            if r.kind in (EdgeKind.CALL, EdgeKind.ASM):
                open_[r.source] |= (r.source, r.file, r.line) not in constant
        entries = list(registered(self.program, settings))
        for name, keys in settings.keys.items():
            callers = [i for i in open_ if name in (i, bare_name(i))]
            if not callers:
                yield f"keys: {self._no_caller(name, open_)}"
            elif not any(open_[i] for i in callers):
                yield f"keys: every call of {settings.dispatch} in {name} passes a constant already"
            yield from (f"keys: {text}" for k in keys for text in self._no_entry(k, entries))

    def _no_caller(self, name: str, callers: Iterable[str]) -> str:
        functions = self.program.functions
        if not any(name in (i, f.name) for i, f in functions.items()):
            return f"no function {name}{near(name, functions)}"
        return f"{name} does not call {self.settings.dispatch}; its callers: {_some(callers)}"

    def _no_entry(self, key: str, entries: Sequence[Entry]) -> Iterator[str]:
        table = Table(self.settings)
        if not any(table.fits(e, Dispatch(SymbolId(""), key, "", 0)) for e in entries):
            known = {e.key for e in entries if e.key is not None}
            yield f"no entry has the key {key}{near(key, known)}; there are: {_some(known)}"


def _fields_of(program: Program, record: str) -> Iterator[str]:
    """Names of the fields of a record: those that are used, and those of a variable's layout."""
    for flow in program.flows:
        for place in (Place.parse(flow.source), Place.parse(flow.target)):
            if place.kind is PlaceKind.FIELD and place.owner == record:
                yield place.name
    for variable in program.variables.values():
        if variable.record == record:
            yield from (m.name for m in variable.layout.innermost.members if m.name)
            return


def _is_function(node: str) -> bool:
    return Place.parse(node).kind is PlaceKind.FUNCTION


def _reaches_code(program: Program, parameter: Place) -> bool:
    """Return whether a function, or an unknown value, may flow into a place."""
    sources: dict[Place, list[Place]] = defaultdict(list)
    for flow in program.flows:
        sources[Place.parse(flow.target)].append(Place.parse(flow.source))
    seen, queue = {parameter}, [parameter]
    while queue:
        for source in sources[queue.pop()]:
            if source.kind in _CODE:
                return True
            if source.kind in _OUTSIDE and source.owner not in program.functions:
                return True  # what code without source gives
            if source not in seen:
                seen.add(source)
                queue.append(source)
    return False


def _positions(found: Iterable[int]) -> str:
    return ", ".join(f"argument {i}" for i in sorted(set(found))) or "none"


def _some(names: Iterable[str]) -> str:
    found = sorted(set(names))
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more if found else "none"
