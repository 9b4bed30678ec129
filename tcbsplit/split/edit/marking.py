# SPDX-License-Identifier: MIT
"""Finds and makes a project's own marks of boot code: ``static int __init probe (void)``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from tcbsplit.lexer import TokenKind
from tcbsplit.model.edit import Edit
from tcbsplit.model.program import Program
from tcbsplit.model.retire import Marked, MarkNames
from tcbsplit.model.unit import Extent, FunctionFact, VariableFact
from tcbsplit.model.vocabulary import SymbolId
from tcbsplit.split.edit.excise import extents_of
from tcbsplit.split.edit.sourcefile import CLOSING, Source, Sources


def marked(program: Program, sources: Sources, marks: MarkNames) -> dict[SymbolId, str]:
    """Return the definitions of C whose head has one of the marks, with that mark."""
    words = {m.encode() for m in (marks.code, marks.variables, marks.constants) if m}
    ends = _ends(program)
    found = {}
    for definition in program.definitions:
        if definition.assembly or definition.extent.file not in program.files:
            continue
        source = sources[definition.extent.file]
        for token in _head(source, definition, ends[definition.extent.file]):
            if token in words:
                found[definition.id] = token.decode()
    return found


def _ends(program: Program) -> dict[str, list[int]]:
    ends: dict[str, list[int]] = {}
    for extent in extents_of(program):
        ends.setdefault(extent.file, []).append(extent.end)
    return ends


def _head(
    source: Source, definition: FunctionFact | VariableFact, ends: Collection[int]
) -> Iterator[bytes]:
    extent = definition.extent
    floor = max((e for e in ends if e <= extent.start), default=0)
    start, end = source.definition(extent.start, extent.end, floor)
    body = definition.body_start if isinstance(definition, FunctionFact) else -1
    for token in source.code(start, body if body >= 0 else end):
        # What begins an initialiser ends the head.
        if token.text == b"=":
            return
        yield token.text


def marking_edits(
    program: Program, sources: Sources, missing: Iterable[Marked], header: str
) -> list[Edit]:
    """Return the edits that mark definitions, and include ``header`` where no unit reads it."""
    edits = []
    touched: dict[str, str] = {}
    for one in missing:
        definition = program.definition(one.id)
        assert definition is not None  # found in the program
        at = _name(sources, definition)
        if at < 0:
            continue
        file = definition.extent.file
        reason = f"{one.id}: {one.why}"
        if isinstance(definition, FunctionFact):
            edits.append(_mark(sources[file], definition.extent, at, one.mark, reason))
        else:
            end = _declarator(sources[file], definition.extent, at)
            edits.append(Edit(file, end, end, f" {one.mark}".encode(), reason))
        touched.setdefault(file, reason)
    for file in touched if header else ():
        if not _reads(program, file, header):
            edits.append(_include(sources[file], file, header))
    return sorted(edits)


def _mark(source: Source, extent: Extent, at: int, mark: str, reason: str) -> Edit:
    """Return the edit that puts a mark before the name at ``at``, and behind the type above it."""
    before = source.code(extent.start, at)
    if before and not source.content[source.line_start(at) : at].strip():
        end = before[-1].end
        return Edit(extent.file, end, end, f" {mark}".encode(), reason)
    return Edit(extent.file, at, at, f"{mark} ".encode(), reason)


def _declarator(source: Source, extent: Extent, name: int) -> int:
    """Return where the declarator of a variable ends: behind its name, its brackets, its type."""
    end, depth, outermost = name, 0, 0
    for token in source.code(name, source.statement_end(extent.start, extent.end)):
        if depth == outermost and token.text in (b"=", b";", b","):
            break
        depth += token.text in CLOSING
        depth -= token.text in CLOSING.values()
        outermost = min(outermost, depth)
        end = token.end
    return end


def _name(sources: Sources, definition: FunctionFact | VariableFact) -> int:
    """Return the offset of the defined name; -1 if the text does not show it."""
    if isinstance(definition, FunctionFact):
        return definition.name_start
    extent = definition.extent
    for token in sources[extent.file].code(extent.start, extent.end):
        if token.kind is TokenKind.IDENTIFIER and token.text == definition.name.encode():
            return token.start
    return -1


def _reads(program: Program, file: str, header: str) -> bool:
    units = [u for u in program.units if file == u.command.file or file in u.headers]
    return bool(units) and all(
        any(h == header or h.endswith(f"/{header}") for h in u.headers) for u in units
    )


def _include(source: Source, file: str, header: str) -> Edit:
    """Return the edit that adds an #include behind the last one outside of conditionals."""
    depth, at = 0, 0
    for token in source.directives:
        word = token.text.lstrip(b"#").split(None, 1)[0] if token.text.lstrip(b"#").strip() else b""
        depth += word.startswith(b"if")
        depth -= word == b"endif"
        if word == b"include" and not depth:
            at = source.line_end(token.end - 1)
    if not at:  # behind the comment at the top
        first = next((t for t in source.tokens if t.kind is not TokenKind.COMMENT), None)
        at = source.line_start(first.start) if first else len(source.content)
    return Edit(file, at, at, source.lines(f"#include <{header}>\n".encode()), "defines the mark")
