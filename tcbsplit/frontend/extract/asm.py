"""Inline assembly: what flows through its operands, what it calls, which symbols it names."""

from __future__ import annotations

import re

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract import pieces
from tcbsplit.frontend.extract.collect import Nodes
from tcbsplit.frontend.extract.libclang import (
    CXCursor,
    children,
    expansion_text_range,
    lib,
)
from tcbsplit.frontend.extract.shape import MODIFY
from tcbsplit.frontend.extract.walker import Walker, plain
from tcbsplit.model.unit import IndirectFact

UNKNOWN_ASSEMBLY = "?assembly"
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_CALLS_OPERAND = re.compile(r"\b(?:l?call|l?jmp)[a-z]*\s+\*?\s*%")
_LVALUES = frozenset({k.DECL_REF_EXPR, k.MEMBER_REF_EXPR, k.UNARY_OPERATOR,
                      k.ARRAY_SUBSCRIPT_EXPR})  # fmt: skip
# Identifiers in operands; registers stand behind %, numbers and operand references drop out.
_WORD = re.compile(r"(?<![%\w.$])\$?([A-Za-z_.][\w.$]*)")
_PREFIX = re.compile(r"^(?:(?:lock|rep[a-z]*|data16|addr32|notrack|bnd)\s+)+")
_DIRECTIVES_WITH_SYMBOLS = frozenset({".quad", ".long", ".int", ".8byte", ".4byte"})
# Words of operands that are part of the assembler's language.
_NOT_SYMBOLS = frozenset({"ptr", "byte", "word", "dword", "qword", "offset", "rip", "short"})


def statement(walker: Walker, cursor: CXCursor, mode: str) -> Nodes:
    """An asm statement: operands may be stored through one another (exchange and the like)."""
    walker.privileged = True
    nodes: Nodes = ()
    for child in children(cursor):
        found = walker.visit(child, MODIFY)
        bare = child
        while bare.kind == k.PAREN_EXPR:
            bare = children(bare)[0]
        # An output is an lvalue; inputs are behind an implicit cast. A code pointer that comes
        # out of assembly may be anything.
        if bare.kind in _LVALUES and walker.types.at(bare).code:
            walker.flow(plain(found), (UNKNOWN_ASSEMBLY,))
        nodes += found
    template = template_text(_source(walker, cursor))
    pieces.hardware(walker, cursor, template, nodes)
    nodes = pieces.whole(plain(nodes))
    pieces.exchanged(walker, cursor, template, nodes)
    if not template:
        return ()
    path, line, _ = walker.names.place(cursor)
    if nodes and _CALLS_OPERAND.search(template):
        shown = " ".join(template.split())[:80]
        result = f"i:{path}:{line}:{walker.owner}"
        walker.out.indirect.append(
            IndirectFact(walker.owner, nodes, "", (), result, path, line, f"asm: {shown}")
        )
    for name in symbols(template):
        walker.out.refer_by_name(walker.owner, name, "asm", cursor, "inline assembly")
    return ()


def _source(walker: Walker, cursor: CXCursor) -> str:
    """The source of a statement; where a macro's body wrote it, that body."""
    extent = lib.getCursorExtent(cursor)
    for call in (lib.getFileLocation, lib.getSpellingLocation):
        handle, start, end = expansion_text_range(call, extent)
        content = walker.names.content(walker.names.file(handle))
        piece = content[start:end].decode("utf-8", "replace").replace("\\\n", "\n")
        if re.match(r"\s*_*asm", piece):
            return piece
    return ""


def template_text(source: str) -> str:
    """The template of an asm statement: its literals up to the first colon outside of them."""
    pieces = []
    rest = source
    while match := _STRING.search(rest):
        if ":" in rest[: match.start()]:
            break
        pieces.append(match.group(1))
        rest = rest[match.end() :]
    return "".join(pieces).replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"')


def instructions(template: str) -> list[tuple[str, str]]:
    """(mnemonic or directive, operands) of every line; labels give ("label", name)."""
    found = []
    for line in re.split(r"[;\n]", template):
        text = line.split("#", 1)[0].strip()
        while match := re.match(r"([A-Za-z_.$][\w.$]*|\d+):\s*", text):
            found.append(("label", match.group(1)))
            text = text[match.end() :]
        text = _PREFIX.sub("", text)
        if text:
            words = text.split(None, 1)
            found.append((words[0], words[1] if len(words) > 1 else ""))
    return found


def symbols(template: str) -> list[str]:
    """Names in operands that may be symbols of the program; the linker knows which are."""
    found: dict[str, None] = {}
    for mnemonic, operands in instructions(template):
        if mnemonic == "label" or (
            mnemonic.startswith(".") and mnemonic not in _DIRECTIVES_WITH_SYMBOLS
        ):
            continue
        for name in _WORD.findall(operands):
            if name.lower() not in _NOT_SYMBOLS and not name.startswith(".L"):
                found[name] = None
    return list(found)
