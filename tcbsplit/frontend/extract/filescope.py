# SPDX-License-Identifier: MIT
"""Assembly at file scope: labels are functions, operands name symbols, .set makes aliases."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from tcbsplit.frontend.extract import template
from tcbsplit.frontend.extract.attributes import printed
from tcbsplit.frontend.extract.collect import Collected
from tcbsplit.frontend.extract.libclang import CXCursor
from tcbsplit.model.unit import Extent, FunctionFact, VariableFact
from tcbsplit.model.vocabulary import EdgeKind, SymbolId, symbol_id

_SET = re.compile(r"(?:\.(?:set|equ)\s+([\w.$]+)\s*,|([\w.$]+)\s*=)\s*([A-Za-z_.$][\w.$]*)$")


_EXPORTS = (".globl", ".global", ".weak")


def _lines(cursor: CXCursor) -> tuple[tuple[str, str], ...]:
    return _lines_of(printed(cursor, False))


@lru_cache(4096)  # units share those of headers
def _lines_of(declaration: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        line
        for statement in template.statements(declaration)
        for line in template.instructions(statement.template)
    )


def own_labels(cursors: Iterable[tuple[CXCursor, str]]) -> dict[str, SymbolId]:
    """Return the labels that file-scope assembly does not export, by name, and their ids.

    ``cursors`` are declarations at file scope, each with its file.
    """
    found: dict[str, SymbolId] = {}
    exported: set[str] = set()
    for cursor, path in cursors:
        for mnemonic, operands in _lines(cursor):
            if mnemonic in _EXPORTS:
                exported.update(operands.replace(",", " ").split())
            elif mnemonic == "label" and not operands.startswith(".L") and not operands.isdigit():
                found[operands] = symbol_id(operands, path)
    return {name: identity for name, identity in found.items() if name not in exported}


def file_scope_assembly(out: Collected, cursor: CXCursor, extent: Extent) -> None:
    """Record the functions of a file-scope asm statement, and which symbols they name."""
    lines = _lines(cursor)
    told: dict[str, set[str]] = {name: set() for name in _EXPORTS}
    for mnemonic, operands in lines:
        if mnemonic in told:
            told[mnemonic].update(operands.replace(",", " ").split())
    exported = set().union(*told.values())
    owner = SymbolId("")
    for mnemonic, operands in lines:
        line = f"{mnemonic} {operands}"
        if mnemonic == "label":
            if operands.startswith(".L") or operands.isdigit():
                continue
            static = operands not in exported
            owner = symbol_id(operands, extent.file if static else "")
            out.functions.append(
                FunctionFact(
                    id=owner, name=operands, static=static, extent=extent, privileged=True,
                    assembly=True, weak=operands in told[".weak"],
                )
            )  # fmt: skip
        elif (match := _SET.match(line)) and _alias(out, extent, match, exported, told[".weak"]):
            continue
        elif names := template.symbols(line):
            if not owner:
                owner = _unlabelled(out, extent)
            for name in names:
                out.refer_by_name(owner, name, EdgeKind.ASM, cursor, "file-scope assembly")


def _alias(
    out: Collected, extent: Extent, match: re.Match[str], exported: set[str], weak: set[str]
) -> bool:
    """Record an alias of a function of the unit; return false if it aliases anything else."""
    name = match.group(1) or match.group(2)
    target = out.unit.symbol(match.group(3), extent.file)
    if name not in exported or target not in out.unit.defined:
        return False
    out.functions.append(
        FunctionFact(
            id=SymbolId(name), name=name, static=False, extent=extent, privileged=True,
            assembly=True, alias=target, weak=name in weak,
        )
    )  # fmt: skip
    return True


def _unlabelled(out: Collected, extent: Extent) -> SymbolId:
    """Record unlabelled assembly that names symbols: data collected by its section."""
    name = f"asm@{extent.line}"
    identity = symbol_id(name, extent.file)
    out.variables.append(
        VariableFact(
            id=identity, name=name, static=True, extent=extent, retained=True, assembly=True
        )
    )
    return identity
