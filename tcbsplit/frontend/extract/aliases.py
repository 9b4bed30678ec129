# SPDX-License-Identifier: MIT
"""Aliases of functions made by ``#pragma weak`` and the attribute ``ifunc``."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tcbsplit.frontend.extract.collect import Collected, Unit
from tcbsplit.frontend.extract.libclang import CXCursor
from tcbsplit.frontend.extract.pragmas import Weak
from tcbsplit.model.place import Place, spelled
from tcbsplit.model.unit import IndirectFact, ReferenceFact
from tcbsplit.model.vocabulary import EdgeKind, SymbolId


def ifunc(
    out: Collected, cursor: CXCursor, identity: SymbolId, resolver_name: str, arguments: int
) -> SymbolId:
    """Record an indirect function: its resolver runs at startup and returns the function to call.

    Return the id of the resolver.
    """
    path, line, _ = out.names.place(cursor)
    resolver = out.unit.symbol(resolver_name, path)
    reference = ReferenceFact(identity, resolver, EdgeKind.CALL, path, line, -1, "ifunc")
    out.references[reference] = None
    result = Place.call_result(path, line, identity)
    out.indirect.append(
        IndirectFact(
            identity, spelled([Place.result(resolver)]), out.unit.types.at(cursor).spelling,
            tuple(spelled([Place.parameter(identity, i)]) for i in range(arguments)),
            result.spelled, path, line,
            "what the resolver of the ifunc returns",
        )
    )  # fmt: skip
    out.flow((Place.result(identity),), (result,), identity)
    return resolver


def pragma_aliases(out: Collected, unit: Unit, pragmas: Iterable[Weak]) -> None:
    """Add the aliases that pragmas make for definitions of the unit."""
    functions = {f.id: f for f in out.functions}
    variables = {v.id: v for v in out.variables}
    for weak in pragmas:
        path, line = weak.extent.file, weak.extent.line
        identity = SymbolId(weak.name)
        target = unit.symbol(weak.target, path) if weak.target else SymbolId("")
        told = {"name": weak.name, "static": False, "extent": weak.extent, "weak": True}
        if target in functions and weak.name not in functions:
            mention = ReferenceFact(identity, target, EdgeKind.CALL, path, line, -1, "alias")
            out.functions.append(
                msgspec.structs.replace(
                    functions[target], id=identity, alias=target, name_start=weak.name_start,
                    body_start=-1, complexity=1, privileged=False, body=None, **told,
                )
            )  # fmt: skip
        elif target in variables and weak.name not in variables:
            mention = ReferenceFact(identity, target, EdgeKind.ADDRESS, path, line, -1, "alias")
            out.flow((Place.variable(identity),), (Place.variable(target).address,), identity)
            out.variables.append(
                msgspec.structs.replace(
                    variables[target], id=identity, alias=target, tentative=False, **told
                )
            )
        else:
            continue
        out.references[mention] = None
