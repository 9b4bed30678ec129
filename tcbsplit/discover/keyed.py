# SPDX-License-Identifier: MIT
"""Find tables of functions that are selected by a literal text: registries with a key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tcbsplit.model.draft import Keyed
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import KeyMatch, SymbolId

_FEWEST = 3  # entries of a table


def keyed(program: Program) -> tuple[Keyed, ...]:
    """Return the tables, the largest first, each with the function that selects in it.

    That function reads the key and the function of its records, and is called with literals with
    which keys begin.
    """
    keys: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for fact in program.records:
        for key, literal in fact.strings:
            if not literal.lstrip("-").isdigit():
                for field, _ in fact.functions:
                    keys[fact.record, key, field].add(literal)
    found: list[Keyed] = []
    for (record, key, function), literals in sorted(keys.items()):
        if len(literals) >= _FEWEST:
            found += _dispatched(program, record, key, function, literals)
    return tuple(sorted(found, key=lambda k: (-k.entries, k.record, k.function)))


def _dispatched(
    program: Program, record: str, key: str, function: str, literals: set[str]
) -> Iterator[Keyed]:
    wanted = {f"m:{record}.{key}", f"m:{record}.{function}"}
    readers = {f.owner for f in program.fields if wanted <= set(f.reads)}
    given: dict[tuple[SymbolId, int], set[str]] = defaultdict(set)
    for call in program.calls:
        if call.callee in readers:
            for position, text in call.keys:
                if text and any(literal.startswith(text) for literal in literals):
                    given[SymbolId(call.callee), position].add(text)
    for (callee, position), texts in given.items():
        yield Keyed(
            record=record,
            key=key,
            function=function,
            dispatch=callee,
            argument=position,
            match=KeyMatch.EXACT if texts <= literals else KeyMatch.PREFIX,
            entries=len(literals),
        )
