# SPDX-License-Identifier: MIT
"""Generates the C of the handoff: table, layout, return values, and a descriptor per entry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from tcbsplit.model.edit import Edit
from tcbsplit.model.handoff import HandoffEntry, HandoffPart, Input
from tcbsplit.model.layout import Layout
from tcbsplit.model.program import Program
from tcbsplit.model.vocabulary import InputWay, LayoutKind, SymbolId, ValueKind, bare_name, path_of
from tcbsplit.split.decide.blob import blob_size, layout_hash
from tcbsplit.split.decide.boundary import Handoff
from tcbsplit.split.decide.members import Part, named_members
from tcbsplit.split.edit.sourcefile import Sources
from tcbsplit.split.write.templates import render


def shared_files(handed: Handoff) -> dict[str, bytes]:
    """Return the generated files that both sides compile, by name."""
    returns = [e for e in handed.entries if e.name not in handed.layouts]
    tables = table_files(handed.entries, handed.given)
    return tables | {"returns.c": returns_c(returns)}


def table_files(
    entries: Sequence[HandoffEntry], given: Sequence[HandoffEntry] = ()
) -> dict[str, bytes]:
    """Return the tables of both directions and the header that sizes the blobs, by name."""
    sizes = {"blob_size": blob_size(entries), "input_size": blob_size(given) if given else 0}
    files = {
        "layout.h": render("handoff/layout.h.j2", **sizes),
        "table.c": _table(entries, "handoff", "that are handed over"),
    }
    if given:
        files["input_table.c"] = _table(given, "inputs", "that cross to the guest")
    return files


def plain_table(entries: Sequence[HandoffEntry], returned: Collection[str]) -> bytes:
    """Return the table of a handoff without parts; ``returned``: variables of return values."""
    rows = [
        {
            "name": e.name,
            "size": e.size,
            "symbol": f"tcbsplit_address_{e.id}",
            "returned": e.symbol if e.symbol in returned else "",
        }
        for e in entries
    ]
    return render(
        "handoff/plain/table.c.j2",
        entries=rows,
        layout_hash=layout_hash(entries),
        blob_size=blob_size(entries),
    )


def _table(entries: Sequence[HandoffEntry], name: str, what: str) -> bytes:
    rows = [
        {
            "id": e.id,
            "name": e.name,
            "size": e.size,
            "secret": e.secret,
            "symbol": f"tcbsplit_address_{e.id}",
            "parts": [
                {"kind": p.kind, "numbers": _numbers(p), "storage": storage, "path": p.path}
                for p, storage in _stored(e)
            ],
        }
        for e in entries
    ]
    return render(
        "handoff/table.c.j2",
        table=name,
        what=what,
        entries=rows,
        layout_hash=layout_hash(entries),
        blob_size=blob_size(entries),
    )


def _stored(entry: HandoffEntry) -> list[tuple[HandoffPart, str]]:
    """Return the parts, each with the C name of its storage: empty if it needs none."""
    return [
        (part, f"tcbsplit_storage_{entry.id}_{number}" if part.follows else "")
        for number, part in enumerate(entry.parts)
    ]


def _numbers(part: HandoffPart) -> str:
    fields = ("at", "size", "most", "length_at", "length_size", "link")
    return ", ".join(str(getattr(part, f)) for f in fields)


def returns_c(entries: Iterable[HandoffEntry]) -> bytes:
    """Return the file that defines the variables of the return values ``entries``."""
    return render("handoff/returns.c.j2", entries=list(entries))


def entries_c(
    calls: Sequence[SymbolId], returns: Mapping[SymbolId, str], inputs: Sequence[Input]
) -> bytes:
    """Return the guest's list of calls; ``returns`` are the variables of return values, by callee.

    The inputs that cross and what sets the constants among ``inputs`` come first. A negative result
    (negative errno) ends the run: nothing is handed over.
    """
    named = [(_called(call, number), returns.get(call, "")) for number, call in enumerate(calls)]
    first = [(setter, "") for setter, _ in _setters(inputs)]
    crosses = any(i.way is InputWay.BLOCK for i in inputs)
    return render("handoff/entries.c.j2", calls=[*first, *named], inputs=crosses)


def _setters(inputs: Sequence[Input]) -> list[tuple[str, Input]]:
    """Return the inputs that are constants, each with the name of the function that sets it."""
    constant = (i for i in inputs if i.way is InputWay.CONSTANT)
    return [(f"tcbsplit_input_{number}", i) for number, i in enumerate(constant)]


def _called(call: SymbolId, number: int) -> str:
    """Return the name by which the guest calls an entry: one of its own if it is static."""
    return f"tcbsplit_entry_{number}" if path_of(call) else bare_name(call)


def guest_functions(
    program: Program, sources: Sources, calls: Sequence[SymbolId], inputs: Sequence[Input]
) -> list[Edit]:
    """Append what the guest calls in files of the project: static entries, setters of inputs."""
    texts: dict[str, bytes] = defaultdict(bytes)
    for setter, one in _setters(inputs):
        value = f"{one.value}LL" if int(one.value) > -(1 << 63) else "(-9223372036854775807LL - 1)"
        texts[one.file] += render(
            "handoff/input.c.j2", input=one, function=setter, value=f"({value})"
        )
    for number, call in enumerate(calls):
        if path_of(call):
            function = program.functions[call]
            texts[function.extent.file] += render(
                "handoff/entry.c.j2",
                callee=function.name,
                function=_called(call, number),
                result="void" if function.result_kind is ValueKind.VOID else "long",
            )
    return appended(sources, texts, "the guest calls it")


def appended(sources: Sources, texts: Mapping[str, bytes], reason: str) -> list[Edit]:
    """Return the edits that append a text to each file."""
    edits = []
    for file, text in sorted(texts.items()):
        end = len(sources[file].content)
        edits.append(Edit(file, end, end, sources[file].lines(text), reason))
    return edits


def descriptors(
    handed: Handoff, sources: Sources, files: Collection[str] | None = None, attribute: str = ""
) -> list[Edit]:
    """Append a descriptor to each file (of ``files``) that defines a variable that crosses.

    ``attribute`` is of the pointers that it defines.
    """
    texts: dict[str, bytes] = {}
    for entry in (*handed.entries, *handed.given):
        if entry.name in handed.layouts and (files is None or entry.file in files):
            text = descriptor(entry, handed.layouts[entry.name], attribute)
            texts[entry.file] = texts.get(entry.file, b"") + text
    return appended(sources, texts, "handoff descriptors")


def descriptor(entry: HandoffEntry, layout: Layout, attribute: str = "") -> bytes:
    """Return what is appended to the file that defines the entry's variable, on both sides.

    The compilers of both sides check the layout that the handoff was generated for.
    """
    root = entry.symbol
    checks = [f"sizeof ({root}) == {entry.size}"]
    checks += [f"sizeof (*{root}{p.path}) == {p.size}" for p in entry.parts if p.follows]
    while layout.element is not None and layout.kind is LayoutKind.ARRAY:
        root, layout = f"{root}[0]", layout.element
    for member in named_members(Part(layout=layout)):
        type_ = f"__typeof__ ({root})"
        checks.append(f"__builtin_offsetof ({type_}, {member.path[1:]}) == {member.offset}")
        if member.layout.plain and member.layout.size:
            checks.append(f"sizeof ({root}{member.path}) == {member.layout.size}")
    return render(
        "handoff/descriptor.c.j2",
        entry=entry,
        checks=checks,
        parts=_stored(entry),
        addresses=f"{attribute} " if attribute else "",
    )
