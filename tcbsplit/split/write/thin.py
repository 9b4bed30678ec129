# SPDX-License-Identifier: MIT
"""Generates the thin tree's edits and glue files, and has the glue join the build."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from tcbsplit.config.settings import SplitSettings
from tcbsplit.errors import SourceError
from tcbsplit.model.edit import Edit, NewFile
from tcbsplit.model.program import Program
from tcbsplit.model.retire import Retirement, SectionKind
from tcbsplit.model.split import Sides, Stub
from tcbsplit.model.vocabulary import CutPolicy, Style, SymbolId
from tcbsplit.split.decide.boundary import Handoff
from tcbsplit.split.edit import placing
from tcbsplit.split.edit.excise import EMPTIED, emptied_files, excise
from tcbsplit.split.edit.guard import glue
from tcbsplit.split.edit.sourcefile import Sources
from tcbsplit.split.edit.stubs import stub_edits
from tcbsplit.split.write.erasing import erasing_files
from tcbsplit.split.write.handoff import descriptors, plain_table, shared_files
from tcbsplit.split.write.templates import adapter_text, runtime_text

# As well, if tcbsplit's own handoff hands anything over; simpler ones if it is plain bytes.
HANDOFF_THIN = ("handoff.h", "receive.c", "thin.c")
PLAIN = ("handoff.h", "receive.c")
GIVES = ("send.c", "give.c")  # as well, if inputs cross to the guest
SHA256 = "sha256.c"  # unless the adapter defines its function
SHA256_FUNCTION = b"tcbsplit_sha256"
HEADERS = ("tcbsplit_types.h", "retired.h", "adapter.h")


def thin_edits(
    program: Program,
    sources: Sources,
    sides: Sides,
    stubs: Sequence[Stub],
    handed: Handoff,
    settings: SplitSettings,
    others: Program | None,
    references: Mapping[str, Sequence[SymbolId]],
    retired: Retirement | None = None,
) -> tuple[Edit, ...]:
    """Return all edits of the thin tree: removals, stubs, descriptors, the glue, what is retired.

    ``others`` holds the units of the tree that belong to other images; ``references`` are stubs to
    which files must go on to refer.
    """
    stubbed = {s.callee for s in stubs}
    gone = dict.fromkeys(sides.moved - stubbed, "runs in the preprocessing guest")
    gone |= dict.fromkeys(sides.dropped, "unreached, and mentions what moved")
    gone |= {i: "used only by code that moved" for i in program.variables if i not in sides.thin}
    emptied = emptied_files(program, sides.thin | stubbed)
    edits = [
        e for e in excise(program, sources, dict(sorted(gone.items()))) if e.file not in emptied
    ]
    for file in emptied:
        end = len(sources[file].content)
        edits.append(Edit(file, 0, end, EMPTIED, "every definition moved"))
    for file in references:  # beside what a file loses: the guard style has only what is inserted
        end = len(sources[file].content)
        text = sources[file].lines(b"\n" + _referring(references[file]))
        edits.append(Edit(file, end, end, text, "what moved referred to these symbols"))
    edits += stub_edits(program, sources, stubs, handed.returns, others)
    attribute = placing.attribute(SectionKind.ADDRESSES) if retired else ""
    edits += descriptors(handed, sources, attribute=attribute)
    files = _files(settings, shared_files(handed), handed, stubs)
    edits.append(_joining_edit(settings, sources, files))
    if settings.retire and retired:
        edits += placing.placing_edits(program, sources, retired)
        edits += placing.erasing_edits(program, sources, retired.places)
        edits.append(placing.linker_edit(sources, settings.retire.linker))
    return tuple(sorted(edits))


def _referring(symbols: Sequence[SymbolId]) -> bytes:
    """Return lines that refer to symbols from a section that is not loaded."""
    if not symbols:
        return b""
    names = "".join(f'\t ".dc.a {name}\\n\\t"\n' for name in symbols)
    return (
        "/* tcbsplit: code that moved had the linker take these out of an archive. */\n"
        '__asm__ (".pushsection .tcbsplit.stubs,\\"\\",%progbits\\n\\t"\n'
        f'{names}\t ".popsection");\n'
    ).encode()


def thin_files(
    split: SplitSettings,
    shared: Mapping[str, bytes],
    handed: Handoff,
    stubs: Sequence[Stub],
    style: Style,
) -> tuple[NewFile, ...]:
    """Return all files of the glue folder: runtime, generated tables, and the adapter.

    If tcbsplit's own handoff hands nothing over, these are the adapter and its headers. In the
    guard style they are empty in other builds of the tree.
    """
    folder = f"thin/{split.glue.folder}"
    files = _files(split, shared, handed, stubs)
    if style is Style.GUARD:
        files |= {n: glue(c) for n, c in files.items() if n.endswith(".c")}
    return tuple(NewFile(path=f"{folder}/{n}", content=c) for n, c in sorted(files.items()))


def _files(
    split: SplitSettings, shared: Mapping[str, bytes], handed: Handoff, stubs: Sequence[Stub]
) -> dict[str, bytes]:
    """Return the files of the glue folder by name; those in C in the order of an inclusion."""
    receives = _receives(handed, stubs)
    plain = not handed.given and not any(e.parts for e in handed.entries)
    adapter = adapter_text(split.glue.adapter_path)
    files = {n: runtime_text("handoff", n).encode() for n in HEADERS}
    if receives:
        own = () if SHA256_FUNCTION in adapter else (SHA256,)
        names = (*own, *HANDOFF_THIN, *(GIVES if handed.given else ()))
        files |= {n: runtime_text("handoff", n).encode() for n in names}
        files |= shared
        if plain:
            files |= {n: runtime_text("handoff", "plain", n).encode() for n in PLAIN}
            files["table.c"] = plain_table(handed.entries, set(handed.returns.values()))
            del files["returns.c"]
    if split.retire:
        files |= erasing_files(split.retire, receives=receives)
    files["adapter.c"] = adapter
    return files


def _receives(handed: Handoff, stubs: Sequence[Stub]) -> bool:
    """Whether anything crosses by tcbsplit's own handoff."""
    crosses = handed.entries or handed.given
    return bool(crosses) or any(s.cut.policy is CutPolicy.HANDOFF for s in stubs)


def _joining_edit(split: SplitSettings, sources: Sources, files: Collection[str]) -> Edit:
    """Return the edit by which the glue joins the build, where the configuration says.

    ``files`` are the names of the glue's files.
    """
    settings = split.glue
    if settings.include_in:
        names = [n for n in files if n.endswith(".c")]
        depth = "../" * settings.include_in.count("/")
        text = "".join(f'#include "{depth}{settings.folder}/{n}"\n' for n in names)
        end = len(sources[settings.include_in].content)
        added = sources[settings.include_in].lines(text.encode())
        return Edit(settings.include_in, end, end, added, "the glue joins the build")
    assert settings.list is not None  # the configuration has exactly one of the two
    content = sources[settings.list.file].content
    at = content.find(settings.list.after.encode())
    if at < 0:
        raise SourceError(
            f"{settings.list.file}: no line has the text of split.glue.list.after: "
            f"{settings.list.after!r}"
        )
    end = content.find(b"\n", at)
    # A definition may go on over several lines.
    while end > 0 and content[end - 1 : end] == b"\\":
        end = content.find(b"\n", end + 1)
    end = len(content) if end < 0 else end + 1
    text = settings.list.text.rstrip("\n") + "\n"
    stems = [n.removesuffix(".c") for n in sorted(files) if n.endswith(".c")]
    for place, suffix in ("{objects}", ".o"), ("{sources}", ".c"):
        text = text.replace(place, " ".join(f"{stem}{suffix}" for stem in stems))
    return Edit(
        settings.list.file, end, end, text.encode(), "the glue joins the build", always=True
    )
