# SPDX-License-Identifier: MIT
"""Layouts of types on the target of the unit."""

from __future__ import annotations

from tcbsplit.frontend.extract import kinds as k
from tcbsplit.frontend.extract.libclang import CXCursor, lib, text
from tcbsplit.frontend.extract.types import Type, Types
from tcbsplit.model.layout import Layout, Member
from tcbsplit.model.vocabulary import LayoutKind


def layout(type_: Type, types: Types, depth: int = 0) -> Layout:
    """Return the layout of a type, following up to ``depth`` pointers on a path."""
    if type_.kind in k.INTEGERS:
        return Layout(LayoutKind(k.INTEGERS[type_.kind]), type_.size)
    if type_.kind == k.COMPLEX:
        return Layout(LayoutKind.COMPLEX, type_.size)
    if type_.kind in k.VECTORS:
        return Layout(LayoutKind.VECTOR, type_.size)
    if type_.kind == k.CONSTANT_ARRAY:
        element = layout(types.of(lib.getArrayElementType(type_.type)), types, depth)
        return Layout(LayoutKind.ARRAY, type_.size, type_.length, element)
    if type_.kind == k.RECORD:
        union = lib.getTypeDeclaration(type_.type).kind == k.UNION_DECL
        kind = LayoutKind.UNION if union else LayoutKind.RECORD
        return Layout(kind, type_.size, members=_members(type_, types, depth))
    if type_.kind == k.POINTER:
        pointee = layout(type_.pointee, types, depth - 1) if depth else None
        return Layout(LayoutKind.POINTER, type_.size, element=pointee)
    if type_.kind == k.INCOMPLETE_ARRAY:
        return Layout(LayoutKind.FLEXIBLE)
    return Layout(LayoutKind.OTHER, type_.size)


def _members(record: Type, types: Types, depth: int) -> tuple[Member, ...]:
    return tuple(
        Member(
            _name(field),
            lib.Cursor_getOffsetOfField(field),
            Layout(LayoutKind.BITS, count=lib.getFieldDeclBitWidth(field))
            if lib.Cursor_isBitField(field)
            else layout(types.at(field), types, depth),
        )
        for field in record.fields
    )


def _name(field: CXCursor) -> str:
    """Return the name of a field; libclang spells an anonymous one as a description."""
    spelling = text(lib.getCursorSpelling(field))
    return "" if "(" in spelling else spelling
