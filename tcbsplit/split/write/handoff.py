"""The generated C of the handoff: table, layout, return values, and a descriptor per entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import resources

from jinja2 import Environment, StrictUndefined

from tcbsplit.model.handoff import HandoffEntry, HandoffPart
from tcbsplit.model.layout import Layout
from tcbsplit.model.vocabulary import LayoutKind, SymbolId
from tcbsplit.split.decide.blob import blob_size, layout_text
from tcbsplit.split.decide.members import Part, named_members

VERSION = 1


def runtime_text(*path: str) -> str:
    """The text of a file of the package's C runtime."""
    return resources.files("tcbsplit").joinpath("runtime", *path).read_text(encoding="utf-8")


def render(template: str, **context: object) -> bytes:
    """Fill a template of the runtime (path below ``tcbsplit/runtime``)."""
    environment = Environment(
        undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True
    )
    text = environment.from_string(runtime_text(*template.split("/"))).render(**context)
    return text.encode()


def table_files(entries: Sequence[HandoffEntry], layout_hash: str) -> dict[str, bytes]:
    """The generated files that both sides compile, by name."""
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
        "layout_hash": layout_hash,
        "blob_size": blob_size(entries),
        "version": VERSION,
    }
    return {
        "layout.h": render("handoff/layout.h.j2", **context),
        "table.c": render("handoff/table.c.j2", **context),
    }


def return_entries(callees: Mapping[SymbolId, int], first: int) -> tuple[HandoffEntry, ...]:
    """Return the entries for return values of functions that run in the guest.

    ``callees`` are the ids of the functions, each with the bytes of a ``long`` where it is defined:
    a ``long`` carries the value. The entries' ids count on from ``first``.
    """
    return tuple(
        HandoffEntry(
            id=first + number,
            name=SymbolId(f"return of {callee}"),
            symbol=f"tcbsplit_return_{number}",
            file="",
            size=size,
            layout=layout_text(Layout(LayoutKind.SIGNED, size)),
            secret=False,
            writers=(callee,),
            readers=(callee,),
        )
        for number, (callee, size) in enumerate(callees.items())
    )


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


def entries_c(calls: Sequence[tuple[str, str]]) -> bytes:
    """The guest's list of calls: (function, variable of its return value or empty), in order.

    A negative result (negative errno) ends the run: nothing is handed over.
    """
    lines = ["/* What the preprocessing guest runs, in order; written by tcbsplit. */", ""]
    for function, variable in calls:
        lines.append(f"extern {'int' if variable else 'void'} {function} (void);")
        if variable:
            lines.append(f"extern long {variable};")
    lines += ["int tcbsplit_run_entries (void);", "", "int", "tcbsplit_run_entries (void)", "{"]
    for function, variable in calls:
        if variable:
            lines += [
                f"\t{variable} = {function} ();",
                f"\tif ({variable} < 0)",
                f"\t\treturn (int) {variable};",
            ]
        else:
            lines.append(f"\t{function} ();")
    lines += ["\treturn 0;", "}"]
    return ("\n".join(lines) + "\n").encode()
