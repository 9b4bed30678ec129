# SPDX-License-Identifier: MIT
"""Tables between linker symbols: ``extern struct unit __start_of[], __end_of[]``.

No unit defines such a symbol. The order in which the linker places sections
(``tcbsplit.model.linking``) says which variables stand between two of them, and these are the
elements of the array. A range is a table if all of its variables have a section of their own and
one type: code steps through it with one stride. Every other range is memory (the whole image, what
is freed after boot, room for each processor): its bounds hold no function.

Each function that mentions a symbol has its own view of it: the symbols that it mentions together
are the bounds of one table. A function that mentions one symbol alone sees what stands up to the
next symbol that the program mentions.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from tcbsplit.model.linking import Entry, Linking
from tcbsplit.model.place import Place, PlaceKind
from tcbsplit.model.program import Program
from tcbsplit.model.unit import VariableFact
from tcbsplit.model.vocabulary import EdgeKind, SymbolId

# Input sections of variables without a section of their own (GCC: -fdata-sections adds a name).
_MEMORY = (".data", ".data.x", ".bss", ".bss.x", ".rodata", ".rodata.x", ".text", ".text.x")
# Sections of tools and of dynamic linking.
_NO_DATA = (".note", ".comment", ".debug", ".stab", ".gnu", ".eh_frame", ".got", ".plt", ".rel",
            ".iplt", ".igot", ".dyn", ".hash", ".interp")  # fmt: skip
_CALLS = frozenset({EdgeKind.CALL, EdgeKind.ASM})
_BOUND = re.compile(r"__(start|stop)_([A-Za-z_]\w*)")
_LENGTH = re.compile(r"\[\d*\]")

Variables = tuple[SymbolId, ...]


class Tables:
    """The linker symbols that a program mentions, and the variables that stand behind them."""

    def __init__(self, program: Program, linkings: Sequence[Linking] = ()) -> None:
        self._variables = program.variables
        self._sections: dict[str, list[SymbolId]] = defaultdict(list)
        for identity, variable in program.variables.items():
            if variable.section:
                self._sections[variable.section].append(identity)
        self._matching: dict[tuple[str, ...], tuple[str, ...]] = {}
        mentions = _mentions(program)
        orders = [*linkings, *self._made(mentions, linkings)]
        self.dropped = frozenset(n for order in linkings for n in order.dropped)
        placed = {e.symbol for order in orders for e in order.entries}
        self.known = frozenset(mentions.keys() & placed)
        self._own = {f.section for f in program.functions.values() if f.section}
        self._own |= self._sections.keys()
        # Bounds of what the program itself fills: their values are known.
        foreign = {s for order in orders for s in self._bounds(order)}
        self.settled = self.known - foreign
        # (symbol, function or variable that mentions it) -> its view of the table.
        self._views: dict[tuple[str, str], Variables] = {}
        users: dict[str, list[str]] = defaultdict(list)  # symbols by who mentions them
        for symbol in sorted(self.known):
            for user in mentions[symbol]:
                users[user].append(symbol)
        for order in orders:
            for user, symbols in users.items():
                self._look(order, user, symbols)
        self.symbols = frozenset(symbol for symbol, _ in self._views)

    def of(self, symbol: str, user: str) -> Variables:
        """Return the variables of the table at ``symbol`` as ``user`` sees it."""
        return self._views.get((symbol, user), ())

    def seen(self, place: Place, user: str) -> Place:
        """Return the place that stands for the table at a linker symbol in ``user``."""
        if place.kind is PlaceKind.VARIABLE and (place.owner, user) in self._views:
            return place.copy(user)
        return place

    def views(self, place: Place) -> bool:
        """Return whether ``place`` stands for the table at a linker symbol (see ``seen``)."""
        symbol, _, user = place.owner.partition("@")
        return (symbol, user) in self._views

    def behind(self, place: Place) -> Variables:
        """Return the variables of the table that ``place`` stands for (see ``seen``)."""
        symbol, _, user = place.owner.partition("@")
        return self.of(symbol, user)

    def values(self, place: Place, listed: Mapping[str, str]) -> Iterator[Place]:
        """Yield the elements of the table that ``place`` stands for.

        A registry, by the variables that are its entries, accounts for those.
        """
        for element in self.behind(place):
            registry = listed.get(element)
            yield Place.registry(registry) if registry else Place.variable(element)

    def _made(self, mentions: Iterable[str], linkings: Sequence[Linking]) -> Iterator[Linking]:
        """Yield the bounds of sections that the linker makes itself (GNU ld manual, 3.10.9)."""
        told = {e.symbol for o in linkings for e in o.entries}
        names = {m[2] for s in mentions if s not in told and (m := _BOUND.fullmatch(s))}
        for name in sorted(names & self._sections.keys()):
            inside = Entry(sections=(name,))
            yield Linking(
                path="", entries=(Entry(f"__start_{name}"), inside, Entry(f"__stop_{name}"))
            )

    def _bounds(self, order: Linking) -> Iterator[str]:
        """Yield the symbols next to sections that no C source fills: anything may be there."""
        for entries in (order.entries, order.entries[::-1]):
            waiting: list[str] = []
            for entry in entries:
                if entry.symbol in self.known:
                    waiting.append(entry.symbol)
                elif entry.sections and not entry.sections[0].startswith(_NO_DATA):
                    if not self._filled(entry.sections):
                        yield from waiting
                    waiting = []

    def _filled(self, patterns: Sequence[str]) -> bool:
        return _memory(patterns) or any(fnmatchcase(s, p) for p in patterns for s in self._own)

    def _look(self, order: Linking, user: str, symbols: Iterable[str]) -> None:
        """Note what a user sees of tables in one order."""
        where: dict[str, list[int]] = defaultdict(list)
        marks: list[int] = []
        for i, entry in enumerate(order.entries):
            if entry.symbol in self.known:
                marks.append(i)
                where[entry.symbol].append(i)
        together = sorted(i for s in symbols for i in where[s])
        for symbol in symbols:
            found: dict[SymbolId, None] = {}
            for at in where[symbol]:
                found.update(dict.fromkeys(self._from(order, at, together, marks)))
            if found or self._nothing(order, where[symbol], together):
                known = self._views.get((symbol, user), ())
                self._views[symbol, user] = tuple(dict.fromkeys((*known, *found)))

    def _nothing(self, order: Linking, places: Sequence[int], together: Sequence[int]) -> bool:
        """Return whether nothing stands between a symbol and those mentioned with it."""
        others = [i for i in together if i not in places]
        ends = [*places, *others]
        return bool(others) and not any(e.sections for e in order.entries[min(ends) : max(ends)])

    def _from(
        self, order: Linking, at: int, together: Sequence[int], marks: Sequence[int]
    ) -> Variables:
        """Return the largest tables that begin and end at a mark.

        ``together`` are the marks that the user mentions, ``marks`` those of the program.
        """
        above, below = [i for i in together if i > at], [i for i in together if i < at]
        if not above and not below:
            above, below = [i for i in marks if i > at][:1], [i for i in marks if i < at][-1:]
            return self._first(order, ((at, i) for i in above)) or self._first(
                order, ((i, at) for i in below)
            )
        # Code may step upwards from a symbol, or downwards.
        forward = self._first(order, ((at, i) for i in reversed(above)))
        return forward + self._first(order, ((i, at) for i in below))

    def _first(self, order: Linking, ranges: Iterable[tuple[int, int]]) -> Variables:
        """Return the variables of the first range that is a table."""
        tables = (self._table(order.entries[first:last]) for first, last in ranges)
        return next(filter(None, tables), ())

    def _table(self, entries: Sequence[Entry]) -> Variables:
        """Return the variables of a range; none if it is no table."""
        if any(_memory(e.sections) for e in entries):
            return ()
        names = dict.fromkeys(n for e in entries for n in self._named(e.sections))
        held = tuple(dict.fromkeys(v for n in names for v in self._sections[n]))
        kinds = {_kind(self._variables[v]) for v in held}
        return held if len(kinds) == 1 else ()

    def _named(self, patterns: tuple[str, ...]) -> tuple[str, ...]:
        """Return the sections of variables that match one of the patterns."""
        found = self._matching.get(patterns)
        if found is None:
            found = self._matching[patterns] = tuple(
                s for s in self._sections if any(fnmatchcase(s, p) for p in patterns)
            )
        return found


def _memory(patterns: Iterable[str]) -> bool:
    """Return whether variables or functions without a section of their own may be here."""
    return any(fnmatchcase(m, p) for p in patterns for m in _MEMORY)


def _mentions(program: Program) -> dict[str, set[str]]:
    """Who mentions each symbol that no unit defines, other than by calls."""
    found: dict[str, set[str]] = defaultdict(set)
    for r in program.references:
        if r.kind in _CALLS or r.target in program.variables or r.target in program.functions:
            continue
        found[r.target].add(r.source)
    return found


def linker_symbols(program: Program) -> frozenset[str]:
    """Return the symbols that code mentions as data and no unit defines."""
    return frozenset(_mentions(program))


def _kind(variable: VariableFact) -> str:
    """Return the type of a variable or, of an array, that of its elements."""
    return variable.record or _LENGTH.sub("", variable.type).removeprefix("const ").strip()
