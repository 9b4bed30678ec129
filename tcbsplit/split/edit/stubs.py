# SPDX-License-Identifier: MIT
"""Makes the stubs of cut functions: what thin has in the place of a function that moved.

A stub keeps the signature and the name of the function and replaces its body, so every mention of
it stays as it is: calls, tables, names that a macro turns into strings, assembly, other languages.
Where cuts of one function ask for different bodies, one of them has this place. Each of the others
is a function of its own; its callers name it by a macro that is defined around their definitions.
The policy of the cut says what a stub does; its comment gives the reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tcbsplit.errors import ConflictError
from tcbsplit.model.edit import Edit
from tcbsplit.model.graph import BY_VALUE, Edge
from tcbsplit.model.phase import Cut, CutEdge
from tcbsplit.model.program import Program
from tcbsplit.model.split import Stub
from tcbsplit.model.unit import Extent, FunctionFact
from tcbsplit.model.vocabulary import CutPolicy, EdgeKind, SymbolId, ValueKind
from tcbsplit.split.edit.conditionals import between
from tcbsplit.split.edit.excise import extents_of
from tcbsplit.split.edit.sourcefile import Sources

_Body = tuple[CutPolicy, str]  # policy and expression: cuts with the same ones share a stub


def stubs_for(
    program: Program,
    cut_edges: Iterable[CutEdge],
    moved: frozenset[SymbolId],
    stays: frozenset[SymbolId],
    cuts: Sequence[Cut] = (),
) -> tuple[Stub, ...]:
    """Return a stub per callee and cut, for the mentions of moved functions in ``stays``.

    Code without source may call an external function, too: one of ``cuts`` for all callers of a
    function that it names makes a stub although no caller is known.
    Raises ``ConflictError`` where the callers of a function need different stubs and the source
    does not say which is meant.
    """
    groups: dict[SymbolId, dict[Cut, list[Edge]]] = defaultdict(lambda: defaultdict(list))
    for cut_edge in cut_edges:
        edge = cut_edge.edge
        # The source mentions a record or an address instead of BY_VALUE, by another edge.
        if edge.callee in moved and edge.caller in stays and edge.kind not in BY_VALUE:
            groups[edge.callee][cut_edge.cut].append(edge)
    for cut in cuts:
        callee = SymbolId(cut.callee)
        unknown = cut.caller == "*" and callee in moved and not groups.get(callee)
        if unknown and not program.functions[callee].static:
            groups[callee][cut] = []
    return tuple(
        stub for callee, sites in sorted(groups.items()) for stub in _stubs(program, callee, sites)
    )


def _stubs(program: Program, callee: SymbolId, cuts: Mapping[Cut, list[Edge]]) -> Iterator[Stub]:
    """Yield the stubs of one callee; that of most sites has its name."""
    bodies: dict[_Body, list[Edge]] = defaultdict(list)
    for cut, sites in sorted(cuts.items(), key=_as_written):
        bodies[cut.policy, cut.expression] += sites
    function = program.functions[callee]
    fixed = [b for b, sites in bodies.items() if any(e.kind is EdgeKind.ASM for e in sites)]
    if len(fixed) > 1:
        site = bodies[fixed[1]][0]
        raise ConflictError(
            f"{site.file}:{site.line}: assembly mentions {callee}, and so does assembly whose cut "
            "asks for another stub; give both the same policy and expression"
        )
    first = fixed[0] if fixed else max(bodies, key=lambda b: len(bodies[b]))
    base = f"tcbsplit_cut_{function.name}"
    others = [b for b in bodies if b != first]
    names = {first: function.name} | {
        b: base if number == 1 else f"{base}_{number}" for number, b in enumerate(others, start=1)
    }
    for cut, sites in sorted(cuts.items(), key=_as_written):
        yield Stub(
            name=names[cut.policy, cut.expression],
            file=function.extent.file,
            callee=callee,
            cut=cut,
            sites=tuple(sites),
        )


def _as_written(item: tuple[Cut, list[Edge]]) -> tuple[int, str, str]:
    file, _, line = item[0].where.rpartition(":")
    return len(line), line, file


def stub_edits(
    program: Program,
    sources: Sources,
    stubs: Sequence[Stub],
    returns: Mapping[SymbolId, str],
    others: Program | None = None,
) -> list[Edit]:
    """Return the edits that write the stubs.

    ``returns`` maps a callee to the glue's variable that holds its handed-over return value;
    ``others`` holds sites in units of other images. Raises ``ConflictError`` where the source does
    not spell the body that is to be replaced.
    """
    same: dict[tuple[SymbolId, str], list[Stub]] = defaultdict(list)
    for stub in stubs:
        same[stub.callee, stub.name].append(stub)
    edits = list(_declarations(program, sources, same.values(), returns))
    renamed: list[Stub] = []
    for (identity, name), group in same.items():
        callee = program.functions[identity]
        body = _body(program, callee, group, returns)
        if name == callee.name:
            edits += _in_place(sources, callee, body)
        else:
            edits.append(_beside(sources, callee, name, body))
            renamed += group
    return [*edits, *_renamings(program, sources, renamed, others)]


def _declarations(
    program: Program,
    sources: Sources,
    groups: Iterable[Sequence[Stub]],
    returns: Mapping[SymbolId, str],
) -> Iterator[Edit]:
    """Yield the edits that declare what stubs use of the glue, once in each file.

    Within a body these would be nested declarations, which GCC may warn of (-Wnested-externs).
    """
    known: set[tuple[str, str]] = set()
    callees = [(program.functions[g[0].callee], g[0].cut) for g in groups]
    for callee, cut in sorted(callees, key=lambda c: (c[0].extent.file, c[0].extent.start)):
        file, extent = callee.extent.file, callee.extent
        needed = [d for d in _statements(cut, callee, returns)[0] if (file, d) not in known]
        if needed:
            known |= {(file, d) for d in needed}
            at, _ = _whole((program,), sources, extent)
            text = "".join(f"extern {d};\n" for d in needed) + "\n"
            yield _lines_at(sources, file, at, text.encode(), f"declared for {callee.id}")


def _whole(images: Iterable[Program], sources: Sources, extent: Extent) -> tuple[int, int]:
    """Return where a definition begins and ends, with its comment and attributes."""
    known = (e for p in images for e in extents_of(p) if e.file == extent.file)
    floor = max((e.end for e in known if e.end <= extent.start), default=0)
    return sources[extent.file].definition(extent.start, extent.end, floor)


def _lines_at(sources: Sources, file: str, at: int, text: bytes, reason: str) -> Edit:
    """Return the edit that inserts whole lines at a byte that may be within a line."""
    source = sources[file]
    if source.content[source.line_start(at) : at].strip():
        text = b"\n" + text
    return Edit(file, at, at, source.lines(text), reason)


def _in_place(sources: Sources, callee: FunctionFact, body: bytes) -> Iterator[Edit]:
    """Yield the edits that replace the body where it stands.

    Directives of conditionals that begin or end outside of the body stay.
    """
    source, file = sources[callee.extent.file], callee.extent.file
    start, end = _braces(sources, callee)
    ranges = between(source, start, end)
    at = ranges[-1][0]
    yield Edit(file, at, at, source.lines(body), f"stub for {callee.id}")
    for first, last in ranges:
        yield Edit(file, first, last, b"", f"{callee.id}: runs in the preprocessing guest")


def _beside(sources: Sources, callee: FunctionFact, name: str, body: bytes) -> Edit:
    """Return the edit that writes a stub of another name behind the one in place."""
    source, extent = sources[callee.extent.file], callee.extent
    start, _ = _braces(sources, callee)
    head = source.content[extent.start : callee.name_start]
    tail = source.content[callee.name_start + len(callee.name) : start].rstrip()
    _, at = source.definition(extent.start, extent.end)
    declared = _declaration(callee, name)
    text = b"\n" + declared + b"\n" + head + name.encode() + tail + b"\n" + body + b"\n"
    return Edit(extent.file, at, at, source.lines(text), f"stub for {callee.id}")


def _declaration(callee: FunctionFact, name: str) -> bytes:
    """Return the declaration of a stub of another name; it needs one of the callee before it."""
    storage = "static" if callee.static else "extern"
    return f"{storage} __typeof__ ({callee.name}) {name};\n".encode()


def _braces(sources: Sources, callee: FunctionFact) -> tuple[int, int]:
    """Return where the body begins and ends, braces included."""
    start, end = callee.body_start, callee.extent.end
    content = sources[callee.extent.file].content
    if callee.assembly or start < 0 or content[start : start + 1] + content[end - 1 : end] != b"{}":
        how = "is assembly" if callee.assembly else "has no body between { and } here"
        raise ConflictError(
            f"{callee.extent.file}:{callee.extent.line}: {callee.id} {how}: a stub cannot take its "
            "place. Cut the edges to its callers instead"
        )
    return start, end


def _renamings(
    program: Program, sources: Sources, stubs: Iterable[Stub], others: Program | None
) -> Iterator[Edit]:
    """Yield the macros around the callers of stubs that have names of their own."""
    begun: dict[tuple[str, int], set[bytes]] = defaultdict(set)
    ended: dict[tuple[str, int], set[bytes]] = defaultdict(set)
    for stub in stubs:
        callee = program.functions[stub.callee]
        for site in stub.sites:
            file, start, end = _around(program, sources, site, others)
            define = f"#define {callee.name} {stub.name}\n".encode()
            begun[file, start].add(_declaration(callee, stub.name) + define)
            ended[file, end].add(f"#undef {callee.name}\n".encode())
    for file, at in sorted(begun.keys() | ended.keys()):
        # Where one definition ends and the next begins, the first macro ends before.
        text = b"".join([*sorted(ended[file, at]), *sorted(begun[file, at])])
        yield _lines_at(sources, file, at, text, "callers of a stub of another name")


def _around(
    program: Program, sources: Sources, site: Edge, others: Program | None
) -> tuple[str, int, int]:
    """Return the file and the range of the definition that holds a site."""
    images = (program, others) if others else (program,)
    # Definitions of two images may have one name: the file of the site tells them apart.
    held = [d for p in images if (d := p.definition(site.caller)) is not None]
    holder = next((d for d in held if d.extent.file == site.file), held[0] if held else None)
    if holder is None or holder.assembly:
        raise ConflictError(
            f"{site.file}:{site.line}: {site.caller} is no C definition: it calls "
            f"{site.callee} by its own name. Give all cuts of {site.callee} the same policy and "
            "expression"
        )
    file = holder.extent.file
    start, end = _whole(images, sources, holder.extent)
    return file, start, sources[file].line_end(end - 1)


def _body(
    program: Program, callee: FunctionFact, stubs: Sequence[Stub], returns: Mapping[SymbolId, str]
) -> bytes:
    """Return the body, braces included: comment, declarations, statements."""
    cut = stubs[0].cut
    _, statements = _statements(cut, callee, returns)
    unused = "".join(f"\t(void) {name};\n" for name in _parameters(program, callee))
    reasons = "; ".join(dict.fromkeys(_comment(s.cut.reason) for s in stubs))
    comment = (
        f"\t/* tcbsplit: {callee.name} runs in the preprocessing guest; cut: {cut.policy}.\n"
        f"\t   {reasons} */\n"
    )
    return f"{{\n{comment}{unused}{statements}}}".encode()


def _parameters(program: Program, callee: FunctionFact) -> list[str]:
    """Return the names of the parameters that all signatures of the body have."""
    signatures = [
        {p.name for p in f.parameters}
        for f in program.functions.values()
        if _overlap(f.extent, callee.extent)
    ]
    return [p.name for p in callee.parameters if p.name and all(p.name in s for s in signatures)]


def _overlap(one: Extent, other: Extent) -> bool:
    return one.file == other.file and one.start < other.end and other.start < one.end


def _statements(
    cut: Cut, callee: FunctionFact, returns: Mapping[SymbolId, str]
) -> tuple[tuple[str, ...], str]:
    """Return what of the glue a stub needs declared, and its statements."""
    void = callee.result_kind is ValueKind.VOID
    if cut.policy is CutPolicy.HANDOFF:
        take = "void tcbsplit_take (void)"
        if void:
            return (take,), "\ttcbsplit_take ();\n"
        variable = returns[callee.id]
        return (
            (take, f"long {variable}"),
            f"\ttcbsplit_take ();\n\treturn ({callee.result}) {variable};\n",
        )
    if cut.policy is CutPolicy.ELIDE:
        # A record is returned empty; integers and pointers as 0.
        zero = f"({callee.result}) {{ 0 }}" if callee.result_kind is ValueKind.RECORD else "0"
        return (), "" if void else f"\treturn {zero};\n"
    if cut.policy is CutPolicy.STUB:
        return (), f"\t{cut.expression};\n" if void else f"\treturn {cut.expression};\n"
    return (
        ("void tcbsplit_adapter_panic (const char *) __attribute__ ((noreturn))",),
        f'\ttcbsplit_adapter_panic ("{callee.name} was moved out of the hypervisor");\n',
    )


def _comment(text: str) -> str:
    return " ".join(text.replace("*/", "* /").split())
