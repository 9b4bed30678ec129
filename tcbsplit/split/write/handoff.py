"""The generated C of the handoff: table, layout, return values, and a descriptor per entry."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from tcbsplit.model.edit import Edit
from tcbsplit.model.handoff import HandoffEntry, HandoffPart
from tcbsplit.model.layout import Layout
from tcbsplit.model.vocabulary import LayoutKind, SymbolId, bare_name
from tcbsplit.split.decide.blob import blob_size, layout_hash
from tcbsplit.split.decide.boundary import Handoff
from tcbsplit.split.decide.members import Part, named_members
from tcbsplit.split.edit.sourcefile import Sources
from tcbsplit.split.write.templates import render

VERSION = 1


def shared_files(handed: Handoff) -> dict[str, bytes]:
    """Return the generated files that both sides compile, by name."""
    returns = [e for e in handed.entries if e.name not in handed.layouts]
    return table_files(handed.entries) | {"returns.c": returns_c(returns)}


def table_files(entries: Sequence[HandoffEntry]) -> dict[str, bytes]:
    """Return the table of the entries and the header that sizes it, by name."""
    context = {
        "entries": [
            {
                "id": e.id,
                "name": e.name,
                "size": e.size,
                "secret": e.secret,
                "symbol": f"tcbsplit_address_{e.id}",
                "parts": [_part(e, n, p) for n, p in enumerate(e.parts)],
            }
            for e in entries
        ],
        "layout_hash": layout_hash(entries),
        "blob_size": blob_size(entries),
        "version": VERSION,
    }
    return {
        "layout.h": render("handoff/layout.h.j2", **context),
        "table.c": render("handoff/table.c.j2", **context),
    }


def returns_c(entries: Iterable[HandoffEntry]) -> bytes:
    """The file that defines the return values' variables."""
    lines = [
        "/* Written by tcbsplit: return values of functions that ran in the guest. */",
    ]
    for e in entries:
        lines += [
            "",
            f"extern long {e.symbol};",
            f"extern void *const tcbsplit_address_{e.id};",
            f"long {e.symbol}; /* {e.name} */",
            f"void *const tcbsplit_address_{e.id} = (void *) &{e.symbol};",
        ]
    if len(lines) == 1:
        lines += ["", "typedef int tcbsplit_no_return_values;"]
    return ("\n".join(lines) + "\n").encode()


def _part(entry: HandoffEntry, number: int, part: HandoffPart) -> dict[str, object]:
    fields = ("at", "size", "most", "length_at", "length_size", "link")
    numbers = ", ".join(str(getattr(part, f)) for f in fields)
    storage = f"tcbsplit_storage_{entry.id}_{number}" if part.follows else ""
    return {"kind": part.kind, "numbers": numbers, "storage": storage, "path": part.path}


def descriptors(
    handed: Handoff, sources: Sources, files: Collection[str] | None = None
) -> list[Edit]:
    """Append a descriptor to each file (of ``files``) that defines a handed-over variable."""
    texts: dict[str, bytes] = {}
    for entry in handed.entries:
        if entry.name in handed.layouts and (files is None or entry.file in files):
            text = descriptor(entry, handed.layouts[entry.name])
            texts[entry.file] = texts.get(entry.file, b"") + text
    edits = []
    for file, text in sorted(texts.items()):
        end = len(sources[file].content)
        edits.append(Edit(file, end, end, sources[file].lines(text), "handoff descriptors"))
    return edits


def descriptor(entry: HandoffEntry, layout: Layout) -> bytes:
    """What is appended to the file that defines the entry's variable, on both sides.

    The compilers of both sides check the layout that the handoff was generated for.
    """
    name = entry.symbol
    checks = [f"sizeof ({name}) == {entry.size}"]
    checks += [f"sizeof (*{name}{p.path}) == {p.size}" for p in entry.parts if p.follows]
    root = name
    while layout.element is not None and layout.kind is LayoutKind.ARRAY:
        root, layout = f"{root}[0]", layout.element
    for member in named_members(Part(layout=layout)):
        type_ = f"__typeof__ ({root})"
        checks.append(f"__builtin_offsetof ({type_}, {member.path[1:]}) == {member.offset}")
        if member.layout.plain and member.layout.size:
            checks.append(f"sizeof ({root}{member.path}) == {member.layout.size}")
    lines = [
        f"\n/* tcbsplit: handoff entry {entry.id} ({entry.name}) */",
        "_Static_assert (" + " &&\n\t\t".join(checks) + f', "handoff: layout of {name}");',
        f"extern void *const tcbsplit_address_{entry.id};",
        f"void *const tcbsplit_address_{entry.id} = (void *) &{name};",
    ]
    for number, part in enumerate(entry.parts):
        if part.follows:
            storage = f"tcbsplit_storage_{entry.id}_{number}"
            lines += [
                f"extern void *const {storage}; /* where {name}{part.path} will point to */",
                f"static unsigned char {storage}_bytes[{part.most * part.size}] "
                "__attribute__ ((aligned (16)));",
                f"void *const {storage} = {storage}_bytes;",
            ]
    return ("\n".join(lines) + "\n").encode()


def entries_c(calls: Sequence[SymbolId], returns: Mapping[SymbolId, str]) -> bytes:
    """Return the guest's list of calls; ``returns`` are the variables of return values, by callee.

    A negative result (negative errno) ends the run: nothing is handed over.
    """
    declarations, statements = [], []
    for call in calls:
        function, variable = bare_name(call), returns.get(call)
        declarations.append(f"extern {'int' if variable else 'void'} {function} (void);")
        if variable:
            declarations.append(f"extern long {variable};")
            statements += [
                f"\t{variable} = {function} ();",
                f"\tif ({variable} < 0)",
                f"\t\treturn (int) {variable};",
            ]
        else:
            statements.append(f"\t{function} ();")
    lines = [
        "/* What the preprocessing guest runs, in order; written by tcbsplit. */",
        "",
        *declarations,
        *["int tcbsplit_run_entries (void);", "", "int", "tcbsplit_run_entries (void)", "{"],
        *statements,
        *["\treturn 0;", "}"],
    ]
    return ("\n".join(lines) + "\n").encode()
