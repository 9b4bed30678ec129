"""What a type holds: layouts for the handoff, records behind arrays, kinds of results."""

from __future__ import annotations

from clang.cindex import Cursor, Type, TypeKind

from tcbsplit.frontend.extract.names import Names

_ARRAYS = (
    TypeKind.CONSTANTARRAY,
    TypeKind.INCOMPLETEARRAY,
    TypeKind.VARIABLEARRAY,
    TypeKind.DEPENDENTSIZEDARRAY,
)
_FUNCTIONS = (TypeKind.FUNCTIONPROTO, TypeKind.FUNCTIONNOPROTO)
_INTEGERS = {
    TypeKind.BOOL: "u", TypeKind.CHAR_U: "u", TypeKind.UCHAR: "u", TypeKind.USHORT: "u",
    TypeKind.UINT: "u", TypeKind.ULONG: "u", TypeKind.ULONGLONG: "u", TypeKind.UINT128: "u",
    TypeKind.CHAR_S: "s", TypeKind.SCHAR: "s", TypeKind.SHORT: "s", TypeKind.INT: "s",
    TypeKind.LONG: "s", TypeKind.LONGLONG: "s", TypeKind.INT128: "s", TypeKind.ENUM: "e",
    TypeKind.FLOAT: "f", TypeKind.DOUBLE: "f", TypeKind.LONGDOUBLE: "f",
}  # fmt: skip


def is_array(type_: Type) -> bool:
    """Whether the canonical type is an array."""
    return type_.get_canonical().kind in _ARRAYS


def function_of(type_: Type) -> Type | None:
    """The function type behind a function or pointers to one, else None."""
    type_ = type_.get_canonical()
    while type_.kind == TypeKind.POINTER:
        type_ = type_.get_pointee().get_canonical()
    return type_ if type_.kind in _FUNCTIONS else None


def element(type_: Type) -> Type:
    """The type of the elements of (nested) arrays, canonical."""
    type_ = type_.get_canonical()
    while type_.kind in _ARRAYS:
        type_ = type_.element_type.get_canonical()
    return type_


def record_declaration(type_: Type) -> Cursor | None:
    """The record declaration of a type or of its elements, else None."""
    type_ = element(type_)
    return type_.get_declaration() if type_.kind == TypeKind.RECORD else None


def result_kind(type_: Type) -> str:
    """void | integer | pointer | record | other, as in ``FunctionFact.result_kind``."""
    kind = type_.get_canonical().kind
    if kind == TypeKind.VOID:
        return "void"
    if kind in _INTEGERS and _INTEGERS[kind] != "f":
        return "integer"
    return {TypeKind.POINTER: "pointer", TypeKind.RECORD: "record"}.get(kind, "other")


def layout(type_: Type, names: Names) -> tuple[str, str]:
    """Return (layout text, path of the first member that is no plain value).

    The text names kind, size and offset of every member, so equal texts mean equal bytes. Plain
    are integers, enums, floating point, and arrays and records of these.
    """
    type_ = type_.get_canonical()
    if type_.kind in _INTEGERS:
        return f"{_INTEGERS[type_.kind]}{type_.get_size()}", ""
    if type_.kind == TypeKind.CONSTANTARRAY:
        text, trouble = layout(type_.element_type, names)
        return f"[{type_.element_count}]{text}", f"[]{trouble}" if trouble else ""
    if type_.kind == TypeKind.RECORD:
        return _record(type_, names)
    return f"?{type_.get_size()}", f": {type_.spelling}"


def _record(type_: Type, names: Names) -> tuple[str, str]:
    declaration = type_.get_declaration()
    parts, trouble = [], ""
    if declaration.kind.name == "UNION_DECL":
        trouble = f": union {names.record(declaration)}"
    for member in type_.get_fields():
        text, inner = layout(member.type, names)
        if member.is_bitfield():
            text, inner = f"b{member.get_bitfield_width()}", ""
        # The offset counts in bits from the start of this record.
        parts.append(f"{member.spelling}@{member.get_field_offsetof()}:{text}")
        if inner and not trouble:
            trouble = f".{member.spelling}{inner}"
    return f"{{{type_.get_size()};{','.join(parts)}}}", trouble
