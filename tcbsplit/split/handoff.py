"""The generated C of the handoff: table, layout, return values, and a descriptor per entry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import resources

from jinja2 import Environment, StrictUndefined

from tcbsplit.model.edit import HandoffEntry

VERSION = 1
RETURN_SIZE = 8  # bytes of the `long` that carries a return value


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


def blob_size(entries: Sequence[HandoffEntry]) -> int:
    """Bytes of the whole blob: header, entries with their headers padded to 8, digest."""
    return 56 + sum(16 + (e.size + 7) // 8 * 8 for e in entries) + 32


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


def return_entries(callees: Iterable[str], first: int) -> tuple[HandoffEntry, ...]:
    """Entries for the return values of handed-over functions; ids count on from ``first``."""
    return tuple(
        HandoffEntry(
            id=first + number,
            name=f"return of {callee}",
            symbol=f"tcbsplit_return_{number}",
            file="",
            size=RETURN_SIZE,
            layout="s8",
            secret=False,
            writers=(callee,),
            readers=(callee,),
        )
        for number, callee in enumerate(callees)
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


def descriptor(entry: HandoffEntry) -> bytes:
    """What is appended to the file that defines the entry's variable, on both sides."""
    return (
        f"\n/* tcbsplit: handoff entry {entry.id} ({entry.name}) */\n"
        f"_Static_assert (sizeof ({entry.symbol}) == {entry.size}, "
        f'"handoff: size of {entry.symbol}");\n'
        f"extern void *const tcbsplit_address_{entry.id};\n"
        f"void *const tcbsplit_address_{entry.id} = (void *) &{entry.symbol};\n"
    ).encode()


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
