# SPDX-License-Identifier: MIT
"""Makes the stubs of cut functions, and the edits that have cut sites name them.

A stub is a static function in the file of the site, in front of the definition that holds the
first site, with the signature of the callee's definition. The policy of the cut says what it does;
its comment gives the reason.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from tcbsplit.errors import ConflictError, EmissionError
from tcbsplit.model.edit import Edit
from tcbsplit.model.graph import BY_VALUE, Edge
from tcbsplit.model.phase import Cut, CutEdge
from tcbsplit.model.program import Program
from tcbsplit.model.split import Stub
from tcbsplit.model.unit import FunctionFact
from tcbsplit.model.vocabulary import CutPolicy, SymbolId, ValueKind, bare_name
from tcbsplit.split.edit.excise import extents_of
from tcbsplit.split.edit.sourcefile import Sources

_TO_RECORD = re.compile(r"\b(?:struct|union) \w+ \*")
_SPECIFIERS = (b"static", b"extern", b"inline", b"__inline__", b"__inline")


def stubs_for(
    cut_edges: tuple[CutEdge, ...], moved: frozenset[SymbolId], stays: frozenset[SymbolId]
) -> list[Stub]:
    """Return a stub per file, callee and cut, for the mentions of moved functions in ``stays``."""
    groups: dict[tuple[str, SymbolId, Cut], list[Edge]] = defaultdict(list)
    for cut_edge in cut_edges:
        edge = cut_edge.edge
        if edge.callee not in moved or edge.caller not in stays:
            continue
        if edge.kind in BY_VALUE:
            continue  # the source mentions the record or the address instead, by another edge
        if edge.offset < 0:
            raise ConflictError(
                f"{edge.file}:{edge.line}: {edge.caller} mentions {edge.callee} inside a macro or "
                "assembly; it cannot be replaced there. Cut the edge to the caller instead."
            )
        groups[(edge.file, edge.callee, cut_edge.cut)].append(edge)
    taken: dict[tuple[str, str], int] = defaultdict(int)
    result = []
    for (file, callee, cut), sites in sorted(
        groups.items(), key=lambda g: (*g[0][:2], g[0][2].where)
    ):
        base = "tcbsplit_cut_" + bare_name(callee)
        taken[(file, base)] += 1
        number = taken[(file, base)]
        name = base if number == 1 else f"{base}_{number}"
        result.append(Stub(name=name, file=file, callee=callee, cut=cut, sites=tuple(sites)))
    return result


def stub_edits(
    program: Program,
    sources: Sources,
    stubs: Sequence[Stub],
    returns: Mapping[SymbolId, str],
    others: Program | None = None,
) -> list[Edit]:
    """Return the edits that write the stubs and point the sites at them.

    ``returns`` maps a callee to the glue's variable that holds its handed-over return value;
    ``others`` holds sites in units of other images.
    """
    edits: list[Edit] = []
    inserted: dict[tuple[str, int], list[tuple[Stub, bytes]]] = defaultdict(list)
    for stub in stubs:
        callee = program.functions[stub.callee]
        for site in stub.sites:
            end = site.offset + len(callee.name)
            reason = f"cut {site.caller} -> {site.callee} ({stub.cut.policy}): {stub.cut.reason}"
            edits.append(Edit(stub.file, site.offset, end, stub.name.encode(), reason, always=True))
        offset = min(
            _beginning(_holding(program, others, site), sources, site) for site in stub.sites
        )
        text = _text(stub, callee, sources, returns)
        if not sources[stub.file].content[:offset].endswith((b"\n\n", b"\n\r\n")):
            text = b"\n" + text
        inserted[stub.file, offset].append((stub, sources[stub.file].lines(text)))
    for (file, offset), group in inserted.items():
        text = b"".join(text for _, text in group)
        reason = "; ".join(f"stub for {stub.callee}" for stub, _ in group)
        macros = (f"#define {s.name} {program.functions[s.callee].name}\n" for s, _ in group)
        edits.append(Edit(file, offset, offset, text, reason, otherwise="".join(macros).encode()))
    return edits


def _holding(program: Program, others: Program | None, site: Edge) -> Program:
    """Return the program that has the definition around a site."""
    here = site.caller in program.functions or site.caller in program.variables
    if here and any(u.command.file == site.file for u in program.units):
        return program
    return others or program


def _beginning(program: Program, sources: Sources, site: Edge) -> int:
    holder = program.functions.get(site.caller) or program.variables.get(site.caller)
    if holder is None:
        raise EmissionError(f"{site.file}:{site.line}: no definition holds the cut site")
    if holder.extent.file != site.file:
        # Another image defines the caller in another file: insert behind the definition before.
        before = [
            e.end for e in extents_of(program) if e.file == site.file and e.end <= site.offset
        ]
        return sources[site.file].content.find(b"\n", max(before, default=0)) + 1
    ends = [
        e.end for e in extents_of(program) if e.file == site.file and e.end <= holder.extent.start
    ]
    start, _ = sources[site.file].definition(
        holder.extent.start, holder.extent.end, max(ends, default=0)
    )
    return start


def _text(
    stub: Stub, callee: FunctionFact, sources: Sources, returns: Mapping[SymbolId, str]
) -> bytes:
    content = sources[callee.extent.file].content
    # If a macro writes the definition, there is no brace at the offset of the body.
    if callee.macro or callee.body_start < 0 or content[callee.body_start] != ord("{"):
        raise ConflictError(
            f"{callee.extent.file}:{callee.extent.line}: {callee.id} is defined by a macro; "
            "its signature cannot be copied for a stub"
        )
    head, tail = _signature(stub, callee, sources)
    declarations, statements = _body(stub, callee, returns)
    unused = "".join(f"\t(void) {p.name};\n" for p in callee.parameters if p.name)
    comment = (
        f"/* tcbsplit: {callee.name} runs in the preprocessing guest; cut: {stub.cut.policy}.\n"
        f"   {_comment(stub.cut.reason)} */\n"
    )
    signature = b"static " + head.lstrip() + stub.name.encode() + tail
    blank = "\n" if declarations else ""
    body = f"\n{{\n{declarations}{blank}{unused}{statements}}}\n\n"
    return comment.encode() + signature + body.encode()


def _signature(stub: Stub, callee: FunctionFact, sources: Sources) -> tuple[bytes, bytes]:
    """Return the text before and after the name: in the callee's own file, its definition's text.

    In another file typedefs may be unknown, so types are written without them.
    """
    if callee.extent.file == stub.file or "(*" in callee.type:
        source = sources[callee.extent.file]
        content = source.content
        head, at = b"", callee.extent.start
        for token in source.code(at, callee.name_start):
            if token.text in _SPECIFIERS:
                head += content[at : token.start]
                at = (
                    token.end + len(content[token.end :]) - len(content[token.end :].lstrip(b" \t"))
                )
        head += content[at : callee.name_start]
        return head, content[callee.name_start + len(callee.name) : callee.body_start].rstrip()
    result, _, rest = callee.type.partition("(")
    types = [_visible(t.strip()) for t in rest[: rest.rindex(")")].split(",")]
    named = [p.name or f"unused_{i}" for i, p in enumerate(callee.parameters)]
    written = ", ".join(_declared(t, n) for t, n in zip(types, named, strict=False)) or "void"
    return f"{_visible(result.rstrip())}\n".encode(), f" ({written})".encode()


def _visible(type_: str) -> str:
    """Return the type; a pointer to a record becomes ``void *``, as the record may be unknown."""
    return _TO_RECORD.sub("void *", type_)


def _declared(type_: str, name: str) -> str:
    return f"{type_}{name}" if type_.endswith("*") else f"{type_} {name}"


def _body(stub: Stub, callee: FunctionFact, returns: Mapping[SymbolId, str]) -> tuple[str, str]:
    """Return the declarations and the statements of the body."""
    void = callee.result_kind is ValueKind.VOID
    policy = stub.cut.policy
    if policy is CutPolicy.HANDOFF:
        take = "\textern void tcbsplit_take (void);\n"
        if void:
            return take, "\ttcbsplit_take ();\n"
        variable = returns[stub.callee]
        return (
            f"{take}\textern long {variable};\n",
            f"\ttcbsplit_take ();\n\treturn ({callee.result}) {variable};\n",
        )
    if policy is CutPolicy.ELIDE:
        # A record is returned empty; integers and pointers as 0.
        zero = f"({callee.result}) {{ 0 }}" if callee.result_kind is ValueKind.RECORD else "0"
        return "", "" if void else f"\treturn {zero};\n"
    if policy is CutPolicy.STUB:
        expression = stub.cut.expression
        return "", f"\t{expression};\n" if void else f"\treturn {expression};\n"
    return (
        "\textern void tcbsplit_adapter_panic (const char *) __attribute__ ((noreturn));\n",
        f'\ttcbsplit_adapter_panic ("{callee.name} was moved out of the hypervisor");\n',
    )


def _comment(text: str) -> str:
    return " ".join(text.replace("*/", "* /").split())
