"""Layouts for the handoff: equal texts mean equal bytes."""

from __future__ import annotations

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.libclang import lib, text
from tcbsplit.frontend.extract.names import Names
from tcbsplit.frontend.extract.types import Type, Types


def layout(type_: Type, types: Types, names: Names, depth: int = 0) -> tuple[str, str]:
    """Return (layout text, path of the first member that is no plain value).

    The text names kind, size and offset of every member. Plain are integers, enums, floating
    point, and arrays, records and unions of these. Pointers are told by their size alone but for
    the first ``depth`` of them on a path: then follows the layout of what they point to.
    """
    if type_.kind in k.INTEGERS:
        return f"{k.INTEGERS[type_.kind]}{type_.size}", ""
    if type_.kind == k.COMPLEX or type_.kind in k.VECTORS:
        return f"{'c' if type_.kind == k.COMPLEX else 'v'}{type_.size}", ""
    if type_.kind == k.CONSTANT_ARRAY:
        element = types.of(lib.getArrayElementType(type_.type))
        inner, trouble = layout(element, types, names, depth)
        return f"[{lib.getArraySize(type_.type)}]{inner}", f"[]{trouble}" if trouble else ""
    if type_.kind == k.RECORD:
        return _record(type_, types, names, depth)
    if type_.kind == k.POINTER and depth:
        return f"*{layout(type_.pointee, types, names, depth - 1)[0]}", f": {type_.spelling}"
    return f"?{type_.size}", f": {type_.spelling}"


def _record(type_: Type, types: Types, names: Names, depth: int) -> tuple[str, str]:
    declaration = lib.getTypeDeclaration(type_.type)
    parts, trouble = [], ""
    union = "|" if declaration.kind == k.UNION_DECL else ""
    for member in type_.fields:
        name = text(lib.getCursorSpelling(member))
        content, inner = layout(types.at(member), types, names, depth)
        if lib.Cursor_isBitField(member):
            content, inner = f"b{lib.getFieldDeclBitWidth(member)}", ""
        # The offset counts in bits from the start of this record.
        parts.append(f"{name}@{lib.Cursor_getOffsetOfField(member)}:{content}")
        if inner and not trouble:
            trouble = f".{name}{inner}"
    return f"{{{union}{type_.size};{','.join(parts)}}}", trouble
