# SPDX-License-Identifier: MIT
"""Makes the edits that put what is retired into sections of its own, and that have it erased.

A definition in C gets an attribute in front of it, or a prototype that has it where a macro writes
the definition; a function also ``noinline``, if a copy of it could stay in a caller that lasts.
Functions that last and are on the stack during the erasure get that alone: control would come back
to the copy in a caller that is erased. Assembly gets a directive below each that chooses a section
of code. The linker script gets the sections, page-aligned, with their bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tcbsplit.config.erasing_settings import LinkerPlace
from tcbsplit.errors import ConflictError, SourceError
from tcbsplit.lexer import TokenKind
from tcbsplit.model.edit import Edit
from tcbsplit.model.graph import Edge
from tcbsplit.model.program import Program
from tcbsplit.model.retire import Placed, Retirement, SectionKind, Way
from tcbsplit.model.unit import FunctionFact
from tcbsplit.model.vocabulary import bare_name
from tcbsplit.split.edit.excise import extents_of
from tcbsplit.split.edit.sourcefile import Source, Sources
from tcbsplit.split.edit.written import is_written

# GNU as, .text and .section: executable sections have the flag x, or a name that has it.
_CODE_SECTION = re.compile(
    rb'^[ \t]*(?:\.text\b|\.section[ \t]+(?:\.text[\w.]*[ \t]*(?:$|/)|[\w.]+[ \t]*,[ \t]*"\w*x))'
    rb".*\n?",
    re.M,
)
_DIRECTIVE = b'\t.section %s, "ax", @progbits\n'
_PAGE = 4096
_NO_NAME = re.compile(r"[^\w.]")  # what no name of a section has
ERASE = "tcbsplit_retire"


def attribute(kind: SectionKind, name: str = "", *, copied: bool = False) -> str:
    """Return the attribute of a definition that goes into a section.

    With the ``name`` of a function or variable, it goes into an input section of its own: linkers
    still drop what nothing refers to, and compilers may choose flags for each. A function that may
    be ``copied`` can be inlined.
    """
    first = "noinline, " if kind is SectionKind.CODE and not copied else ""
    own = "." + _NO_NAME.sub("_", name) if name else ""
    return f'__attribute__ (({first}section ("{kind.section}{own}")))'


def placing_edits(program: Program, sources: Sources, retired: Retirement) -> list[Edit]:
    """Return the edits that place all that is retired."""
    edits: list[Edit] = []
    assembly: dict[str, Placed] = {}
    texts: set[tuple[str, int]] = set()
    for one in retired.placed:
        definition = program.definition(one.id)
        assert definition is not None  # chosen from the program
        extent = definition.extent
        if isinstance(definition, FunctionFact) and definition.assembly:
            assembly.setdefault(extent.file, one)
            continue
        text = attribute(one.section, bare_name(one.id), copied=one.copied)
        belongs = one.way is Way.ATTRIBUTE
        if not belongs:
            assert isinstance(definition, FunctionFact)  # nothing else has one
            text = f"{prototype(definition)} {text};"
        elif (extent.file, extent.start) in texts:  # a header's, which units make more of
            continue
        texts.add((extent.file, extent.start))
        reason = f"{one.id}: retired: {one.why}"
        at, leading = extent.start, f"{text} ".encode()
        edits.append(Edit(extent.file, at, at, leading, reason, leads=belongs))
    edits += _frames(program, sources, retired)
    for file, one in assembly.items():
        edits += _directives(sources[file], file, one)
    return edits


def prototype(function: FunctionFact) -> str:
    """Return a prototype of a function, without its semicolon."""
    types = ", ".join(p.type for p in function.parameters)
    more = ", ..." if "...)" in function.type else ""
    static = "static " if function.static else ""
    return f"{static}{function.result} {function.name} ({types or 'void'}{more})"


def _frames(program: Program, sources: Sources, retired: Retirement) -> Iterator[Edit]:
    for identity in retired.frames:
        function = program.functions[identity]
        extent = function.extent
        if function.assembly:
            continue  # never inlined
        if function.inline or not is_written(sources, function):
            raise ConflictError(
                f"{extent.file}:{extent.line}: {identity} is on the stack when code is erased, and "
                "a macro writes it, or it is inline: name another place: split.retire.before"
            )
        text, why = b"__attribute__ ((noinline)) ", "it is on the stack when code is erased"
        yield Edit(extent.file, extent.start, extent.start, text, f"{identity}: {why}", leads=True)


def _directives(source: Source, file: str, one: Placed) -> Iterator[Edit]:
    for found in _CODE_SECTION.finditer(source.content):
        text = source.lines(_DIRECTIVE % one.section.section.encode())
        if not found[0].endswith(b"\n"):
            text = b"\n" + text
        # What is not preprocessed knows no conditionals.
        plain = file.endswith(".s")
        reason = f"{one.id}: retired: {one.why}"
        yield Edit(file, found.end(), found.end(), text, reason, always=plain)


def erasing_edits(program: Program, sources: Sources, places: Iterable[Edge]) -> list[Edit]:
    """Return the edits that have retired code erased right before each of the calls ``places``."""
    edits: list[Edit] = []
    declared: set[tuple[str, int]] = set()
    for place in places:
        start, end = _call(sources, program, place)
        reason = f"what is retired is erased before {place.callee} is called"
        edits.append(Edit(place.file, start, start, f"({ERASE} (), ".encode(), reason))
        edits.append(Edit(place.file, end, end, b")", reason))
        holder = program.functions[place.caller].extent
        floor = max((e.end for e in extents_of(program) if e.file == holder.file
                     and e.end <= holder.start), default=0)  # fmt: skip
        source = sources[holder.file]
        at, _ = source.definition(holder.start, holder.end, floor)
        if (holder.file, at) not in declared:
            declared.add((holder.file, at))
            text = source.lines(f"int {ERASE} (void);\n\n".encode())
            edits.append(Edit(holder.file, at, at, text, reason))
    return edits


def _call(sources: Sources, program: Program, place: Edge) -> tuple[int, int]:
    """Return where a call begins and ends in its file."""
    holder = program.functions[place.caller]
    where = f"{place.file}:{place.line}"
    other = f"{where}: {place.caller} calls {place.callee} in a way that takes no call before it: "
    say = "; name a plain call: split.retire.before"
    if place.offset < 0 or holder.macro or holder.assembly or holder.extent.file != place.file:
        raise ConflictError(f"{other}by a pointer, a macro or assembly{say}")
    source = sources[place.file]
    tokens = source.code(place.offset, holder.extent.end)
    if len(tokens) < 2 or tokens[0].start != place.offset or tokens[1].text != b"(":
        raise ConflictError(f"{other}its name is not what is called{say}")
    depth = 0
    for token in tokens[1:]:
        depth += (token.text == b"(") - (token.text == b")")
        if not depth:
            break
        inside = token.kind is TokenKind.IDENTIFIER and token.text.decode()
        if inside and any(f.name == inside for f in program.functions.values()):
            raise ConflictError(f"{other}{inside} is among its arguments{say}")
    return place.offset, token.end


def linker_edit(sources: Sources, settings: LinkerPlace) -> Edit:
    """Return the edit that gives the linker script the sections."""
    content = sources[settings.file].content
    at = content.find(settings.after.encode())
    if at < 0:
        raise SourceError(
            f"{settings.where}: split.retire.linker: no line of {settings.file} has "
            f"{settings.after!r}"
        )
    source = sources[settings.file]
    end = source.line_end(at + len(settings.after.encode()) - 1)
    text = "\t/* tcbsplit: erased before the target starts */\n"
    for kind in SectionKind:
        first, last = kind.bounds
        text += (
            f"\t{kind.section} : ALIGN ({_PAGE}) {{\n\t\t{first} = .;\n"
            f"\t\t*({kind.section} {kind.section}.*)\n"
            f"\t\t. = ALIGN ({_PAGE});\n\t\t{last} = .;\n\t}}\n"
        )
    text += f"\t. = ALIGN ({_PAGE});\n"
    return Edit(
        settings.file, end, end, source.lines(text.encode()), "sections of what is erased",
        always=True,
    )  # fmt: skip
