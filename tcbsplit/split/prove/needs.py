# SPDX-License-Identifier: MIT
"""Lists the symbols that the guest needs and nothing defines, with a C skeleton to fill in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from tcbsplit.errors import some
from tcbsplit.lexer import TokenKind, tokens
from tcbsplit.model.graph import BY_VALUE, ReferenceGraph
from tcbsplit.model.program import Program
from tcbsplit.model.split import Need, Sides
from tcbsplit.model.vocabulary import SymbolId

# Defined by the environment's own C, or by the compiler.
_GIVEN = re.compile(r"tcbsplit_|__builtin_|mem(cpy|move|set|cmp)$")
_SHOWN = 3  # callers of a symbol


def needs(
    program: Program, graph: ReferenceGraph, sides: Sides, roots: Iterable[SymbolId], adapter: bytes
) -> tuple[Need, ...]:
    """Return the needs, those of what the guest runs first.

    ``roots`` are what the guest runs: its entries and what its adapter calls. A symbol counts as
    provided where the adapter's text defines a function or variable of that name.
    """
    # Only mentions count, as for the linker: a call through a pointer has targets of the whole
    # program, and the guest holds only some of them.
    reached = graph.reach(
        sorted(set(roots) & sides.guest),
        lambda e: e.callee in sides.guest and e.kind not in BY_VALUE,
    ).keys()
    callers: dict[SymbolId, set[SymbolId]] = defaultdict(set)
    for r in program.references:
        if r.source in sides.guest and r.target not in sides.guest:
            callers[r.target].add(r.source)
    defined = frozenset(_defined(adapter))
    found = []
    for target, sources in callers.items():
        definition = program.definition(target)
        name = definition.name if definition is not None else target
        if _GIVEN.match(name) or name in defined:
            continue
        found.append(
            Need(
                symbol=name,
                signature=_signature(program, target),
                callers=tuple(sorted(sources)),
                entered=bool(sources & reached),
            )
        )
    return tuple(sorted(found, key=lambda n: (not n.entered, n.symbol)))


def _defined(adapter: bytes) -> Iterator[str]:
    """Yield the functions and variables that a C text defines or declares as ``extern``."""
    code = [t for t in tokens(adapter) if t.kind not in (TokenKind.COMMENT, TokenKind.DIRECTIVE)]
    depth, function = 0, ""
    for token, following in pairwise(code):
        if depth == 0 and token.kind is TokenKind.IDENTIFIER:
            if following.text in (b"=", b"[", b";"):
                yield token.text.decode()
            elif following.text == b"(":
                function = token.text.decode()
        elif depth == 0 and token.text == b")" and following.text == b"{":
            yield function
        depth += (token.text in (b"(", b"{", b"[")) - (following.text in (b")", b"}", b"]"))


def _signature(program: Program, target: SymbolId) -> str:
    if target in program.functions:
        function = program.functions[target]
        result = function.type.partition("(")[0].strip()
        named = ", ".join(
            p.type if not p.name else f"{p.type}{'' if p.type.endswith('*') else ' '}{p.name}"
            for p in function.parameters
        )
        more = ", ..." if "...)" in function.type else ""
        space = "" if result.endswith("*") else " "
        return f"{result}{space}{function.name} ({named or 'void'}{more})"
    if target in program.variables:
        variable = program.variables[target]
        base, bracket, rest = variable.type.partition("[")
        return f"{base.strip()} {variable.name}{bracket}{rest}"
    return ""


def needs_skeleton(found: Sequence[Need]) -> bytes:
    """Return the list as C to copy into the adapter, empty if there are none."""
    if not found:
        return b""
    lines = [
        "/* SPDX-License-Identifier: MIT */",
        "/*",
        " * What the preprocessing guest needs and nobody provides; written by tcbsplit.",
        " * Define these in the adapter, add them to split.guest.uses (the hypervisor's",
        " * own code is copied), or cut the calls. No build compiles this file.",
        " */",
    ]
    told = None
    for need in found:
        if need.entered != told:
            told = need.entered
            what = "reached by what the guest runs" if told else (
                "in moved code that the guest does not enter: the linker may leave it out"
            )  # fmt: skip
            lines += ["", f"/* --- {what} --- */"]
        lines += ["", f"/* {need.symbol}: for {some(need.callers, _SHOWN)} */"]
        if not need.signature:
            lines.append(f"/* extern … {need.symbol}: defined nowhere in the hypervisor */")
        elif "(" in need.signature:
            lines += [need.signature, "{", "\ttcbsplit_adapter_guest_end (1);", "}"]
        else:
            lines.append(f"{need.signature};")
    return ("\n".join(lines) + "\n").encode()
